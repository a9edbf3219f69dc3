#!/usr/bin/env python3
"""Fetch the page's runtime once, serve the page, or build the static site.

    python3 serve.py                 fetch what is missing, serve on 127.0.0.1, open a browser
    python3 serve.py --fetch-only    fetch, verify and compile the runtime, then stop
    python3 serve.py --build DIR     write the complete static site into DIR

Python >= 3.10, standard library only. py/serving/ has the server and the fetching.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036  (before the imports, which an older Python cannot read)
    sys.exit(f"serve.py: Python 3.10 or newer is needed; this is {sys.version_info[0]}.{sys.version_info[1]}")

import argparse
import os
import re
import signal
import threading
import webbrowser
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent
sys.path.append(str(ROOT / "py"))  # serving/ is part of the repository, not of the installed package

from serving import notices, publish, site_folder, source_lists  # noqa: E402
from serving.bytecode import compile_once, runtime  # noqa: E402
from serving.fetch import ServeError, ensure, from_cdn  # noqa: E402
from serving.package_clients import from_npm, from_pip  # noqa: E402
from serving.server import listen, precompress  # noqa: E402
from serving.site_files import belongs, site_files  # noqa: E402

SOURCES = [("CDN", from_cdn), ("npm", from_npm), ("pip", from_pip)]

REQUIRED = ("index.html", "css/base.css", "sw.js", "runtime.lock.json", "LICENSE")


def build(root: Path, target: Path, address: str = "") -> int:
    """Write the static site into `target` in one move; return its size in bytes. `address` is its URL, if known.

    A folder that holds anything but an earlier build as it was written is refused. Raises ServeError.
    """
    target = target.resolve()
    missing = [name for name in REQUIRED if not (root / name).is_file()]
    if not any((root / "weights").glob("*.jb64*")):
        missing.append("weights/*.jb64")
    if missing:
        raise ServeError(f"the site is incomplete, these are missing: {', '.join(missing)}")
    if target == root or (root in target.parents and belongs(PurePosixPath(*target.relative_to(root).parts, "x"))):
        raise ServeError(f"{target} is part of the sources; choose another folder")
    site_folder.refuse_foreign(target)
    files = built_files(root, address)
    site_folder.replace(target, files)
    return sum(map(len, files.values()))


def built_files(root: Path, address: str = "") -> dict[str, bytes]:
    """Return every file of the built site, {path: content}; sw.js lists what the page needs, for offline use."""
    files = {str(path): (root / path).read_bytes() for path in site_files(root)}
    page, worker = str(publish.PAGE), str(publish.WORKER)
    files[str(publish.STYLES)] = publish.styles(files[page], files)
    for path in publish.stylesheets(files[page]):
        del files[path]
    files[page] = publish.page(files[page], "built", runtime(root), address)
    files[str(publish.SOURCES)] = publish.sources(files)
    script = files.pop(worker)
    # What no page asks for is not kept in the reader's browser.
    return files | {worker: publish.worker(script, files)} | notices.made(root, files)


def open_browser(url: str) -> None:
    """Open the page in a graphical browser; do nothing where only a text browser could start."""
    graphical = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if graphical:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def serve(host: str, port: int | None, browser: bool, names: list[str]) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    with listen(host, port, ROOT, names) as server:
        print(f"Ductus is at {server.url}   (Ctrl-C stops it)", flush=True)
        if browser:
            open_browser(server.url)
        threading.Thread(target=precompress, args=(ROOT,), daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nstopped")


def update_source_lists(root: Path) -> None:
    """Update the list of the page's sources and say so if it changed; a read-only tree keeps the old one.

    Raises ServeError if the sources contradict each other.
    """
    try:
        if source_lists.write(root):
            print(f"updated {source_lists.LISTING}", file=sys.stderr)
    except ValueError as error:
        raise ServeError(str(error)) from error
    except OSError as error:
        print(f"serve.py: {source_lists.LISTING} is out of date, and {error.strerror}", file=sys.stderr)


def site_url(text: str) -> str:
    """Return the URL of a site's folder, with a slash at the end. Raises ValueError if it is not http(s)."""
    if not re.fullmatch(r"https?://[^\s\"'<>&?#]+", text):
        raise ValueError(text)
    return text.rstrip("/") + "/"


def host_name(text: str) -> str:
    """Return a host's name or address, without scheme and port. Raises ValueError if it is not one."""
    if not re.fullmatch(r"[\w.-]+|\[?[0-9a-fA-F:.]+\]?", text):
        raise ValueError(text)
    return text


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Serve Ductus on this machine, or build it for a static host.")
    parser.add_argument("--port", type=int, help="the port (default: the first free one from 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to serve on (default: 127.0.0.1)")
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        type=host_name,
        action="append",
        default=[],
        help="also answer to this name, as behind a proxy or in a Codespace; may be repeated",
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--fetch-only", action="store_true", help="fetch, verify and compile the runtime, then stop")
    does.add_argument("--build", metavar="DIR", type=Path, help="write the complete static site into DIR")
    parser.add_argument("--url", type=site_url, help="with --build: where the site will be published")
    arguments = parser.parse_args(argv)
    try:
        update_source_lists(ROOT)
        ensure(ROOT, SOURCES)
        compile_once(ROOT, lambda text: print(text, file=sys.stderr, flush=True))
        if arguments.build:
            total = build(ROOT, arguments.build, arguments.url or "")
            print(f"wrote the site to {arguments.build} ({total / 1e6:.1f} MB)")
        elif not arguments.fetch_only:
            serve(arguments.host, arguments.port, not arguments.no_open, arguments.allow_host)
    except ServeError as error:
        print(f"serve.py: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"serve.py: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nserve.py: interrupted; the next start resumes here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
