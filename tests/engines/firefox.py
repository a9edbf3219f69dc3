"""Firefox, through its own server for WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/): no geckodriver."""

import itertools
import json

import websocket

from tests.engines.driver import ANSWER_S, Driver, Failed, free_port, mouse_stroke, wrapped

# With an empty profile Firefox sends requests to Mozilla's hosts, which are slow to fail without a network.
PREFERENCES = {
    "app.normandy.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


class Firefox(Driver):
    """A headless Firefox with one tab."""

    def __init__(self, program, folder, size):
        """Start it with a viewport of this `size`. Raises OSError or Failed if it does not start."""
        super().__init__(folder)
        self.numbers = itertools.count(1)
        self.errors = []
        profile = folder / "profile"
        profile.mkdir()
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("".join(lines))
        port = free_port()
        try:
            flags = ["--headless", "--no-remote", f"--remote-debugging-port={port}", "--profile", str(profile)]
            self.until_open(port, self.start([program, *flags, "about:blank"]))
            self.socket = websocket.create_connection(
                f"ws://127.0.0.1:{port}/session", timeout=ANSWER_S, suppress_origin=True
            )
            self.ask("session.new", capabilities={})
            self.ask("session.subscribe", events=["log.entryAdded"])
            self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]
            self.ask("browsingContext.setViewport", context=self.tab, viewport={"width": size[0], "height": size[1]})
        except BaseException:
            self.close()
            raise

    def ask(self, method, **params):
        """Send a command and return its result. Raises Failed."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer["type"] == "event":
                self.note(answer)
            elif answer["type"] == "error":
                raise Failed(f"{method}: {answer['error']}: {answer['message']}")
            elif answer["id"] == number:
                return answer["result"]

    def note(self, event):
        """Store the console's errors."""
        if event["method"] == "log.entryAdded" and event["params"]["level"] == "error":
            self.errors.append(event["params"]["text"])

    def complaints(self):
        """Return the console's errors so far."""
        self.ask("session.status")  # earlier events arrive before the answer
        return self.errors

    def goto(self, url):
        self.ask("browsingContext.navigate", context=self.tab, url=url, wait="interactive")

    def reload(self):
        self.ask("browsingContext.reload", context=self.tab, wait="interactive")

    def evaluate(self, source, argument=None):
        """Return the value of `source` in the page: see `driver.wrapped`. Raises Failed."""
        function = wrapped(source, argument)
        given = {"functionDeclaration": function, "target": {"context": self.tab}, "awaitPromise": True}
        answer = self.ask("script.callFunction", **given)
        if answer["type"] == "exception":
            raise Failed(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def stroke(self, places):
        """Move the mouse to the first place, press it, move it through the others and release it at the last."""
        self.ask("input.performActions", context=self.tab, actions=mouse_stroke(places))
