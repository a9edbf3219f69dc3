"""The page's numbers, each with its reason. Times are in milliseconds, lengths in x-heights."""

# --- what is asked of the model

# While the pen moves, only so many steps: they fit in two slices of the worker, so that the lines stay at the pen.
HURRIED_STEPS = 8
# The pen counts as moving until it has rested so long: longer than a frame and a late event, shorter than a thought.
REST = 90

# Seeds run from 0 up to this: six digits are enough to be different, and few enough to be passed on.
SEEDS = 1_000_000

# --- how continuations are shown

# Widths: the first of them a little thinner than the ink, the others hairlines beside it.
FIRST_WIDTH = 0.045
OTHER_WIDTH = 0.021
OTHER_ALPHA = 0.75  # on the paper still a contrast of 3
# A set is written rather than put there: at a brisk hand's pace, but even the longest within this time.
PACE = 0.05  # steps a millisecond
WRITTEN_WITHIN = 1600
# How long a finished set stands before the next is rolled: time to look at it.
STAND = 1500
# How long an old set takes to fade, and how strong it is at first.
FADE = 2200
FADE_ALPHA = 0.34
# Never more old sets than this: they would be mud, and each costs a frame's time.
TRAILS = 5
# While the pen moves, sets follow each other every few frames; only now and then does one leave a trail.
TRAIL_EVERY = 160

# --- speaking

# The least time between two announcements of new continuations to a screen reader: who draws hears more than them.
ANNOUNCE_EVERY = 4000
# The least time between any two of a figure: a short sentence takes as long to be said.
SAY_EVERY = 1000
# And what is said first waits a moment for what follows at once.
SAY_AFTER = 120

# --- the cells

# The value of the strongest colour, as in the article: about one in a hundred lies beyond.
HEAT_LIMIT = 3
# Cells that Page Up and Page Down go by.
FAR_STEP = 10
# The time in which cells turn over before they are sorted: long enough to be seen for what it is.
TURN = 700
# An order on the way is shown so long before the next, in which rows go two thirds of their way in TRAVEL ...
SNAPSHOT = 30
TRAVEL = 140
# ... and if more than so many wait to be shown, some are left out: three seconds are enough to watch.
SNAPSHOTS = 100
# Width of a column while writing, in CSS pixels: a word then takes about half a wide figure.
LIVE_COLUMN = 3
