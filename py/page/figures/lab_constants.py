"""The numbers of the appendix figures, each with its reason. Times are in milliseconds, lengths in x-heights."""

# --- the mixtures along a line

# The first step takes so long: time to see the hills, then where the pen went, then it going there.
STEP_FIRST = 2200
# Each step takes this part of the time of the one before ...
STEP_FASTER = 0.8
# ... but never less: fast enough for a line in half a minute, slow enough to see hills come and go.
STEP_LAST = 70
# A step that takes less than this is not told in parts: one would see nothing but flicker.
STEP_TOLD = 350
# The parts: until then the hills rise, from then on the true place is shown, from then on the pen moves there.
RISE, TRUTH, MOVE = 0.15, 0.45, 0.72
# The view goes two thirds of the way to what it should take in within this time.
VIEW = 180
# Points that Page Up and Page Down go by.
LEAP = 10
# Fields of a landscape, across and down: while it plays there is little time, when it stands a moment.
COARSE, FINE = (56, 28), (200, 100)

# --- the blend

# As wide as the ink.
BLEND_WIDTH = 0.052

# --- priming

# X-heights from edge to edge of a panel, and where it is narrower than so many CSS pixels; the margin on either side.
ACROSS, ACROSS_NARROW, NARROW, SIDE = 24, 15, 480, 0.5
# From baseline to baseline, at least, and the least air between two rows and at the edges.
ROW_PITCH, ROW_AIR = 2.6, 0.45
# A panel is at least so tall, so that the page does not move when the first row comes.
LEAST_TALL = 4.6
# Points a millisecond: the longest lines are there within five seconds. What moves for longer has to have a pause.
WRITING_PACE = 0.15

# --- components

# Rows: with so many, a row is 20 CSS pixels high; in the lines tried they hold nineteen twentieths of all movement.
COMPONENTS = 24
# The value of the strongest colour, in standard deviations.
COMPONENT_LIMIT = 3
