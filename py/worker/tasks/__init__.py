"""What the page can have done in the worker: one module a figure, of generators that take a Desk and arguments.

Arguments come from the page by name, arrays as numpy arrays. What is yielded and returned are dicts of numbers,
texts, None, arrays, and lists of such; arrays cross flat, so that a docstring has to give their shape.
"""
