"""Makes the model card: `python -m weights.training.card weights/evaluation.json LOG.jsonl -o weights/CARD.md`.

Every number comes from the two files (and, with `--ablation`, from the table that weights.training.ablate wrote);
the drawings are those of weights.training.samples, and the one part that a person wrote is `--remarks`, a Markdown
file that says what the drawings look like.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import accumulate, pairwise
from pathlib import Path

from weights.training.card import bars, behaviour, measures, prose
from weights.training.card.markdown import number, paragraphs, table
from weights.training.evaluate import bootstrap, samples
from weights.training.train import log as logs


class CardError(ValueError):
    """Files that no card can be made of."""


def main(argv: list[str] | None = None) -> int:
    """Runs the command; exit code 2 and one line if a file is missing or is not what it should be."""
    parser = argparse.ArgumentParser(prog="python -m weights.training.card", description=__doc__.split("\n")[0])
    parser.add_argument("evaluation", type=Path, help="what weights.training.evaluate wrote")
    parser.add_argument("log", type=Path, help="log.jsonl of the training run")
    parser.add_argument("--ablation", type=Path, help="ablation.json of weights.training.ablate")
    parser.add_argument("--remarks", type=Path, help="Markdown: what a person saw in the drawings")
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/CARD.md"))
    arguments = parser.parse_args(argv)
    try:
        report = json.loads(arguments.evaluation.read_text())
        log = logs.read(arguments.log)
        ablation = json.loads(arguments.ablation.read_text()) if arguments.ablation else None
        remarks = arguments.remarks.read_text().strip() if arguments.remarks else None
        text = card(report, log, ablation, remarks)
    except (OSError, ValueError, KeyError) as error:
        print(f"card: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    partial = arguments.output.with_name(arguments.output.name + ".part")
    partial.write_text(text)
    partial.replace(arguments.output)
    return 0


def card(report: dict, log: list[dict], ablation: dict | None = None, remarks: str | None = None) -> str:
    """The card as Markdown. Raises CardError if the log is of another run than the evaluated weights."""
    sections = [
        (f"Model card: {report['model']['name']}", _summary(report)),
        ("The bars", _asked()),
        (None, bars.bars(report)),
        ("Data and licence", prose.data(report)),
        ("Training", _training(report, log)),
        *([("What helped", _ablation(ablation))] if ablation else []),
        ("Protocol", _protocol(report)),
        ("Likelihood", measures.likelihood(report)),
        ("Published numbers, and what must not be claimed", prose.published(report)),
        ("Calibration", measures.calibration(report)),
        ("Fans", behaviour.fan_accuracy(report)),
        ("Free running", behaviour.free_running(report)),
        *([("Styles", behaviour.style_runs(report))] if report["styles"] else []),
        ("Eight bits", measures.eight_bits(report)),
        ("What it writes", _samples(report, remarks)),
        ("Limits", prose.limits()),
        ("Load it, and train your own", prose.use(report)),
    ]
    lines = [
        f"{'#' if place == 0 else '##'} {title}\n\n{body}" if title else body
        for place, (title, body) in enumerate(sections)
    ]
    return "\n\n".join(lines) + "\n"


def _asked() -> str:
    return paragraphs(
        """What the project asked of this network. The gain and the misses were asked for on ink from outside this
        data set, which is harder; here all of it is measured on our own writers held out."""
    )


def _summary(report: dict) -> str:
    model = report["model"]
    rows = [
        ("network", f"one LSTM layer of {model['units']} units, mixture of {model['mixtures']} bivariate Gaussians"),
        ("parameters", f"{model['parameters']:,}"),
        ("file", f"{model['bytes']:,} bytes, SHA-256 `{model['file_sha256']}`"),
        ("weights' own SHA-256", f"`{model['payload_sha256']}`"),
        ("licence", model["licence"] or "none stated"),
        ("input and output", "(dx, dy, lift) of the next pen point, made by the pen clock"),
        (
            "model unit",
            f"1 / {model['units_per_x_height']} x-height (the root mean square offset of the training ink)",
        ),
        ("forget bias", f"{model['forget_bias']:g}, added at run time"),
    ]
    intro = paragraphs(
        """A recurrent network that foretells where a pen goes next, and so carries on handwriting and writes lines of
        its own. It knows no letters and no words, only offsets of a pen. It runs in Ductus, in a reader's browser.
        This card is made by a program (`weights/training/card`): what was measured is read from files that other
        programs wrote, and not typed."""
    )
    return intro + "\n\n" + table(("what", ""), rows).replace("--:", "---")


def _training(report: dict, log: list[dict]) -> str:
    sittings = [record for record in log if record["kind"] in ("start", "resume")]
    validations = [record for record in log if record["kind"] == "validation"]
    if not sittings or not validations:
        raise CardError("the log has no beginning or no validation")
    trained = report["model"]["training"]
    if trained and trained["ink"] != sittings[0]["ink"]:
        raise CardError("the log is of a run on other ink than the weights' metadata says")
    first, last, end = sittings[0], sittings[-1], next((r for r in reversed(log) if r["kind"] == "end"), None)
    runs = logs.runs(log)
    _, points, seconds = logs.trained(runs)
    epochs = points / first["parts"]["train"]["points"]
    how = {"done": "its schedule was run to the end", "early stop": "stopped early, validation no longer gained"}
    ended = how.get(end["how"], "cut short") if end else "cut short"
    text = paragraphs(
        f"""Teacher forcing over whole lines from the zero state (backpropagation through the whole of each), Adam,
        a linear rise and a half cosine to zero of the learning rate, clipping of the gradient's norm, augmentation
        of whole lines (size, slant, rotation, stretch; the order of strokes stays), noise as wide as the grid of the
        data, and a running average of the weights, of which the best in validation is kept.

        Compute: {last["device"]}, {last["processes"]} process(es) of {last["threads"]} thread(s), PyTorch
        {last["torch"]}; {number(seconds / 60, 0)} minutes in {len(sittings)} sitting(s), {points:,} points, which is
        {number(epochs, 1)} times the training ink; {ended}."""
    )
    share = (trained or {}).get("share")
    blended = (
        f"""The weights of the file are none of these runs' own: from those that the last run began with they go
        {number(share, 2)} of the way to those that it came to (Wortsman et al. 2022, *Robust fine-tuning of zero-shot
        models*, there between a network and its fine-tuned form): so they keep most of what either was better at."""
        if share
        else ""
    )
    settings = [(f"`{name}`", _setting(value)) for name, value in last["recipe"].items()]
    changes = [
        f"`{name}` from {_setting(before['recipe'].get(name))} to {_setting(value)}"
        for before, after in pairwise(sittings)
        for name, value in after["recipe"].items()
        if before["recipe"].get(name) != value
    ]
    changed = "Changed between sittings: " + "; ".join(changes) + "." if changes else ""
    before = accumulate((logs.trained([run])[1] for run in runs), initial=0)  # points
    rows = [
        (f"{earlier + record['points']:,}", *(number(record[key]) for key in ("position", "lift", "total", "gain")))
        for earlier, run in zip(before, runs, strict=False)
        for record in run
        if record["kind"] == "validation"
    ]
    head = ("points trained on", "position", "lift", "total", "gain")
    course = paragraphs(
        "Validation as it went, on other writers than the test's and without noise, nats a point and gain over the "
        "marginal baseline:"
    )
    parts = [text, paragraphs(blended), table(("setting", "value"), settings), paragraphs(changed), course]
    parts.append(table(head, rows))
    return "\n\n".join(part for part in parts if part)


def _setting(value) -> str:
    if isinstance(value, list):
        return " ".join(map(_setting, value)) or "none"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _ablation(ablation: dict) -> str:
    done = [row for row in ablation["rows"] if "against_base" in row]
    # The row of the plain weights has no gain of its own; it is scored on the same ink, so the baseline is the same.
    base = next((row["gain"] for row in done if row["variant"] == "base"), 0.0)
    rows = [
        (
            row["variant"],
            number(row["total"], 4),
            number(row.get("gain", base - row["against_base"]), 4),
            number(row["against_base"], 4),
        )
        for row in done
    ]
    text = paragraphs(
        f"""Each row is one change to the base recipe, trained for the same number of points
        (`{" ".join(ablation["base"])}`) and scored on the validation writers; the row with another seed shows how
        much of a difference is chance. Where the points are few, the table tells what learns fastest at first, and
        nothing of what would keep a long run from learning its lines by heart."""
    )
    return text + "\n\n" + table(("variant", "nats a point", "gain", "against base"), rows)


def _protocol(report: dict) -> str:
    ink = report["ink"]
    files = ", ".join(f"`{name}`" for name in ink["files"])
    return paragraphs(
        f"""Ink: the {ink["part"]} writers of {files}: {ink["writers"]} writers, {ink["lines"]:,} lines,
        {ink["points"]:,} points, lines of {ink["shortest"]} to {ink["longest"]} points, none clipped or left out.
        Because the offsets of this ink lie on a grid, uniform noise {number(ink["grid"], 5)} x-heights wide is put on
        each of them, as in training, from a fixed seed. Every line starts from the zero state after one zero input;
        its first point, (0, 0, lift), counts. Means are over points, in model units unless another is named.
        Numbers in brackets are 95 % intervals: percentile bootstrap over writers, not lines, {bootstrap.REPLICATES:,}
        replicates; with {ink["writers"]} writers they are a little too narrow. All random numbers come from seed
        {report["seed"]}; arithmetic is float32 ({report["model"]["kernel"]}, numpy {report["model"]["numpy"]})."""
    )


def _samples(report: dict, remarks: str | None) -> str:
    parts = [
        paragraphs(
            f"""The first {len(samples.SEEDS)} seeds at each temperature, {samples.STEPS} points from the zero state:
            all of them, none chosen. Each is what the command line writes, for instance (seed 0, T = 0.5)
            `python -m ductus write WEIGHTS {" ".join(samples.options(0.5, 0))} -o OUT.svg`."""
        )
    ]
    for temperature in samples.TEMPERATURES:
        rows = []
        for first in range(0, len(samples.SEEDS), 3):
            seeds = samples.SEEDS[first : first + 3]
            images = [f'<img src="samples/{samples.name(temperature, seed)}" height="70">' for seed in seeds]
            rows.append((f"seeds {seeds[0]} to {seeds[-1]}", *images))
        parts.append(table((f"T = {temperature}", "", "", ""), rows).replace("--:", "---"))
    parts.append(
        paragraphs(
            f"""{samples.SHEET_SAMPLES} continuations, {samples.SHEET_STEPS} points each, of the page's example word
            (which ends with a lift) and of two scribbles of ours that stop inside a stroke:"""
        )
        + f'\n\n<img src="samples/{samples.SHEET}" width="100%" alt="Continuations of a word and of two scribbles">'
    )
    parts.append("### Looked at\n\n" + (remarks or "Nobody has written down yet what these drawings look like."))
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
