"""Figure 8 in words: the quantities, and how sentences name them."""

# The quantities compared with the cells, and the measure of each (`ductus.analysis.probing.KINDS`).
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
}
# In the order of the columns: MicroPython's dicts are not ordered.
NAMES = (
    "x",
    "y",
    "dx",
    "dy",
    "direction",
    "curvature",
    "position_in_word",
    "lift_to_come",
    "just_lifted",
)
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
}
# The sentences above the table, beside that of the chosen quantity.
ALWAYS = ("x", "y", "lift_to_come", "just_lifted")
# What the lines are called.
LINES = {"example": "the example word", "yours": "your ink", "network": "the network\u2019s line"}


def strength(name, value):
    """Return how strong a measure is, 0 to 1, as `ductus.analysis.probing.strength`."""
    return abs(2 * value - 1) if KINDS[name] == "AUC" else abs(value)


def line(source):
    """Return what a line from this source is called."""
    return LINES.get(source) or f"the line from {source}"
