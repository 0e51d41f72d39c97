"""Files are known by what they are, not by what they are called."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import sqlite3
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.filetypes import HEAD, UNKNOWN, type_of

if TYPE_CHECKING:
    from pathlib import Path


def zipped(*names: str, first: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if first:
            archive.writestr("mimetype", first)
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return out.getvalue()


@pytest.mark.parametrize(("data", "found"), [
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"),
    (b"RIFF\x00\x00\x00\x00WEBPVP8", "image/webp"), (b"XXXX\x00\x00\x00\x00WEBP", UNKNOWN),
    (b"BM\x00\x00", "image/bmp"), (b"BM is a company", "text/plain"), (b"MZ is text", "text/plain"),
    (b"MZ\x90\x00", "application/vnd.microsoft.portable-executable"), (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
    (b"\x00\x00\x00\x18ftypheic", "image/heic"), (b"%PDF-1.7", "application/pdf"),
    (b"  \n%PDF-1.7", "application/pdf"), (gzip.compress(b"x"), "application/gzip"),
    (bz2.compress(b"x"), "application/x-bzip2"), (lzma.compress(b"x"), "application/x-xz"),
    (tarred(), "application/x-tar"), (zipped("a.txt"), "application/zip"),
    (zipped("[Content_Types].xml", "word/document.xml"),
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (zipped("content.xml", first=b"application/vnd.oasis.opendocument.text"),
     "application/vnd.oasis.opendocument.text"),
    (b"x\x9f>\x22\x00", "application/ms-tnef"), (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"<!DOCTYPE html><p>", "text/html"), (b"\xef\xbb\xbf<html>", "text/html"), (b"<svg xmlns=''>", "image/svg+xml"),
    (b"<?xml version='1.0'?>", "text/xml"), (b"BEGIN:VCALENDAR", "text/calendar"), (b"", "text/plain"),
    ("Grüße".encode(), "text/plain"), ("Grüße".encode("latin-1"), UNKNOWN), ("Grüße".encode("utf-16"), "text/plain"),
    (b"a\x00b", UNKNOWN), (("x" + "ä" * HEAD).encode()[:HEAD], "text/plain"), (b"x\xc3", UNKNOWN),
    (b"\x7fELF\x02", "application/x-elf")], ids=itertools.count())
def test_types(data: bytes, found: str) -> None:
    assert type_of(data[:HEAD]) == found


def test_a_database_is_one(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("CREATE TABLE x (y)")
    db.close()
    assert type_of((tmp_path / "x.db").read_bytes()[:HEAD]) == "application/vnd.sqlite3"


@given(st.binary(max_size=300))
def test_anything_has_a_type(data: bytes) -> None:
    main, _, sub = type_of(data).partition("/")
    assert main
    assert sub


@given(st.text(max_size=300).filter(lambda text: "\0" not in text and text[:2] not in ("BZ", "MZ", "BM")))
def test_text_is_text_or_something_that_is_written_so(text: str) -> None:
    assert type_of(text.encode("utf-8", "ignore")) != UNKNOWN
