"""Request heads off a connection, bounded in length and in time, whoever sends them."""

from __future__ import annotations

import http.client
import socket
import time

HEAD_BYTES = 1 << 14  # browsers send less than 2000
HEAD_SECONDS = 10  # from a head's first byte to its last
IDLE_SECONDS = 30  # between requests
CHUNK = 1 << 12


class HeadTooLong(http.client.HTTPException):
    """A request's head has more than HEAD_BYTES."""


class Heads:
    """What http.server reads requests from, in place of a plain file, which would wait for each byte anew.

    `begin` starts the next head; `readline` then gives its lines. Raises HeadTooLong, and TimeoutError where the
    whole head is not there in time.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.buffer = b""
        self.left = HEAD_BYTES
        self.end: float | None = None

    def begin(self) -> None:
        """The next line is a head's first."""
        self.left = HEAD_BYTES
        self.end = time.monotonic() + HEAD_SECONDS if self.buffer else None

    def readline(self, limit: int) -> bytes:
        """The next line with its end; b"" where the connection has ended. `limit` is more than a head may have."""
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
        return line

    def receive(self) -> bytes:
        """More bytes, if they come in time."""
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
        """Nothing more is read."""
        self.buffer = b""
