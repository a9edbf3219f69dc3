"""Make the model card: `python -m weights.training.card weights/evaluation.json LOG.jsonl -o weights/CARD.md`.

The prose is template.md, the numbers come from the two files (and, with `--ablation`, from the table that
weights.training.train.ablate wrote, with `--memory`, from what weights.training.evaluate.memory wrote), the drawings
are those of weights.training.evaluate.samples. `--remarks` names a Markdown file in which a person says what the
drawings look like. For the shipped card, LOG.jsonl is weights/log.jsonl and the options are `--ablation
weights/ablation.json --memory weights/memory.json --remarks weights/remarks.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from weights.training.card import behaviour, course, likelihood, targets
from weights.training.card.template import fill
from weights.training.evaluate import bootstrap, drift, fans, penmanship, samples, styles
from weights.training.train import log as logs

TEMPLATE = Path(__file__).with_name("template.md")


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line if a file is missing or invalid."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.card", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("evaluation", type=Path, help="what weights.training.evaluate wrote")
    parser.add_argument("log", type=Path, help="log.jsonl of the training run")
    parser.add_argument("--ablation", type=Path, help="ablation.json of weights.training.train.ablate")
    parser.add_argument("--memory", type=Path, help="memory.json of weights.training.evaluate.memory")
    parser.add_argument("--remarks", type=Path, help="Markdown: what a person saw in the drawings")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/CARD.md"))
    arguments = parser.parse_args(argv)
    try:
        report = json.loads(arguments.evaluation.read_text())
        log = logs.read(arguments.log)
        ablation = json.loads(arguments.ablation.read_text()) if arguments.ablation else None
        memory = json.loads(arguments.memory.read_text()) if arguments.memory else None
        remarks = arguments.remarks.read_text().strip() if arguments.remarks else None
        text = card(report, log, ablation, remarks, memory)
    except (OSError, ValueError, KeyError) as error:
        print(f"card: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    partial = arguments.output.with_name(arguments.output.name + ".part")
    partial.write_text(text)
    partial.replace(arguments.output)
    return 0


def card(
    report: dict,
    log: list[dict],
    ablation: dict | None = None,
    remarks: str | None = None,
    memory: dict | None = None,
) -> str:
    """Return the card as Markdown.

    report is evaluation.json, log the records of log.jsonl, ablation is ablation.json, memory is memory.json. Raises
    CourseError if the log is of another run than the evaluated weights, TemplateError if the report lacks a number
    that the template names.
    """
    model, ink = report["model"], report["ink"]
    values = {
        **report,
        "model": {**model, "licence": model["licence"] or "none stated"},
        "ink": {**ink, "file_names": ", ".join(f"`{name}`" for name in ink["files"])},
        "training": course.summary(report, log),
        "memory": memory,
        "ablation": ablation and {"base": " ".join(ablation["base"])},
        "style_choice": {"temperature": styles.TEMPERATURE, "candidates": styles.CANDIDATES}
        if report["styles"]
        else None,
        "constants": _constants(report),
        "remarks": remarks or "Nobody has described these drawings yet.",
        "tables": {
            "targets": targets.table_of(report),
            **course.tables(report, log, ablation),
            **likelihood.tables(report),
            **behaviour.tables(report),
        },
    }
    return fill(TEMPLATE.read_text(), values)


def _constants(report: dict) -> dict:
    """Return what the prose says of how things were measured, beside the numbers of the report."""
    continued = report["continued"]
    return {
        "replicates": bootstrap.REPLICATES,
        "longest_path": float(fans.PATHS.max()),
        "region": fans.REGION,
        "not_reached": max(row["not_reached"] for row in report["fans"]["paths"]),
        "free_lines": next(iter(report["free"].values()))["lines"],
        "free_steps": drift.STEPS,
        "window": penmanship.WINDOW,
        "min_width": penmanship.MIN_WIDTH,
        "max_stroke": penmanship.MAX_STROKE,
        "dots": penmanship.DOTS,
        "dot_points": penmanship.DOT_POINTS,
        "word_gap": penmanship.WORD_GAP,
        "half": penmanship.HALF,
        "lasting": 1 - continued["collapsed"],
        "human_lasting": 1 - continued["human"]["collapsed"],
        "continued_width": penmanship.MIN_WIDTH * continued["points"] / penmanship.WINDOW,
        "seeds": len(samples.SEEDS),
        "sample_steps": samples.STEPS,
        "sample_options": " ".join(samples.options(0.5, 0)),
        "sheet_samples": samples.SHEET_SAMPLES,
        "sheet_steps": samples.SHEET_STEPS,
        "sheet": samples.SHEET,
    }
