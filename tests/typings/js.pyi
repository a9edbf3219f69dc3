"""The browser's globals, as MicroPython and Pyodide lend them: of no type that Python knows."""

from typing import Any

def __getattr__(name: str) -> Any: ...
