"""What the tests here ask of a browser, and what its drivers share.

A driver has the few verbs of Playwright's page that tests/e2e/reader.py needs: `goto`, `reload`, `evaluate`,
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
    """A browser did not do what it was asked to; the message has its own words."""


class Driver:
    """A browser that was started with an empty `folder` to write into, and all the programs that this took."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes = []

    def start(self, command: list, **options) -> subprocess.Popen:
        """Start a program, whose output goes to `output`. Raises OSError."""
        with self.output.open("a") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, **options)
        self.processes.append(process)
        return process

    @property
    def output(self) -> Path:
        """The file that takes what the programs print."""
        return self.folder / "output.txt"

    def until_open(self, port: int, process: subprocess.Popen) -> None:
        """Wait until a program takes connections. Raises Failed when it ends, or takes too long."""
        end = time.monotonic() + START_S
        while process.poll() is None and time.monotonic() < end:
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.1)
        raise Failed(f"{process.args[0]} takes no connections, and says: {self.output.read_text()[-2000:]}")

    def wait_for_timeout(self, milliseconds: float) -> None:
        time.sleep(milliseconds / 1000)

    def close(self) -> None:
        """End all that was started, the last first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_S)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wrapped(source: str, argument) -> str:
    """The text of a function that gives, as JSON, what `source` comes to: an expression, or a function to be called.

    `argument` is anything that JSON can say.
    """
    return f"""async () => {{
        const value = ({source});
        const found = typeof value === "function" ? await value({json.dumps(argument)}) : await value;
        return JSON.stringify(found ?? null);
    }}"""


def mouse_stroke(places) -> list[dict]:
    """A stroke of the mouse through places (n, 2), in CSS pixels of the window, as both WebDrivers take it.

    Source: WebDriver, "Perform actions", https://www.w3.org/TR/webdriver2/#perform-actions.
    """
    moves = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0} for x, y in places]
    actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
    return [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]
