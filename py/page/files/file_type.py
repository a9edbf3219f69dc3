"""The type of a file, by its name and its first bytes, before the rest is read."""

# This many bytes are enough.
HEAD = 64
INK, WEIGHTS = "ink", "weights"
# A JB64 file begins with [[" in base64.
_JB64 = b"W1si"
_GZIP = b"\x1f\x8b"
_INK_NAMES = (".inkml", ".xml", ".json")

NEITHER = (
    "is neither ink (InkML, JSON, or a line of IAM-OnDB) nor the weights of a network (.jb64, .jb64.gz, or the JSON "
    "of the 2016 article)"
)


def detect(name, head):
    """Return INK or WEIGHTS, or "" for a file that is neither; `head` are its first HEAD bytes.

    The article's JSON is a list of lists of texts, which ink never is. Whether the rest is valid is not checked here.
    """
    if head.startswith(_GZIP) or head.startswith(_JB64):
        return WEIGHTS
    text = head[3:] if head.startswith(b"\xef\xbb\xbf") else head
    text = b"".join(text.split())
    if text.startswith(b'[["'):
        return WEIGHTS
    if text[:1] in (b"[", b"{", b"<") and name.lower().endswith(_INK_NAMES):
        return INK
    return ""
