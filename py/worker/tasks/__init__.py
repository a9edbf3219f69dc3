"""The registry of tasks: the computations that the page can start in the worker, one module per topic.

A task is a generator function of the Workspace and the page's arguments (`scheduler.py` says what it yields). The
decorator `task` registers it; the page starts it by the name "module.function".
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from importlib import import_module
from importlib.util import find_spec

Task = Callable[..., Generator]
_tasks: dict[str, Task] = {}


def task(function: Task) -> Task:
    """Register a generator function of a module of this package under the name "module.function"."""
    _tasks[f"{function.__module__.rpartition('.')[2]}.{function.__name__}"] = function
    return function


def find(kind: str) -> Task:
    """Return the task of the name "module.function".

    Its module is imported when it is first needed, so the first prediction does not wait for other figures.
    Raises ValueError if there is no such task.
    """
    module = kind.partition(".")[0]
    if kind not in _tasks and module.isidentifier() and find_spec(f"{__name__}.{module}"):
        import_module(f"{__name__}.{module}")
    if kind not in _tasks:
        raise ValueError(f"there is no task {kind}")
    return _tasks[kind]
