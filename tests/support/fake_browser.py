"""Modules of py/page in CPython: what they import of the browser's is played."""

import contextlib
import sys


def _ours():
    return [name for name in sys.modules if name.partition(".")[0] == "page"]


@contextlib.contextmanager
def played(modules):
    """Has these modules, by their names, in the place of the browser's: what is imported of page meanwhile gets them.

    Afterwards there is again what there was, for other tests have imported page with others, or with none.
    """
    before = {name: sys.modules.get(name) for name in [*modules, *_ours()]}
    for name in _ours():
        del sys.modules[name]
    sys.modules |= modules
    try:
        yield
    finally:
        for name in _ours():
            del sys.modules[name]
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
