"""MicroPython's own bridge to JavaScript."""

from typing import Any

def to_js(value: Any) -> Any: ...
