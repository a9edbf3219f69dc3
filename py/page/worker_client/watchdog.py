"""When the worker counts as dead, and what is told of it then."""

# The worker is looked at so often, in ms.
TICK = 1000
# A look that comes later than this after the one before does not count: the page's own timers did not run normally,
# because the tab was in the background, the machine asleep, or the page itself busy.
LATE = 1500
# So many looks without a sign of life, while an answer is due, are a hang. A slice of work takes 12 ms, and its
# longest piece some hundred on a slow telephone; 20 s are far from that, and still a time that a reader may wait.
HANG = 20
# Reading the network is one call, and takes seconds: on a machine that is busy, a minute.
HANG_LOADING = 120
# A worker that dies within so many ms of its start, or while it starts, would go on dying.
SOON = 120_000
# Calls that the report tells of.
TOLD = 12

# What an error says after which a worker is of no more use: its memory is full, which never shrinks again, or
# WebAssembly ran into a wall and Pyodide answers no more.
FATAL = (
    "fatally failed",
    "MemoryError",
    "Unable to allocate",
    "ut of memory",
    "memory access out of bounds",
    "Array buffer allocation failed",
    "unreachable",
    "table index is out of bounds",
    "function signature mismatch",
)


def fatal(text):
    """Does an error's text say that the worker cannot go on?"""
    return any(words in text for words in FATAL)


class Silence:
    """Counts for how many looks the worker has owed an answer without a sign of life."""

    def __init__(self):
        self._before = None  # when the last look was
        self._heard = -1  # how often it had been heard of by then
        self._count = 0

    def look(self, now, visible, waiting, heard):
        """Gives the count after one more look, at `now` in ms: `waiting` answers are due, it was `heard` so often.

        A look does not count where the page is not visible, or comes late.
        """
        late = self._before is None or now - self._before > LATE
        self._before = now
        if not waiting or heard != self._heard:
            self._heard = heard
            self._count = 0
        elif visible and not late:
            self._count += 1
        return self._count


def report(parts):
    """The text of a report: parts are pairs of a name and what there is to say, a string or a list of them."""
    lines = []
    for name, value in parts:
        lines.append(f"{name}: {value}" if isinstance(value, str) else name + ":")
        if not isinstance(value, str):
            lines += ["  " + line for line in value]
    return "\n".join(lines)
