"""The house: who imports whom, words that are retired, and where the ten questions of a newcomer lead.

`docs/architecture.md` draws the same picture in words.
"""

import ast
import re
import subprocess
from collections import defaultdict

import pytest

from tests.conftest import ROOT

TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
if not TRACKED:  # an archive without its history
    IGNORED = {".venv", "runtime", "node_modules", "artefacts", "__pycache__"}
    FILES = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    TRACKED = [path.as_posix() for path in FILES if not IGNORED & set(path.parts)]
PYTHON = [path for path in TRACKED if path.endswith(".py")]
SHIMS = [path for path in TRACKED if path.startswith("js-shims/") and path.endswith(".js")]

STEMS = {path: path.removeprefix("py/").removesuffix(".py").removesuffix("/__init__") for path in PYTHON}
MODULES = {stem.replace("/", "."): path for path, stem in STEMS.items()}

# Inside the library: each layer imports those before it, and itself.
CORE = {
    "drawing",
    "model",
    "lstm",
    "mixture",
    "ink",
    "resample",
    "x_height",
    "cooperative",
    "safe_json",
    "window",
    "intervention",
    "sharing",
}
LAYERS = {
    "backend": set(),
    "weights": {"safe_json"},
    "core": {"backend", "weights"},
    "analysis": {"core", "backend", "weights"},
    "generation": {"core", "backend", "weights"},
    "formats": {"core", "backend", "weights"},
    "cli": {"core", "backend", "weights", "analysis", "generation", "formats"},
}
# Between the programs.
PROGRAMS = {
    "ductus": set(),
    "shared": set(),
    "worker": {"ductus", "shared"},
    "page": {"shared"},
    "serving": set(),
}
TRAINING = {
    "data": set(),
    "train": {"data"},
    "text": {"data", "train"},
    "reader": {"data", "train", "text"},
    "evaluate": {"data", "train", "text", "reader"},
    "card": {"data", "train", "text", "reader", "evaluate"},
}
# JavaScript: drawing on a canvas is below all topics; boot starts everything.
SHIM_FOLDERS = {
    "canvas": set(),
    "io": {"canvas"},
    "ink": {"canvas"},
    "fans": {"canvas"},
    "cells": {"canvas", "ink"},
    "mixture": {"canvas"},
    "boot": {"canvas", "io", "ink"},
}


def imported_modules(path):
    """The absolute names of the modules that a Python file imports, anywhere in it."""
    tree = compile((ROOT / path).read_text(), path, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute here"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else node.module


def layer(module):
    """The layer of the library that a module `ductus....` belongs to."""
    parts = module.split(".")
    if len(parts) == 1:
        return None  # the package itself: what it exports is for its users
    if parts[1] in LAYERS:
        return parts[1]
    return "cli" if parts[1].startswith(("cli", "__main__")) else "core" if parts[1] in CORE else None


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_import_only_what_the_design_allows(program):
    allowed = {program, *PROGRAMS[program]}
    for path in (path for path in PYTHON if path.startswith(f"py/{program}/")):
        for module in imported_modules(path):
            top = module.partition(".")[0]
            assert top not in PROGRAMS or top in allowed, f"{path} imports {module}"


def test_one_file_on_the_page_and_one_in_the_worker_know_pyscript():
    """PyScript may have to be left; docs/architecture.md says what would have to be written then."""
    knowing = {program: set() for program in PROGRAMS}
    for path in (path for path in PYTHON if path.startswith("py/")):
        for module in imported_modules(path):
            if module.partition(".")[0] in ("pyscript", "polyscript", "_pyscript"):
                knowing[path.split("/")[1]].add(path)
    assert {program: len(paths) for program, paths in knowing.items()} == dict.fromkeys(PROGRAMS, 0) | {
        "page": 1,
        "worker": 1,
    }, knowing
    assert knowing["page"] == {"py/page/start.py"}
    names = re.compile(r"pyscript|polyscript|xworker|[\"']mpy", re.IGNORECASE)
    assert {path for path in SHIMS if names.search((ROOT / path).read_text()) and "/boot/" not in path} == set()


def test_the_librarys_layers_are_imported_downwards():
    for path in (path for path in PYTHON if path.startswith("py/ductus/")):
        mine = layer(path.removeprefix("py/").removesuffix(".py").replace("/", "."))
        for module in imported_modules(path):
            theirs = layer(module) if module.startswith("ductus.") else None
            if not theirs or theirs == mine or mine is None:
                continue
            base = module.split(".")[1]
            assert theirs in LAYERS[mine] or base in LAYERS[mine], f"{path} ({mine}) imports {module} ({theirs})"


def test_training_imports_in_the_order_of_its_steps():
    for path in (path for path in PYTHON if path.startswith("weights/training/")):
        mine = path.split("/")[2]
        for module in imported_modules(path):
            parts = module.split(".")
            if mine in TRAINING and parts[:2] == ["weights", "training"] and len(parts) > 2 and parts[2] in TRAINING:
                assert parts[2] == mine or parts[2] in TRAINING[mine], f"{path} imports {module}"


def shim_imports(path):
    """The files under js-shims/ that a module imports."""
    text = (ROOT / path).read_text()
    for target in re.findall(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""", text):
        yield ((ROOT / path).parent / target).resolve().relative_to(ROOT / "js-shims").as_posix()


def test_shims_import_the_canvas_and_never_each_others_topics():
    for path in SHIMS:
        mine = path.split("/")[1]
        for target in shim_imports(path):
            theirs = target.split("/")[0]
            assert theirs == mine or theirs in SHIM_FOLDERS[mine], f"{path} imports {target}"


def test_no_import_goes_round_in_a_circle():
    arrows = defaultdict(set)
    for path in PYTHON:
        arrows[path] |= {MODULES[module] for module in imported_modules(path) if module in MODULES} - {path}
    for path in SHIMS:
        arrows[path] |= {f"js-shims/{target}" for target in shim_imports(path)}
    state = {}

    def visit(path, trail):
        assert state.get(path) != "open", f"a circle: {' -> '.join([*trail, path])}"
        if path not in state:
            state[path] = "open"
            for target in sorted(arrows[path]):
                visit(target, [*trail, path])
            state[path] = "done"

    for path in list(arrows):
        visit(path, [])


# --- words

# Files, modules, classes and functions that have new names: none may come back.
RETIRED_FILES = """
    desk verbs running jobs session line kernel_wasm article clock layout slices nesting
    options track hand xmltree svgfans inkfile inkjson inknpz inktrace iamxml int8text weightfile
    cellfile ellipses follower lens spoken pane kept keep records incoming recognise drawers writes
    writing tracks mixtures sorted brush trace sheet python hills look shares sparks heat hilbert
    stopped life turns store fan_constants writes_constants tracks_words
"""
RETIRED_NAMES = """
    Desk Jobs Session Follower Spoken Stopped Turns Link Lost SmallSheet Incoming OwnSheet Writes
    Writing Tracks Mixtures KernelError turn_to begin_from take_strokes take_styles learn_from
    use_best most_open MOST LONGEST BROADEST FEWEST MOST_BYTES MOST_POINTS MOST_CHARACTERS
    LONGEST_WAY
"""
RETIRED_CSS = ["--desk", "--quiet", "#writes", "#writing", "#tracks", "#drawers", "#sorted", "#mixtures", ".trouble"]
PHRASES = [
    r"\b[Ww]hoever\b",
    r"\bwhomever\b",
    r"\banew\b",
    r"\boftener\b",
    r"\bslantwise\b",
    r"\bfor want of\b",
    r"\bif it is none\b",
    r"\bis none of\b",
    r"\btold anew\b",
    r"\bin vain\b",
    r"\bthence\b",
    r"\bthereof\b",
    r"\blest\b",
    r"\bforetell\w*\b",
    r"\bforetold\b",
    r"\bso many (?:points|bytes|steps|cells|strokes|lines|times|characters)\b",
    r"\breckon\w*\b",
    r"\bby and by\b",
    r"\bturn and turn about\b",
    r"\bhas to be done anew\b",
    r"\bput aside\b",
    r"\bbring back\b",
    r"\bthe hills\b",
]
HERE = "tests/test_house.py"
# Where a retired word is the subject itself, or belongs to somebody else.
EXEMPT = {HERE, "CHANGELOG.md", "LICENSE"}
PROSE = (".py", ".js", ".mjs", ".css", ".html", ".md", ".c", ".h", ".yml", ".toml")


def texts(*suffixes):
    """(path, text) of every tracked file with one of these suffixes, save those that may name what is retired."""
    for path in TRACKED:
        if path.endswith(suffixes) and path not in EXEMPT and not path.startswith("tests/data/"):
            yield path, (ROOT / path).read_text(encoding="utf-8")


def test_no_file_has_a_retired_name():
    sources = [path for path in TRACKED if path.startswith(("py/", "js-shims/"))]
    assert [path for path in sources if path.rpartition("/")[2].partition(".")[0] in RETIRED_FILES.split()] == []


def test_no_class_function_or_constant_has_a_retired_name():
    names = "|".join(RETIRED_NAMES.split())
    defined = re.compile(rf"^\s*(?:class |(?:async )?def |)({names})\b(?=\s*[(:=])", re.MULTILINE)
    assert [f"{path}: {found[1]}" for path, text in texts(".py", ".js") for found in defined.finditer(text)] == []


def test_no_selector_or_property_has_a_retired_name():
    names = re.compile("|".join(rf"{re.escape(name)}(?![\w-])" for name in RETIRED_CSS))
    assert [f"{path}: {found[0]}" for path, text in texts(".css", ".html") for found in names.finditer(text)] == []


def test_no_archaic_phrase_is_left():
    phrases = re.compile("|".join(PHRASES))
    found = []
    for path, text in texts(*PROSE):
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{path}:{number}: {match[0]}" for match in phrases.finditer(line)]
    assert found == []


# --- the ten questions

QUESTIONS = [
    ("Where is temperature applied?", "temperature", "py/ductus/mixture.py"),
    ("Where is the pen clock's step?", "pen clock", "py/ductus/resample.py"),
    ("Where does undo rewind the state?", "undo", "py/worker/ink_session.py"),
    ("Which file draws the figure that writes by itself?", "writes by itself", "py/page/figures/generation.py"),
    ("Where is a fan's colour decided?", "colour", "py/worker/tasks/fans.py"),
    ("Where would I add a figure?", "add a figure", "CONTRIBUTING.md"),
    ("How are worker calls prioritised?", "priorit", "py/page/worker_client/priority_lock.py"),
    ("Where is ink saved?", "autosave", "py/page/storage/autosave.py"),
    ("Where is the limit of points of a line?", "points of a line", "py/shared/limits.py"),
    ("Where do rows animate to their order?", "animate", "js-shims/cells/display_state.js"),
]


@pytest.mark.parametrize(("question", "word", "path"), QUESTIONS, ids=[word for _, word, _ in QUESTIONS])
def test_each_question_falls_to_one_search_for_its_own_word(question, word, path):
    """The answer's file says the word in its name or its first lines, and the README gives the same answer."""
    text = (ROOT / path).read_text()
    head = path + "\n".join(text.splitlines()[:20])
    assert word in head.lower(), f"{question} {path} does not say {word!r} at its head"
    answers = (ROOT / "README.md").read_text()
    assert question in answers and path in answers[answers.index(question) :].split("\n")[0]
