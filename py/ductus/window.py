"""Graves' soft window over the characters of a text."""

from __future__ import annotations

AHEAD, BEHIND = 2, 5  # characters that the window reaches beyond the one at its place, and before it
LOG_RANGE = (-8.0, 4.0)  # bounds of the logarithms of alpha and beta
