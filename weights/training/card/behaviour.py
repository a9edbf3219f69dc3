"""The tables of the model card on what the network writes: its fans, and lines that it writes by itself."""

from __future__ import annotations

from weights.training.card.markdown import interval, number, percent, table
from weights.training.card.targets import ARTICLE_MISSES
from weights.training.evaluate import samples

_STYLE_METRICS = {
    "slant": "slant",
    "height": "stroke height",
    "joining": "points a lift",
    "advance": "advance a point",
}
_MEASURES = {
    "step_length": "step inside a stroke, x-heights",
    "jump_length": "jump between strokes, x-heights",
    "stroke_length": "stroke's path, x-heights",
    "stroke_height": "stroke's height, x-heights",
    "stroke_points": "points of a stroke",
    "word_width": "word's width, x-heights",
    "lift_rate": "lifts a point, by line",
    "advance": "advance a point, by line, x-heights",
}
_DIGITS = {"stroke_points": 0, "lift_rate": 3, "advance": 3, "step_length": 3}  # of the quantiles; else 2


def tables(report: dict) -> dict[str, str | None]:
    """Return the tables `fans`, `free`, `distances`, `styles` (None if there are no styles) and `samples`."""
    return {
        "fans": _fans(report),
        "free": _free(report),
        "distances": _distances(report),
        "styles": _styles(report),
        "samples": _samples(),
    }


def _fans(report: dict) -> str:
    rows = []
    for row, article in zip(report["fans"]["paths"], ARTICLE_MISSES, strict=True):
        inside = row["in_stroke"]
        rows.append(
            (
                number(row["path"], 1),
                interval(row["median_miss"]),
                "/".join(number(value) for value in row["miss_quantiles"].values()),
                f"{number(inside['median_miss']['value'])} ({inside['fans']})" if inside["fans"] else "none",
                interval({key: 100 * value for key, value in row["in_region"].items()}, 1),
                number(article),
            )
        )
    head = ("path, x-heights", "median miss", "25/75/95 %", "in stroke (fans)", "truth in region, %")
    return table((*head, "article's network"), rows)


def _free(report: dict) -> str:
    parts = [report["human"], *report["free"].values()]
    rows = [
        ("lines", *(f"{part['lines']:,}" for part in parts)),
        ("collapsed", *(percent(part["collapsed"]) for part in parts)),
        ("of these", *(_faults(part) for part in parts)),
        ("slope, degrees: median", *(number(part["slope"]["median"], 1) for part in parts)),
        ("slope, degrees: 95th percentile", *(number(part["slope"]["95"], 1) for part in parts)),
    ]
    for name, text in _MEASURES.items():
        rows.append((text, *(_quartiles(part["quantiles"].get(name), _DIGITS.get(name, 2)) for part in parts)))
    for name, text in _STYLE_METRICS.items():
        rows.append((f"kept: {text}", *(_maybe(part["hand_kept"].get(name)) for part in parts)))
    return table(_free_head(report), rows)


def _distances(report: dict) -> str:
    parts = [report["human"]["between_halves"], *(part["distance"] for part in report["free"].values())]
    rows = [(text, *(_maybe(part.get(name)) for part in parts)) for name, text in _MEASURES.items()]
    return table(_free_head(report), rows)


def _free_head(report: dict) -> tuple[str, ...]:
    return ("", "human", *(f"T = {temperature}" for temperature in report["free"]))


def _styles(report: dict) -> str | None:
    rows = []
    for name, runs in report["styles"].items():
        for temperature, part in runs.items():
            slope, ratio = part["slope"], part["ratio"]
            cells = (f"{number(slope['median'], 1)}, {number(slope['95'], 1)}", percent(part["collapsed"]))
            rows.append((name, temperature, *cells, number(ratio["stroke_height"], 2), number(ratio["lift_rate"], 2)))
    head = ("style", "T", "slope: median, 95 %", "collapsed", "stroke height over human", "lift rate over human")
    return table(head, rows) if rows else None


def _samples() -> str:
    """Return one table of drawings for each temperature, three drawings a row."""
    parts = []
    for temperature in samples.TEMPERATURES:
        rows = []
        for first in range(0, len(samples.SEEDS), 3):
            seeds = samples.SEEDS[first : first + 3]
            images = [f'<img src="samples/{samples.name(temperature, seed)}" height="70">' for seed in seeds]
            rows.append((f"seeds {seeds[0]} to {seeds[-1]}", *images))
        parts.append(table((f"T = {temperature}", "", "", ""), rows).replace("--:", "---"))
    return "\n\n".join(parts)


def _faults(part: dict) -> str:
    return ", ".join(f"{count} {name}" for name, count in part["faults"].items()) or "none"


def _quartiles(quantiles: dict | None, digits: int) -> str:
    if quantiles is None:
        return "none"
    return " / ".join(number(quantiles[key], digits) for key in ("25", "50", "75"))


def _maybe(value: float | None) -> str:
    return "none" if value is None else number(value, 2)
