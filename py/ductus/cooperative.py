"""Long jobs in slices: generators that pause every few milliseconds, so that a page may draw, wait or give up."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any


def run(slices: Generator[Any, None, Any]) -> Any:
    """Runs a sliced job to its end and gives its result."""
    while True:
        try:
            next(slices)
        except StopIteration as done:
            return done.value


def without_progress(slices: Generator[Any, None, Any]) -> Generator[None, None, Any]:
    """The same work with its pauses and without its news."""
    try:
        while True:
            next(slices)
            yield
    except StopIteration as end:
        return end.value
