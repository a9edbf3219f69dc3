"""The compiled form of the recurrence's loops: `recurrence.c` for what is element-wise, torch for the large products.

It takes a third of the time of `recurrence.forward_loop` and `backward_loop`, whose results it has, in bfloat16.
The rows are independent, so each of PyTorch's threads runs the whole loop for its share of them.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

_SOURCE = Path(__file__).with_name("recurrence.c")
_COMPILE = ["-c", "-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fPIC"]
# Linked without -ffast-math: with it gcc adds code that makes the whole process take denormal numbers for 0.
_LINK = ["-shared"]
_LIBRARIES = ["-lmvec", "-lm"]
_MIN_ROWS = 8  # of a thread; with fewer, reading the weights takes longer than the products


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


def forward_loop(inputs, W_x, codes, W, W_k, b_k, symbols, behind, reach, low, high):
    """Do what `recurrence.forward_loop` does."""
    run = library().forward_step  # pyright: ignore[reportOptionalMemberAccess]  the caller has asked
    (T, B, _), H, K = inputs.shape, len(W_k), len(b_k) // 3
    S = torch.zeros(T + 1, B, symbols + H, dtype=torch.bfloat16)
    gates, hidden, windows = torch.empty(T, B, 4 * H), torch.empty(T, B, H), torch.empty(T, B, symbols)
    cells, kappas, raw = torch.zeros(T + 1, B, H), torch.zeros(T + 1, B, K), torch.empty(T, B, 3 * K)
    inside, bases = torch.empty(T, B, K), torch.empty(T, B, 1, dtype=torch.int64)
    z = torch.empty(B, 4 * H, dtype=torch.bfloat16)
    inputs, W_x, codes, W_kT, b_k = (one.contiguous() for one in (inputs, W_x, codes, W_k.T, b_k))

    def run_rows(rows: slice) -> None:
        sizes = ctypes.byref(_Sizes(rows.stop - rows.start, H, symbols, K, behind, reach, codes.shape[1], low, high))
        stepped = (inputs, cells, kappas, gates, hidden, windows, raw, inside, bases, S)
        at = [_Steps(one, rows.start) for one in stepped]
        x_at, c_at, kappa_at, gates_at, h_at, w_at, raw_at, inside_at, base_at, s_at = at
        fixed = [ctypes.c_void_p(one.data_ptr()) for one in (W_x, codes[rows], W_kT, b_k)]
        mine, z_at = z[rows], ctypes.c_void_p(z[rows].data_ptr())
        for t, s in enumerate(S[:T, rows].unbind()):
            torch.mm(s, W, out=mine)
            run(
                sizes, z_at, x_at[t], *fixed, c_at[t], kappa_at[t],
                gates_at[t], c_at[t + 1], h_at[t], w_at[t], raw_at[t], kappa_at[t + 1], inside_at[t],
                base_at[t], s_at[t + 1],
            )  # fmt: skip

    _share_rows(B, run_rows)
    return S[:T], gates, cells, hidden, windows, raw, kappas[1:], inside, bases


def backward_loop(
    d_hidden, d_windows, gates, cells, raw, kappas, inside, bases, codes, WT, W_kT, behind, reach, low, high
):
    """Do what `recurrence.backward_loop` does."""
    run = library().backward_step  # pyright: ignore[reportOptionalMemberAccess]  the caller has asked
    (T, B, H), K, V = d_hidden.shape, kappas.shape[2], d_windows.shape[2]
    dz, dp = torch.empty(T, B, 4 * H, dtype=torch.bfloat16), torch.empty(T, B, 3 * K)
    ds = torch.zeros(B, V + H, dtype=torch.bfloat16)
    dc, d_kappa = torch.zeros(B, H), torch.zeros(B, K)
    inputs = [one.contiguous() for one in (d_hidden, d_windows, gates, cells, raw, kappas, inside, bases)]
    codes, W_kT = codes.contiguous(), W_kT.contiguous()

    def run_rows(rows: slice) -> None:
        sizes = ctypes.byref(_Sizes(rows.stop - rows.start, H, V, K, behind, reach, codes.shape[1], low, high))
        at = [_Steps(one, rows.start) for one in (*inputs, dz, dp)]
        h_at, w_at, gates_at, c_at, raw_at, kappa_at, inside_at, base_at, dz_at, dp_at = at
        carried = [ctypes.c_void_p(one.data_ptr()) for one in (codes[rows], W_kT, dc[rows], d_kappa[rows])]
        mine, scratch = ds[rows], torch.empty(H)
        ds_at, scratch_at = (ctypes.c_void_p(one.data_ptr()) for one in (mine, scratch))
        steps = dz[:, rows].unbind()
        for t in reversed(range(T)):
            run(
                sizes, ds_at, h_at[t], w_at[t], gates_at[t], c_at[t + 1], c_at[t], raw_at[t], kappa_at[t],
                inside_at[t], base_at[t], *carried, dz_at[t], dp_at[t], scratch_at,
            )  # fmt: skip
            torch.mm(steps[t], WT, out=mine)

    _share_rows(B, run_rows)
    return dz, dp


def _share_rows(count: int, run: Callable[[slice], None]) -> None:
    """Run `run` for all rows, on as many threads as PyTorch has."""
    threads = torch.get_num_threads()
    shares = min(threads, max(1, count // _MIN_ROWS))
    if shares == 1:
        run(slice(0, count))
        return
    edges = [count * share // shares for share in range(shares + 1)]
    # Both of these hold for one thread only, so the new ones need them too.
    flush = bool(torch.tensor([1e-39]).mul(1.0).item() == 0)

    def prepare() -> None:
        torch.set_num_threads(1)
        torch.set_flush_denormal(flush)

    with ThreadPoolExecutor(shares, initializer=prepare) as pool:
        list(pool.map(lambda share: run(slice(edges[share], edges[share + 1])), range(shares)))
    torch.set_num_threads(threads)  # which PyTorch also keeps for threads to come


class _Steps:
    """The addresses of a contiguous array's steps, from one row on."""

    def __init__(self, array: torch.Tensor, row: int):
        size = array.element_size()
        self.start, self.stride = array.data_ptr() + row * array.stride(1) * size, array.stride(0) * size

    def __getitem__(self, step: int) -> ctypes.c_void_p:
        return ctypes.c_void_p(self.start + step * self.stride)
