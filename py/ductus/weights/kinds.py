"""The kinds of networks, so that none is taken for another: a file's metadata says which under `network`."""

from __future__ import annotations

from typing import Any

PLAIN, TEXT, READER = "plain", "text", "reader"
WRITERS = (PLAIN, TEXT)
# What an error says of weights that are of another kind than is needed.
WHAT = {
    PLAIN: "a network that does not know what it writes",
    TEXT: "a text network, which cannot write without a text",
    READER: "a reader, which reads ink and writes none",
}
# What a text network writes and a reader reads. Code 0, before the characters', is the end mark or the blank.
ALPHABET = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?'\"-()/&%$#@+*="


def kind(metadata: dict[str, Any]) -> str:
    """Return the kind of the network; a file that does not say is of a plain one."""
    return metadata.get("network", PLAIN)
