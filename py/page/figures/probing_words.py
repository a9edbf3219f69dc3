"""What the cells track, in words: the quantities, their statistics, and how cards and sentences name them."""

from page import settings

# The quantities compared with the cells, and the measure of each (`ductus.analysis.probing.STATISTICS`).
KINDS = {
    "x": "r",
    "y": "r",
    "dx": "r",
    "dy": "r",
    "direction": "R",
    "curvature": "r",
    "position_in_word": "r",
    "lift_to_come": "AUC",
    "just_lifted": "AUC",
    "steady": "S",
}
# The same in the order of the columns: MicroPython's dicts have no order.
NAMES = settings.PROBING_QUANTITIES
# How a sentence says that a cell is the best at it.
DOES = {
    "x": "goes best with how far along the line the pen is (x)",
    "y": "goes best with how low the pen is (y)",
    "dx": "goes best with the step to the right",
    "dy": "goes best with the step down",
    "direction": "goes best with the direction of the step",
    "curvature": "goes best with how the line bends",
    "position_in_word": "goes best with how far into its word the pen is",
    "lift_to_come": "tells best that the pen is about to be lifted",
    "just_lifted": "tells best that the pen has just been lifted",
    "steady": "is the steadiest",
}
# The cards: what their cells track, and what a cell does that is low where another is high.
CARDS = ("x", "y", "direction", "just_lifted", "lift_to_come", "steady")
TITLES = {
    "x": "along the line",
    "y": "height",
    "dx": "step to the right",
    "dy": "step down",
    "direction": "direction",
    "curvature": "bends",
    "position_in_word": "place in the word",
    "lift_to_come": "about to lift",
    "just_lifted": "just lifted",
    "steady": "steady",
}
LOW = {"lift_to_come": "low before a lift", "just_lifted": "low after a lift"}
# The sentence about a cell that goes with a quantity though nothing changes without it.
UNUSED = {
    "x": "Goes with x, but nothing changes without it.",
    "y": "Goes with height, but nothing changes without it.",
    "direction": "Goes with direction, but nothing changes without it.",
    "just_lifted": "Tells a lift, but nothing changes without it.",
    "lift_to_come": "Tells a lift, but nothing changes without it.",
    "steady": "Is steady, but nothing changes without it.",
}
# What changes without a cell, in the order of the columns, and with how many digits it is shown.
MEASURES = ("position", "lift", "lift_chance", "direction")
DIGITS = {"position": 3, "lift": 3, "lift_chance": 4, "direction": 3}
# The sentences above the table, beside that of the chosen quantity.
ALWAYS = ("x", "y", "lift_to_come", "just_lifted")
# What the lines are called.
LINES = {"example": "the example word", "yours": "your ink", "network": "the network\u2019s line"}


def effect(name, value):
    """Return a statistic as an effect from -1 to 1, as `ductus.analysis.probing.effect`."""
    return 2 * value - 1 if KINDS[name] == "AUC" else value


def turned(name, value):
    """Return (a statistic as it is said, whether it was turned round): an AUC below chance says as much as above."""
    low = KINDS[name] == "AUC" and value < 0.5
    return (1 - value if low else value), low


def strength(name, value):
    """Return how strong a measure is, 0 to 1, as `ductus.analysis.probing.strength`."""
    return abs(effect(name, value))


def line(source):
    """Return what a line from this source is called."""
    return LINES.get(source) or f"the line from {source}"
