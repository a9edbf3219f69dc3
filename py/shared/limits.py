"""The limits that the page and the worker both apply. Constants only: CPython, Pyodide and MicroPython read this."""

# Points of a line that the figures analyse: about forty words, whose states take 16 MB.
MAX_LINE_POINTS = 4000
# Cells of a network; also the bound of a cell's number in a link or in storage.
MAX_CELLS = 2048
# Styles in a file of them.
MAX_STYLES = 1000
# Bins of the angle between a step and the one that was taken: the worker sorts, the page has a colour for each bin.
ANGLE_BINS = 12
