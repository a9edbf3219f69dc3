"""The characters that the text network can write, and their codes."""

from __future__ import annotations

ALPHABET = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?'\"-()/&%$#@+*="
END = 0  # the code of the mark after the last character; the characters' codes follow it
SYMBOLS = 1 + len(ALPHABET)
CODES = {character: code for code, character in enumerate(ALPHABET, 1)}
