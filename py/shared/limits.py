"""The limits that the page and the worker both apply. Constants only: CPython, Pyodide and MicroPython read this."""

# The limit of points of a line that figures show: about forty words, whose states take 16 MB.
MAX_LINE_POINTS = 4000
# Cells of a network; also the bound of a cell's number in a link or in storage.
MAX_CELLS = 2048
# Styles in a file of them.
MAX_STYLES = 1000
# Characters of a text to write, hands to write it in, and draws of which the best is chosen.
MAX_TEXT, MAX_HANDS, MAX_DRAWS = 400, 200, 5
# Bins of the angle between a step and the one that was taken: the worker sorts, the page has a colour for each bin.
ANGLE_BINS = 12
# Fans are computed coarse to fine: those of every eighth point first, then of every fourth, every second, all.
FAN_STRIDES = (8, 4, 2)
# Bytes of an ink file. A line of writing takes about 100 kB in the most verbose format. A file is parsed without a
# pause, and the pen is not followed for the second or two that this takes at this size.
MAX_INK_FILE_BYTES = 2 * 2**20
# Strokes of an ink file, about 200 lines of writing: each takes its time, however short it is.
MAX_INK_FILE_STROKES = 10_000
# Bytes of a weight file.
MAX_WEIGHT_FILE_BYTES = 48 * 2**20
