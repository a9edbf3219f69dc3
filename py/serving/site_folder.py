"""Put a built site in its folder in one move, and replace nothing that a build of ours did not write.

A built folder holds SHA256SUMS, which anybody's folder may hold too, and `.ductus-build`, the marker: it has the hash
of SHA256SUMS. Only a folder with the marker, with every listed file as it was written and nothing else is replaced.

A build works in `.NAME.ductus-build` beside the folder NAME. One that is killed leaves that behind; the next build of
NAME deletes it, after putting back a folder that had been moved away.
Python >= 3.10, standard library only.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from serving.fetch import ServeError, sha256

SUMS, MARKER, NO_JEKYLL = "SHA256SUMS", ".ductus-build", ".nojekyll"
MARKER_HEAD = "# `serve.py --build` wrote this folder and may replace it while every file is as listed.\n"
MAX_LIST_BYTES = 1 << 22  # of SHA256SUMS: 400 files have 40 kB
LINE = re.compile(r"([0-9a-f]{64})  ([^\n\0]+)")
ADVICE = "choose an empty or new folder, or delete this one yourself"


def replace(target: Path, files: dict[str, bytes]) -> None:
    """Write `files`, {path: content}, with their list and marker, as the folder `target`.

    The folder is complete or as it was before. Raises ServeError if `target` holds anything but an unchanged build,
    or if another build of it is running, and OSError.
    """
    refuse_foreign(target)
    with work_folder(target) as work:
        new, earlier = work / "new", work / "earlier"
        for path, data in listed(files).items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(data)
        try:
            if target.exists():
                target.rename(earlier)
                refuse_foreign(earlier, target)  # nobody can save a file there from here on
            new.rename(target)
        finally:
            if earlier.exists() and not target.exists():
                earlier.rename(target)  # the new one could not be moved into place


def listed(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return `files` with SHA256SUMS, the marker and the empty file that GitHub Pages wants."""
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items()).encode()
    marker = f"{MARKER_HEAD}{hashlib.sha256(sums).hexdigest()}  {SUMS}\n".encode()
    # Without .nojekyll GitHub Pages drops names that begin with "_".
    return files | {NO_JEKYLL: b"", SUMS: sums, MARKER: marker}


def refuse_foreign(folder: Path, name: Path | None = None) -> None:
    """Raise ServeError, naming the first file, if a folder is there and is not an unchanged build.

    `name` is what the message calls the folder.
    """
    problem = foreign(folder)
    if problem:
        raise ServeError(f"{name or folder} {problem}; {ADVICE}")


def foreign(folder: Path) -> str | None:
    """Return what shows that a folder is not an unchanged build, or None if it is one, is empty or does not exist."""
    if not os.path.lexists(folder):
        return None
    if folder.is_symlink() or not folder.is_dir():
        return "is a file"
    names = sorted(path.name for path in folder.iterdir())
    if not names:
        return None
    sums = build_sums(folder)
    if sums is None:
        return f"holds {names[0]}, and no build wrote the folder as it is ({MARKER} is missing or does not match)"
    found = contents(folder)
    parents = {str(parent) for path in sums for parent in PurePosixPath(path).parents}
    for path in found:
        place = folder / path
        if place.is_dir() and not place.is_symlink():
            if path not in parents:
                return f"holds the folder {path}, which is not from a build"
        elif path not in sums:
            return f"holds {path}, which is not from a build"
        elif place.is_symlink() or not place.is_file() or sha256(place) != sums[path]:
            return f"holds {path}, which was changed after the build"
    missing = sorted(sums.keys() - set(found))
    return f"lacks {missing[0]}, which was deleted after the build" if missing else None


def contents(folder: Path) -> list[str]:
    """Return the path of everything in a folder, sorted, relative to it; links are not followed. Raises OSError."""

    def fail(error: OSError) -> None:
        raise error

    found = []
    for place, folders, files in os.walk(folder, onerror=fail):
        found += [(Path(place) / name).relative_to(folder).as_posix() for name in (*folders, *files)]
    return sorted(found)


def build_sums(folder: Path) -> dict[str, str] | None:
    """Return {path: sha-256} of all files that a build wrote into a folder, or None if its marker does not match."""
    texts = {}
    for name in (MARKER, SUMS):
        place = folder / name
        if place.is_symlink() or not place.is_file() or place.stat().st_size > MAX_LIST_BYTES:
            return None
        texts[name] = place.read_bytes()
    files = {NO_JEKYLL: b"", **texts}
    if texts[MARKER] != f"{MARKER_HEAD}{hashlib.sha256(texts[SUMS]).hexdigest()}  {SUMS}\n".encode():
        return None
    lines = [LINE.fullmatch(line) for line in texts[SUMS].decode("utf-8", "replace").splitlines()]
    sums = {found[2]: found[1] for found in lines if found}
    return sums | {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


@contextlib.contextmanager
def work_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target` for one build at a time; remove it afterwards. Raises ServeError."""
    work = target.with_name(f".{target.name}{MARKER}")
    try:
        with only_build(work, target):
            try:
                clear(work, target)
                (work / "new").mkdir()
                yield work
            finally:
                clear(work, target)
    finally:
        with contextlib.suppress(OSError):  # another build has begun, or something else lies there
            work.rmdir()


def clear(work: Path, target: Path) -> None:
    """Delete what a build left in its folder; a folder that it had moved away goes back, or is kept if it changed."""
    shutil.rmtree(work / "new", ignore_errors=True)
    earlier = work / "earlier"
    if not earlier.exists():
        return
    if not target.exists():
        earlier.rename(target)
    else:
        refuse_foreign(earlier)
        shutil.rmtree(earlier)


@contextlib.contextmanager
def only_build(work: Path, target: Path) -> Iterator[None]:
    """Hold the lock of a build's folder, which ends with the process. Raises ServeError if another process has it."""
    place = work / "lock"
    while True:
        work.mkdir(parents=True, exist_ok=True)
        try:
            lock = place.open("a")
        except FileNotFoundError:
            continue  # the build before has just removed the folder
        with lock:
            if not try_lock(lock):
                raise ServeError(f"another build of {target} is running; wait for its end")
            if not place.exists() or not os.path.samestat(place.stat(), os.fstat(lock.fileno())):
                continue  # the build before has just removed this file
            try:
                yield
            finally:
                if os.name != "nt":  # now, since later it might be another build's
                    place.unlink()
        with contextlib.suppress(OSError):  # Windows deletes no open file, so none of another build either
            if os.name == "nt":
                place.unlink()
        return


def try_lock(file: IO[str]) -> bool:
    """Lock an open file for this process without waiting; return whether it could be done."""
    try:
        import fcntl
    except ImportError:
        import msvcrt  # Windows

        lock = functools.partial(msvcrt.locking, file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore
    else:
        lock = functools.partial(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        lock()
    except OSError:
        return False
    return True
