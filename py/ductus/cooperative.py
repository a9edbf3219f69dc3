"""Long tasks in slices: generators that pause every few milliseconds, so that the caller can draw, wait or cancel."""

from __future__ import annotations

from collections.abc import Generator
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
    try:
        while True:
            next(slices)
            yield
    except StopIteration as end:
        return end.value
