"""A built site names every project in it: its version, licence, changes, the texts, and every file's hash."""

import hashlib
import json
import zipfile

import pytest

import serve
from serving import notices
from serving.bytecode import runtime
from serving.fetch import ServeError, load_lock
from tests.conftest import ROOT

FILES = {"py/ductus/__init__.py": b'__version__ = "1.2.3"\n', "weights/net.jb64.gz": b"net", "weights/CARD.md": b"#"}


@pytest.fixture(scope="module")
def made():
    return notices.made(ROOT, FILES)


@pytest.fixture(scope="module")
def bill(made):
    return json.loads(made["sbom.cdx.json"])


def listed(bill):
    """Return {path under runtime/: sha-256} of the runtime's files in a bill of materials."""
    inside = [part for project in bill["components"] for part in project.get("components", ())]
    files = [part for part in inside if part["type"] == "file"]
    assert all(part["name"].startswith("runtime/") for part in files)
    return {part["name"][len("runtime/") :]: digest(part) for part in files}


def digest(part):
    (found,) = part["hashes"]
    assert found["alg"] == "SHA-256"
    return found["content"]


def test_every_file_of_the_runtime_is_listed_with_its_hash(bill):
    assert listed(bill) == {str(file.place): file.sha256 for file in runtime(ROOT)}


def test_what_was_changed_is_listed_with_what_it_was(bill, made):
    """Check both hashes: the lock's, of what was fetched, and the file's, as it is shipped."""
    pairs = list(zip(load_lock(ROOT), runtime(ROOT), strict=True))
    changed = {f"runtime/{new.place}": old.sha256 for old, new in pairs if old.sha256 != new.sha256}
    inside = [part for project in bill["components"] for part in project.get("components", ())]
    ancestors = {part["name"]: digest(part["pedigree"]["ancestors"][0]) for part in inside if "pedigree" in part}
    assert ancestors == changed
    for name in changed:
        assert name.rpartition("/")[2] in made["NOTICE"].decode()


def test_versions_are_the_locks(bill, made):
    parts = json.loads((ROOT / "runtime.lock.json").read_text())["parts"]
    versions = {project["name"]: project["version"] for project in bill["components"] if project["type"] == "library"}
    for name, part in (("Pyodide", "pyodide"), ("PyScript", "pyscript"), ("MicroPython", "micropython")):
        assert versions[name] == parts[part]["version"]
    wheels = [file.path.split("-")[:2] for file in load_lock(ROOT) if file.path.endswith(".whl")]
    assert {name.lower(): version for name, version in versions.items()}.items() >= dict(wheels).items()
    assert versions["CPython"].startswith("3.")
    for name, version in versions.items():
        assert f"{name} {version}\n" in made["NOTICE"].decode()


def test_every_text_is_there_and_is_one(bill, made):
    named = {line.strip() for line in made["NOTICE"].decode().splitlines() if line.startswith("    licences/")}
    assert named == {path for path in made if path.startswith("licences/")}
    for path in named:
        text = made[path].decode().lower()
        assert len(text) > 150 and any(word in text for word in ("copyright", "license", "licence")), path
    for project in bill["components"]:
        names = [part["name"] for part in project.get("components", ()) if part["type"] == "library"]
        for name in names:
            assert any(name.lower() in made[path].decode().lower() for path in named), f"no text names {name}"


def test_the_bill_of_materials_is_cyclonedx_and_always_the_same(bill, made):
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert bill["metadata"]["component"]["version"] == "1.2.3"
    references = [part["bom-ref"] for part in bill["components"]]
    assert bill["dependencies"] == [{"ref": "ductus", "dependsOn": references}]
    inside = [part["bom-ref"] for project in bill["components"] for part in project.get("components", ())]
    assert len({*references, *inside}) == len(references) + len(inside)
    for project in bill["components"]:
        assert project["licenses"] and project.get("purl", "pkg:").startswith("pkg:")
    model = bill["components"][-1]
    assert (model["type"], model["name"]) == ("machine-learning-model", "weights/net.jb64.gz")
    assert digest(model) == hashlib.sha256(b"net").hexdigest()
    assert notices.made(ROOT, FILES) == made


def tree(folder, lock_files, components):
    """Write a small repository: {path in the runtime's part "engine": content}, and its list of projects."""
    entries = []
    for path, data in lock_files.items():
        place = folder / "runtime/engine-1.0" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        entries.append({"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    part = {"version": "1.0", "cdn": "http://x.test/", "npm": {"requirement": "engine@1.0", "folder": ""}}
    (folder / "runtime.lock.json").write_text(json.dumps({"parts": {"engine": {**part, "files": entries}}}))
    (folder / "licences").mkdir()
    (folder / "licences/components.json").write_text(json.dumps(components))


def component(**changes):
    entry = {"name": "Engine", "part": "engine", "files": ["*"], "licence": "MIT", "texts": [], "contains": {}}
    return {**entry, "source": "https://engine.test/{version}", "package": "pkg:npm/engine@{version}", **changes}


@pytest.mark.parametrize(
    ("components", "message"),
    [
        ([], r"one project whose file engine: a\.js is"),
        ([component(files=["b.js"])], r"one project whose file engine: a\.js is"),
        ([component(), component(name="Other")], r"one project whose file engine: a\.js is"),
        ([component(texts=["Engine.txt"])], r"Engine\.txt, the text of a licence, is missing"),
        ([component(contains={"inner": ["MIT", "Inner.txt"]})], r"Inner\.txt, the text of a licence, is missing"),
    ],
)
def test_nothing_is_shipped_whose_licence_is_not_known(tmp_path, components, message):
    tree(tmp_path, {"a.js": b"1"}, components)
    with pytest.raises(ServeError, match=message):
        notices.made(tmp_path, {})


def test_a_damaged_list_of_projects_is_reported(tmp_path):
    tree(tmp_path, {"a.js": b"1"}, [])
    (tmp_path / "licences/components.json").write_text("[")
    with pytest.raises(ServeError, match=r"components\.json is missing or damaged"):
        notices.made(tmp_path, {})


def test_a_wheel_brings_its_own_texts(tmp_path):
    wheel = tmp_path / "own-2.5-py3-none-any.whl"
    members = {
        "own-2.5.dist-info/licenses/LICENSE.txt": "one",
        "own-2.5.dist-info/licenses/own/inner/COPYING": "two",
        "own/inner/COPYING": "two",
        "own/_vendored/other/LICENSE": "three",
        "own/licenses/__init__.py": "LICENSE = 1",
        "own/LICENSE.py": "code",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    tree(tmp_path, {wheel.name: wheel.read_bytes()}, [component(version="wheel")])
    made = notices.made(tmp_path, {})
    texts = {path: data for path, data in made.items() if path.startswith("licences/")}
    assert texts == {
        "licences/Engine/LICENSE.txt": b"one",
        "licences/Engine/own/inner/COPYING": b"two",
        "licences/Engine/own/_vendored/other/LICENSE": b"three",
    }
    assert "Engine 2.5\n" in made["NOTICE"].decode()


def test_a_wheel_without_a_text_is_not_shipped(tmp_path):
    with zipfile.ZipFile(tmp_path / "own-2.5-py3-none-any.whl", "w") as archive:
        archive.writestr("own/__init__.py", "")
    wheel = (tmp_path / "own-2.5-py3-none-any.whl").read_bytes()
    tree(tmp_path, {"own-2.5-py3-none-any.whl": wheel}, [component(version="wheel")])
    with pytest.raises(ServeError, match="no text of a licence in it"):
        notices.made(tmp_path, {})


def test_the_licence_says_what_is_changed():
    text = " ".join((ROOT / "LICENSE").read_text().split())
    for entry in json.loads((ROOT / notices.COMPONENTS).read_text()):
        assert entry["name"] in text
    for said in ("compiled to bytecode", "pyodide-lock.json is shortened", "article of 2016", "NOTICE", "CC BY 4.0"):
        assert said in text
    assert (ROOT / "js-shims/kernel/LICENSE").read_text().startswith("MIT License\n")


def test_the_site_that_is_built_has_them_and_no_reader_fetches_them_unasked():
    files = serve.built_files(ROOT)
    assert {"NOTICE", "sbom.cdx.json", "licences/CPython.txt", "js-shims/kernel/LICENSE"} <= files.keys()
    assert (
        listed(json.loads(files["sbom.cdx.json"])).items()
        <= {
            path[len("runtime/") :]: hashlib.sha256(data).hexdigest()
            for path, data in files.items()
            if path.startswith("runtime/")
        }.items()
    )
    assert b"sbom.cdx.json" not in files["sw.js"] and b"licences/" not in files["sw.js"]
