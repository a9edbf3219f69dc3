"""Both commands of the README tell an older Python what it needs."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT

COMMANDS = ["serve.py", "tests/run.py"]
OLD = """
import sys
sys.version_info = (3, 9, 18, "final", 0)
for name in ("argparse", "hashlib", "pathlib", "serving", "venv"):  # what an older Python could not import, or read
    sys.modules[name] = None
with open(sys.argv[1]) as file:
    code = compile(file.read(), sys.argv[1], "exec")
exec(code, {"__name__": "__main__", "__file__": sys.argv[1]})
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_an_old_python_can_read_the_command(command):
    text = (ROOT / command).read_text()
    ast.parse(text, feature_version=(3, 6))
    assert "from __future__ import annotations" not in text  # a SyntaxError before 3.7


@pytest.mark.parametrize("command", COMMANDS)
def test_an_old_python_gets_a_sentence(command):
    done = subprocess.run([sys.executable, "-c", OLD, command], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{command}: Python 3.10 or newer is needed; this is 3.9\n"
