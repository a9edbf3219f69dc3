"""Pin what the tests use, and all that it needs in turn, with the sha-256 of every file of it, for every system.

    python3 tests/pin.py      reads tests/requirements.in, writes tests/requirements.txt; needs uv on the path

pip then refuses whatever is not what it was when the pins were made.
"""

import json
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
HEAD = """# Made by tests/pin.py from requirements.in, which says more. pip refuses what has none of these hashes.
"""
PROJECT = """
[project]
name = "tests"
version = "0"
requires-python = ">=3.10,<3.14"
dependencies = {}

[tool.uv]
package = false
environments = ["python_version < '3.14'"]
"""


def wanted() -> list[str]:
    """The requirements that requirements.in names."""
    lines = (FOLDER / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def main() -> None:
    """Write requirements.txt again."""
    export = ["uv", "export", "--quiet", "--format", "requirements-txt", "--no-header", "--no-annotate"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(PROJECT.format(json.dumps(wanted())), encoding="utf-8")
        text = subprocess.run(export, cwd=folder, check=True, capture_output=True, text=True).stdout
    (FOLDER / "requirements.txt").write_text(HEAD + text, encoding="utf-8")


if __name__ == "__main__":
    main()
