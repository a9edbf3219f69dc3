"""A file is told apart by its content: whatever its name, its encoding, and whether it is packed."""

import gzip
import json

import numpy as np
import pytest

from ductus.formats import forms, inkml, io, npz
from ductus.ink import InkError, to_points
from tests.ductus import test_iam
from tests.ductus.test_x_height import garlands

STROKES = [stroke * 40 for stroke in garlands(4)]
XML = '<ink xmlns="http://www.w3.org/2003/InkML"><trace>0 0, 10 10, 20 0, 30 10</trace></ink>'
FILES = {
    "InkML": inkml.render([STROKES]).encode(),
    "prefixed InkML": b'<?xml version="1.0"?><!-- > <svg> --><i:ink xmlns:i="http://www.w3.org/2003/InkML">'
    b"<i:trace>0 0, 10 10</i:trace></i:ink>",
    "IAM-OnDB": test_iam.render([np.round(stroke) for stroke in STROKES]),
    "offsets": json.dumps(to_points(STROKES).tolist()).encode(),
    "strokes": json.dumps({"strokes": [stroke.tolist() for stroke in STROKES]}).encode(),
    "npz": npz.render([to_points(STROKES)]),
}


def points_of(data, name):
    return [table.tolist() for table in io.load(data, 3.24, raw=True, name=name)]


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("name", ["a.xml", "a.ink", "a.INKML", "a.json", "a.npz", "a", "a.txt", "a.gz"])
def test_the_name_does_not_matter(form, name):
    assert points_of(FILES[form], name) == points_of(FILES[form], "ink")


@pytest.mark.parametrize("form", FILES)
def test_a_file_packed_with_gzip_is_read(form):
    packed = gzip.compress(FILES[form])
    assert points_of(packed, "a.gz") == points_of(FILES[form], "a")
    with pytest.raises(InkError, match=r"a\.gz: (a gzip file that is cut off|a damaged gzip file)"):
        points_of(packed[:-9], "a.gz")


def test_a_packed_file_is_not_unpacked_past_the_limit():
    bomb = gzip.compress(b"[" + b" " * 5_000_000)
    assert len(bomb) < 10_000
    with pytest.raises(InkError, match="unpacked it is larger than 1,000,000 bytes"):
        forms.parse(bomb, 1_000_000)


@pytest.mark.parametrize("declared", [None, "UTF-8", "utf8", "UTF-16"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_with_and_without_its_mark(encoding, declared):
    if encoding == "utf-8" and declared == "UTF-16":
        return
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    assert points_of((head + XML).encode(encoding), "a.inkml") == points_of(XML.encode(), "a.inkml")


@pytest.mark.parametrize(
    "encoding", ["ASCII", "us-ascii", "ISO-8859-1", "latin1", "iso-8859-15", "windows-1252", "WINDOWS-1251", "koi8-r"]
)
def test_encodings_of_one_byte(encoding):
    head = f"<?xml version='1.0' encoding='{encoding}'?><!-- ".encode() + bytes(range(0x80, 0x100)) + b" -->"
    assert points_of(head + XML.encode(), "a.inkml") == points_of(XML.encode(), "a.inkml")


def test_a_document_type_without_a_definition_is_passed_over():
    head = '<!DOCTYPE ink PUBLIC "-//W3C//DTD InkML//EN" "http://www.w3.org/ink.dtd">\n'
    assert points_of((head + XML).encode(), "a") == points_of(XML.encode(), "a")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is an empty file; ink is read from InkML, "),
        (b"\x89PNG\r\n\x1a\n", "it is a PNG picture; ink is read from InkML, IAM-OnDB, "),
        (b"%PDF-1.7", "it is a PDF document"),
        (b"hello", "it is a file of an unknown kind"),
        (b"<!DOCTYPE html><html><br></html>", "it is a web page"),
        (b"<note><to/></note>", "it is XML with the root element <note>"),
        (gzip.compress(b"<note/>", mtime=0), "it is packed with gzip, XML with the root element <note>"),
        (
            gzip.compress(gzip.compress(b"[]", mtime=0), mtime=0),
            "it is packed with gzip, a gzip file inside a gzip file",
        ),
        (b"PK\5\6" + bytes(18), "it is an empty zip archive; of zip archives, .npz with arrays of points are read"),
        (
            b'{"cells": [], "nbformat": 4}',
            "it is a Jupyter notebook; what is read is JSON ([[dx, dy, lift], ...] or {",
        ),
        (b'{"a": [], "b": 4}', "no \"strokes\" (its keys: 'a', 'b'); what is read is JSON"),
        (b"{}", 'no "strokes" (its keys: none)'),
        (b'["a", "b"]', "what is read is JSON ([[dx, dy, lift], ...] or {"),
    ],
)
def test_other_files_are_named_for_what_they_are(data, words):
    with pytest.raises(InkError) as caught:
        points_of(data, "some.file")
    assert str(caught.value).startswith("some.file: ") and words in str(caught.value)


def test_xml_that_cannot_be_read_says_why():
    entity = b'<!DOCTYPE ink [<!ENTITY a "1 2">]><ink><trace>&a;</trace></ink>'
    with pytest.raises(InkError, match="document type or entity at character 0"):
        forms.parse(entity)
