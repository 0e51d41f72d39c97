"""What is wrong with a text before or while YAML is read from it, in sentences with a place."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from opsconsole.core.text import limited

_MARKS: Final = {b"\xff\xfe\x00\x00": "UTF-32", b"\x00\x00\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16",
                 b"\xfe\xff": "UTF-16"}
_FORBIDDEN: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_NAMES: Final = {"\0": "a NUL character", "\x1b": "an escape character", "\ufeff": "a byte order mark",
                 "\u2028": "a line separator (U+2028)", "\u2029": "a paragraph separator (U+2029)"}
_FEW: Final = 10


class Problem(NamedTuple):
    """A place, counted from 1 in lines and characters, and a sentence about it."""

    line: int
    column: int
    message: str


def cleaned(source: str | bytes) -> tuple[str, list[Problem]]:
    """The text of a file without its byte order mark, and the characters in it that no YAML may hold."""
    text = source if isinstance(source, str) else ""
    if isinstance(source, bytes):
        for mark, encoding in _MARKS.items():
            if source.startswith(mark):
                return "", [Problem(1, 1, f"The file is {encoding}; save it as UTF-8.")]
        try:
            text = source.decode("utf-8")
        except UnicodeDecodeError as error:
            before = source[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
            bad = source[error.start]
            return "", [Problem(*place(before, len(before)), f"The byte 0x{bad:02x} is not UTF-8; save the file as"
                                                              " UTF-8.")]
    text = text.removeprefix("\ufeff")
    problems: list[Problem] = []
    for found in _FORBIDDEN.finditer(text):
        name = _NAMES.get(found[0]) or f"the character U+{ord(found[0]):04X}"
        problems.append(Problem(*place(text, found.start()), f"Here is {name}, which may not be in YAML; remove it."))
        if len(problems) >= _FEW:
            break
    return text, problems


def place(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a position in a text."""
    before = _unix(text[:index])
    return before.count("\n") + 1, len(before) - before.rfind("\n")


_SENTENCES: Final = {
    "mapping values are not allowed in this context":
        "A `:` is not allowed here; put the text in quotes, or correct the indentation.",
    "did not find expected key": "A key was expected here; look at the indentation and quotes of this line and those"
                                 " before.",
    "could not find expected ':'": "A `:` is missing after this.",
    "did not find expected ',' or ']'": "The list is not closed: a `,` or `]` was expected here.",
    "did not find expected ',' or '}'": "The mapping is not closed: a `,` or `}` was expected here.",
    "found unexpected end of stream": "The quotation mark here is never closed.",
    "found unexpected document indicator": "The quotation mark here is never closed.",
    "did not find expected '-' indicator": "The next item of the list, `- …`, was expected here; look at the"
                                           " indentation.",
    "did not find expected <document start>": "This does not belong to what stands before it; look at the indentation.",
    "block sequence entries are not allowed in this context": "A list item `- …` cannot begin here; begin it on a line"
                                                              " of its own.",
    "block mapping entries are not allowed in this context": "A key cannot begin here; begin it on a line of its own.",
    "mapping keys are not allowed in this context": "A key cannot begin here; begin it on a line of its own.",
    "did not find expected node content": "A value was expected here.",
    "found unknown escape character": "In double quotes a backslash begins an escape, and this is none; use single"
                                      " quotes, or write the backslash twice.",
    "found undefined tag handle": "This tag is not known; leave it out, or put the text in quotes.",
    "found incompatible YAML document": "Only YAML 1.1 and 1.2 are read; remove the `%YAML` line.",
    "found a tab character that violates indentation": "A tab cannot indent; use spaces.",
    "found a tab character where an indentation space is expected": "A tab cannot indent; use spaces.",
}
_AT_ITS_BEGINNING: Final = ("could not find expected ':'", "found unexpected end of stream",
                            "found unexpected document indicator")
"""Problems whose cause is where the thing began, not where it was missed."""


def spoken(error: Any, text: str, at: tuple[int, int]) -> Problem:
    """A syntax error of YAML as a place and a plain sentence; `at` is used where the error has no place."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    mark = getattr(error, "problem_mark", None)
    context_mark = getattr(error, "context_mark", None)
    if context_mark is not None and problem in _AT_ITS_BEGINNING:
        mark = context_mark
    where = (mark.line + 1, mark.column + 1) if mark is not None else at
    sentence = _SENTENCES.get(problem) or f"This is not valid YAML: {limited(problem, 120)}."
    if problem == "found character that cannot start any token":
        sentence = _unstartable(text, where)
    return Problem(*_inside(text, where), sentence)


def _unstartable(text: str, where: tuple[int, int]) -> str:
    line = _line(text, where[0])
    sign = line[where[1] - 1: where[1]]
    if sign == "\t" or "\t" in line[: where[1] - 1]:
        return "A tab cannot indent; use spaces."
    shown = "a backtick" if sign == "`" else f"`{sign}`"
    return f"A value cannot begin with {shown}; put it in quotes." if sign else "A value cannot begin like this."


def _inside(text: str, where: tuple[int, int]) -> tuple[int, int]:
    """The place, or the end of the last line where it lies behind that: editors cannot go there."""
    lines = _unix(text).rstrip("\n").count("\n") + 1
    return where if where[0] <= lines else (lines, len(_line(text, lines)) + 1)


def _line(text: str, number: int) -> str:
    lines = _unix(text).split("\n", number)
    return lines[number - 1] if number <= len(lines) else ""


def _unix(text: str) -> str:
    """All three forms of line breaks as one, as YAML counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
