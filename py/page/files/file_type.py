"""The type of a file, by its first bytes, before the rest is read. Its name does not matter."""

# This many bytes are enough, of what a file packed with gzip holds too.
HEAD = 64
GZIP = b"\x1f\x8b"
INK, WEIGHTS, HANDS = "ink", "weights", "hands"
# A JB64 file begins with [[" in base64.
_JB64 = b"W1si"
# Byte order marks; without its nulls, UTF-16 of ASCII is ASCII.
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# How ink begins: XML, JSON, and numpy's arrays, alone or in an archive. The worker reads it, or says what it is.
_INK = (b"<", b"[", b"{", b"PK\x03\x04", b"\x93NUMPY")

NEITHER = (
    "is neither ink (InkML, IAM-OnDB, SVG, Excalidraw, Xournal++, JSON or .npz) nor the weights of a network (.jb64, "
    ".jb64.gz, or the JSON of the 2016 article)"
)


def detect(head):
    """Return INK, WEIGHTS or HANDS, or "" for a file that is neither; `head` are its first HEAD bytes, unpacked.

    The article's JSON is a list of lists of texts, which ink never is. Whether the rest is valid is not checked here.
    """
    if head.startswith(GZIP) or head.startswith(_JB64):
        return WEIGHTS
    text = head
    for mark in _MARKS:
        if text.startswith(mark):
            text = text[len(mark) :]
            break
    text = b"".join(text.replace(b"\0", b"").split())
    if text.startswith(b'[["'):
        return WEIGHTS
    if text.startswith(b'{"format":"ductushands'):
        return HANDS
    for start in _INK:
        if text.startswith(start):
            return INK
    return ""
