"""Nothing is lost: ink and settings over visits, tabs, full, denied or damaged storage.

Tests of storage need no network: they stop Python in the worker from starting, so that a page loads fast.
"""

import pytest

from tests.e2e.reader import scribble
from tests.e2e.visit import NO_DATABASE, NO_STORAGE, PENS, PUT, Visit, without_python

SHORT = scribble(1.0, 20)
OTHER = scribble(1.5, 25, (2.0, 0.0))


def test_everything_comes_back_and_a_fresh_start_can_be_undone(visit):
    here = visit().here()
    for figure in PENS:
        here.write_on(figure, SHORT)
    here.write_on("#cells-live", OTHER)
    here.set("temperature", 0.55)
    here.set("fans-steps", 3)
    here.seed(77)
    here.page.evaluate("document.getElementById('cell-order').open = true")
    here.page.select_option("#cell-order-grid", "hilbert")
    here.page.locator("#play").click()
    inks = here.inks()
    assert [len(ink) for ink in inks.values()] == [1, 2, 1, 1]
    here.saved("ink priming")
    here.until(lambda: "grid hilbert" in here.stored().get("settings", ""), "the settings to be saved")
    here.until(lambda: here.words() == "Saved in this browser.", "the message that everything is saved")

    here.again()
    here.until(lambda: here.inks() == inks, "the ink of the last visit")
    here.until(lambda: here.setting()["seed"] == 77, "the settings of the last visit")
    assert here.setting()["temperature"] == 0.55 and not here.playing()
    assert here.page.evaluate("document.querySelector('[data-value=temperature]').innerText") == "0.55"
    assert here.page.input_value("#fans-steps") == "3" and here.page.input_value("#cell-order-grid") == "hilbert"

    here.page.click("#start-fresh")
    here.until(lambda: not any(here.inks().values()), "empty sheets")
    here.until(lambda: here.setting()["seed"] == 1, "the default settings")
    here.saved("ink cells-live", False)
    here.saved("settings", False)

    here.again()
    here.until(lambda: here.page.locator("#restore").is_visible(), "the offer to restore it")
    assert not any(here.inks().values())
    here.page.click("#restore")
    here.until(lambda: here.inks() == inks, "the ink from before")
    here.until(lambda: here.setting()["seed"] == 77, "the settings from before")


def test_writing_before_saved_ink_is_restored_loses_neither(visit):
    here = visit().here()
    here.write(SHORT)
    here.saved("ink continuation")
    first = here.inks()["#continuation"]
    held = []
    here.page.route("**/micropython.wasm", lambda route: held.append(route))
    here.page.reload()
    here.until(lambda: len(held) == 1, "the page without its program")
    here.write(OTHER)
    second = here.inks()["#continuation"]
    held[0].continue_()
    here.here()
    here.until(lambda: here.page.locator("#restore").is_visible(), "the offer to restore it")
    assert here.inks()["#continuation"] == second and "moved to the backup" in here.words()
    here.page.click("#restore")
    here.until(lambda: here.inks()["#continuation"] == first, "the ink of the last visit")
    here.until(lambda: here.page.locator("#restore").is_visible(), "the offer to restore the other ink")


MUCH = """async (strokes) => {
    const {pen} = await import("./js-shims/boot/boot.js");
    const places = (stroke) => Array.from({length: 298}, (_, i) => stroke / 7 + ((i * 3456789) % 1000003) / 1000003);
    for (let stroke = 0; stroke < strokes; stroke++) pen.lay(places(stroke), Array(149).fill(0.05));
}"""


def test_the_maximum_of_ink_comes_back_and_more_is_reported(visit):
    here = visit().here()
    here.page.evaluate(MUCH, 90)
    here.until(lambda: here.words() == "Saved in this browser.", "the message that everything is saved")
    inks = here.inks()
    here.again()
    assert here.inks() == inks
    here.page.evaluate(MUCH, 20)
    here.until(lambda: "strokes of Figure 1, which holds more ink" in here.words(), "the message that it is too much")
    here.write_on("#cells-live", SHORT)  # which is kept nevertheless
    here.saved("ink cells-live")
    other = here.inks()["#cells-live"]
    here.again()
    # As many whole strokes as fit are kept, the first ones.
    kept = here.inks()["#continuation"]
    assert kept[: len(inks["#continuation"])] == inks["#continuation"] and len(kept) < 110
    assert here.inks()["#cells-live"] == other


def test_a_page_that_goes_while_the_pen_is_down_keeps_that_stroke(visit):
    here = visit().here()
    here.write(SHORT, OTHER, lift=False)
    here.page.wait_for_timeout(100)
    written = here.inks()["#continuation"]
    here.set("samples", 7)
    here.again()
    here.until(lambda: here.inks()["#continuation"] == written, "both strokes")
    here.until(lambda: here.setting()["samples"] == 7, "the setting")
    here.page.mouse.up()


def test_two_tabs_do_not_lose_each_others_ink(visit):
    one = visit().here()
    page = one.page.context.new_page()
    without_python(page)
    page.goto(one.page.url)
    two = Visit(page).here()
    two.write(OTHER)
    two.saved("ink continuation")
    theirs = two.stored()["ink continuation"]
    one.page.bring_to_front()
    one.write(SHORT)
    one.until(lambda: "Another tab" in one.words(), "the message about the other tab")
    assert one.stored()["backup ink continuation"] == theirs and one.stored()["ink continuation"] != theirs
    one.page.click("#restore")
    one.until(lambda: one.inks()["#continuation"] == two.inks()["#continuation"], "the other tab's ink")


def test_full_storage_is_reported_and_the_ink_stays(visit):
    here = visit().here()
    devtools = here.page.context.new_cdp_session(here.page)
    origin = here.page.evaluate("location.origin")
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
    here.write(SHORT)
    here.until(lambda: "storage of this browser is full" in here.words(), "the message about the full storage")
    assert len(here.ink()) == 1 and "ink continuation" not in here.stored()
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin})
    here.write(OTHER)
    here.until(lambda: here.words() == "Saved in this browser.", "the message that there is room again")
    here.again()
    here.until(lambda: len(here.ink()) == 2, "both strokes")


def test_without_a_database_local_storage_serves(visit):
    here = visit(script=NO_DATABASE).here()
    here.write(SHORT)
    here.saved("ink continuation")
    assert here.page.evaluate("localStorage.getItem('ductus / ink continuation')").startswith("ductus ink 1\n")
    here.again()
    here.until(lambda: len(here.ink()) == 1, "the ink of the last visit")


def test_a_window_that_stores_nothing_says_so_and_takes_ink(visit):
    here = visit(script=NO_STORAGE).here()
    here.write(SHORT)
    here.until(lambda: "private window" in here.words(), "the message that nothing is saved")
    assert len(here.ink()) == 1
    here.page.click("#start-fresh")
    here.until(lambda: not here.ink(), "an empty sheet")
    here.page.click("#restore")
    here.until(lambda: len(here.ink()) == 1, "the ink")
    here.again()
    assert not here.ink()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ductus ink 1\n0.1 0.2 0.3\n0.05", "stroke 0"),
        ("ductus ink 7\nink of years to come", "later version of this page (ductus ink 7)"),
        ("\0" * 100_000, "another format"),
    ],
)
def test_a_damaged_store_is_reported_and_backed_up(visit, text, words):
    here = visit().here()
    here.page.evaluate(PUT, ["ink continuation", text])
    here.page.evaluate(PUT, ["settings", "ductus settings 1\nsteps 1e99"])
    here.again()
    here.until(lambda: "moved to the backup" in here.words(), "the message about the damage")
    assert "backup settings" in here.stored() and here.stored()["backup ink continuation"] == text
    assert not here.ink() and here.setting()["steps"] == 20
    here.write(SHORT)
    here.saved("ink continuation")
    here.again()
    here.until(lambda: len(here.ink()) == 1, "the new ink")
    assert here.stored()["backup ink continuation"] == text


def test_going_offline_while_it_loads_is_said_and_the_ink_is_there_when_the_network_is_back(open_sheet):
    held = []
    pattern = "**/pyodide.asm.wasm"
    open_sheet.throws = True  # PyScript does
    sheet = open_sheet(before=lambda page: page.route(pattern, lambda route: held.append(route)))
    here = Visit(sheet.page).here()
    here.write(SHORT)
    here.saved("ink continuation")
    here.until(lambda: held and " of " in here.loading()[1], "the loading to be under way")
    here.page.context.set_offline(True)
    for route in held:
        route.abort("internetdisconnected")
    here.until(lambda: here.loading()[0] == "failed", "the failure")
    assert "did not" in here.loading()[1] and len(here.ink()) == 1
    here.write(OTHER)
    here.until(lambda: len(here.ink()) == 2, "the pen to work")
    here.page.context.set_offline(False)
    here.page.unroute(pattern)
    here.again()
    here.until(lambda: len(here.ink()) == 2, "the ink")
    here.ready()
