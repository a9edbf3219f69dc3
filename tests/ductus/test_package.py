"""The package: what `pip install .` installs into a clean environment, and what `import ductus` exports."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest

import ductus
from tests.support.networks import random_line

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "weights" / "ductus-500.jb64.gz"
# Interventions, saliency and the reader came with 35 KB, guidance, pages and the fans of a text with 8; what grows it
# further should be worth its bytes.
MAX_WHEEL = 198_000
# Parts of the library that only run with the kernels, in a browser.
KERNELS_OWN = {f"ductus/backend/{name}.py" for name in ("check", "remote", "routines", "wasm")}
KERNELS_OWN |= {f"ductus/backend/wasm_{name}.py" for name in ("directions", "network", "text")}


def pip(*arguments):
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *map(str, arguments)], check=True, cwd=ROOT)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", ".", "--no-deps", "--wheel-dir", folder)
    (made,) = folder.iterdir()
    return made


def test_the_wheel_is_the_library_alone(wheel):
    assert wheel.name == f"ductus_ink-{ductus.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < MAX_WHEEL
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    library = ROOT / "py" / "ductus"
    sources = {path.relative_to(library.parent).as_posix() for path in library.rglob("*.py")}
    assert names == sources - KERNELS_OWN | {"ductus/py.typed"}


def test_the_command_runs_in_a_clean_environment(wheel, tmp_path):
    home = tmp_path / "venv"
    venv.create(home, symlinks=os.name != "nt")
    (scripts,) = (path for path in (home / "bin", home / "Scripts") if path.is_dir())
    pip("--python", scripts / "python", "install", "--no-deps", "--no-index", wheel)
    # numpy is copied from this environment, so that the test needs no download
    alone = tmp_path / "numpy"
    alone.mkdir()
    for path in Path(np.__file__).parents[1].glob("numpy*"):
        (alone / path.name).symlink_to(path)

    def run(*arguments):
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(alone)}
        command = [str(scripts / "ductus"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)

    found = run("info", WEIGHTS)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["units"] == 500
    ink = tmp_path / "ink.json"
    ink.write_text(json.dumps(random_line(5).tolist()))
    drawn = run("continue", WEIGHTS, ink, "--samples", 2, "--steps", 3, "--seed", 1)
    assert drawn.returncode == 0, drawn.stderr
    missing = run("info", "weights/ductus-500.jb64.gz")
    assert missing.returncode == 2 and "repository's folder weights/" in missing.stderr


def test_what_the_package_exports():
    model = ductus.Model(ductus.load_weights(WEIGHTS))
    assert isinstance(model.clock, ductus.PenClock) and isinstance(model.weights, ductus.Weights)
    line = random_line(5)
    np.testing.assert_allclose(ductus.to_points(ductus.to_strokes(line))[1:], line[1:], atol=1e-12)
    assert all(hasattr(ductus, name) and name in dir(ductus) for name in ductus.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        ductus.nothing  # noqa: B018


def test_importing_the_package_imports_nothing_of_it():
    command = "import sys, ductus; print([name for name in sys.modules if name.startswith('ductus.')])"
    found = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, cwd=ROOT / "py", check=True
    )
    assert found.stdout.strip() == "[]"
