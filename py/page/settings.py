"""The settings: every value of the page's state that a reader sets, each declared once.

Controls, storage, links and tests read `SETTINGS`; index.html has only the labels. Plain Python, for CPython and
MicroPython alike.
"""

from page import intervention_text
from shared.limits import MAX_CELLS, MAX_DRAWS, MAX_HANDS, MAX_LINE_POINTS, MAX_STYLES, MAX_TEXT

# Seeds run from 0 up to this: six digits are enough to be different, and few enough to pass on.
SEEDS = 1_000_000


class Number:
    """A number from `low` to `high` in steps of `step`, with `decimals` digits after the point.

    It is shown with its `unit`, of which `singular` is the form for 1. `linked`: does a link to the page hold it?
    """

    def __init__(self, name, low, high, default, step: float = 1, decimals=0, unit="", singular="", linked=True):
        self.name, self.default, self.linked = name, default, linked
        self.low, self.high, self.step = low, high, step
        self.decimals, self.unit, self.singular = decimals, unit, singular

    def read(self, text):
        """Return the value that a text says. Raises ValueError if it is not a number within the bounds."""
        value = float(text) if self.decimals else int(text)
        if not self.low <= value <= self.high:  # as is not a number, too
            raise ValueError
        return value

    def show(self, value):
        """Return the value as it is shown beside its control."""
        unit = self.singular if value == 1 and self.singular else self.unit
        return f"{value:.{self.decimals}f}" + (" " + unit if unit else "")


class Choice:
    """One word of `options`, the values of a select's options; the first is the default. `linked`: as of Number."""

    def __init__(self, name, *options, linked=True):
        self.name, self.options, self.default, self.linked = name, options, options[0], linked

    def read(self, text):
        """Return the option that a text says. Raises ValueError if there is no such option."""
        if text not in self.options:
            raise ValueError
        return text


class Changes:
    """What is done to cells: see `page.intervention_text`."""

    def __init__(self, name):
        self.name, self.default, self.linked = name, intervention_text.NONE, True

    def read(self, text):
        """Return the text. Raises ValueError that says which part of it is no intervention."""
        return intervention_text.check(text)


class Text:
    """A text, as one word of at most `longest` characters: what is no letter, digit or hyphen is %XX, UTF-8."""

    def __init__(self, name, longest):
        self.name, self.longest, self.default, self.linked = name, longest, EMPTY, True

    def read(self, word):
        """Return the word. Raises ValueError if it stands for no text, or is too long."""
        if len(word) > self.longest:
            raise ValueError
        decode_text(word)
        return word


# The word of a text that is empty, and characters of the longest, which is %XX for each of its characters.
EMPTY, MAX_WORD = "%", 3 * MAX_TEXT


def encode_text(text):
    """Return the word that stands for a text."""
    return (
        "".join([one if _is_plain(one) else "".join([f"%{byte:02x}" for byte in one.encode()]) for one in text])
        or EMPTY
    )


def decode_text(word):
    """Return the text that a word stands for. Raises ValueError if it stands for none."""
    found, at = bytearray(), 0
    while at < len(word) and word != EMPTY:
        if word[at] == "%":
            digits = word[at + 1 : at + 3]
            if len(digits) < 2:
                raise ValueError
            found.append(int(digits, 16))
            at += 3
        elif _is_plain(word[at]):
            found.append(ord(word[at]))
            at += 1
        else:
            raise ValueError
    return bytes(found).decode()


def _is_plain(character):
    return character < "\x7f" and (character.isalpha() or character.isdigit() or character == "-")


class Switch:
    """On or off, as whether a figure moves by itself. Stored as 1 or 0, and in no link."""

    def __init__(self, name, default=True):
        self.name, self.default, self.linked = name, default, False

    def read(self, text):
        """Return what a text says. Raises ValueError if that is neither 0 nor 1."""
        if text not in ("0", "1"):
            raise ValueError
        return text == "1"


def seed(name, default=1, linked=True):
    """A figure's seed."""
    return Number(name, 0, SEEDS - 1, default, linked=linked)


def temperature(name, linked=True, default=0.5):
    """A figure's temperature. Below 0.1 nothing varies, above 1.5 nothing can be read; 0.5 is legible and varies."""
    return Number(name, 0.1, 1.5, default, step=0.05, decimals=2, linked=linked)


def style(name):
    """A figure's style: its number in the file of styles, or -1 for none."""
    return Number(name, -1, MAX_STYLES, -1)


# What the cells are compared with in figure 8, in the order of its columns.
PROBING_QUANTITIES = (
    "x",
    "y",
    "dx",
    "dy",
    "direction",
    "curvature",
    "position_in_word",
    "lift_to_come",
    "just_lifted",
    "steady",
)

SETTINGS = (
    # Of figure 1: one long line and short ones, many, rows on the whole page, or a text that the reader types.
    Choice("mode", "line", "many", "fill", "text"),
    Text("text", MAX_WORD),
    Text("ink-says", MAX_WORD),  # what the reader says that their ink says; empty where the page may read it
    Number("hand", -2, MAX_HANDS, -2),  # of the text: -2 is that of the ink, -1 none, from 0 on those that are loaded
    Number("text-draw", 0, MAX_DRAWS - 1, 0),  # which draw from the seed
    seed("seed"),
    # At 0.45 the long line is a word in the reader's slant and size more often than at 0.5.
    temperature("temperature", default=0.45),
    Number("line-steps", 20, 400, 140, step=20, unit="steps"),  # of the long line
    Number("steps", 5, 200, 30, step=5, unit="steps"),  # of the short ones
    Number("samples", 1, 12, 5),  # lines, the long one included
    Choice("lead", "right", "first"),  # the long line: the first draw that starts right of the ink, or just the first
    style("style"),
    Choice("shown-line", "auto", "ink", "model"),  # whose line the figures show: see page.ink.line_choice
    # The first row from seed 23 has enough words and lifts for the figures that take it apart.
    seed("generation-seed", 23),
    temperature("generation-temperature"),
    style("generation-style"),
    Choice("fans-line", "line", "straight"),
    Choice("fans-text", "without", "with", linked=False),  # of a typed line: whose fans, do they know the text?
    seed("fans-seed"),
    Number("fans-samples", 10, 200, 40, step=10),
    Number("fans-steps", 1, 20, 10, unit="steps", singular="step"),
    temperature("fans-temperature"),
    Switch("fans-density", default=False),  # is the density of the chosen point shown, with its costs?
    seed("cell-order-seed"),
    Choice("cell-order-metric", "percentile", "plain", "blurred", "blurred-sobolev"),
    Number("cell-order-perplexity", 5, 100, 50, step=5),
    Choice("cells-order", "sorted", "number"),
    Choice("cells-scale", "cell", "absolute"),  # has each cell its own scale of colours, or all the same?
    Choice("grid", "lines", "hilbert"),  # how the squares of all cells lie
    Choice("probing-quantity", *PROBING_QUANTITIES),
    Number("cell", 0, MAX_CELLS - 1, 0),  # the chosen cell
    Number("step", 0, MAX_LINE_POINTS - 1, 0),  # the chosen point of the line
    Changes("interventions"),
    # What colours the ink while cells are changed: the change in nats, the chosen cell, or which past ink counts.
    Choice("inside-ink", "change", "cell", "next", "lift", "value", "stroke", "stroke-fan"),
    Choice("theme", "system", "light", "dark", linked=False),
    Switch("playing", False),  # does figure 1 draw new samples by itself?
    Switch("generation-playing"),
    Number("generation-pace", 20, 600, 100, step=20, unit="points/s", linked=False),
    Number("beautify-strength", 0, 0.95, 0.5, step=0.05, decimals=2, linked=False),
    Number("priming-points", 400, 700, 500, step=50, unit="points", linked=False),
    temperature("priming-temperature", linked=False),
    seed("priming-seed", linked=False),
)
# Settings that name a style: they have a value once the network and its styles are there.
STYLES = ("style", "generation-style")


def defaults():
    """Return {name: the value that the page begins with}."""
    return {setting.name: setting.default for setting in SETTINGS}
