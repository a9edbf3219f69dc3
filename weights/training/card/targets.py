"""The table of the model card that compares the network with the targets that the project set itself."""

from __future__ import annotations

from weights.training.card.markdown import interval, number, percent, table

MIN_GAIN = 5.10  # nats a point over the marginal baseline
MAX_QUANTISATION_COST = 0.01  # nats a point
MAX_SLOPES = (2, 8)  # degrees: median, 95th percentile
MAX_COLLAPSED = 0.02
MAX_SIZE_ERROR = 0.25
MIN_LASTING = 0.95
MAX_BYTES = 1_350_000
LEVEL = ("0.3", "0.5", "0.8")  # the temperatures at which lines must stay level and whole
# The 2016 article's network on its own lines: miss of the best of 50 in x-heights, at the path lengths of fans.py.
ARTICLE_MISSES = (0.011, 0.037, 0.087, 0.153)


def table_of(report: dict) -> str:
    """Return each target and whether the network meets it."""
    free, gain = report["free"], report["likelihood"]["gain_over_marginal"]
    rows = [
        (
            "gain over the marginal baseline, nats a point",
            f"at least {MIN_GAIN}",
            interval(gain),
            gain["value"] >= MIN_GAIN,
        )
    ]
    for row, article in zip(report["fans"]["paths"], ARTICLE_MISSES, strict=True):
        miss = row["median_miss"]
        what = f"median miss of the best of {report['fans']['samples']} after {row['path']} x-heights"
        rows.append((what, f"below {article}", interval(miss), miss["value"] < article))
    rows += _free_running([free], "the zero state")
    if report["styles"]:
        rows += _free_running(list(report["styles"].values()), f"a style, the worst of {len(report['styles'])}")
    lasting = 1 - report["continued"]["collapsed"]
    what = f"continuations of human ink at T = {report['continued']['temperature']} that last"
    rows.append((what, f"at least {percent(MIN_LASTING, 0)}", percent(lasting), lasting >= MIN_LASTING))
    if "quantisation" in report:
        cost = report["quantisation"]["total"]
        rows.append(
            (
                "cost of 8 bits, nats a point",
                f"at most {MAX_QUANTISATION_COST}",
                interval(cost, 4),
                cost["value"] <= MAX_QUANTISATION_COST,
            )
        )
    size = report["model"]["bytes"]
    rows.append(("file, bytes", f"at most {MAX_BYTES:,}", f"{size:,}", size <= MAX_BYTES))
    return table(("what", "target", "measured", "met"), [(*row[:3], "yes" if row[3] else "**no**") for row in rows])


def _free_running(starts: list[dict], name: str) -> list[tuple[str, str, str, bool]]:
    """Return the rows of lines written from `starts`, each a dict by temperature: always the worst of them."""
    rows = []
    for temperature in LEVEL:
        parts = [runs[temperature] for runs in starts]
        median, high = (max(part["slope"][key] for part in parts) for key in ("median", "95"))
        collapsed = max(part["collapsed"] for part in parts)
        rows += [
            (
                f"slope of lines at T = {temperature} from {name}, degrees: median, 95th percentile",
                f"at most {MAX_SLOPES[0]}, {MAX_SLOPES[1]}",
                f"{number(median, 1)}, {number(high, 1)}",
                median <= MAX_SLOPES[0] and high <= MAX_SLOPES[1],
            ),
            (
                f"lines that collapse at T = {temperature} from {name}",
                f"at most {percent(MAX_COLLAPSED, 0)}",
                percent(collapsed),
                collapsed <= MAX_COLLAPSED,
            ),
        ]
    for key, text in (("stroke_height", "stroke height"), ("lift_rate", "lift rate")):
        ratio = max((runs["0.8"]["ratio"][key] for runs in starts), key=lambda ratio: abs(ratio - 1))
        bound = f"{1 - MAX_SIZE_ERROR} to {1 + MAX_SIZE_ERROR}"
        rows.append(
            (
                f"{text} at T = 0.8 from {name}, over human ink's",
                bound,
                number(ratio, 2),
                abs(ratio - 1) <= MAX_SIZE_ERROR,
            )
        )
    return rows
