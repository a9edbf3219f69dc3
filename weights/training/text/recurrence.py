"""The layer with its window, run over whole rows, with a backward pass of its own.

Forward, for each step t (Graves 2013, equations 46-51; gates as in `ductus.lstm`):

    z = x W_xh + w W_wh + h W_hh + b          the gates i, g, f, o
    alpha, beta = exp(h W_hk + b_k)           bounded by LOG_RANGE
    kappa += 1 / (1 + exp(-(h W_hk + b_k)))   Graves has exp, which this is for slow steps: here at most 1 a point
    place = sum(alpha kappa) / sum(alpha)     no gradient: it only says which characters are within reach
    kappa within place - BEHIND .. place + AHEAD
    phi_u = sum_k alpha_k exp(-beta_k (kappa_k - u)^2), u from floor(place) - BEHIND to floor(place) + AHEAD
    w = sum_u phi_u onehot(character u)

The large products run in `precision` (bfloat16 takes less than half the time on a CPU that has it), all else in
float32. `torch.sigmoid` is several times as fast as `torch.tanh`, so tanh x is taken as 2 sigmoid(2x) - 1.
"""

from __future__ import annotations

import torch

from ductus.weights.text import AHEAD, BEHIND, LOG_RANGE
from weights.training.text import compiled

REACH = BEHIND + 1 + AHEAD
_LOW, _HIGH = LOG_RANGE


def forward_loop(
    inputs: torch.Tensor,
    W_x: torch.Tensor,
    codes: torch.Tensor,
    W: torch.Tensor,
    W_k: torch.Tensor,
    b_k: torch.Tensor,
    symbols: int,
    behind: int,
    reach: int,
    low: float,
    high: float,
):
    """Run rows of inputs (T, B, 3).

    codes (B, behind + U), padded; W_x (4, 4H) = [W_xh; b]; W (V + H, 4H) = [W_wh; W_hh].
    """
    T, B, H, K = inputs.size(0), inputs.size(1), W_k.size(0), b_k.size(0) // 3
    xz = torch.addmm(W_x[3], inputs.flatten(0, 1), W_x[:3]).view(T, B, -1)  # (T, B, 4H)
    S = torch.zeros(T + 1, B, symbols + H, dtype=W.dtype)  # [w, h] before each step, and after the last
    gates = torch.empty_like(xz)
    cells = torch.zeros(T + 1, B, H, dtype=xz.dtype)
    hidden = torch.empty(T, B, H, dtype=xz.dtype)
    windows = torch.empty(T, B, symbols, dtype=xz.dtype)
    raw = torch.empty(T, B, 3 * K, dtype=xz.dtype)
    kappas = torch.empty(T, B, K, dtype=xz.dtype)
    inside = torch.empty(T, B, K, dtype=xz.dtype)
    bases = torch.empty(T, B, 1, dtype=torch.int64)
    kappa = torch.zeros(B, K, dtype=xz.dtype)
    w_pad = torch.zeros(B, symbols + 1, dtype=xz.dtype)
    near = torch.arange(reach).view(1, reach)  # (1, J)
    last = codes.size(1) - reach
    for t in range(T):
        z = torch.mm(S[t], W).to(xz.dtype).add_(xz[t])  # (B, 4H)
        z[:, H : 2 * H].mul_(2.0)
        g = torch.sigmoid(z, out=gates[t])
        g[:, H : 2 * H].mul_(2.0).sub_(1.0)
        c = torch.mul(cells[t], g[:, 2 * H : 3 * H], out=cells[t + 1])
        c.addcmul_(g[:, :H], g[:, H : 2 * H])
        h = torch.mul(torch.sigmoid(c * 2.0).mul_(2.0).sub_(1.0), g[:, 3 * H :], out=hidden[t])
        p = torch.addmm(b_k, h, W_k, out=raw[t])  # (B, 3K)
        ab = torch.exp(torch.clamp(p[:, : 2 * K], low, high))
        free = kappa + torch.sigmoid(p[:, 2 * K :])
        alpha = ab[:, :K]
        place = (alpha * free).sum(1, keepdim=True) / alpha.sum(1, keepdim=True)  # (B, 1)
        kappa = torch.minimum(torch.maximum(free, place - behind), place + (reach - behind - 1))
        kappas[t] = kappa
        inside[t] = (kappa == free).to(xz.dtype)
        base = torch.floor(place)
        first = base.to(torch.int64)
        bases[t] = first
        d = kappa.unsqueeze(2) - (base + (near - behind)).unsqueeze(1)  # (B, K, J)
        phi = (alpha.unsqueeze(2) * torch.exp(d.square() * -ab[:, K:].unsqueeze(2))).sum(1)  # (B, J)
        index = torch.gather(codes, 1, first.clamp(max=last) + near)  # (B, J)
        w_pad.zero_()
        w_pad.scatter_add_(1, index, phi)
        w = w_pad[:, :symbols]
        windows[t] = w
        S[t + 1, :, :symbols] = w
        S[t + 1, :, symbols:] = h
    return S[:T], gates, cells, hidden, windows, raw, kappas, inside, bases


def backward_loop(
    d_hidden: torch.Tensor,
    d_windows: torch.Tensor,
    gates: torch.Tensor,
    cells: torch.Tensor,
    raw: torch.Tensor,
    kappas: torch.Tensor,
    inside: torch.Tensor,
    bases: torch.Tensor,
    codes: torch.Tensor,
    WT: torch.Tensor,
    W_kT: torch.Tensor,
    behind: int,
    reach: int,
    low: float,
    high: float,
):
    """Return the gradients of the gates' inputs (T, B, 4H) and of the window's raw numbers (T, B, 3K)."""
    T, B, H, K, V = d_hidden.size(0), d_hidden.size(1), d_hidden.size(2), kappas.size(2), d_windows.size(2)
    dz_all = torch.empty(T, B, 4 * H, dtype=WT.dtype)
    dz = torch.empty_like(gates[0])
    dp_all = torch.empty_like(raw)
    dc = torch.zeros(B, H, dtype=gates.dtype)
    ds = torch.zeros(B, V + H, dtype=gates.dtype)
    d_kappa = torch.zeros(B, K, dtype=gates.dtype)
    dw_pad = torch.zeros(B, V + 1, dtype=gates.dtype)
    near = torch.arange(reach).view(1, reach)
    last = codes.size(1) - reach
    for q in range(T):
        t = T - 1 - q
        torch.add(d_windows[t], ds[:, :V], out=dw_pad[:, :V])
        first = bases[t]
        index = torch.gather(codes, 1, first.clamp(max=last) + near)  # (B, J)
        d_phi = torch.gather(dw_pad, 1, index).unsqueeze(1)  # (B, 1, J)
        p = raw[t]
        exponents = torch.clamp(p[:, : 2 * K], low, high)
        ab = torch.exp(exponents)
        beta = ab[:, K:]
        d = kappas[t].unsqueeze(2) - (first + (near - behind)).to(gates.dtype).unsqueeze(1)  # (B, K, J)
        d2 = d.square()
        E = torch.exp(d2 * -beta.unsqueeze(2)).mul_(ab[:, :K].unsqueeze(2)).mul_(d_phi)  # (B, K, J)
        d_kappa.addcmul_((E * d).sum(2), beta, value=-2.0).mul_(inside[t])
        step = torch.sigmoid(p[:, 2 * K :])
        dp = dp_all[t]
        dp[:, :K] = E.sum(2)
        dp[:, K : 2 * K] = (E * d2).sum(2).mul_(beta).neg_()
        dp[:, : 2 * K].mul_((exponents == p[:, : 2 * K]).to(gates.dtype))
        dp[:, 2 * K :] = d_kappa * step * (1.0 - step)
        dh = torch.addmm(ds[:, V:], dp, W_kT).add_(d_hidden[t])
        g = gates[t]
        i, u, f, o = g[:, :H], g[:, H : 2 * H], g[:, 2 * H : 3 * H], g[:, 3 * H :]
        tc = torch.sigmoid(cells[t + 1] * 2.0).mul_(2.0).sub_(1.0)
        dho = dh * o
        dc.add_(dho).addcmul_(dho * tc, tc, value=-1.0)
        torch.mul(dc * u, i * (1.0 - i), out=dz[:, :H])
        torch.mul(dc * i, 1.0 - u * u, out=dz[:, H : 2 * H])
        torch.mul(dc * cells[t], f * (1.0 - f), out=dz[:, 2 * H : 3 * H])
        torch.mul(dho * tc, 1.0 - o, out=dz[:, 3 * H :])
        dc.mul_(f)
        low_dz = dz.to(WT.dtype)
        dz_all[t] = low_dz
        ds = torch.mm(low_dz, WT).to(gates.dtype)
    return dz_all, dp_all


class Recurrence(torch.autograd.Function):
    """Hidden states (T, B, H) and windows (T, B, V) over rows; see the module."""

    @staticmethod
    def forward(ctx, inputs, codes, W_xh, W_wh, W_hh, bias, W_hk, b_k, precision):
        """inputs (T, B, 3); codes int64 (B, U); weights as `ductus.weights.text` names them."""
        W = torch.cat([W_wh, W_hh]).to(precision)
        padded = torch.nn.functional.pad(codes, (BEHIND, 0), value=len(W_wh))
        loop = compiled.forward_loop if _is_compiled(precision) else forward_loop
        S, gates, cells, hidden, windows, raw, kappas, inside, bases = loop(
            inputs, torch.cat([W_xh, bias[None]]), padded, W, W_hk, b_k, len(W_wh), BEHIND, REACH, _LOW, _HIGH
        )
        ctx.save_for_backward(inputs, padded, W, W_hk, S, gates, cells, hidden, raw, kappas, inside, bases)
        ctx.symbols = len(W_wh)
        return hidden, windows, kappas

    @staticmethod
    def backward(ctx, d_hidden, d_windows, _):
        inputs, padded, W, W_hk, S, gates, cells, hidden, raw, kappas, inside, bases = ctx.saved_tensors
        loop = compiled.backward_loop if _is_compiled(W.dtype) else backward_loop
        dz, dp = loop(
            d_hidden, d_windows, gates, cells, raw, kappas, inside, bases, padded,
            W.T.contiguous(), W_hk.T.contiguous(), BEHIND, REACH, _LOW, _HIGH,
        )  # fmt: skip
        dz, dp = dz.flatten(0, 1), dp.flatten(0, 1)  # (T * B, 4H), (T * B, 3K)
        d_W = torch.mm(S.flatten(0, 1).T, dz).to(dp.dtype)  # (V + H, 4H)
        x = torch.nn.functional.pad(inputs.flatten(0, 1), (0, 1), value=1.0)  # (T * B, 4): the last is the bias's
        d_W_x = torch.mm(x.to(dz.dtype).T, dz).to(dp.dtype)  # (4, 4H)
        d_hk = torch.mm(hidden.flatten(0, 1).T, dp)
        return None, None, d_W_x[:3], d_W[: ctx.symbols], d_W[ctx.symbols :], d_W_x[3], d_hk, dp.sum(0), None


def _is_compiled(precision: torch.dtype) -> bool:
    return precision == torch.bfloat16 and compiled.library() is not None


def reference(inputs, codes, W_xh, W_wh, W_hh, bias, W_hk, b_k):
    """Return what `Recurrence` returns, by autograd and in the precision of its arguments: for tests."""
    steps, rows, H, K, V = len(inputs), inputs.shape[1], len(W_hh), len(b_k) // 3, len(W_wh)
    padded = torch.nn.functional.pad(codes, (BEHIND, 0), value=V)
    h, c = torch.zeros(2, rows, H, dtype=inputs.dtype)
    w, kappa = torch.zeros(rows, V, dtype=inputs.dtype), torch.zeros(rows, K, dtype=inputs.dtype)
    near, last = torch.arange(REACH), padded.shape[1] - REACH
    states = []
    for t in range(steps):
        i, g, f, o = (inputs[t] @ W_xh + w @ W_wh + h @ W_hh + bias).chunk(4, 1)
        c = c * torch.sigmoid(f) + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        p = h @ W_hk + b_k
        alpha, beta = torch.exp(p[:, : 2 * K].clamp(_LOW, _HIGH)).chunk(2, 1)
        kappa = kappa + torch.sigmoid(p[:, 2 * K :])
        place = ((alpha * kappa).sum(1) / alpha.sum(1))[:, None].detach()  # (B, 1)
        kappa = torch.minimum(torch.maximum(kappa, place - BEHIND), place + AHEAD)
        base = torch.floor(place).long()
        u = (base + near - BEHIND).to(inputs.dtype)  # (B, J)
        phi = (alpha[:, :, None] * torch.exp(-beta[:, :, None] * (kappa[:, :, None] - u[:, None]) ** 2)).sum(1)
        index = torch.gather(padded, 1, base.clamp(max=last) + near)
        w = torch.zeros(rows, V + 1, dtype=inputs.dtype).scatter_add(1, index, phi)[:, :V]
        states.append((h, w, kappa))
    return tuple(torch.stack(part) for part in zip(*states, strict=True))
