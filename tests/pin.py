"""Pin what the tests use, and all that it needs in turn, with the sha-256 of every file of it, for every system.

    python3 tests/pin.py      reads the requirements*.in, writes the requirements*.txt; needs uv on the path

pip then refuses whatever is not what it was when the pins were made. All files are resolved together, so that what
two of them name has one version.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
HEAD = "# Made by tests/pin.py from {}, which says more. pip refuses what has none of these hashes.\n"
PROJECT = """
[project]
name = "tests"
version = "0"
requires-python = ">=3.10,<3.14"
dependencies = {tests}

[dependency-groups]
training = {training}

[tool.uv]
package = false
environments = ["python_version < '3.14'"]
"""
# PyTorch's build for processors alone, which PyPI does not have, and what only its build for graphics cards needs.
CPU_BUILD = (
    "torch==2.13.0+cpu",
    ["6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"],  # CPython 3.11, Linux on x86-64
)
CARDS = re.compile(r"(cuda|nvidia|triton)\b")


def wanted(name: str) -> list[str]:
    """The requirements that a file names."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def exported(project: str, *arguments: str) -> str:
    """Resolve a project and return its pins with their hashes."""
    export = ["uv", "export", "--quiet", "--format", "requirements-txt", "--no-header", "--no-annotate", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(project, encoding="utf-8")
        return subprocess.run(export, cwd=folder, check=True, capture_output=True, text=True).stdout


def without_cards(pins: str) -> str:
    """Return the pins for a machine without a graphics card: PyTorch's smaller build, and nothing of CUDA."""
    kept = [pin for pin in re.split(r"^(?=\S)", pins, flags=re.MULTILINE) if not CARDS.match(pin)]
    name, hashes = CPU_BUILD
    torch = " \\\n".join([name, *(f"    --hash=sha256:{digest}" for digest in hashes)]) + "\n"
    return "".join(torch if pin.startswith("torch==") else pin for pin in kept)


def main() -> None:
    """Write the three files again."""
    requirements = {"tests": wanted("requirements.in"), "training": wanted("requirements-training.in")}
    project = PROJECT.format(**{name: json.dumps(lines) for name, lines in requirements.items()})
    training = exported(project, "--only-group", "training")
    for name, source, pins in (
        ("requirements.txt", "requirements.in", exported(project, "--no-default-groups")),
        ("requirements-training.txt", "requirements-training.in", training),
        ("requirements-training-cpu.txt", "requirements-training.in", without_cards(training)),
    ):
        (FOLDER / name).write_text(HEAD.format(source) + pins, encoding="utf-8")


if __name__ == "__main__":
    main()
