"""The JavaScript modules under js-shims/ that the page imports by name."""

from typing import Any

def __getattr__(name: str) -> Any: ...
