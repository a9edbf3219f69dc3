"""The watchdog: when the worker counts as dead, and what the report of a crash says."""

# Time between two checks of the worker, in ms.
CHECK_EVERY = 1000
# A check that comes later than this after the one before does not count: the page's timers did not run normally,
# because the tab was in the background, the machine asleep, or the page itself busy.
LATE = 1500
# This many checks without a sign of life, while an answer is due, are a hang. A slice of work takes 12 ms, and its
# longest piece a few hundred on a slow telephone; 20 s are far from that, and still a time that a reader may wait.
HANG = 20
# Reading the network is one call, and takes seconds: on a machine that is busy, a minute.
HANG_LOADING = 120
# A worker that dies within this time (ms) of its start, or while it starts, would go on dying.
SOON = 120_000
# Calls and causes in a report.
MAX_REPORTED = 12

# Errors after which a worker is useless: its memory is full, and never shrinks again, or WebAssembly has trapped, and
# Pyodide does not answer any more.
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


def is_fatal(text):
    """Return whether an error's text says that the worker cannot go on."""
    return any(words in text for words in FATAL)


class Watchdog:
    """Counts the checks for which the worker has owed an answer without a sign of life."""

    def __init__(self):
        self._before = None  # time of the last check
        self._heard = -1  # signs of life by then
        self._count = 0

    def check(self, now, visible, waiting, heard):
        """Return the count after a check at `now`, in ms: `waiting` answers are due, `heard` signs of life came.

        A check does not count while the page is not visible, or if it comes late.
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
    """Return the text of a report; parts are pairs of a name and its value, a string or a list of them."""
    lines = []
    for name, value in parts:
        lines.append(f"{name}: {value}" if isinstance(value, str) else name + ":")
        if not isinstance(value, str):
            lines += ["  " + line for line in value]
    return "\n".join(lines)
