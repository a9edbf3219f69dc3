"""The sections of the model card on what the network writes: its fans, and lines that it writes by itself."""

from __future__ import annotations

from weights.training.card.bars import ARTICLE_MISSES
from weights.training.card.markdown import interval, number, paragraphs, percent, table
from weights.training.evaluate import drift, fans, penmanship, styles

_HANDS = {"slant": "slant", "height": "stroke height", "joining": "points a lift", "advance": "advance a point"}
_NAMES = {
    "step_length": "step inside a stroke, x-heights",
    "jump_length": "jump between strokes, x-heights",
    "stroke_length": "stroke's path, x-heights",
    "stroke_height": "stroke's height, x-heights",
    "stroke_points": "points of a stroke",
    "word_width": "word's width, x-heights",
    "lift_rate": "lifts a point, by line",
    "advance": "advance a point, by line, x-heights",
}


def fan_accuracy(report: dict) -> str:
    """Misses of the best continuation, and whether the fan holds the truth."""
    part = report["fans"]
    rows = []
    for row, article in zip(part["paths"], ARTICLE_MISSES, strict=True):
        spread = "/".join(number(value) for value in row["miss_quantiles"].values())
        inside = row["in_stroke"]
        stroke = f"{number(inside['median_miss']['value'])} ({inside['fans']})" if inside["fans"] else "none"
        rows.append(
            (
                number(row["path"], 1),
                interval(row["median_miss"]),
                spread,
                stroke,
                interval({key: 100 * value for key, value in row["in_region"].items()}, 1),
                number(article),
            )
        )
    head = (
        "path, x-heights",
        "median miss",
        "25/75/95 %",
        "in stroke (fans)",
        "truth in region, %",
        "article's network",
    )
    how = paragraphs(
        f"""From {part["starts"]} pen points inside a stroke, drawn at random from the held-out lines (with at least
        {number(float(fans.PATHS.max()), 0)} x-heights of line ahead), the network that has read the line so far draws
        {part["samples"]} continuations at T = 1, {part["steps"]} points each. Truth and continuations are polylines
        from that point, jumps of the lifted pen included; after a given length of path each is at one place. The
        *miss* is the distance in x-heights from the true place to the nearest of the {part["samples"]} (the best may
        be another one at each length). *In stroke* counts only fans whose truth has not been lifted by then."""
    )
    notes = paragraphs(
        f"""*Truth in region*: how often the true place lies in the region of highest density that should hold
        {percent(fans.REGION, 0)} of the places (to be exact {percent(part["expected_share"])}, were truth and samples
        drawn alike). The last column is the 2016 article's network on the article's own lines, which are other ink,
        cut into points in another way: a landmark, no race. At most
        {percent(max(row["not_reached"] for row in part["paths"]), 2)} of the continuations were too short for a path,
        and then counted from their end."""
    )
    return "\n\n".join([how, table(head, rows), notes])


def free_running(report: dict) -> str:
    """Lines that the network writes by itself, against human ink."""
    human, free = report["human"], report["free"]
    temperatures = list(free)
    head = ("", "human", *(f"T = {t}" for t in temperatures))
    parts = [human, *free.values()]
    rows = [
        ("lines", *(f"{part['lines']:,}" for part in parts)),
        ("collapsed", *(percent(part["collapsed"]) for part in parts)),
        ("of these", *(_faults(part) for part in parts)),
        ("slope, degrees: median", *(number(part["slope"]["median"], 1) for part in parts)),
        ("slope, degrees: 95th percentile", *(number(part["slope"]["95"], 1) for part in parts)),
    ]
    for name, text in _NAMES.items():
        digits = 0 if name == "stroke_points" else 3 if name in ("lift_rate", "advance", "step_length") else 2
        rows.append((text, *(_quantiles(part["quantiles"].get(name), digits) for part in parts)))
    for name, text in _HANDS.items():
        rows.append((f"kept: {text}", *(_maybe(part["hand_kept"].get(name)) for part in parts)))
    distances = [
        (
            text,
            _maybe(human["between_halves"].get(name)),
            *(_maybe(part["distance"].get(name)) for part in free.values()),
        )
        for name, text in _NAMES.items()
    ]
    continued = report["continued"]
    what = paragraphs(
        f"""{free[temperatures[0]]["lines"]} lines of {drift.STEPS} points at each temperature, from the zero state;
        human ink is that of the held-out writers, measured by the same rules. Of each measure the 25th, 50th and 75th
        percentile."""
    )
    rules = paragraphs(
        f"""A line has *collapsed* if some {penmanship.WINDOW} points in a row cover less than
        {penmanship.NARROWEST} x-heights from left to right ("on the spot"), if a stroke has more than
        {penmanship.LONGEST_STROKE} points ("endless stroke"), or if {penmanship.DOTS} strokes in a row have at most
        {penmanship.DOT} points ("dots"). Its *slope* is that of the least-squares line through its points, absolute.
        A *word* ends where the next stroke begins {penmanship.WORD_GAP} x-heights or more to the right of its ink.
        *Kept* says whether a style, once begun, stays: the correlation, over lines, of a measure of the first
        {penmanship.HALF} points with the same of the next {penmanship.HALF}.

        Distance of each distribution from the human one (two-sample Kolmogorov-Smirnov, 0 to 1); for comparison, in
        the column "human", the mean distance between random halves of the human writers:"""
    )
    narrowest = number(penmanship.NARROWEST * continued["points"] / penmanship.WINDOW, 1)
    lasting = paragraphs(
        f"""At T = {continued["temperature"]}, {percent(1 - continued["collapsed"])} of {continued["prefixes"]}
        continuations of human lines last for {continued["points"]} points without collapsing (on the spot: less than
        {narrowest} x-heights in all); of what the writers themselves wrote there,
        {percent(1 - continued["human"]["collapsed"])} does."""
    )
    return "\n\n".join([what, table(head, rows), rules, table(head, distances), lasting])


def style_runs(report: dict) -> str:
    """The same from each style, if the evaluation had any."""
    rows = []
    for name, runs in report["styles"].items():
        for temperature, part in runs.items():
            slope, ratio = part["slope"], part["ratio"]
            cells = (f"{number(slope['median'], 1)}, {number(slope['95'], 1)}", percent(part["collapsed"]))
            rows.append((name, temperature, *cells, number(ratio["stroke_height"], 2), number(ratio["lift_rate"], 2)))
    what = paragraphs(
        f"""A style is the state after a line that the network wrote by itself, from the zero state and the seed in
        brackets, at T = {styles.TEMPERATURE}; the lines are in `styles.json`, and no human line is. They are the most
        unlike of the whole, level and steady ones among the first {styles.CANDIDATES} seeds; the names are a
        program's. From each style, as many lines as above."""
    )
    head = ("style", "T", "slope: median, 95 %", "collapsed", "stroke height over human", "lift rate over human")
    return what + "\n\n" + table(head, rows)


def _faults(part: dict) -> str:
    return ", ".join(f"{count} {name}" for name, count in part["faults"].items()) or "none"


def _quantiles(quantiles: dict | None, digits: int) -> str:
    if quantiles is None:
        return "none"
    return " / ".join(number(quantiles[key], digits) for key in ("25", "50", "75"))


def _maybe(value: float | None) -> str:
    return "none" if value is None else number(value, 2)
