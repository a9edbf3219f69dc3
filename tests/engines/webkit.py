"""WebKit, as WebKitGTK has it, by way of its WebDriver (https://www.w3.org/TR/webdriver2/), on a screen in memory."""

import json
import os
import urllib.error
import urllib.request

from tests.engines.driver import ANSWER_S, Driver, Failed, free_port, mouse_stroke, wrapped

# Makes the page note what goes wrong in it: this WebDriver does not tell what the console says.
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
# The window is a bit larger than the page's view.
MARGIN = 100


class WebKit(Driver):
    """WebKitGTK's MiniBrowser, with one window."""

    def __init__(self, programs, folder, size):
        """Start it; `programs` is (WebKitWebDriver, MiniBrowser, Xvfb). Raises OSError or Failed if it does not."""
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
        """Start an X server of that size; gives its name, which it chooses."""
        reading, writing = os.pipe()
        geometry = "{}x{}x24".format(*size)
        command = [program, "-displayfd", str(writing), "-screen", "0", geometry, "-nolisten", "tcp"]
        try:
            self.start(command, pass_fds=[writing])
        finally:
            os.close(writing)
        with os.fdopen(reading) as name:
            number = name.readline().strip()  # nothing, if it ends
        if not number:
            raise Failed(f"{program} did not start, and says: {self.output.read_text()[-2000:]}")
        return f":{number}"

    def resize(self, size):
        """Give the page's view that size."""
        view = self.evaluate("[innerWidth, innerHeight]")
        window = self.ask("GET", "/window/rect")
        frame = [window["width"] - view[0], window["height"] - view[1]]
        self.ask("POST", "/window/rect", x=0, y=0, width=size[0] + frame[0], height=size[1] + frame[1])

    def ask(self, verb, path, **body):
        """The value of a command's answer. Raises Failed."""
        data = json.dumps(body).encode() if verb == "POST" else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + self.session + path, data, headers, method=verb)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Failed(f"{path}: {error.read().decode()}") from error

    def complaints(self):
        """What went wrong in the page since it was loaded, in words."""
        return self.evaluate("complaints")

    def goto(self, url):
        # It waits until all is loaded: what is evaluated earlier, this driver never answers.
        self.ask("POST", "/url", url=url)
        self.evaluate(LISTEN)

    def reload(self):
        self.ask("POST", "/refresh")
        self.evaluate(LISTEN)

    def evaluate(self, source, argument=None):
        """What `source` comes to in the page: see `driver.wrapped`. Raises Failed."""
        return json.loads(
            self.ask("POST", "/execute/sync", script=f"return ({wrapped(source, argument)})()", args=[])
        )

    def stroke(self, places):
        """The mouse goes to the first of the places, is pressed, goes on, is let go at the last."""
        self.ask("POST", "/actions", actions=mouse_stroke(places))

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", "")
        finally:
            super().close()
