"""The whole page with all work done, for tests in every mode that a browser may be set to."""

import pytest

MEDIA = {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "no-preference"}
MODES = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "forced colours, dark": {"forced_colors": "active", "color_scheme": "dark"},
    "reduced motion": {"reduced_motion": "reduce"},
}
# Their names, for parametrize: system colours are the same in the dark but for their values, so CI leaves that out.
EACH_MODE = [pytest.param(name, marks=pytest.mark.slow) if name == "forced colours, dark" else name for name in MODES]


def finished(loaded):
    """Return the page with ink on every sheet and every figure finished, paused."""
    page = loaded.page
    loaded.pause()
    loaded.more()
    page.click("#example")
    loaded.until(lambda: len(loaded.ink()) == 3 and not loaded.ink()[-1]["open"], "the word")
    loaded.until(lambda: loaded.shown() > 0, "a prediction")
    loaded.open_all()
    for name in ("cells-live", "beautify", "priming"):
        loaded.reveal(name)
        page.locator(f"#{name}-example").click()
        page.locator(f"#{name}").scroll_into_view_if_needed()
        loaded.until(lambda name=name: "nothing yet" not in said(page, name), name)
    waits = {
        "generation": "Number(generation.dataset.rows) > 0",
        "fans": "!document.querySelector('#fans .long').ariaLabel.includes('not drawn')",
        "cells": "document.querySelector('#cells .readout b').textContent > ''",
        "cell-order": "document.querySelector('#cell-order .quality').hidden === false",
        "probing": "document.querySelector('#probing .best').children.length > 0",
        "mixture": "mixture.dataset.step !== undefined",
        "interventions": "document.getElementById('intervene-reset').disabled && interventions.dataset.done > 0",
        "pca": "pca.dataset.component !== undefined",
    }
    for name, done in waits.items():
        loaded.reveal(name)
        page.locator(f"#{name}").scroll_into_view_if_needed()
        loaded.until(lambda done=done: page.evaluate(done), name)
    loaded.reveal("cells")
    for button in ("#generation-play", "#mixture-play"):
        if page.inner_text(button) == "Pause":
            page.click(button)
    return loaded


def said(page, name):
    """Return the text alternatives of a figure's pictures."""
    return page.evaluate(
        "(name) => [...window[name].querySelectorAll('[role=img]')].map((one) => one.ariaLabel).join()", name
    )


def as_at_first(whole):
    """For a fixture: yield the page of `whole`, 1280 x 800, light, with motion, and restore these settings."""
    whole.page.set_viewport_size({"width": 1280, "height": 800})
    yield whole.page
    whole.page.emulate_media(**MEDIA)


def settle(page):
    """Let the page lay itself out: observers and two frames."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
    )
