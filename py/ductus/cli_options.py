"""What the command line accepts, and how it says that it does not."""

from __future__ import annotations

import argparse


class BadInput(Exception):
    """What the person at the command line has to change, in one line."""


class Parser(argparse.ArgumentParser):
    """argparse that reports a mistake in one line, like every other error here."""

    def error(self, message: str):
        raise BadInput(f"{message} (see {self.prog} --help)")


def count(text: str) -> int:
    """How many: 0 to a million."""
    number = int(text)
    if not 0 <= number <= 1_000_000:
        raise ValueError
    return number


def positive(text: str) -> int:
    """How many, and at least one."""
    number = count(text)
    if not number:
        raise ValueError
    return number


def seed(text: str) -> int:
    """What a random generator starts from: 64 bits."""
    number = int(text)
    if not 0 <= number < 2**64:
        raise ValueError
    return number


def temperature(text: str) -> float:
    """How far samples may stray: 0 to 100, where 1 is what the network learnt."""
    number = float(text)
    if not 0 <= number <= 100:
        raise ValueError
    return number
