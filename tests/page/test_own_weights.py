"""A network that the page's address names: whatever the address and the server's answer, the result is a message;
no other site gets a request, and reading stops at a size limit.

The browser's URL, fetch and arrays are small fakes; the server's bytes are only counted.
"""

import contextlib
import itertools
import re
from types import ModuleType, SimpleNamespace
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.coroutines import run
from tests.support.fake_browser import faked

HERE = "https://here.example"
PAGE = HERE + "/ductus/"
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}


class URL:
    """A URL as a browser parses it, with the properties that the page uses: its origin may be unexpected."""

    def __init__(self, text, base):
        text = re.sub(r"[\t\r\n]", "", text.strip("".join(map(chr, range(33)))))
        scheme, colon, rest = text.partition(":")
        scheme = scheme.lower() if colon and re.fullmatch(r"[a-zA-Z][a-zA-Z\d+.-]*", scheme) else ""
        if scheme and scheme not in PORTS:
            self.href, self.pathname, self.origin = text, re.split(r"[?#]", rest)[0], "null"
            if scheme == "blob" and re.match("https?:", rest, re.IGNORECASE):
                with contextlib.suppress(ValueError):
                    self.origin = URL(rest, "").origin
            return
        way, *more = re.split(r"([?#].*)", rest if scheme else text, maxsplit=1, flags=re.DOTALL)
        way = way.replace("\\", "/")
        if scheme == urlsplit(base).scheme and not way.startswith("//"):
            scheme = ""  # "https:a" is a relative address
        if scheme or way.startswith("//"):  # with any number of slashes
            way = f"{scheme or urlsplit(base).scheme}://" + way.lstrip("/")
            base = ""
        elif not way.startswith("/"):
            way = "./" + way  # urljoin would read a colon as the end of a scheme
        parts = urlsplit(urljoin(base, way + "".join(more)))
        host, port = parts.hostname, parts.port
        if not host or re.search(r"[\0-\x20%<>^|\[\]]", host):
            raise ValueError("Invalid URL")
        self.origin = f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, PORTS[parts.scheme]) else "")
        self.href, self.pathname = parts.geturl(), parts.path or "/"

    @classmethod
    def new(cls, text, base):
        return cls(text, base)


class Pieces(list):
    """A js.Array of pieces and the arrays made of them; `length` is the total."""

    push = list.append

    @property
    def length(self):
        return sum(piece.length for piece in self)

    async def arrayBuffer(self):
        return self


class Server:
    """js.fetch: gives the same answer to every request; records the requests and the number of bytes read."""

    def __init__(self, status, pieces, endless, breaks, body):
        self.status, self.ok, self.breaks = status, 200 <= status < 300, breaks
        self.body = SimpleNamespace(getReader=lambda: self) if body else None
        sizes = itertools.chain(pieces, itertools.repeat(2**20)) if endless else iter(pieces)
        self.pieces = (SimpleNamespace(length=size) for size in sizes)
        self.asked, self.had, self.largest, self.cancelled = [], 0, 0, False

    async def fetch(self, url):
        self.asked.append(url.href)
        if self.breaks == 0:
            raise RuntimeError("TypeError: Failed to fetch")
        return self

    async def read(self):
        assert not self.cancelled
        if self.breaks is not None:
            self.breaks -= 1
            if self.breaks == 0:
                raise RuntimeError("TypeError: network error")
        piece = next(self.pieces, None)
        if piece is None:
            return SimpleNamespace(done=True)
        self.had += piece.length
        self.largest = max(self.largest, piece.length)
        return SimpleNamespace(done=False, value=piece)

    def cancel(self):
        self.cancelled = True


class WorkerClient:
    """A fake WorkerClient: the worker reports `fault` for every network; with None it crashes."""

    network = SimpleNamespace(name="n", units=1, mixtures=20, assumed=True, units_per_x_height=3.0)

    refused = ""

    def __init__(self, fault):
        self.fault, self.loaded = fault, []

    async def load(self, data):
        self.loaded.append(data.length)
        if self.fault is None:
            raise WorkerLost
        return self.fault


class WorkerLost(Exception):
    """A fake of the worker client's exception."""


class Element:
    """Any element of the page."""

    value, hidden, open = "", True, False

    def querySelector(self, selector):
        return Element()

    closest = querySelector

    def addEventListener(self, *how):
        pass


@pytest.fixture(scope="module")
def own():
    """Yield page.own_weights with fakes of the browser's globals, in `.js`."""
    names = ("js", "shims", "page.worker_client.worker_client")
    modules = {name: ModuleType(name) for name in names}
    js = modules["js"]
    js.URL, js.Array, js.Blob, js.Uint8Array = (
        SimpleNamespace(new=make) for make in (URL, Pieces, lambda pieces: pieces, lambda pieces: pieces)
    )
    js.document, js.location = SimpleNamespace(baseURI=PAGE), SimpleNamespace(origin=HERE)
    modules["shims"].boot = None
    modules["page.worker_client.worker_client"].WorkerLost = WorkerLost
    modules["page.worker_client.worker_client"].message = str
    with faked(modules):
        import page.files.own_weights

        yield page.files.own_weights


def fetched(own, address, server, client):
    """Fetch the network at an address and return the page's message."""
    own.js.fetch = server.fetch
    return run(own.OwnWeights(Element(), client, None)._fetch(address))


MAX = 48 * 2**20
parts = ["https:", "HTTP:", "data:,", "blob:", "//", "here.example", "there.example", ":443", ":8443", "..", "a.jb64"]
parts += list("/\\@.?#%[] \t\n\0")
addresses = st.text(max_size=40) | st.lists(st.sampled_from(parts), max_size=8).map("".join)
servers = st.builds(
    Server,
    status=st.just(200) | st.integers(200, 599),
    pieces=st.lists(st.integers(0, 70_000) | st.integers(0, MAX + 2), max_size=6),
    endless=st.booleans(),
    breaks=st.none() | st.integers(0, 8),
    body=st.sampled_from([True, True, True, False]),
)
clients = st.builds(WorkerClient, st.sampled_from(["", "line 7: hash mismatch", None]))


@given(addresses, servers, clients)
@example("a.jb64", Server(200, [MAX], False, None, True), WorkerClient(""))
@example("a.jb64", Server(200, [MAX, 1], True, None, True), WorkerClient(""))
@example("a.jb64", Server(200, [], True, None, True), WorkerClient(""))
@example("//there.example/a.jb64", Server(200, [9], False, None, True), WorkerClient(""))
def test_any_address_gives_a_message(own, address, server, client):
    message = fetched(own, address, server, client)
    assert message.endswith(".") and len(message.split()) > 4
    assert len(server.asked) <= 1
    for href in server.asked:
        place = urlsplit(href.removeprefix("blob:"))
        assert (place.scheme, place.hostname, place.port or 443) == ("https", "here.example", 443)
    assert server.had <= own.MAX_WEIGHT_FILE_BYTES + server.largest
    if client.loaded:
        assert client.loaded == [server.had] and server.had <= own.MAX_WEIGHT_FILE_BYTES
    assert (" is in use: " in message) == (client.loaded != [] and client.fault == "")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("a.jb64", HERE),
        ("https:a.jb64", HERE),
        ("https://here.example:443/a", HERE),
        ("HTTPS://HERE.example/a", HERE),
        ("https://me@here.example/a", HERE),
        ("http://here.example/a", "http://here.example"),
        ("https://here.example:8443/a", HERE + ":8443"),
        ("https://here.example@there.example/a", "https://there.example"),
        ("https://here.example.there.example/a", "https://here.example.there.example"),
        ("//there.example/a", "https://there.example"),
        ("///there.example/a", "https://there.example"),
        ("\\\\there.example\\a", "https://there.example"),
        ("/\t/there.example/a", "https://there.example"),
        (" https:\\\\there.example", "https://there.example"),
        ("http:there.example", "http://there.example"),
        ("https:/there.example", HERE),
        ("http:/there.example", "http://there.example"),
        ("data:,a", "null"),
        ("blob:https://here.example/0", HERE),
    ],
)
def test_addresses_are_played_as_a_browser_reads_them(address, origin):
    assert URL(address, PAGE).origin == origin


@pytest.mark.parametrize(
    ("address", "server", "words"),
    [
        (
            "own/a.jb64",
            Server(200, [9, 9], False, None, True),
            "a.jb64 is in use: n, 1 cell and 20 mixture components.",
        ),
        ("own/a.jb64", Server(404, [9], False, None, True), "a.jb64 was not loaded: the server answered 404."),
        ("own/a.jb64", Server(200, [9], False, 0, True), "a.jb64 was not loaded: no answer from the server."),
        ("own/a.jb64", Server(200, [9], True, None, True), "a.jb64 was not loaded: it is larger than 48 MB."),
        (
            "//there.example/a",
            Server(200, [9], False, None, True),
            "a network from https://there.example. Only files",
        ),
        ("https://", Server(200, [9], False, None, True), "but not by a valid address."),
    ],
)
def test_each_outcome_has_its_message(own, address, server, words):
    assert words in fetched(own, address, server, WorkerClient(""))


class TextPanel:
    """A fake of the panel that takes networks for texts; "" refuses."""

    def __init__(self, words):
        self.words, self.given = words, []

    async def use_network(self, kind, data):
        self.given.append((kind, data.length))
        if not self.words:
            raise ValueError("its pen clock is unknown")
        return self.words


@pytest.mark.parametrize("kind", ["text", "reader"])
def test_a_network_of_another_kind_goes_to_the_panel_of_texts(own, kind):
    own.js.fetch = Server(200, [9], False, None, True).fetch
    client = WorkerClient("these weights are of another kind")
    client.refused = kind
    panel = TextPanel("it writes the texts now.")
    assert (
        run(own.OwnWeights(Element(), client, panel)._fetch("a.jb64")) == "a.jb64 is in use: it writes the texts now."
    )
    assert panel.given == [(kind, 9)]
    own.js.fetch = Server(200, [9], False, None, True).fetch
    words = run(own.OwnWeights(Element(), client, TextPanel(""))._fetch("a.jb64"))
    assert words == "a.jb64 was not loaded: its pen clock is unknown. n is still in use."
