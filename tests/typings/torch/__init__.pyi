"""PyTorch of no type: only --training installs it, and the check must say the same without."""

from typing import Any

def __getattr__(name: str) -> Any: ...
