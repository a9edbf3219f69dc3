"""Read request heads from a connection, with limits on length and time."""

from __future__ import annotations

import http.client
import re
import socket
import time

HEAD_BYTES = 1 << 14  # limit; browsers send less than 2000
HEAD_SECONDS = 10  # from a head's first byte to its last
IDLE_SECONDS = 30  # between requests
CHUNK = 1 << 12
# RFC 9112 section 5: a name, a colon at once, a value in one line. http.server takes any other line for the end of
# the head, so a proxy before it could see another request.
FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r?\n")


class HeadTooLong(http.client.HTTPException):
    """A request's head has more than HEAD_BYTES."""


class RequestHeads:
    """The file that http.server reads requests from; a plain one would restart its timeout with every byte.

    `begin` starts the next head; `readline` then returns its lines. Raises HeadTooLong, and TimeoutError if the whole
    head does not arrive in time. `odd` says whether a line of the head, after the first, is no header field.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.buffer = b""
        self.left = HEAD_BYTES
        self.end: float | None = None
        self.first, self.odd = True, False

    def begin(self) -> None:
        """Start a head: the next line is its first."""
        self.left = HEAD_BYTES
        self.first, self.odd = True, False
        self.end = time.monotonic() + HEAD_SECONDS if self.buffer else None

    def readline(self, limit: int) -> bytes:
        """Return the next line with its line end, at most `limit` bytes; b"" if the connection has ended."""
        while (length := self.buffer.find(b"\n") + 1) == 0:
            if len(self.buffer) > self.left:
                raise HeadTooLong
            data = self.receive()
            if not data:
                length = len(self.buffer)
                break
            self.buffer += data
        if length > min(self.left, limit):
            raise HeadTooLong
        line, self.buffer = self.buffer[:length], self.buffer[length:]
        self.left -= length
        if not self.first and line not in (b"", b"\n", b"\r\n") and not FIELD.fullmatch(line):
            self.odd = True
        self.first = False
        return line

    def receive(self) -> bytes:
        """Return more bytes. Raises TimeoutError."""
        left = IDLE_SECONDS if self.end is None else self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        usual = self.connection.gettimeout()
        self.connection.settimeout(left)
        try:
            data = self.connection.recv(CHUNK)
        finally:
            self.connection.settimeout(usual)
        if self.end is None:
            self.end = time.monotonic() + HEAD_SECONDS
        return data

    def close(self) -> None:
        """Discard what was received."""
        self.buffer = b""
