"""Modules of py/page in CPython, with fakes of the browser's modules that they import."""

import contextlib
import sys


def _ours():
    return [name for name in sys.modules if name.partition(".")[0] == "page"]


@contextlib.contextmanager
def faked(modules):
    """Put these modules, by name, in place of the browser's: modules of page imported meanwhile get them.

    Afterwards sys.modules is as before, because other tests import page with other fakes, or with none.
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
