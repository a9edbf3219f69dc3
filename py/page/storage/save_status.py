"""What the page says about saving, true at each moment."""

from page.storage.connection import LOSS_WARNING, words

SAVING = "Saving…"
SAVED = "Saved in this browser."
REST_SAVED = "The rest is saved in this browser."


def status(connection, entries, note):
    """Return (note, state, warning): what to announce, what is the case now, and whether something is wrong.

    `note` says what happened to earlier ink and settings, as far as the reader should know.
    """
    problems = [connection.trouble] if connection.trouble else []
    for entry in entries:
        if entry.problem and entry.problem not in problems:
            problems.append(entry.problem)
    elsewhere = [entry.elsewhere for entry in entries if entry.elsewhere]
    notes = problems + elsewhere + ([note] if note else [])
    return " ".join(notes), _state(connection, entries, problems, elsewhere), len(notes) > 0


def _state(connection, entries, problems, elsewhere):
    place = connection.place
    if place is not None and place.kind == "memory":
        return ""
    if any(entry.unsaved and not entry.problem for entry in entries):
        return SAVING
    if not connection.is_database or elsewhere or not any(entry.saved for entry in entries):
        return ""
    return REST_SAVED if problems else SAVED


def is_full(error):
    """Return whether an error says that the storage is full."""
    return "uota" in words(error)


def problem(entry, error):
    """Return why an entry cannot be saved, as a sentence."""
    if is_full(error):
        return f"Not kept: the storage of this browser is full; {LOSS_WARNING}"
    return f"Not kept: the {entry.what}: {words(error)}; {LOSS_WARNING}"


def left_out(entry):
    """Return which strokes of an entry cannot be saved, as a sentence; "" if all can."""
    count = entry.left_out
    if not count:
        return ""
    strokes = "the last stroke" if count == 1 else f"the last {count} strokes"
    return f"Not kept: {strokes} of {entry.title}, which holds more ink than can be saved; {LOSS_WARNING}"
