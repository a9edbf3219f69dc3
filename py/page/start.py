"""Where the page's MicroPython starts: lays out its sources, if they came in one file, and runs the program."""

import os
import sys

from pyscript.js_modules import boot

# No other file of the page's program knows PyScript.
sys.modules["shims"] = sys.modules["pyscript.js_modules"]


def make_folders(path):
    """Make the folders of a relative path that are not there yet. (MicroPython has no pathlib.)"""
    parts = path.split("/")[:-1]
    for count in range(1, len(parts) + 1):
        try:
            os.mkdir("/".join(parts[:count]))  # noqa: PTH102
        except OSError:  # it is there already
            continue


sources = await boot.sources()  # noqa: F704  PyScript runs this file as a coroutine
for source in sources:
    make_folders(source[0])
    with open(source[0], "w") as file:  # noqa: PTH123
        file.write(source[1])

from page.main import run  # noqa: E402

await run()  # noqa: F704
