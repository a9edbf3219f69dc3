"""The panel of keys: one for the whole page, opened with "?"."""

import js

from page.ui import controls

# Where a typed "?" is text.
TYPING = ("INPUT", "TEXTAREA", "SELECT")


def bind():
    """Open the panel with its button and with the key "?"."""
    panel = controls.element("help")

    def pressed(event):
        if event.key == "?" and event.target.tagName not in TYPING and not panel.open:
            event.preventDefault()
            panel.showModal()

    js.document.addEventListener("keydown", pressed)
    controls.bind_buttons({"help-button": lambda: panel.showModal(), "help-close": lambda: panel.close()})
