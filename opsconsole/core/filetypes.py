"""What a file is, by how it begins: never by its name, which anybody can choose. Pure.

The marks are those of the formats' own specifications; what is none of them is text where it reads as text, else
`application/octet-stream`, which is always right.
"""

from __future__ import annotations

from typing import Final

HEAD: Final = 4096
"""Bytes of the beginning that are worth looking at."""
UNKNOWN: Final = "application/octet-stream"
_MARKS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"), (0, b"II*\x00", "image/tiff"), (0, b"MM\x00*", "image/tiff"),
    (0, b"\x00\x00\x01\x00", "image/vnd.microsoft.icon"), (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"), (4, b"ftypmif1", "image/heic"), (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"), (8, b"AVI ", "video/x-msvideo"), (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"), (4, b"ftyp", "video/mp4"), (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "application/ogg"), (0, b"fLaC", "audio/flac"), (0, b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (0, b"%PDF-", "application/pdf"), (0, b"%!PS", "application/postscript"), (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"), (0, b"x\x9f>\x22", "application/ms-tnef"),
    (0, b"\x1f\x8b\x08", "application/gzip"), (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"), (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"\x04\x22\x4d\x18", "application/x-lz4"), (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"), (257, b"ustar", "application/x-tar"),
    (0, b"SQLite format 3\x00", "application/vnd.sqlite3"), (0, b"\x7fELF", "application/x-elf"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"), (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"!<arch>\n", "application/x-archive"), (0, b"\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"),
    (0, b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"), (0, b"\x0a\x0d\x0d\x0a", "application/x-pcapng"))
_ZIPPED: Final = (
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"))
_RIFF: Final = frozenset({"image/webp", "audio/wav", "video/x-msvideo"})
_TEXTS: Final = ((b"%PDF-", "application/pdf"), (b"<!doctype html", "text/html"), (b"<html", "text/html"),
                 (b"<svg", "image/svg+xml"), (b"<?xml", "text/xml"), (b"begin:vcalendar", "text/calendar"),
                 (b"begin:vcard", "text/vcard"))


def type_of(head: bytes) -> str:
    """The type of a file, such as `image/png`.

    Args:
        head: its beginning, `HEAD` bytes where it has so many.
    """
    for at, mark, found in _MARKS:
        if head.startswith(mark, at) and (found not in _RIFF or head.startswith(b"RIFF")):
            return found if mark != b"MZ" or b"\x00" in head else "text/plain"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return next((found for mark, found in _ZIPPED if mark in head), "application/zip")
    if head.startswith(b"BM") and b"\x00" in head[:14]:
        return "image/bmp"
    return _text(head)


def _text(head: bytes) -> str:
    """Some kind of text, where it is one: UTF-8 that may be cut within its last character, or UTF-16 that says so."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and len(head) % 2 == 0:
        return "text/plain"
    if b"\x00" in head or not _is_utf8(head):
        return UNKNOWN
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower()
    return next((found for mark, found in _TEXTS if start.startswith(mark.lower())), "text/plain")


def _is_utf8(head: bytes) -> bool:
    for cut in range(4 if len(head) >= HEAD else 1):
        try:
            head[:len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False
