"""Keep the memory that a step frees for the next one.

The arrays of a step take hundreds of megabytes. By default glibc gives such blocks back to the system at once, and
the next step waits while the system fills new ones with zeros: a fifth of the time of a step on a CPU.
"""

from __future__ import annotations

import ctypes
import sys

# glibc's mallopt, malloc.h: its parameters, and what they are set to.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_TOP_PAD = 1 << 28


def keep_freed() -> bool:
    """Make this process keep the memory that it frees; return whether its C library can."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # a C library other than glibc
        return False
    return all(
        mallopt(name, value) == 1
        for name, value in ((_M_MMAP_MAX, 0), (_M_TOP_PAD, _TOP_PAD), (_M_TRIM_THRESHOLD, 2**31 - 1))
    )
