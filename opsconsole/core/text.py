"""Makes foreign text harmless in a terminal, and measures and cuts what is harmless.

Ticket text, mail, host names, process names, command output and file names can hold anything. What could act on a
terminal, hide, or shift its neighbours becomes a short visible form: `␛` for a control character, the framed number of
the character for the rest. Markup is not known here: whoever draws shows text as text.

The limits rest on these: categories of Unicode as `unicodedata` has them, so that what this Python does not know is
shown as a number; https://www.unicode.org/reports/tr36/ on invisible and bidirectional characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MARKS = 4
"""Combining characters that one character may carry; real writing needs fewer."""

_CONTROL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Printable by category, blank on the screen; the variation selectors come by their ranges."""
_SKIN = range(0x1F3FB, 0x1F400)
_FLAG = range(0x1F1E6, 0x1F200)
_SUSPECT = (
    "[^ -~\u00a1-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u2100-\u2c5f\u3001-\u3029"
    "\u3041-\u3096\u30a1-\u3163\u3165-\ua48c\uac00-\ud7a3\U0001f300-\U0001f3fa\U0001f400-\U0001faff]"
)
"""Anything outside the blocks in which all that is printable is one whole visible character."""
_USUAL = frozenset(map(chr, (*range(0x20, 0x7F), *range(0xA1, 0x300), *range(0x2010, 0x2028), *range(0x2190, 0x2600))))
"""What nearly every text is made of: it is known without the pattern, which takes 8 ms to compile."""


def harmless(text: str, *, ascii_only: bool = False) -> str:
    """One line of text in which nothing acts, hides or moves; printable text comes back as it is.

    A tab and every unusual space become a space, a line break becomes `␊`. Emoji lose what only varies their look
    (presentation selectors, skin tones), because terminals disagree about the width. A character keeps at most
    `MARKS` combining ones. With `ascii_only` the visible forms are ASCII: `^[`, `<U+202E>`; letters stay as they are.
    The result holds no character of the categories Cc, Cf, Cs, Co, Cn, Zl, Zp, and is its own harmless form.
    """
    if text.isprintable() and (text.isascii() or _USUAL.issuperset(text) or not _suspect().search(text)):
        return text
    return _rewritten(text, ascii_only=ascii_only)


def storable(text: str) -> str:
    """The text as a database can hold it: half a character, which UTF-8 cannot hold, becomes its number."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def harmless_lines(text: str, limit: int = 1000, length: int = 4000) -> list[str]:
    """The first `limit` lines of `text`, each harmless, with tabs as columns of 8, of at most `length` characters.

    When there are more lines, the last of the list says how many are left out.
    """
    if limit < 1:
        return []
    parts = text.split("\n", limit)
    rest = parts.pop() if len(parts) > limit else None
    left_out = 0 if not rest else rest.count("\n") + (not rest.endswith("\n"))
    if rest is None and len(parts) > 1 and not parts[-1]:
        parts.pop()
    if left_out:
        parts.pop()
        left_out += 1
    shown = [_one_line(part, length) for part in parts]
    if left_out:
        shown.append(f"… {left_out} more line{'s' if left_out != 1 else ''}")
    return shown


def limited(text: str, length: int, ellipsis: str = "…") -> str:
    """The harmless form of the first `length` characters, with an ellipsis where something is left out.

    It cuts before it transforms: a line of 10 MB costs no more than a short one.
    """
    if len(text) <= length:
        return harmless(text)
    return harmless(text[: max(length, 0)]) + ellipsis


def width(text: str) -> int:
    """How many terminal cells harmless text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def clip(text: str, cells: int, ellipsis: str = "…") -> str:
    """Text of at most `cells` cells; what is cut ends in the ellipsis, if that fits. Never splits a character."""
    if cells <= 0:
        return ""
    if len(text) <= cells and text.isascii():
        return text
    # No harmless text of this many characters is narrower, so nothing beyond has to be looked at.
    head = text[: (cells + 1) * (MARKS + 1) + MARKS]
    if len(head) == len(text) and width(text) <= cells:
        return text
    tail = width(ellipsis)
    if tail > cells:
        return _start(head, cells)
    return _start(head, cells - tail) + ellipsis


def wrap(text: str, cells: int) -> list[str]:
    """Text as lines of at most `cells` cells, broken at spaces, within a word only where it is too long.

    A line break in the text starts a new line; empty text is one empty line.

    Raises:
        ValueError: `cells` is less than 1.
    """
    if cells < 1:
        raise ValueError(f"text cannot be wrapped to {cells} cells")
    return [line for paragraph in text.split("\n") for line in _wrapped(paragraph, cells)]


def decode(raw: bytes) -> str:
    r"""Bytes as text that can be stored and encoded again; a byte that is not UTF-8 becomes `\xff`."""
    return raw.decode("utf-8", "backslashreplace")


@lru_cache(maxsize=1)
def _suspect() -> re.Pattern[str]:
    """Compiled at the first text that is not ASCII, because that takes 3 ms."""
    return re.compile(_SUSPECT)


def _one_line(text: str, length: int) -> str:
    cut = text[: length + 1].removesuffix("\r").expandtabs(8)
    return limited(cut, length)


def _rewritten(text: str, *, ascii_only: bool) -> str:
    out: list[str] = []
    base = ""
    """The character before, while it still can take a mark or a decoration."""
    marks = 0
    left_out = 0
    for char in text:
        form = _form(char, ascii_only)
        if form != char and _decorates(char, base):
            base = base if marks else ""
            continue
        if form == char and _joins(char):
            marks += 1
            if not out:
                out.append(_named(char, ascii_only))
                marks = 0
            elif marks > MARKS:
                left_out += 1
            else:
                out.append(char)
            base = ""
            continue
        if left_out:
            out.append(_framed(f"+{left_out}", ascii_only))
        marks = left_out = 0
        out.append(form)
        base = char if form == char else ""
    if left_out:
        out.append(_framed(f"+{left_out}", ascii_only))
    return "".join(out)


@lru_cache(maxsize=8192)
def _form(char: str, ascii_only: bool) -> str:
    """What stands for a character: itself when it may stay."""
    code = ord(char)
    category = unicodedata.category(char)
    if category == "Zs":
        return char if char in " \u3000" else " "
    if char == "\t":
        return " "
    if code < 0x20 or code == 0x7F:
        return f"^{chr(code ^ 0x40)}" if ascii_only else chr(0x2421 if code == 0x7F else 0x2400 + code)
    if 0xDC80 <= code <= 0xDCFF:
        return _framed(f"0x{code - 0xDC00:02X}", ascii_only)
    if category in _CONTROL or char in _INVISIBLE or code in _SKIN or _varies(code):
        return _named(char, ascii_only)
    return char


def _named(char: str, ascii_only: bool) -> str:
    return _framed(f"U+{ord(char):04X}", ascii_only)


def _framed(text: str, ascii_only: bool) -> str:
    return f"<{text}>" if ascii_only else f"‹{text}›"  # noqa: RUF001 - these marks are meant


def _varies(code: int) -> bool:
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF


def _decorates(char: str, base: str) -> bool:
    """Whether a character only varies how the emoji before it looks."""
    return bool(base) and (char in "\ufe0e\ufe0f" or ord(char) in _SKIN) and (
        base >= "\u2190" and unicodedata.category(base) in {"So", "Sm"})


@lru_cache(maxsize=8192)
def _joins(char: str) -> bool:
    """Whether a character takes no cell of its own: a combining one, or the inner part of a Hangul syllable."""
    return (unicodedata.category(char) in {"Mn", "Me"} or "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff")


_NARROW = ((0x00, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x48A, 0x52F), (0x2010, 0x2027), (0x2030, 0x205E),
           (0x2070, 0x20C0), (0x2100, 0x2319), (0x2400, 0x2426), (0x2500, 0x25FC), (0x2709, 0x2709),
           (0x2714, 0x2714), (0x2716, 0x2716), (0x2800, 0x28FF), (_FLAG.start, _FLAG.stop - 1))
"""One cell each, known without the tables: what the interface itself is drawn with. A flag is two of its letters."""
_known: dict[str, int] = {}


def _cells(char: str) -> int:
    """Cells of one character; the tables of all of Unicode are read at the first that needs them."""
    try:
        return _known[char]
    except KeyError:
        code = ord(char)
        cells = 1 if any(first <= code <= last for first, last in _NARROW) else _looked_up(char)
        _known[char] = cells
        return cells


def _looked_up(char: str) -> int:
    if _tables:
        return _tables[0](char)
    from wcwidth import wcwidth  # noqa: PLC0415 - 10 ms and 2 MiB that plain text does not need

    return max(wcwidth(char), 0)


_tables: list[Callable[[str], int]] = []


def use_tables(cells: Callable[[str], int]) -> None:
    """Ask somebody else how many cells a character takes, who has the tables of all of Unicode in memory anyway.

    Args:
        cells: what `wcwidth` says of every character there is, but 0 for one that has no width.
    """
    _tables[:] = [cells]


def _start(text: str, cells: int) -> str:
    """As much of the beginning as fits; combining characters stay with the one that they belong to."""
    taken = 0
    for place, char in enumerate(text):
        taken += _cells(char)
        if taken > cells:
            return text[:place]
    return text


def _wrapped(text: str, cells: int) -> list[str]:
    if width(text) <= cells:
        return [text]
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        joined = f"{current} {word}" if current else word
        if width(joined) <= cells:
            current = joined
            continue
        if current:
            lines.append(current)
        *full, current = _pieces(word, cells)
        lines.extend(full)
    if current:
        lines.append(current)
    return lines or [""]


def _pieces(word: str, cells: int) -> list[str]:
    """A word cut into pieces that fit; a character wider than that is shown as an ellipsis."""
    pieces = [""]
    taken = 0
    for char in word:
        needs = _cells(char)
        shown = char if needs <= cells else "…"
        needs = min(needs, cells)
        if taken + needs > cells:
            pieces.append("")
            taken = 0
        pieces[-1] += shown
        taken += needs
    return pieces
