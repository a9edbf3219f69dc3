"""The optional SIMD kernels of the worker: which to try; js-shims/boot/interpreter.js has requested their files."""

from pathlib import Path

import js
from pyodide.ffi import to_js
from pyscript import config

from ductus import backend
from ductus.backend import BackendError

# The side modules to try in turn, by the name that the page's address may request.
KERNELS = {"numpy": [], "simd": ["kernel-simd.wasm"], "relaxed": ["kernel-relaxed.wasm"]}
FASTEST = KERNELS["relaxed"] + KERNELS["simd"]
MAGIC = b"\0asm\x01\0\0\0"


async def choose():
    """Return the backend to use and its description, as `backend.choose` does; a kernel that is missing is named."""
    names = KERNELS.get(config.get("kernel", ""), FASTEST)
    files = {str(Path.cwd() / name): await getattr(js.kernels, name) for name in names}
    return backend.choose(files, lambda path: _runs(Path(path), files[path]))


def _runs(path, file):
    """Write a kernel's file; return whether the browser accepts it. Raises BackendError if it is no kernel."""
    if isinstance(file, str):
        raise BackendError(file)
    data = file.to_bytes()
    if not is_whole(data):
        raise BackendError(f"{path.name} came damaged from the server")
    path.write_bytes(data)
    return js.WebAssembly.validate(to_js(data))


def is_whole(data):
    """Return whether these bytes are all sections of a WebAssembly module, whatever is in them."""
    at = len(MAGIC)
    if data[:at] != MAGIC or len(data) == at:
        return False
    while at < len(data):
        at, size, shift = at + 1, 0, 0  # a section: its number, its size in LEB128, its bytes
        while at < len(data):
            size, shift, at = size | (data[at] & 127) << shift, shift + 7, at + 1
            if data[at - 1] < 128:
                break
        else:
            return False
        at += size
    return at == len(data)
