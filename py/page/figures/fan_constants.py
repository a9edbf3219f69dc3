"""The numbers of figures 3 and 4, each with its reason. Times are in milliseconds, lengths in x-heights."""

# The opacity of the first step of each of 50 ways, as in the article of 2016; it falls evenly with the steps. Of more
# ways each is fainter, so that a fan keeps its strength on the whole.
STRENGTH = 0.3
STRENGTH_WAYS = 50
MOST_STRENGTH = 0.6
# A first step that the pen makes in the air is as much fainter: it is no ink, and there it is long.
IN_THE_AIR = 0.35

# Colours: so far from the middle of the diverging scale, which is the paper's colour, begins even the smallest turn.
# At that its contrast is still 3.
PALEST = 0.6
# As many bins as the worker makes (jobs/fans.py).
BINS = 12

# A mixture's weak components are drawn as well, but not those that come up less than once in 500 draws.
WEAKEST = 0.002

# A lift is worth mentioning from this chance on: one point in twenty is the last of its stroke.
LIKELY = 0.1

# The pointer takes hold of a fan so far away: a finger's breadth.
REACH = 1.0
# The longest line that is taken apart has so many points (line.py in the worker).
LONGEST = 4000
# Points that Page Up and Page Down step over: about a letter.
LEAP = 10

# A wait longer than this is shown with a progress bar.
PATIENCE = 1000
# The article's straight line: 100 points to the right, in model units.
STRAIGHT_POINTS, STRAIGHT_STEP = 100, 0.5
