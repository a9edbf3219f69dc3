"""Long tasks in slices: generators that pause every few milliseconds, so that the caller can draw, wait or cancel."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any


def run(slices: Generator[Any, None, Any]) -> Any:
    """Run a sliced task to its end and return its result."""
    while True:
        try:
            next(slices)
        except StopIteration as done:
            return done.value


def without_progress(slices: Generator[Any, None, Any]) -> Generator[None, None, Any]:
    """Return the same task with its pauses but without its progress."""
    return with_progress(slices, lambda _: None)


def with_progress(slices: Generator[Any, None, Any], tell: Callable[[Any], Any]) -> Generator[Any, None, Any]:
    """Return the same task with `tell` of its progress as its progress."""
    try:
        while True:
            yield tell(next(slices))
    except StopIteration as end:
        return end.value
