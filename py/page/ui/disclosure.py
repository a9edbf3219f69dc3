"""Closed parts of the page: opened when a link, or the address, leads into one."""

import js

from page.ui.controls import element


class Disclosures:
    """Opens the sections, and switches to the view, that hide the target of a followed link."""

    def __init__(self):
        js.document.addEventListener("click", self._clicked)
        js.window.addEventListener("hashchange", lambda event: self._go(js.location.hash[1:]))
        self._go(js.location.hash[1:])

    def _clicked(self, event):
        link = event.target.closest("a[href^='#']")
        if link:
            reveal(element(link.hash[1:]))

    def _go(self, name):
        target = element(name) if name else None
        if target and reveal(target):
            target.scrollIntoView()


def reveal(target):
    """Open all that hides an element; return whether something did."""
    hidden = False
    place = target
    while place:
        if place.tagName == "DETAILS" and not place.open and (place is not target or place.matches(".lab-section")):
            place.open = hidden = True
        view = js.document.querySelector(f"[name=inside-view][value='{place.id}']") if place.id else None
        if view and not view.checked:
            view.checked = hidden = True
        place = place.parentElement
    return hidden
