"""The server answers any request in bounded time and memory or closes the connection, and still serves others."""

import contextlib
import http.client
import re
import socket
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import serve
from serving import request_heads
from serving import server as serving
from tests.conftest import ROOT
from tests.support.servers import answering

SECRET = b"must not be served"
PAGE = b"<!doctype html>" + b"<p>text</p>" * 1000
GET = b"GET /py/a.py HTTP/1.1\r\nHost: localhost\r\n"  # without the empty line
INNER = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n"  # what a body may look like


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile") / "repository"
    for name, data in [("index.html", PAGE), ("py/a.py", b"pass"), ("../outside.py", SECRET), ("serve.py", SECRET)]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


@pytest.fixture(scope="module")
def server(root):
    with answering(serve.listen("127.0.0.1", 0, root)) as server:
        yield server


def says(server, *pieces, wait=10):
    """Send `pieces` one by one; return the answer until the connection closes or `wait` seconds pass."""
    answer = b""
    with socket.create_connection(server.server_address, timeout=wait) as connection:
        with contextlib.suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65536):
                answer += data
    return answer


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d+) ", answer)]


def works(server):
    return statuses(says(server, b"GET /py/a.py HTTP/1.1\r\nHost: localhost\r\n\r\n")) == [200]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * request_heads.HEAD_BYTES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"G" * 3 * request_heads.HEAD_BYTES, 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * request_heads.HEAD_BYTES + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (
            b"GET / HTTP/1.1\r\nHost: localhost\r\n"
            + b"".join(b"X%d: %s\r\n" % (i, b"a" * 900) for i in range(50))
            + b"\r\n",
            431,
        ),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET / HTTP/1.1 extra\r\n\r\n", 400),
        (b"GET / FTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"<script>alert(1)</script> / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"CONNECT x.test:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (b"GET http://x.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET \xff\xfe\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET /../outside.py HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET /py/..%2f..%2foutside.py HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET /a\x00b HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ],
)
def test_an_invalid_request_gets_one_plain_answer(server, request_bytes, status):
    answer = says(server, request_bytes)
    assert statuses(answer) in ([status], [])  # the server may close the connection with unread data
    assert SECRET not in answer and PAGE not in answer
    assert len(answer) < 1000
    if answer:
        assert b"\r\nContent-Type: text/plain" in answer
    assert works(server)


def test_a_line_without_an_end_is_not_buffered():
    class Endless:
        received = 0

        def gettimeout(self):
            return None

        settimeout = staticmethod(lambda seconds: None)

        def recv(self, size):
            self.received += size
            assert self.received <= request_heads.HEAD_BYTES + 2 * request_heads.CHUNK
            return b"a" * size

    reader = request_heads.RequestHeads(Endless())
    reader.begin()
    with pytest.raises(request_heads.HeadTooLong):
        reader.readline(1 << 20)


def test_requests_before_one_that_is_too_long_are_answered(server):
    answer = says(
        server, b"GET /py/a.py HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3 + b"GET /" + b"a" * request_heads.HEAD_BYTES
    )
    assert statuses(answer)[:3] == [200, 200, 200]
    assert statuses(answer)[3:] in ([414], [])


def test_http_0_9(server):
    answer = says(server, b"GET /\r\n\r\n")
    assert statuses(answer) == [200] and answer.endswith(PAGE)


@pytest.mark.parametrize("framing", [b"Content-Length: 41", b"Transfer-Encoding: chunked"])
def test_a_body_is_never_taken_for_a_request(server, framing):
    answer = says(server, GET + framing + b"\r\n\r\n" + INNER)
    assert statuses(answer) == [200]
    assert PAGE not in answer


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 0\r\nContent-Length: 57\r\n",
        b"Content-Length: 5\r\nContent-Length: 5\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: many\r\n",
        "Content-Length: \u0665\r\n".encode(),
        b"Content-Length:\r\n",
        b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length : 0\r\n",
        b"Host: localhost\r\n",
        b"Host: a.test\r\n",
        b" X: y\r\n",
        b"X: y\r\n folded\r\n",
        b"X: y\r\n\tfolded\r\n",
        b"no colon\r\nX: y\r\n",
        b": no name\r\n",
        b"X Y: z\r\n",
        b"X\t: z\r\n",
        b"X: a\rContent-Length: 5\r\n",
        b"X: a\0b\r\n",
        b"X: a\x0bb\r\n",
        b"From me to you\r\n",
        b"X(y): z\r\n",
    ],
)
def test_a_head_that_can_be_read_in_two_ways_ends_the_connection(server, lines):
    answer = says(server, GET + lines + b"\r\n" + INNER)
    assert statuses(answer) == [400]
    assert PAGE not in answer and works(server)


def test_a_request_names_its_host(server):
    assert statuses(says(server, b"GET /py/a.py HTTP/1.1\r\n\r\n" + INNER)) == [400]
    assert statuses(says(server, b"GET /py/a.py HTTP/1.0\r\n\r\n")) == [200]  # RFC 9112 3.2: older ones need not


@pytest.mark.parametrize(
    "host", [b"a b", b"me@localhost", b"localhost:80:90", b"localhost/x", b"[::1", b"localhost:x"]
)
def test_an_invalid_host_is_refused(server, host):
    assert statuses(says(server, b"GET /py/a.py HTTP/1.1\r\nHost: " + host + b"\r\n\r\n" + INNER)) == [400]


def test_ordinary_odd_heads_are_read(server):
    """Check what real clients send: any order and case, empty values, no space, a lone line feed, other alphabets."""
    lines = b"ACCEPT-encoding:\r\nX:y\r\nX: \xc3\xa9\tz  \r\nX-_.~!: a:b\nContent-Length: 0\r\n"
    assert statuses(says(server, GET + lines + b"\r\n" + INNER)) == [200, 200]


def test_nobody_is_told_to_send_a_body(server):
    answer = says(server, GET + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert statuses(answer) == [200]


@pytest.mark.parametrize(
    "line",
    [
        b"Accept-Encoding: gzip" + b" " * 15900 + b"x",
        b"Accept-Encoding: " + b"gzip" + b";" * 15900,
        b"Accept-Encoding: " + b"," * 15900 + b"gzip",
        b"Accept-Encoding: gzip;q=" + b"0" * 15900 + b"x",
        b"If-None-Match: " + b'W/"x", ' * 2200,
        b"If-Modified-Since: " + b"Mon, 01 Jan " * 1300,
        b"If-Modified-Since: " + b"(" * 15900,
        b"Host: localhost" + b":" * 15900,
        b"Host: " + b"a." * 7900,
        b"Content-Length: " + b"1" * 15900 + b"x",
        b"Connection: " + b"close, " * 2200,
        b"X" * 15900 + b": y",
    ],
    ids=lambda line: line[:30].decode(),
)
def test_no_header_takes_more_than_its_length(root, line):
    """Check that answering a head of 16 kB costs milliseconds, for everything else waits meanwhile."""
    host = b"" if line.startswith(b"Host") else b"Host: localhost\r\n"
    with answering(serve.listen("127.0.0.1", 0, root)) as server:
        started = time.process_time()
        answer = says(server, b"HEAD /py/a.py HTTP/1.1\r\n" + host + line + b"\r\nConnection: close\r\n\r\n")
        assert time.process_time() - started < 0.5
        assert len(statuses(answer)) == 1


def test_a_response_head_repeats_nothing_of_the_request(server):
    answer = says(server, b"GET /a%0d%0aSet-Cookie:%20x=y HTTP/1.1\r\nHost: localhost\r\nX-Echo: abcd\r\n\r\n")
    assert statuses(answer) == [404]
    assert b"Set-Cookie" not in answer and b"abcd" not in answer


@given(st.binary(max_size=300))
def test_any_bytes_at_all(server, data):
    answer = says(server, data + b"\r\n\r\n")
    assert SECRET not in answer
    assert all(status in (200, 304, 400, 404, 405, 414, 421, 431, 501, 505) for status in statuses(answer))


@given(st.text(st.sampled_from("./\\%2e5cfF0:~ \t\0aepyindxhtml"), max_size=40))
def test_any_path_at_all(server, text):
    target = text.replace(" ", "%20").encode()
    answer = says(
        server, b"GET /" + target.replace(b"\r", b"").replace(b"\n", b"") + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    assert SECRET not in answer


@pytest.fixture
def hasty(monkeypatch):
    """Shorten the server's timeouts."""
    monkeypatch.setattr(request_heads, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(request_heads, "IDLE_SECONDS", 1.0)


def ended_after(server, *pieces, pause=0.1):
    """Return the seconds until the server closes a connection that sends one piece after each pause, forever."""
    started = time.monotonic()
    with socket.create_connection(server.server_address, timeout=20) as connection:
        connection.settimeout(pause)
        pieces = list(pieces)
        while time.monotonic() < started + 20:
            with contextlib.suppress(TimeoutError):
                if not connection.recv(65536):
                    return time.monotonic() - started
            try:
                connection.sendall(pieces.pop(0) if len(pieces) > 1 else pieces[0])
            except ConnectionError:
                return time.monotonic() - started
    raise AssertionError("the server did not close the connection")


@pytest.mark.parametrize("drip", [b"G", b"GET / HTTP/1.1\r\n"])
def test_a_head_that_never_ends_is_not_waited_for(server, hasty, drip):
    assert ended_after(server, drip, b"a") < 10  # of the 20 seconds that the client would continue
    assert works(server)


def test_a_silent_connection_is_not_kept(server, hasty):
    assert ended_after(server, b"") < 10
    assert works(server)


def test_a_connection_may_pause_longer_between_requests_than_within_one(server, hasty):
    connection = http.client.HTTPConnection(*server.server_address, timeout=10)
    for _ in range(2):
        connection.request("GET", "/py/a.py")
        assert connection.getresponse().read() == b"pass"
        time.sleep(0.7)  # more than HEAD_SECONDS, less than IDLE_SECONDS
        assert connection.sock is not None
    connection.close()


def test_a_client_that_does_not_read_is_disconnected(root, monkeypatch):
    monkeypatch.setattr(serving.Handler, "timeout", 0.5)
    (root / "py" / "big.json").write_bytes(b"\0" * 50_000_000)
    monkeypatch.setattr(serving, "MAX_CONNECTIONS", 1)
    with (
        answering(serve.listen("127.0.0.1", 0, root)) as server,
        socket.create_connection(server.server_address, timeout=10) as connection,
    ):
        connection.sendall(b"GET /py/big.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        end = time.monotonic() + 20
        while not works(server):  # the only slot is taken until the server times out
            assert time.monotonic() < end
            time.sleep(0.1)


def test_too_many_connections_leave_the_server_alive(root, monkeypatch):
    monkeypatch.setattr(serving, "MAX_CONNECTIONS", 5)
    with answering(serve.listen("127.0.0.1", 0, root)) as server:
        held = [socket.create_connection(server.server_address, timeout=10) for _ in range(5)]
        time.sleep(0.3)
        assert says(server, b"GET /py/a.py HTTP/1.1\r\nHost: localhost\r\n\r\n") == b""
        for connection in held:
            connection.close()
        end = time.monotonic() + 10
        while not works(server):
            assert time.monotonic() < end
            time.sleep(0.05)


def test_only_this_machine_is_served_by_default():
    with subprocess.Popen(
        [sys.executable, "serve.py", "--no-open", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            port = int(re.search(r"127\.0\.0\.1:(\d+)", program.stdout.readline())[1])
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
            others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
            for address in [*others - {"127.0.0.1"}, "127.0.0.2"]:
                with pytest.raises(OSError):
                    socket.create_connection((address, port), timeout=3)
        finally:
            program.terminate()
