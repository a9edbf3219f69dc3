"""What the model card says of the course of training: runs, settings, validations, the ablation."""

from __future__ import annotations

from itertools import accumulate, pairwise

from weights.training.card.markdown import number, table
from weights.training.train import log as logs

_ENDINGS = {
    "done": "its schedule was run to the end",
    "early stop": "stopped early, because validation stopped gaining",
}


class CourseError(ValueError):
    """A log that is incomplete, or of another run than the evaluated weights."""


def summary(report: dict, log: list[dict]) -> dict:
    """Return the numbers of the training section. Raises CourseError."""
    sittings = _sittings(log)
    trained = report["model"]["training"] or {}
    if trained and trained["ink"] != sittings[0]["ink"]:
        raise CourseError("the log is of a run on other ink than the weights' metadata says")
    _, points, seconds = logs.trained(logs.runs(log))
    end = next((record for record in reversed(log) if record["kind"] == "end"), {})
    changes = [
        f"`{name}` from {_setting(before['recipe'].get(name))} to {_setting(value)}"
        for before, after in pairwise(sittings)
        for name, value in after["recipe"].items()
        if before["recipe"].get(name) != value
    ]
    return {
        **{key: sittings[-1][key] for key in ("device", "processes", "threads", "torch")},
        "sittings": len(sittings),
        "minutes": seconds / 60,
        "points": points,
        "epochs": points / sittings[0]["parts"]["train"]["points"],
        "ended": _ENDINGS.get(end.get("how"), "cut short"),
        "share": trained.get("share"),
        "changes": "; ".join(changes) or None,
    }


def tables(report: dict, log: list[dict], ablation: dict | None) -> dict[str, str | None]:
    """Return the tables `parts`, `settings`, `validations` and `ablation`; None for one without rows."""
    parts = (report["model"]["training"] or {}).get("parts", {})
    settings = [(f"`{name}`", _setting(value)) for name, value in _sittings(log)[-1]["recipe"].items()]
    return {
        "parts": _or_none(
            ("part", "writers", "lines", "points"),
            [(name, *(f"{part[key]:,}" for key in ("writers", "rows", "points"))) for name, part in parts.items()],
        ),
        "settings": table(("setting", "value"), settings),
        "validations": table(("points trained on", "position", "lift", "total", "gain"), _validations(log)),
        "ablation": _or_none(("variant", "nats a point", "gain", "against base"), _variants(ablation)),
    }


def _sittings(log: list[dict]) -> list[dict]:
    sittings = [record for record in log if record["kind"] in ("start", "resume")]
    if not sittings or not any(record["kind"] == "validation" for record in log):
        raise CourseError("the log has no start or no validation")
    return sittings


def _validations(log: list[dict]) -> list[tuple[str, ...]]:
    runs = logs.runs(log)
    before = accumulate((logs.trained([run])[1] for run in runs), initial=0)  # points
    return [
        (f"{earlier + record['points']:,}", *(number(record[key]) for key in ("position", "lift", "total", "gain")))
        for earlier, run in zip(before, runs, strict=False)
        for record in run
        if record["kind"] == "validation"
    ]


def _variants(ablation: dict | None) -> list[tuple[str, ...]]:
    done = [row for row in ablation["rows"] if "against_base" in row] if ablation else []
    # The row of the plain weights has no gain of its own; it is scored on the same ink, so the baseline is the same.
    base = next((row["gain"] for row in done if row["variant"] == "base"), 0.0)
    return [
        (
            row["variant"],
            number(row["total"], 4),
            number(row.get("gain", base - row["against_base"]), 4),
            number(row["against_base"], 4),
        )
        for row in done
    ]


def _setting(value) -> str:
    if isinstance(value, list):
        return " ".join(map(_setting, value)) or "none"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _or_none(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str | None:
    return table(head, rows) if rows else None
