"""WebKitGTK, through its WebDriver (https://www.w3.org/TR/webdriver2/), on a virtual screen."""

import json
import os
import urllib.error
import urllib.request

from tests.engines.driver import ANSWER_S, Driver, Failed, free_port, mouse_stroke, wrapped

# Make the page record its errors: this WebDriver does not report the console's messages.
LISTEN = """() => {
    window.complaints = [];
    const note = (what) => complaints.push(String(what));
    addEventListener("error", (event) => note(event.message ?? `${event.target.src} did not load`), true);
    addEventListener("unhandledrejection", (event) => note(event.reason));
    addEventListener("securitypolicyviolation", (event) => note(`${event.violatedDirective}: ${event.blockedURI}`));
    const {error} = console;
    console.error = (...what) => {
        note(what.join(" "));
        error.apply(console, what);
    };
}"""
# The window is slightly larger than the page's viewport.
MARGIN = 100


class WebKit(Driver):
    """WebKitGTK's MiniBrowser with one window."""

    def __init__(self, programs, folder, size):
        """Start `programs`: (WebKitWebDriver, MiniBrowser, Xvfb). Raises OSError or Failed if they do not start."""
        super().__init__(folder)
        driver, browser, screen = programs
        self.session = ""
        try:
            display = self.start_screen(screen, [side + MARGIN for side in size])
            port = free_port()
            self.address = f"http://127.0.0.1:{port}"
            unsaid = {"WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"}
            environment = {name: value for name, value in os.environ.items() if name not in unsaid}
            environment |= {"DISPLAY": display, "GDK_BACKEND": "x11"}
            self.until_open(port, self.start([driver, f"--port={port}"], env=environment))
            options = {"binary": browser, "args": ["--automation"]}
            wanted = {"webkitgtk:browserOptions": options, "timeouts": {"script": 1000 * ANSWER_S}}
            answer = self.ask("POST", "/session", capabilities={"alwaysMatch": wanted})
            self.session = f"/session/{answer['sessionId']}"
            self.resize(size)
        except BaseException:
            self.close()
            raise

    def start_screen(self, program, size):
        """Start an X server of that size and return the display name that it chooses."""
        reading, writing = os.pipe()
        geometry = "{}x{}x24".format(*size)
        command = [program, "-displayfd", str(writing), "-screen", "0", geometry, "-nolisten", "tcp"]
        try:
            self.start(command, pass_fds=[writing])
        finally:
            os.close(writing)
        with os.fdopen(reading) as name:
            number = name.readline().strip()  # empty if it ends
        if not number:
            raise Failed(f"{program} did not start, and says: {self.output.read_text()[-2000:]}")
        return f":{number}"

    def resize(self, size):
        """Set the size of the page's viewport."""
        view = self.evaluate("[innerWidth, innerHeight]")
        window = self.ask("GET", "/window/rect")
        frame = [window["width"] - view[0], window["height"] - view[1]]
        self.ask("POST", "/window/rect", x=0, y=0, width=size[0] + frame[0], height=size[1] + frame[1])

    def ask(self, verb, path, **body):
        """Send a command and return the value of its answer. Raises Failed."""
        data = json.dumps(body).encode() if verb == "POST" else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + self.session + path, data, headers, method=verb)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Failed(f"{path}: {error.read().decode()}") from error

    def complaints(self):
        """Return the messages of the page's errors since it was loaded."""
        return self.evaluate("complaints")

    def goto(self, url):
        # Waits until the page is loaded: this driver never answers scripts sent earlier.
        self.ask("POST", "/url", url=url)
        self.evaluate(LISTEN)

    def reload(self):
        self.ask("POST", "/refresh")
        self.evaluate(LISTEN)

    def evaluate(self, source, argument=None):
        """Return the value of `source` in the page: see `driver.wrapped`. Raises Failed."""
        return json.loads(
            self.ask("POST", "/execute/sync", script=f"return ({wrapped(source, argument)})()", args=[])
        )

    def stroke(self, places):
        """Move the mouse to the first place, press it, move it through the others and release it at the last."""
        self.ask("POST", "/actions", actions=mouse_stroke(places))

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", "")
        finally:
            super().close()
