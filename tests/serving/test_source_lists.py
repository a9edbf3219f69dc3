"""The generated lists of the files that the unbuilt page loads."""

from pathlib import Path

import pytest

import serve
from serving import source_lists
from serving.fetch import ServeError
from tests.conftest import ROOT


def test_the_committed_lists_are_up_to_date():
    """If this fails, run `python3 serve.py`."""
    assert (ROOT / source_lists.LISTING).read_text() == source_lists.render(ROOT)


def tree(root):
    for path in (
        "js-shims/boot/x.txt",
        "js-shims/ink/pen.js",
        "py/page/main.py",
        "py/worker/main.py",
        "py/ductus/cli.py",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    return root


def test_a_new_file_is_listed_and_written_once(tmp_path):
    root = tree(tmp_path)
    (root / "py/page/figures").mkdir()
    (root / "py/page/figures/new.py").write_text("from shims import pen as shim\n")
    assert source_lists.write(root) and not source_lists.write(root)
    text = (root / source_lists.LISTING).read_text()
    assert '"page/figures/new.py"' in text and 'pen: "ink/pen.js"' in text
    assert "worker/main.py" not in text and "cli.py" not in text


def test_a_shim_that_is_not_there_or_twice_is_named(tmp_path):
    root = tree(tmp_path)
    (root / "py/page/figures.py").write_text("from shims import brush\n")
    with pytest.raises(ValueError, match=r"0 files under js-shims/ are called brush\.js"):
        source_lists.render(root)
    for folder in ("ink", "fans"):
        (root / "js-shims" / folder).mkdir(exist_ok=True)
        (root / "js-shims" / folder / "brush.js").write_text("")
    with pytest.raises(ValueError, match=r"2 files under js-shims/ are called brush\.js"):
        source_lists.render(root)


def test_serve_says_that_it_updated_the_lists(tmp_path, capsys, monkeypatch):
    root = tree(tmp_path)
    serve.update_source_lists(root)
    assert capsys.readouterr().err == "updated js-shims/boot/sources.js\n"
    serve.update_source_lists(root)
    assert capsys.readouterr().err == ""
    (root / "py/page/new.py").write_text("")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", refuse)
        serve.update_source_lists(root)  # a read-only tree
    assert "is out of date, and Permission denied" in capsys.readouterr().err
    (root / "py/page/new.py").write_text("from shims import brush\n")
    with pytest.raises(ServeError, match=r"called brush\.js"):
        serve.update_source_lists(root)
