"""The contents beside the page: where the reader is, and a sheet of the same links on narrow windows."""

import js

from page.ui.controls import element

# A section is read from the moment its heading has passed this part of the window's height.
READ_AT = 0.45


class Contents:
    """Marks the section that is read; shows the contents once the first screen has been left."""

    def __init__(self):
        self._nav, self._button = element("contents"), element("contents-button")
        found = self._nav.querySelectorAll("a")
        self._links = [found[i] for i in range(found.length)]
        self._targets = [element(link.hash[1:]) for link in self._links]
        self._button.addEventListener("click", lambda event: self._open(not self._is_open()))
        self._nav.addEventListener("click", lambda event: self._open(False))
        self._nav.addEventListener("keydown", self._pressed)
        js.document.addEventListener("scroll", self._scrolled, js.JSON.parse('{"passive": true}'))
        self._due = False
        self._mark()

    def _is_open(self):
        return self._nav.classList.contains("open")

    def _open(self, opened):
        self._nav.classList.toggle("open", opened)
        self._button.setAttribute("aria-expanded", "true" if opened else "false")
        if opened:
            self._links[0].focus()

    def _pressed(self, event):
        if event.key == "Escape" and self._is_open():
            self._open(False)
            self._button.focus()

    def _scrolled(self, event):
        if not self._due:
            self._due = True
            js.requestAnimationFrame(self._mark)

    def _mark(self, now=None):
        self._due = False
        height = js.innerHeight
        read = 0
        for i in range(len(self._targets)):
            if self._targets[i].getBoundingClientRect().top < READ_AT * height:
                read = i
        for i in range(len(self._links)):
            self._links[i].classList.toggle("passed", i < read)
            if i == read:
                self._links[i].setAttribute("aria-current", "true")
            else:
                self._links[i].removeAttribute("aria-current")
        left = self._targets[0].getBoundingClientRect().bottom < READ_AT * height
        js.document.body.classList.toggle("reading", left)
