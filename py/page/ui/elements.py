"""New elements of the page."""

import js


def make(tag, parent=None, text="", **attributes):
    """Return a new element, appended to `parent`; `class_` and `aria_label` stand for "class" and "aria-label"."""
    made = js.document.createElement(tag)
    for name in attributes:
        made.setAttribute(name.rstrip("_").replace("_", "-"), attributes[name])
    made.textContent = text
    if parent is not None:
        parent.append(made)
    return made
