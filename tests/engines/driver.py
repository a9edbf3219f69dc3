"""The interface that these tests need from a browser, and the code that its drivers share.

A driver has the few methods of Playwright's page that tests/e2e/reader.py needs: `goto`, `reload`, `evaluate`,
`wait_for_timeout`; and `stroke`, which writes with the mouse, `complaints`, and `close`.
"""

import json
import socket
import subprocess
import time
from pathlib import Path

START_S = 120  # Firefox has taken 15 seconds to start on a busy machine
ANSWER_S = 120
STOP_S = 30


class Failed(Exception):
    """A browser's command failed; the message is the browser's own."""


class Driver:
    """A browser started with an empty `folder` to write into, and all the programs that it needs."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes = []

    def start(self, command: list, **options) -> subprocess.Popen:
        """Start a program with its output in `output`. Raises OSError."""
        with self.output.open("a") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, **options)
        self.processes.append(process)
        return process

    @property
    def output(self) -> Path:
        """Return the file for the programs' output."""
        return self.folder / "output.txt"

    def until_open(self, port: int, process: subprocess.Popen) -> None:
        """Wait until a program accepts connections. Raises Failed if it ends or takes too long."""
        end = time.monotonic() + START_S
        while process.poll() is None and time.monotonic() < end:
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.1)
        raise Failed(f"{process.args[0]} accepts no connections; its output: {self.output.read_text()[-2000:]}")

    def wait_for_timeout(self, milliseconds: float) -> None:
        time.sleep(milliseconds / 1000)

    def close(self) -> None:
        """End all started programs in reverse order."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_S)


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wrapped(source: str, argument) -> str:
    """Return the text of a function that returns the value of `source` as JSON.

    `source` is an expression or a function to call; `argument` is anything that JSON can represent.
    """
    return f"""async () => {{
        const value = ({source});
        const found = typeof value === "function" ? await value({json.dumps(argument)}) : await value;
        return JSON.stringify(found ?? null);
    }}"""


def mouse_stroke(places) -> list[dict]:
    """Return a mouse stroke through places (n, 2), in CSS pixels of the window, in the format of both WebDrivers.

    Source: WebDriver, "Perform actions", https://www.w3.org/TR/webdriver2/#perform-actions.
    """
    moves = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0} for x, y in places]
    actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
    return [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]
