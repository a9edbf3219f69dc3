"""The test command itself: what it sets up, when it does so, and how it ends."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests import pin, run


@pytest.fixture
def done(tmp_path, monkeypatch):
    """run.py in an empty repository, with every command noted instead of run; `done` lists them."""
    venv = tmp_path / ".venv"
    for name, value in {
        "ROOT": tmp_path,
        "VENV": venv,
        "STAMP": venv / "stamp.json",
        "PYTHON": venv / "bin/python",
    }.items():
        monkeypatch.setattr(run, name, value)
    (tmp_path / "tests").mkdir()
    for path in run.REQUIREMENTS.values():
        (tmp_path / path).write_text(f"{path}==1\n")
    commands = []
    monkeypatch.setattr(run, "step", commands.append)
    monkeypatch.setattr(run, "make_environment", lambda: make(venv, commands))
    monkeypatch.setattr(run, "call", lambda command, quiet=False: 0)
    return commands


def make(venv, commands):
    commands.append("new environment")
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    (venv / "bin/python").touch()


def installs(commands):
    """Which requirement files each installation was given."""
    return [
        [os.path.basename(word) for word in command if word.endswith(".txt")]  # noqa: PTH119
        for command in commands
        if "install" in command
    ]


def test_a_bare_machine_gets_an_environment_without_pytorch(done):
    run.sync(["tests"])
    assert done[0] == "new environment"
    assert installs(done) == [["requirements.txt"]]


def test_nothing_happens_a_second_time(done):
    run.sync(["tests"])
    done.clear()
    run.sync(["tests"])
    assert done == []


def test_training_is_added_and_then_stays(done):
    run.sync(["tests"])
    run.sync(["tests", "training"])
    assert installs(done) == [["requirements.txt"], ["requirements.txt"], ["requirements-training.txt"]]
    done.clear()
    run.sync(["tests"])
    run.sync(["tests", "training"])
    assert done == []


def test_changed_requirements_are_installed_into_the_same_environment(done):
    run.sync(["tests"])
    done.clear()
    (run.ROOT / run.REQUIREMENTS["tests"]).write_text("something==2\n")
    run.sync(["tests"])
    assert "new environment" not in done and installs(done) == [["requirements.txt"]]


def test_an_environment_of_unknown_origin_is_taken_over(done):
    make(run.VENV, [])
    run.sync(["tests"])
    assert "new environment" not in done and installs(done) == [["requirements.txt"]]


@pytest.mark.parametrize("stamp", [b"", b"[1]", b"\xff", b"{}"])
def test_a_damaged_stamp_counts_as_none(done, stamp):
    run.sync(["tests"])
    done.clear()
    run.STAMP.write_bytes(stamp)
    run.sync(["tests"])
    assert len(installs(done)) == 1


def test_another_python_gets_another_environment(done):
    run.sync(["tests"])
    done.clear()
    run.STAMP.write_text(json.dumps(json.loads(run.STAMP.read_text()) | {"python": [3, 9, 0]}))
    run.sync(["tests"])
    assert done[0] == "new environment"


def test_a_failed_installation_leaves_no_stamp(done, monkeypatch):
    def fail(command):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(run, "step", fail)
    with pytest.raises(subprocess.CalledProcessError):
        run.sync(["tests"])
    assert not run.STAMP.exists()


def test_the_named_browser_is_taken_and_has_to_exist(monkeypatch):
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert run.find_browser() == sys.executable
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(FileNotFoundError, match="CHROMIUM is set to /nowhere/chromium"):
        run.find_browser()


@pytest.mark.parametrize(
    ("firefox", "webkit", "installed"),
    [
        ("/firefox", ("/driver", "/browser", "/screen"), []),
        (None, ("/driver", "/browser", "/screen"), ["firefox-esr"]),
        (None, None, ["firefox-esr", "webkit2gtk-driver", "xvfb"]),
    ],
)
def test_the_engines_that_are_missing_are_asked_for_and_may_be_refused(monkeypatch, firefox, webkit, installed):
    commands = []
    monkeypatch.setattr(run, "find_firefox", lambda: firefox)
    monkeypatch.setattr(run, "find_webkit", lambda: webkit)
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(run.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(run, "call", lambda command, quiet=False: commands.append(command) or 100)
    run.install_engines()
    packages = [package for command in commands if "install" in command for package in command[5:]]
    assert packages == installed
    monkeypatch.setattr(run.shutil, "which", lambda name: None)  # no apt-get
    commands.clear()
    run.install_engines()
    assert commands == []


@pytest.mark.parametrize(
    ("lint", "tests", "expected"),
    [((0, 0), 0, 0), ((1, 0), 0, 1), ((0, 1), 0, 1), ((0, 0), 1, 1), ((1, 1), 5, 5)],
)
def test_the_exit_status_tells_of_every_check(done, monkeypatch, lint, tests, expected):
    results = {"check": lint[0], "format": lint[1], "pytest": tests}
    order = []

    def call(command, quiet=False):
        name = next(name for name in results if name in command)
        order.append(name)
        return results[name]

    monkeypatch.setattr(run, "sync", lambda groups: None)
    monkeypatch.setattr(run, "find_browser", lambda: "chromium")
    monkeypatch.setattr(run, "install_engines", lambda: None)
    monkeypatch.setattr(run, "call", call)
    monkeypatch.setenv("CHROMIUM", "")
    assert run.main(["-k", "x"]) == expected
    assert order == ["check", "format", "pytest"]  # pytest's closing line is the last
    assert done == [[str(run.PYTHON), "serve.py", "--fetch-only"]]


def test_without_a_browser_the_command_says_what_to_do(done, monkeypatch, capsys):
    monkeypatch.setattr(run, "find_browser", lambda: None)
    monkeypatch.setattr(run, "playwright_browser", lambda: None)
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "sync", lambda groups: None)
    assert run.main([]) == 2
    assert capsys.readouterr().err == f"tests/run.py: {run.BROWSER_ADVICE}\n"


def test_every_requirement_of_the_tests_is_pinned_with_its_hashes():
    made = (pin.FOLDER / "requirements.txt").read_text()
    pins = re.findall(r"^([A-Za-z0-9_.-]+==\S+)(?: ; .+?)?((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$", made, re.M)
    assert len(pins) == made.count("==") - made.count(" == ")
    names = {requirement.lower().replace("_", "-") for requirement, _ in pins}
    assert {requirement.lower().replace("_", "-") for requirement in pin.wanted()} <= names  # else: tests/pin.py
