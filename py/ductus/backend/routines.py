"""The side module's routines as ctypes sees them, and the addresses of arrays for them."""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_int32, c_void_p

import numpy as np

# As in kernel.c: columns of a packed panel, of four panels, and rows that are processed together.
PANEL, GROUP, ROWS = 8, 32, 66
FACTS = 5  # that `read` finds about each point
# As in guidance.h: what it keeps of a component.
GUIDANCE_TERMS = 7


class Pack(ctypes.Structure):
    _fields_ = (("K", c_int32), ("N", c_int32), ("B", c_void_p), ("packed", c_void_p))


class Matmul(ctypes.Structure):
    _fields_ = (
        *((name, c_int32) for name in ("M", "K", "N")),
        *((name, c_void_p) for name in ("A", "packed", "bands", "out")),
    )


class NetworkArrays(ctypes.Structure):
    _fields_ = (
        *((name, c_int32) for name in ("units", "width", "outputs")),
        *((name, c_void_p) for name in ("W_x", "W_h", "b", "W_y", "b_y", "bands", "z", "output", "cumulative")),
    )


class Change(ctypes.Structure):
    _fields_ = (("each", c_int32), ("scale", c_void_p), ("value", c_void_p))


class Step(ctypes.Structure):
    _fields_ = (
        ("network", ctypes.POINTER(NetworkArrays)),
        *((name, c_int32) for name in ("pens", "samples", "times")),
        *((name, c_void_p) for name in ("x", "h", "c", "h_out", "c_out", "out")),
        ("change", ctypes.POINTER(Change)),
    )


class Draw(ctypes.Structure):
    _fields_ = (
        ("network", ctypes.POINTER(NetworkArrays)),
        *((name, c_int32) for name in ("rows", "samples", "steps", "alike")),
        ("temperature", c_double),
        *((name, c_void_p) for name in ("x", "h", "c", "uniforms", "h_out", "c_out", "paths")),
        ("change", ctypes.POINTER(Change)),
    )


class Read(ctypes.Structure):
    _fields_ = (
        ("network", ctypes.POINTER(NetworkArrays)),
        *((name, c_int32) for name in ("rows", "times")),
        *((name, c_void_p) for name in ("x", "truth", "h", "c")),
        ("change", ctypes.POINTER(Change)),
        ("facts", c_void_p),
    )


class WindowArrays(ctypes.Structure):
    _fields_ = (
        *((name, c_int32) for name in ("gaussians", "symbols", "behind", "ahead")),
        *((name, c_double) for name in ("low", "high")),
        *((name, c_void_p) for name in ("W_k", "b_k", "raw")),
    )


class Write(ctypes.Structure):
    _fields_ = (
        ("network", ctypes.POINTER(NetworkArrays)),
        ("window", ctypes.POINTER(WindowArrays)),
        *((name, c_int32) for name in ("rows", "times", "length", "stride", "candidates")),
        *((name, c_double) for name in ("temperature", "strength", "limit")),
        *((name, c_void_p) for name in ("x", "h", "c", "kappa", "codes", "uniforms", "work")),
        *((name, c_void_p) for name in ("h_out", "c_out", "alpha", "beta", "kappa_out", "place", "points", "taken")),
    )


class TSNE(ctypes.Structure):
    _fields_ = (
        *((name, c_int32) for name in ("n", "iterations")),
        *((name, c_void_p) for name in ("y", "P", "gradient", "push", "velocity", "gain")),
        *((name, c_double) for name in ("exaggeration", "rate", "momentum", "settled")),
    )


ROUTINES = {
    "pack": (Pack, None),
    "matmul": (Matmul, None),
    "step": (Step, None),
    "draw": (Draw, None),
    "read": (Read, None),
    "write": (Write, None),
    "tsne_gradient_f": (TSNE, None),
    "tsne_gradient_d": (TSNE, None),
    "tsne_descend_f": (TSNE, c_int32),
    "tsne_descend_d": (TSNE, c_int32),
}


def address(array: np.ndarray, dtype, *shape: int) -> int:
    """Return the array's address. Raise TypeError unless it has this type and shape and is C-contiguous."""
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        raise TypeError(f"an array {array.shape} of {array.dtype} instead of {shape} of {np.dtype(dtype)}")
    return array.ctypes.data


def as_float32(array: np.ndarray) -> np.ndarray:
    """Return the array, or a copy, as C-contiguous float32."""
    return np.ascontiguousarray(array, np.float32)
