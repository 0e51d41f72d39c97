"""Bytes as text: by the charset that they are said to have, and by what they are where that is wrong. Pure."""

from __future__ import annotations

import codecs
import re
from typing import Final

_SAID: Final = {
    # What is really sent under these names, https://encoding.spec.whatwg.org/#names-and-labels
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932",
    "shift-jis": "cp932", "x-sjis": "cp932", "iso-8859-8-i": "iso-8859-8", "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac-roman", "utf8": "utf-8", "cp-850": "cp850"}
_SEVERAL: Final = frozenset({
    "gb18030", "gb2312", "gbk", "big5", "big5hkscs", "cp949", "cp950", "cp932", "euc_jp", "euc_kr", "shift_jis", "hz",
    "johab", "utf-7", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le", "iso2022_jp",
    "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr"})
"""Codecs of several bytes a character: what they can read is rarely anything else."""
_SHIFTING: Final = frozenset(name for name in _SEVERAL if name.startswith(("hz", "utf-", "iso2022")))
"""Those in which plain ASCII may stand for something else."""
_NO_TEXT: Final = frozenset({"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"})


def decoded(raw: bytes, label: str = "") -> str:
    """Bytes as text; every byte is somehow in it.

    Args:
        raw: the bytes.
        label: the charset that they are said to have; empty or unknown: that is found out.
    """
    name = _codec(label)
    if raw.isascii() and name not in _SHIFTING:
        return raw.decode("ascii")
    for codec in (name, "utf-8") if name in _SEVERAL else ("utf-8", name):
        if codec:
            try:
                return raw.decode(codec)
            except (UnicodeError, ValueError, LookupError):
                continue
    if name in _SEVERAL:
        try:
            return raw.decode(name, "backslashreplace")
        except (UnicodeError, ValueError, LookupError):
            return raw.decode("latin-1")
    return _guessed(raw)


def _codec(label: str) -> str:
    """The codec of a charset; empty: there is none that makes text."""
    label = next(iter(label.strip("\"' \t").lower().split()), "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._:+-]{1,40}", label):
        return ""
    try:
        name = codecs.lookup(_SAID.get(label, label)).name
    except (LookupError, ValueError):
        return ""
    return "" if name in _NO_TEXT else name


def _guessed(raw: bytes) -> str:
    """Text that is neither what it is said to be nor whole UTF-8: mostly UTF-8 with faults, or Windows' Latin."""
    text = raw.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(char > "\x7f" for char in text) - wrong
    if right >= wrong:
        return raw.decode("utf-8", "backslashreplace")
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
