"""The sections of the model card that say how good the network is; all numbers come from evaluation.json.

What stands here as a number of its own was measured by others, or before, and says by whom.
"""

from __future__ import annotations

from weights.training.card.markdown import interval, number, paragraphs, percent, table

# A first run of 50 minutes on two cores, on 6 % of the writers: what the training ink's own notes record.
SHORT_RUN_GAIN = 5.01
# The gain of the 2016 article's network on its own lines, measured with its published weights.
ARTICLE_GAIN = 4.77


def likelihood(report: dict) -> str:
    """Nats a point, gains, and where the nats go."""
    part, about = report["likelihood"], report["ink"]
    scores = [("this network", *(interval(part[half]) for half in ("position", "lift", "total")))]
    for name, text in (
        ("marginal", "one Gaussian an axis and one Bernoulli"),
        ("linear", "linear in the last offset, by pen state"),
    ):
        baseline = part["baselines"][name]
        scores.append((text, *(number(baseline[half]) for half in ("position", "lift", "total"))))
    places = list(part["by_place"])
    ends = [*places[1:], ""]
    where = [
        (text, f"{part['by_pen'][name]['points']:,}", *_halves(part["by_pen"][name]))
        for name, text in (
            ("first", "first point of a line"),
            ("in_stroke", "inside a stroke"),
            ("after_lift", "first of a later stroke"),
        )
        if name in part["by_pen"]
    ]
    where += [
        (f"points {begin} to {int(end) - 1}" if end else f"points {begin} on", f"{row['points']:,}", *_halves(row))
        for (begin, row), end in zip(part["by_place"].items(), ends, strict=True)
    ]
    files = list(about["files"])
    where += [(f"`{files[int(i)]}`", f"{row['points']:,}", *_halves(row)) for i, row in part["by_file"].items()]
    units = part["other_units"]
    deviations = ", ".join(number(value) for value in units["unit_variance"]["deviation"])
    line, hand = part["by_line"], part["by_writer"]
    gain = paragraphs(
        f"""**Gain over the marginal baseline: {interval(part["gain_over_marginal"])} nats a point**; over the linear
        one {interval(part["gain_over_linear"])}. A gain does not depend on the unit of length, and so is the one
        figure that may be put beside other data sets', with care. Both baselines are fitted to the very points that
        they score, which favours them. A first short run of this project, on other held-out writers, gained
        {SHORT_RUN_GAIN}.

        The same density in other units: {number(units["x_heights"]["position"])} position and
        {number(units["x_heights"]["total"])} total with offsets in x-heights
        (minus 2 ln {report["model"]["units_per_x_height"]}), {number(units["unit_variance"]["position"])} and
        {number(units["unit_variance"]["total"])} with offsets scaled to unit variance on these lines (deviations
        {deviations} model units). There are no raw tablet units here: the pen clock has replaced them."""
    )
    spread = paragraphs(
        f"""Lines: {line["lines"]:,} of {number(line["mean_points"], 0)} points on average,
        {number(line["nats_a_line"], 0)} nats a line; mean of the lines' own means {number(line["mean_of_lines"])},
        their deviation {number(line["deviation_of_lines"])}. Writers: mean of their means
        {number(hand["mean_of_writers"])}, from {number(hand["best"])} to {number(hand["worst"])}."""
    )
    return "\n\n".join(
        [
            table(("nats a point, smaller is better", "position", "lift", "total"), scores),
            gain,
            table(("where", "points", "position", "lift", "total"), where),
            spread,
        ]
    )


def calibration(report: dict) -> str:
    """PIT and reliability."""
    part = report["calibration"]
    rows = []
    for axis in ("dx", "dy"):
        for name, text in (("in_stroke", "inside strokes"), ("after_lift", "after a lift")):
            if name in part[axis]:
                row = part[axis][name]
                tenths = [number(100 * share, 1) for share in row["tenths"]]
                rows.append((f"{axis}, {text}", *tenths, number(row["distance"])))
    lift = [
        (f"{row['tenth'] / 10:.1f} to {row['tenth'] / 10 + 0.1:.1f}", f"{row['points']:,}", *_reliable(row))
        for row in part["lift"]["by_chance"]
    ]
    ranks = [(f"{row['tenth'] + 1}", f"{row['points']:,}", *_reliable(row)) for row in part["lift"]["by_rank"]]
    columns = ("chance of a lift", "points", "predicted", "happened")
    transform = paragraphs(
        """Probability integral transform: where the truth lies in the marginal distribution foretold for it. Ten in
        each hundred points belong in every tenth; the last column is the largest gap from the uniform distribution
        (Kolmogorov-Smirnov)."""
    )
    reliability = paragraphs(
        f"""Reliability of the pen lift, by its foretold chance (mean distance of the last two columns, weighed by
        points: {number(part["lift"]["error"], 4)}), and by tenths of the points in the order of that chance:"""
    )
    return "\n\n".join(
        [
            transform,
            table(("% of points in tenth", *(str(i + 1) for i in range(10)), "distance"), rows),
            reliability,
            table(columns, lift),
            table(("tenth of the points", *columns[1:]), ranks),
        ]
    )


def eight_bits(report: dict) -> str:
    """The cost of quantising, of the noise and of float32."""
    rows = []
    for key, text in (
        ("quantisation", "8 bits instead of float32 weights"),
        ("float64", "float32 arithmetic instead of float64"),
        ("noise", "noise on the grid instead of none"),
    ):
        if key in report:
            row = report[key]
            rows.append((text, f"{row['lines']}", interval(row["total"], 5), number(row["line_largest"], 4)))
    clipping = report["clipping"]
    exact = all("clipped" in row for row in clipping.values())
    keys = ("at_the_end", "clipped", "largest_error") if exact else ("at_the_end",)
    heads = {
        "at_the_end": "at the end of the scale",
        "clipped": "clipped beyond rounding",
        "largest_error": "largest error",
    }
    clips = [
        (f"`{name}`", *(number(row[key], 4) if key == "largest_error" else percent(row[key], 3) for key in keys))
        for name, row in clipping.items()
    ]
    return "\n\n".join(
        [
            paragraphs("The same lines read twice, differences line by line, in nats a point (above 0: it costs):"),
            table(("what changes", "lines", "mean", "largest of a line"), rows),
            paragraphs("Matrices have a scale for each row or column; vectors stay float32."),
            table(("array", *(heads[key] for key in keys)), clips),
        ]
    )


def _halves(row: dict) -> tuple[str, str, str]:
    return number(row["position"]), number(row["lift"]), interval(row["total"])


def _reliable(row: dict) -> tuple[str, str]:
    return number(row["predicted"]), number(row["happened"])
