"""The tables of the model card that say how good the network is; all numbers come from evaluation.json."""

from __future__ import annotations

from itertools import pairwise

from weights.training.card.markdown import interval, number, percent, table

_PEN = {"first": "first point of a line", "in_stroke": "inside a stroke", "after_lift": "first of a later stroke"}
_HALVES = ("position", "lift", "total")
_COSTS = {
    "quantisation": "8 bits instead of float32 weights",
    "float64": "float32 arithmetic instead of float64",
    "noise": "noise on the grid instead of none",
}


def tables(report: dict) -> dict[str, str]:
    """Return `likelihood`, `where`, `transform`, `lift_by_chance`, `lift_by_rank`, `costs` and `clipping`."""
    lift = report["calibration"]["lift"]
    columns = ("points", "predicted", "happened")
    chances = [
        (f"{row['tenth'] / 10:.1f} to {row['tenth'] / 10 + 0.1:.1f}", *_reliable(row)) for row in lift["by_chance"]
    ]
    ranks = [(f"{row['tenth'] + 1}", *_reliable(row)) for row in lift["by_rank"]]
    return {
        "likelihood": _scores(report["likelihood"]),
        "where": _where(report),
        "transform": _transform(report["calibration"]),
        "lift_by_chance": table(("probability of a lift", *columns), chances),
        "lift_by_rank": table(("tenth of the points", *columns), ranks),
        "costs": _costs(report),
        "clipping": _clipping(report["clipping"]),
    }


def _scores(part: dict) -> str:
    baselines = part["baselines"]
    rows = [
        ("this network", *(interval(part[half]) for half in _HALVES)),
        ("one Gaussian an axis and one Bernoulli", *(number(baselines["marginal"][half]) for half in _HALVES)),
        ("linear in the last offset, by pen state", *(number(baselines["linear"][half]) for half in _HALVES)),
    ]
    return table(("nats a point, smaller is better", *_HALVES), rows)


def _where(report: dict) -> str:
    """Return where in lines, strokes and files the nats are."""
    part, files = report["likelihood"], list(report["ink"]["files"])
    starts = list(part["by_place"])
    spans = [f"points {a} to {int(b) - 1}" for a, b in pairwise(starts)]
    rows = [(text, part["by_pen"][name]) for name, text in _PEN.items() if name in part["by_pen"]]
    rows += zip([*spans, f"points {starts[-1]} on"], part["by_place"].values(), strict=True)
    rows += [(f"`{files[int(i)]}`", row) for i, row in part["by_file"].items()]
    cells = [
        (text, f"{row['points']:,}", number(row["position"]), number(row["lift"]), interval(row["total"]))
        for text, row in rows
    ]
    return table(("where", "points", *_HALVES), cells)


def _transform(part: dict) -> str:
    rows = []
    for axis in ("dx", "dy"):
        for name, text in (("in_stroke", "inside strokes"), ("after_lift", "after a lift")):
            if name in part[axis]:
                row = part[axis][name]
                tenths = [number(100 * share, 1) for share in row["tenths"]]
                rows.append((f"{axis}, {text}", *tenths, number(row["distance"])))
    return table(("% of points in tenth", *(str(i + 1) for i in range(10)), "distance"), rows)


def _reliable(row: dict) -> tuple[str, str, str]:
    return f"{row['points']:,}", number(row["predicted"]), number(row["happened"])


def _costs(report: dict) -> str:
    """Return the cost of quantising, of float32 and of the noise."""
    rows = [
        (text, f"{report[key]['lines']}", interval(report[key]["total"], 5), number(report[key]["line_largest"], 4))
        for key, text in _COSTS.items()
        if key in report
    ]
    return table(("what changes", "lines", "mean", "largest of a line"), rows)


def _clipping(clipping: dict) -> str:
    exact = all("clipped" in row for row in clipping.values())
    heads = {"at_the_end": "at the end of the scale"}
    if exact:
        heads |= {"clipped": "clipped beyond rounding", "largest_error": "largest error"}
    rows = [
        (f"`{name}`", *(number(row[key], 4) if key == "largest_error" else percent(row[key], 3) for key in heads))
        for name, row in clipping.items()
    ]
    return table(("array", *heads.values()), rows)
