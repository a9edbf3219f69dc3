#!/usr/bin/env python3
"""Build the two side modules from kernel.c and tsne.c: python js-shims/kernel/build.py [FOLDER]

The compiler is clang from the `ziglang` package; with the version pinned in tests/requirements.txt the files are the
same to the last byte (a test compares them). Without FOLDER they are written beside this script.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILDS = {
    "kernel-simd.wasm": ["-msimd128"],
    "kernel-relaxed.wasm": ["-msimd128", "-mrelaxed-simd", "-DRELAXED"],
}
SOURCES = (("kernel.c", []), ("tsne.c", []), ("tsne.c", ["-DDOUBLE"]))
COMPILE = [
    *("cc", "-target", "wasm32-emscripten", "-std=c11", "-O3", "-Wall", "-Wextra", "-Werror"),
    *("-fPIC", "-fno-builtin", "-mno-bulk-memory", "-c"),
    # Without it clang computes addresses in the innermost loops that V8 gets for free: products take twice as long.
    *("-mllvm", "-disable-lsr"),
]
LINK = ["wasm-ld", "-shared", "--experimental-pic", "--import-memory", "--strip-all"]

# Sections of a module: a custom one for the loader, types, imports, functions, exports, code. Not among them: tables,
# memories, globals, a start function, elements, data. So nothing in it can overlap Pyodide's memory.
_CUSTOM, _TYPES, _IMPORTS, _FUNCTIONS, _EXPORTS, _CODE = 0, 1, 2, 3, 7, 10
# What the loader provides: the memory, and two constants that are not used. Not among them: the stack pointer.
_MEMORY, _CONSTANT_I32 = b"\x02", b"\x03\x7f\x00"
_ALLOWED_IMPORTS = {
    "env.memory": _MEMORY,
    "env.__memory_base": _CONSTANT_I32,
    "env.__table_base": _CONSTANT_I32,
}
# The loader's section: subsection 1, of 4 bytes: sizes and alignments of its own memory and table, all 0.
_NOTHING_OF_ITS_OWN = b"\x08dylink.0\x01\x04\0\0\0\0"


class Unsafe(Exception):
    """The module could access memory beyond the arrays passed to it."""


def check(module: bytes) -> None:
    """Raise Unsafe if the module has a memory, data, stack, table or global of its own."""
    if module[:8] != b"\0asm\1\0\0\0":
        raise Unsafe("this is not a WebAssembly module")
    place = 8
    while place < len(module):
        section = module[place]
        size, start = _number(module, place + 1)
        body, place = module[start : start + size], start + size
        if section not in (_CUSTOM, _TYPES, _IMPORTS, _FUNCTIONS, _EXPORTS, _CODE):
            raise Unsafe(f"it has a section {section}")
        if section == _CUSTOM and body != _NOTHING_OF_ITS_OWN:
            raise Unsafe(f"it asks the loader for memory or tables: {body!r}")
        if section == _IMPORTS:
            _check_imports(body)


def _check_imports(body: bytes) -> None:
    count, place = _number(body, 0)
    for _ in range(count):
        names = []
        for _ in range(2):
            length, place = _number(body, place)
            names.append(body[place : place + length].decode())
            place += length
        name = ".".join(names)
        kind = _ALLOWED_IMPORTS.get(name)
        if kind is None or not body.startswith(kind, place):
            raise Unsafe(f"it imports {name}")
        place += 3  # a kind and two bytes: a memory's flags and minimum size, a global's type and mutability


def _number(data: bytes, place: int) -> tuple[int, int]:
    """Return the unsigned LEB128 number at this place, and the place after it."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


def build(folder: Path) -> list[Path]:
    """Compile, link and check both modules into this folder; return their paths."""
    made = []
    with tempfile.TemporaryDirectory() as scratch:
        caches = dict.fromkeys(("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"), scratch)

        def zig(*arguments):
            subprocess.run(
                [sys.executable, "-m", "ziglang", *arguments], check=True, env=os.environ | caches, cwd=HERE
            )

        for name, flags in BUILDS.items():
            compiled, linked = [], folder / name
            for number, (source, defined) in enumerate(SOURCES):
                compiled.append(str(Path(scratch, f"{number}.o")))
                zig(*COMPILE, *flags, *defined, source, "-o", compiled[-1])
            zig(*LINK, *compiled, "-o", str(linked))
            linked.chmod(0o644)
            check(linked.read_bytes())
            made.append(linked)
    return made


if __name__ == "__main__":
    for path in build(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE):
        print(path.name, path.stat().st_size, "bytes")
