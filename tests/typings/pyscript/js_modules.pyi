"""What py/page/start.py gives the page as `shims`."""

from typing import Any

def __getattr__(name: str) -> Any: ...
