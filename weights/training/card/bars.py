"""The section of the model card that holds the network against the bars that the project set itself."""

from __future__ import annotations

from weights.training.card.markdown import interval, number, percent, table

# The bars of the project's issue on the model.
GAIN_BAR, QUANTISATION_BAR, SLOPE_BARS, COLLAPSE_BAR, SIZE_BAR, CONTINUED_BAR = 5.10, 0.01, (2, 8), 0.02, 0.25, 0.95
BYTES_BAR = 1_350_000
LEVEL = ("0.3", "0.5", "0.8")  # the temperatures at which lines must stay level and whole
# The 2016 article's network on its own lines, miss of the best of 50 in x-heights, at the paths of fans.py.
ARTICLE_MISSES = (0.011, 0.037, 0.087, 0.153)


def bars(report: dict) -> str:
    """Each bar that the project set, and whether the network clears it."""
    free, gain = report["free"], report["likelihood"]["gain_over_marginal"]
    rows = [
        (
            "gain over the marginal baseline, nats a point",
            f"at least {GAIN_BAR}",
            interval(gain),
            gain["value"] >= GAIN_BAR,
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
    rows.append((what, f"at least {percent(CONTINUED_BAR, 0)}", percent(lasting), lasting >= CONTINUED_BAR))
    if "quantisation" in report:
        cost = report["quantisation"]["total"]
        rows.append(
            (
                "cost of 8 bits, nats a point",
                f"at most {QUANTISATION_BAR}",
                interval(cost, 4),
                cost["value"] <= QUANTISATION_BAR,
            )
        )
    size = report["model"]["bytes"]
    rows.append(("file, bytes", f"at most {BYTES_BAR:,}", f"{size:,}", size <= BYTES_BAR))
    return table(("what", "bar", "measured", "cleared"), [(*row[:3], "yes" if row[3] else "**no**") for row in rows])


def _free_running(starts: list[dict], name: str) -> list[tuple[str, str, str, bool]]:
    """The rows of lines written from some starts, each a table by temperature: always the worst of them."""
    rows = []
    for temperature in LEVEL:
        parts = [runs[temperature] for runs in starts]
        median, high = (max(part["slope"][key] for part in parts) for key in ("median", "95"))
        collapsed = max(part["collapsed"] for part in parts)
        rows += [
            (
                f"slope of lines at T = {temperature} from {name}, degrees: median, 95th percentile",
                f"at most {SLOPE_BARS[0]}, {SLOPE_BARS[1]}",
                f"{number(median, 1)}, {number(high, 1)}",
                median <= SLOPE_BARS[0] and high <= SLOPE_BARS[1],
            ),
            (
                f"lines that collapse at T = {temperature} from {name}",
                f"at most {percent(COLLAPSE_BAR, 0)}",
                percent(collapsed),
                collapsed <= COLLAPSE_BAR,
            ),
        ]
    for key, text in (("stroke_height", "stroke height"), ("lift_rate", "lift rate")):
        ratio = max((runs["0.8"]["ratio"][key] for runs in starts), key=lambda ratio: abs(ratio - 1))
        bound = f"{1 - SIZE_BAR} to {1 + SIZE_BAR}"
        rows.append(
            (f"{text} at T = 0.8 from {name}, over human ink's", bound, number(ratio, 2), abs(ratio - 1) <= SIZE_BAR)
        )
    return rows
