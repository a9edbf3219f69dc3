"""Build into a folder: what is replaced, what is refused by name, and what a build that ends early leaves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from serving import site_folder
from serving.fetch import ServeError
from tests.conftest import ROOT

FILES = {"index.html": b"<p>one</p>", "py/a.py": b"a = 1\n", "weights/net.jb64": b"W10."}
# A build as a program of its own: it says "locked" and stops where `held` says, until it is killed or told to go on.
BUILD = """
import sys
from pathlib import Path
from serving import site_folder

def hold(*arguments):
    print("held", flush=True)
    sys.stdin.readline()
    return really(*arguments)

target, place = Path(sys.argv[1]), sys.argv[2]
owner, name = {"writing": (site_folder, "listed"), "moved": (site_folder, "refuse_foreign")}[place]
really, calls = getattr(owner, name), []

def maybe(*arguments):
    calls.append(arguments)
    return hold(*arguments) if place == "writing" or len(arguments) == 2 else really(*arguments)

setattr(owner, name, maybe)
site_folder.replace(target, {"index.html": b"<p>two</p>"})
"""


@pytest.fixture
def site(tmp_path):
    """Return a folder that a build wrote."""
    site = tmp_path / "site"
    site_folder.replace(site, FILES)
    return site


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def neighbours(site):
    return sorted(path.name for path in site.parent.iterdir())


def refused(site, *words):
    """Check that a build into `site` is refused with these words and touches nothing."""
    before = contents(site), neighbours(site)
    with pytest.raises(ServeError) as error:
        site_folder.replace(site, FILES)
    assert all(word in str(error.value) for word in (str(site), *words)), error.value
    assert (contents(site), neighbours(site)) == before


def test_a_build_replaces_an_earlier_one_and_removes_deleted_files(site):
    site_folder.replace(site, {"index.html": b"<p>two</p>"})
    assert contents(site).keys() == {"index.html", "SHA256SUMS", ".nojekyll", ".ductus-build"}
    assert (site / "index.html").read_bytes() == b"<p>two</p>"
    assert neighbours(site) == ["site"]


def test_the_folder_is_public_and_its_list_is_for_sha256sum(site):
    assert site.stat().st_mode & 0o555 == 0o555
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS", ".ductus-build"], cwd=site)
    assert done.returncode == 0


def test_a_new_or_empty_folder_may_be_built_into(tmp_path):
    (tmp_path / "empty").mkdir()
    for place in ("empty", "new", "a/b/new"):
        site_folder.replace(tmp_path / place, FILES)
        assert (tmp_path / place / "index.html").exists()


def test_a_folder_with_an_ordinary_list_of_hashes_is_refused(tmp_path):
    """Check that what anybody may have, a file and SHA256SUMS, does not look like a build."""
    (tmp_path / "thesis.txt").write_text("mine")
    subprocess.run("sha256sum thesis.txt > SHA256SUMS", shell=True, cwd=tmp_path, check=True)
    refused(tmp_path, "holds SHA256SUMS", ".ductus-build is missing")
    for text in ("", site_folder.MARKER_HEAD):
        (tmp_path / ".ductus-build").write_text(text)
        refused(tmp_path, "does not match")


def test_a_file_of_ones_own_in_a_built_folder_is_refused_by_name(site):
    (site / "py/thesis.txt").write_text("mine")
    refused(site, "holds py/thesis.txt, which is not from a build")
    listing = subprocess.run(["sha256sum", "py/thesis.txt"], cwd=site, capture_output=True, check=True).stdout
    with (site / "SHA256SUMS").open("ab") as sums:
        sums.write(listing)
    refused(site, "no build wrote the folder as it is")


@pytest.mark.parametrize("name", ["index.html", "py/a.py", ".nojekyll"])
def test_an_edited_file_is_refused_by_name(site, name):
    (site / name).write_bytes(b"edited by hand")
    refused(site, f"holds {name}, which was changed after the build")


def test_other_things_in_a_built_folder_are_refused_by_name(site):
    (site / "drafts").mkdir()
    refused(site, "holds the folder drafts")
    (site / "drafts").rmdir()
    (site / "drafts").symlink_to(site.parent)
    refused(site, "holds drafts, which is not from a build")
    (site / "drafts").unlink()
    (site / "py/a.py").unlink()
    refused(site, "lacks py/a.py, which was deleted")
    (site / "py/a.py").mkdir()
    refused(site, "holds the folder py/a.py")
    (site / "py/a.py").rmdir()
    os.mkfifo(site / "py/a.py")  # to read it would take for ever
    refused(site, "holds py/a.py, which was changed")
    (site / "py/a.py").unlink()
    (site / "copy").write_bytes(FILES["py/a.py"])
    (site / "py/a.py").symlink_to("../copy")
    refused(site, "holds copy")


def test_a_file_is_not_replaced(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ServeError, match="file is a file"):
        site_folder.replace(tmp_path / "file", FILES)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_file_saved_at_the_last_moment_is_kept(site, monkeypatch):
    """Check that what is saved into the folder while a build writes beside it is found before it is replaced."""
    really = site_folder.listed

    def listed(files):
        (site / "note.txt").write_text("mine")
        return really(files)

    monkeypatch.setattr(site_folder, "listed", listed)
    with pytest.raises(ServeError, match=r"site holds note\.txt"):
        site_folder.replace(site, {"index.html": b"<p>two</p>"})
    assert (site / "note.txt").read_text() == "mine" and (site / "index.html").read_bytes() == b"<p>one</p>"
    assert neighbours(site) == ["site"]


def test_a_build_that_fails_changes_nothing(site, monkeypatch):
    before = contents(site)
    really = Path.rename

    def rename(path, target):
        if path.name == "new":
            raise OSError(28, "No space left on device")
        return really(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="No space left"):
        site_folder.replace(site, {"index.html": b"<p>two</p>"})
    assert contents(site) == before and neighbours(site) == ["site"]


def begin(site, place):
    """Start a build as a program of its own and wait until it has come to `place`."""
    program = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(site), place],
        env={**os.environ, "PYTHONPATH": str(ROOT / "py")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout.readline() == "held\n"
    return program


@pytest.mark.parametrize("place", ["writing", "moved"])
def test_what_a_killed_build_leaves_is_cleaned_up_by_the_next(site, place):
    with begin(site, place) as program:
        program.kill()
    assert neighbours(site) != ["site"]
    assert site.exists() == (place == "writing")
    site_folder.replace(site, {"index.html": b"<p>three</p>"})
    assert (site / "index.html").read_bytes() == b"<p>three</p>" and neighbours(site) == ["site"]


def test_a_killed_build_loses_no_file_that_was_edited_meanwhile(site):
    with begin(site, "moved") as program:
        program.kill()
    (edited,) = site.parent.glob(".*/earlier/index.html")
    edited.write_text("mine")
    with pytest.raises(ServeError, match=r"index\.html, which was changed"):
        site_folder.replace(site, FILES)
    assert (site / "index.html").read_text() == "mine" and neighbours(site) == ["site"]


def test_two_builds_of_one_folder_do_not_mix(site):
    with begin(site, "writing") as program:
        with pytest.raises(ServeError, match=r"another build of .*site is running"):
            site_folder.replace(site, FILES)
        site_folder.replace(site.with_name("other"), FILES)
        program.communicate("go on\n", timeout=60)
    assert program.returncode == 0
    assert (site / "index.html").read_bytes() == b"<p>two</p>" and neighbours(site) == ["other", "site"]


def test_a_stopped_program_leaves_nothing(tmp_path):
    """Check that SIGTERM, as a supervisor sends it, ends a build of serve.py as Ctrl-C does."""
    command = [sys.executable, "serve.py", "--build", str(tmp_path / "site")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as program:
        while not list(tmp_path.glob(".site*/new/*")) and program.poll() is None:
            time.sleep(0.001)
        program.send_signal(signal.SIGTERM)
        assert "interrupted" in program.communicate(timeout=60)[1] or program.returncode == 0
    assert list(tmp_path.iterdir()) in ([], [tmp_path / "site"])
