"""Find which settings help: `python -m weights.training.train.ablate --runs DIR --ink FILE.npz ... -- --points 2e8`.

Each variant below is one change to the base recipe (the options after `--`), trained for the same number of points;
`--jobs N` trains N at a time. DIR/ablation.json gets one row for each variant, and from the base run the row without
the average of the weights. A variant whose run is complete is not run again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from weights.training.train import recipe

# A change is a setting's new value, or a function of the base recipe's value.
Change = dict[str, float | int | tuple[float, ...] | Callable]
VARIANTS: dict[str, Change] = {
    "base": {},
    "base, another seed": {"seed": 2},  # how much of a difference is chance
    "no augmentation": {"scale": 0.0, "slant": 0.0, "rotation": 0.0, "stretch": 0.0},
    "windows of 300": {
        "window": 300,
        "rows": lambda rows: 2 * rows,
    },  # twice the rows, so that a batch has the same size
    "rows alike": {"writer_power": 0.0},
    "text twice as often": {"source_weights": (2.0, 1.0)},
    "dropout 0.1": {"dropout": 0.1},
    "half the rate": {"learning_rate": lambda rate: rate / 2},
    "twice the rate": {"learning_rate": lambda rate: 2 * rate},
    "weight noise 0.03": {"weight_noise": 0.03},
    "half the batch": {"rows": lambda rows: rows // 2},
    "DropConnect 0.2": {"drop_connect": 0.2},
    "jitter 0.02": {"jitter": 0.02},
    "writer power 0.5": {"writer_power": 0.5},
    "twice the augmentation": dict.fromkeys(("scale", "slant", "rotation", "stretch"), lambda limit: 2 * limit),
}


def main(argv: list[str] | None = None) -> int:
    """Run the variants; exit code 1 if one of them failed, which the table then says."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.train.ablate", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--runs", type=Path, required=True, help="folder for the table and all runs")
    parser.add_argument("--ink", type=Path, nargs="+", required=True)
    parser.add_argument("--jobs", type=int, default=1, help="variants trained at the same time")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="VARIANT")
    parser.add_argument("base", nargs="*", help="after --: options of weights.training.train, for every variant")
    arguments = parser.parse_args(argv)
    arguments.runs.mkdir(parents=True, exist_ok=True)
    finished: dict[str, dict] = {}
    with ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(_run, name, arguments): name for name in arguments.only}
        for future in as_completed(running):
            finished[running[future]] = future.result()
            rows = _table([finished[name] for name in arguments.only if name in finished])
            table = {
                "base": arguments.base,
                "rows": rows,
            }  # after each run: the rest may be interrupted
            (arguments.runs / "ablation.json").write_text(json.dumps(table, indent=1) + "\n")
    for row in rows:
        print(f"{row['variant']:28}{row.get('total', float('nan')):9.4f}{row.get('against_base', float('nan')):9.4f}")
    return int(any("total" not in row for row in rows))


def _table(runs: list[dict]) -> list[dict]:
    """Return the finished runs' rows, each compared with the base run, and a row for that run's plain weights."""
    rows = [{key: value for key, value in run.items() if key != "without_average"} for run in runs]
    base = next((run for run in runs if run["variant"] == "base" and "total" in run), None)
    if base:
        rows.append({"variant": "no average of the weights", "change": [], **base["without_average"]})
        for row in rows:
            if "total" in row:
                row["against_base"] = round(row["total"] - base["total"], 4)
    return rows


def _options(change: Change, base: list[str]) -> list[str]:
    """Return the options of weights.training.train that make `change` to the recipe of the options `base`."""
    parser = argparse.ArgumentParser()
    recipe.add_arguments(parser)
    settings = recipe.from_arguments(parser.parse_known_args(base)[0])
    options = []
    for name, value in change.items():
        changed = value(getattr(settings, name)) if callable(value) else value
        options += ["--" + name.replace("_", "-"), *map(str, changed if isinstance(changed, tuple) else (changed,))]
    return options


def _run(name: str, arguments: argparse.Namespace) -> dict:
    """Train one variant in its own process; return its last validation, or how it failed."""
    folder = arguments.runs / "".join(letter if letter.isalnum() else "-" for letter in name)
    change = _options(VARIANTS[name], arguments.base)
    command = [sys.executable, "-m", "weights.training.train", "--folder", str(folder), "--ink"]
    command += [*map(str, arguments.ink), *arguments.base, *change]
    with (arguments.runs / f"{folder.name}.txt").open("w") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    log = folder / "log.jsonl"
    records = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    final = [record for record in records if "without_average" in record]
    if code or not final:
        return {"variant": name, "change": change, "failed": f"exit code {code}, see {folder.name}.txt"}
    keys = ("points", "position", "lift", "total", "gain", "without_average")
    return {"variant": name, "change": change, **{key: final[-1][key] for key in keys}}


if __name__ == "__main__":
    sys.exit(main())
