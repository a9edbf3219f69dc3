"""Numbers as the page shows them, and as a screen reader says them."""

MINUS = "\u2212"
NOTHING = "\u2013"  # where there is no number yet


def number(value, digits=2):
    """Return a number with a real minus sign, and no sign before 0."""
    text = f"{abs(value):.{digits}f}"
    return (MINUS if value < 0 and float(text) else "") + text


def percent(share, digits=1):
    """Return a share from 0 to 1 as a percentage."""
    return f"{100 * share:.{digits}f} %"


def for_speech(text):
    """Return a text for a screen reader: not every one reads a minus sign."""
    return text.replace(MINUS, "minus ")
