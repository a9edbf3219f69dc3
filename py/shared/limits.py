"""Limits that the page and the worker both keep. Plain Python, for CPython, Pyodide and MicroPython alike."""

# Points of a line that the figures take apart: some forty words. Their states take 16 MB.
MAX_LINE_POINTS = 4000
# Cells of a network: four times the shipped one (ductus.weights has the same limit; a test compares them).
MAX_UNITS = 2048
# Styles in a file of them.
MAX_STYLES = 1000
# Bins of the angle between a step and the one that was taken: the worker sorts, the page has a colour for each bin.
ANGLE_BINS = 12
