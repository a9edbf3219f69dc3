"""The documented commands exist, run from a bare clone, and the folders import one another in one direction."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ROOT / "weights/training"
ORDER = ["data", "train", "text", "reader", "evaluate", "card"]
DOCUMENTS = [*TRAINING.rglob("*.py"), TRAINING / "card/template.md", ROOT / "README.md", *ROOT.glob("docs/*.md")]


def documented():
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    return set(re.findall(r"-m (weights\.training\.[\w.]*\w)", text)) | {"weights.training.card.quote"}


def test_every_documented_command_exists():
    names = documented()
    assert {f"weights.training.{name}" for name in ("train", "train.export", "evaluate", "card")} <= names
    for name in names:
        spec = importlib.util.find_spec(name)
        assert spec, name
        if spec.submodule_search_locations is not None:
            assert importlib.util.find_spec(f"{name}.__main__"), name
        else:
            assert '__name__ == "__main__"' in Path(spec.origin).read_text(), name


@pytest.mark.parametrize("name", ["card", "evaluate", "evaluate.samples", "evaluate.claims", "card.quote"])
def test_a_command_runs_where_ductus_is_not_installed(name):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-m", f"weights.training.{name}", "--help"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"usage: python -m weights.training.{name} " in " ".join(done.stdout.split())


@pytest.mark.parametrize("folder", ORDER)
def test_a_folder_imports_only_those_before_it(folder):
    allowed = set(ORDER[: ORDER.index(folder) + 1])
    for path in (TRAINING / folder).glob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) weights\.training\.(\w+)", path.read_text(), re.MULTILINE)
        assert set(imported) <= allowed, path.name
