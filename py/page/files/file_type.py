"""What a file is, from its name and its first bytes: before any of the rest is read."""

# So many bytes tell it.
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


def recognise(name, head):
    """INK or WEIGHTS, or "" for a file that is neither; `head` is how it begins, HEAD bytes if it has as many.

    The article's JSON is a list of lists of texts, ink is never one. More is for whoever reads the whole of it.
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
