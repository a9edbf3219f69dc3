"""A server that answers from a thread while a test uses it."""

import contextlib
import threading

THREAD = "a server of a test"


@contextlib.contextmanager
def answering(server):
    """Have a socketserver answer from a thread; yield it, and end both.

    It is shut down before it is closed: a thread that serves a closed socket takes a whole core for ever.
    """
    threading.Thread(target=server.serve_forever, args=(0.02,), name=THREAD, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def running():
    """Return the threads of all servers that still answer."""
    return [thread for thread in threading.enumerate() if thread.name == THREAD]
