"""The compiled form of the recurrence's loops: `recurrence.c` for what is element-wise, torch for the large products.

It takes a third of the time of `recurrence.forward_loop` and `backward_loop`, whose results it has, in bfloat16.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch

_SOURCE = Path(__file__).with_name("recurrence.c")
_COMPILE = ["-c", "-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fPIC"]
# Linked without -ffast-math: with it gcc adds code that makes the whole process take denormal numbers for 0.
_LINK = ["-shared"]
_LIBRARIES = ["-lmvec", "-lm"]


class _Sizes(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("B", "H", "V", "K", "behind", "reach", "width")),
        ("low", ctypes.c_float),
        ("high", ctypes.c_float),
    )


@functools.cache
def library() -> ctypes.CDLL | None:
    """Return the compiled loops, built on first use, or None where there is no C compiler or no bfloat16."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return None
    flags = " ".join([*_COMPILE, *_LINK, *_LIBRARIES]).encode()
    digest = hashlib.sha256(_SOURCE.read_bytes() + flags).hexdigest()[:16]
    target = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / f"ductus/recurrence-{digest}.so"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            loops, built = Path(folder) / "recurrence.o", Path(folder) / target.name
            for command in (
                [compiler, *_COMPILE, str(_SOURCE), "-o", str(loops)],
                [compiler, *_LINK, str(loops), "-o", str(built), *_LIBRARIES],
            ):
                if subprocess.run(command, capture_output=True, check=False).returncode:
                    return None
            built.replace(target)
    return ctypes.CDLL(str(target))


def forward_loop(xz, codes, W, W_k, b_k, symbols, behind, reach, low, high):
    """Do what `recurrence.forward_loop` does."""
    run = library().forward_step  # pyright: ignore[reportOptionalMemberAccess]  the caller has asked
    T, B, H, K = xz.shape[0], xz.shape[1], xz.shape[2] // 4, len(b_k) // 3
    sizes = _Sizes(B, H, symbols, K, behind, reach, codes.shape[1], low, high)
    S = torch.zeros(T + 1, B, symbols + H, dtype=torch.bfloat16)
    gates, hidden, windows = torch.empty(T, B, 4 * H), torch.empty(T, B, H), torch.empty(T, B, symbols)
    cells, kappas, raw = torch.zeros(T + 1, B, H), torch.zeros(T + 1, B, K), torch.empty(T, B, 3 * K)
    inside, bases = torch.empty(T, B, K), torch.empty(T, B, 1, dtype=torch.int64)
    z = torch.empty(B, 4 * H, dtype=torch.bfloat16)
    xz, codes, W_kT, b_k = (one.contiguous() for one in (xz, codes, W_k.T, b_k))
    at = [_Steps(one) for one in (xz, cells, kappas, gates, hidden, windows, raw, inside, bases, S)]
    x_at, c_at, kappa_at, gates_at, h_at, w_at, raw_at, inside_at, base_at, s_at = at
    fixed = [ctypes.c_void_p(one.data_ptr()) for one in (codes, W_kT, b_k)]
    z_at, size = ctypes.c_void_p(z.data_ptr()), ctypes.byref(sizes)
    for t, s in enumerate(S[:T].unbind()):
        torch.mm(s, W, out=z)
        run(
            size, z_at, x_at[t], *fixed, c_at[t], kappa_at[t],
            gates_at[t], c_at[t + 1], h_at[t], w_at[t], raw_at[t], kappa_at[t + 1], inside_at[t],
            base_at[t], s_at[t + 1],
        )  # fmt: skip
    return S[:T], gates, cells, hidden, windows, raw, kappas[1:], inside, bases


def backward_loop(
    d_hidden, d_windows, gates, cells, raw, kappas, inside, bases, codes, WT, W_kT, behind, reach, low, high
):
    """Do what `recurrence.backward_loop` does."""
    run = library().backward_step  # pyright: ignore[reportOptionalMemberAccess]  the caller has asked
    (T, B, H), K, V = d_hidden.shape, kappas.shape[2], d_windows.shape[2]
    sizes = _Sizes(B, H, V, K, behind, reach, codes.shape[1], low, high)
    dz, dp = torch.empty(T, B, 4 * H, dtype=torch.bfloat16), torch.empty(T, B, 3 * K)
    ds = torch.zeros(B, V + H, dtype=torch.bfloat16)
    dc, d_kappa, scratch = torch.zeros(B, H), torch.zeros(B, K), torch.empty(H)
    inputs = [one.contiguous() for one in (d_hidden, d_windows, gates, cells, raw, kappas, inside, bases)]
    h_at, w_at, gates_at, c_at, raw_at, kappa_at, inside_at, base_at = (_Steps(one) for one in inputs)
    dz_at, dp_at = _Steps(dz), _Steps(dp)
    codes, W_kT = codes.contiguous(), W_kT.contiguous()
    carried = [ctypes.c_void_p(one.data_ptr()) for one in (codes, W_kT, dc, d_kappa)]
    ds_at, scratch_at = (ctypes.c_void_p(one.data_ptr()) for one in (ds, scratch))
    size, steps = ctypes.byref(sizes), dz.unbind()
    for t in reversed(range(T)):
        run(
            size, ds_at, h_at[t], w_at[t], gates_at[t], c_at[t + 1], c_at[t], raw_at[t], kappa_at[t], inside_at[t],
            base_at[t], *carried, dz_at[t], dp_at[t], scratch_at,
        )  # fmt: skip
        torch.mm(steps[t], WT, out=ds)
    return dz, dp


class _Steps:
    """The addresses of a contiguous array's steps."""

    def __init__(self, array: torch.Tensor):
        self.start, self.stride = array.data_ptr(), array.stride(0) * array.element_size()

    def __getitem__(self, step: int) -> ctypes.c_void_p:
        return ctypes.c_void_p(self.start + step * self.stride)
