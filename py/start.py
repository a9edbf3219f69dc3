"""Where the page's MicroPython starts: lays out its sources, if they came in one file, and runs the program."""

import os

from pyscript.js_modules import boot

sources = await boot.sources()  # noqa: F704  PyScript runs this file as a coroutine
if sources.length:
    os.mkdir("page")  # noqa: PTH102  MicroPython has no pathlib
for source in sources:
    with open(source[0], "w") as file:  # noqa: PTH123
        file.write(source[1])

from page.main import run  # noqa: E402

await run()  # noqa: F704
