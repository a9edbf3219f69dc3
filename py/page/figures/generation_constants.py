"""Figure 2's numbers, each with its reason. Times are in milliseconds, lengths in x-heights (a row is 24 long)."""

# Rows kept ready ahead of the pen, so that it never waits.
ROWS_AHEAD = 2
# Where rows lie: their left edge, the first baseline, and from one to the next, as on ruled paper ...
ROW_LEFT = 1.0
ROW_TOP = 3.0
ROW_PITCH = 3.4
# ... but for rows that reach farther up than these let them, or so near the row above that less than this is between.
ROW_ABOVE = 2.4
ROW_AIR = 0.2
# Below the last row: what it reaches down at least, and the page's margin.
ROW_BELOW = 0.8
ROW_FOOT = 0.7
# A row fades when its baseline comes so near to the top of the page.
ROW_FADES = 2.4
# What a lift and the way to the next row take of the pen's time, in points.
LIFT_POINTS = 3
TURN_POINTS = 24
# The line's least width, in CSS pixels: on a phone an x-height has only 13 of them.
THINNEST = 1.2
# The pen itself: a ring about twice as wide as the line.
TIP_RADIUS = 0.1
# The page moves up by two thirds of the way in this time.
SCROLL = 260
# A frame that comes later than this was held up: the pen does not leap to make up for it.
LONGEST_FRAME = 100
