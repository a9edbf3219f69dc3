"""Read a run's log.jsonl: one record a line, {"kind", "seconds", ...}, first those of the run it started from."""

from __future__ import annotations

import json
from pathlib import Path


def read(path: Path) -> list[dict]:
    """Return the records of a log. Raises OSError, ValueError."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def runs(records: list[dict]) -> list[list[dict]]:
    """Return the records of each run in turn; a run starts with "start", and its points and seconds with 0."""
    found = []
    for record in records:
        if record["kind"] == "start" or not found:
            found.append([])
        found[-1].append(record)
    return found


def trained(runs: list[list[dict]]) -> tuple[int, int, float]:
    """Return the sums over `runs`: steps, points, seconds."""
    steps = sum(max(record.get("step", 0) for record in run) for run in runs)
    points = sum(max(record.get("points", 0) for record in run) for run in runs)
    return steps, points, sum(run[-1]["seconds"] for run in runs)
