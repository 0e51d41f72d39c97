"""Reads a regular expression into a tree, and explains what is wrong with it.

The syntax and its meaning are those of Python's `re` for text, without look-around, references and flags but i, m, s.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST: Final = 1000
"""Characters of a pattern."""
DEEPEST: Final = 50
"""Groups within groups."""
MOST_TIMES: Final = 1000
"""Of a counted repeat."""

_COUNT: Final = re.compile(r"\{(?:([0-9]{1,9})|([0-9]{0,9}),([0-9]{0,9}))\}")
_GROUP: Final = re.compile(r"\?(?::|P<[A-Za-z_][A-Za-z0-9_]*>)")
_FLAGS: Final = re.compile(r"\(\?([a-z]+)\)")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}
_CLASSES: Final[dict[str, Callable[[str], bool]]] = {
    "d": str.isdecimal, "w": lambda char: char.isalnum() or char == "_", "s": str.isspace,
    "D": lambda char: not char.isdecimal(), "W": lambda char: not (char.isalnum() or char == "_"),
    "S": lambda char: not char.isspace()}
_LOOKS: Final = {"b": "edge", "B": "no edge", "A": "start", "Z": "very end"}


class PatternError(ValueError):
    """No regular expression, or one that cannot be matched in bounded time; the message says what and where."""


class Chars(NamedTuple):
    """One character of a set."""

    ranges: tuple[tuple[str, str], ...]
    classes: str = ""
    """Letters of `\\d` and the like."""
    negated: bool = False
    any_case: bool = False

    def has(self, char: str) -> bool:
        """Whether the character is one of them."""
        forms = {char, char.lower(), char.upper()} if self.any_case else (char,)
        inside = any(first <= form <= last for form in forms if len(form) == 1 for first, last in self.ranges)
        return (inside or any(_CLASSES[letter](char) for letter in self.classes)) is not self.negated


class Look(NamedTuple):
    """A place between characters: `start`, `end`, `line start`, `line end`, `very end`, `edge`, `no edge`."""

    kind: str


class Sequence(NamedTuple):
    """One after the other."""

    parts: tuple[Node, ...]


class Alternatives(NamedTuple):
    """One of them."""

    choices: tuple[Node, ...]


class Repeat(NamedTuple):
    """Again and again; `most` None is without end."""

    what: Node
    least: int
    most: int | None
    lazy: bool = False
    """Whether fewer are better; only what was found differs, not whether something is."""


class Group(NamedTuple):
    """The first group that can be asked for what it matched."""

    what: Node


Node = Chars | Look | Sequence | Alternatives | Repeat | Group


def read(text: str) -> Node:
    """The tree of a regular expression.

    Raises:
        PatternError: with what is wrong, and where.
    """
    if len(text) > LONGEST:
        raise PatternError(f"it has more than {LONGEST} characters")
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth, self.grouped = text, 0, 0, False
        found = _FLAGS.match(text)
        self.flags = found[1] if found else ""
        if found:
            self.at = found.end()
            if strange := set(self.flags) - set("ims"):
                raise PatternError(f"there is no flag `{min(strange)}` here, only i, m and s")

    def wrong(self, message: str) -> PatternError:
        return PatternError(f"{message} (at its character {self.at + 1})")

    @property
    def char(self) -> str:
        return self.text[self.at:self.at + 1]

    def whole(self) -> Node:
        tree = self.alternatives()
        if self.char:
            raise self.wrong("a `)` without its `(`")
        return tree

    def alternatives(self) -> Node:
        choices = [self.sequence()]
        while self.char == "|":
            self.at += 1
            choices.append(self.sequence())
        return choices[0] if len(choices) == 1 else Alternatives(tuple(choices))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.char and self.char not in "|)":
            parts.append(self.repeated(self.atom()))
        return Sequence(tuple(parts))

    def repeated(self, what: Node) -> Node:
        times = self.times()
        if times is None:
            return what
        if isinstance(what, Look):
            raise self.wrong("a place between characters cannot be repeated")
        lazy = self.char == "?"
        if lazy:
            self.at += 1
        if self.char == "+" or self.times() is not None:
            raise self.wrong("a repeat cannot be repeated; put it in ( )")
        return Repeat(what, *times, lazy)

    def times(self) -> tuple[int, int | None] | None:
        """How often what is before shall come; None when nothing is said."""
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self.char in simple:
            self.at += 1
            return simple[self.text[self.at - 1]]
        found = _COUNT.match(self.text, self.at)
        if found is None or found[0] == "{,}":
            return None
        least = int(found[1] or found[2] or 0)
        most = least if found[1] else int(found[3]) if found[3] else None
        if max(least, most or 0) > MOST_TIMES:
            raise self.wrong(f"a repeat of more than {MOST_TIMES} times")
        if most is not None and most < least:
            raise self.wrong("a repeat of at least more than at most")
        self.at = found.end()
        return least, most

    def atom(self) -> Node:
        char = self.char
        if char == "(":
            return self.group()
        if char in {"*", "+", "?"}:
            raise self.wrong(f"there is nothing to repeat before `{char}`; write `\\{char}` for the character")
        if char == "[":
            return self.set_of_chars()
        if char == "\\":
            return self.escape()
        self.at += 1
        if char == ".":
            return Chars((), negated=True) if "s" in self.flags else Chars((("\n", "\n"),), negated=True)
        if char in {"^", "$"}:
            place = "start" if char == "^" else "end"
            return Look(f"line {place}" if "m" in self.flags else place)
        return self.one(char)

    def one(self, char: str) -> Chars:
        return Chars(((char, char),), any_case="i" in self.flags)

    def group(self) -> Node:
        start = self.at
        self.at += 1
        first = not self.grouped and not self.text.startswith("?:", self.at)
        self.grouped |= first
        if found := _GROUP.match(self.text, self.at):
            self.at = found.end()
        elif self.char == "?":
            raise self.wrong("only groups ( ), (?: ) and (?P<name> ) are possible, no look-around, no references")
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong("there are too many groups within groups")
        tree = self.alternatives()
        self.depth -= 1
        if self.char != ")":
            self.at = start
            raise self.wrong("this group has no end")
        self.at += 1
        if first:
            return Group(tree)
        return tree if not isinstance(tree, Look) else Sequence((tree,))

    def escape(self) -> Node:
        letter = self.text[self.at + 1:self.at + 2]
        if letter in _LOOKS and letter:
            self.at += 2
            return Look(_LOOKS[letter])
        if letter in _CLASSES and letter:
            self.at += 2
            return Chars((), letter)
        return self.one(self.escaped())

    def escaped(self) -> str:
        """The character that an escape stands for."""
        letter = self.text[self.at + 1:self.at + 2]
        if not letter:
            raise self.wrong(r"the backslash at the end escapes nothing; write \\ for the character")
        digits = {"x": 2, "u": 4, "U": 8}.get(letter)
        if digits is not None:
            code = self.text[self.at + 2:self.at + 2 + digits]
            if not re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", code) or int(code, 16) > 0x10FFFF:
                raise self.wrong(f"`\\{letter}` needs {digits} hexadecimal digits of a character")
            self.at += 2 + digits
            return chr(int(code, 16))
        if letter in "123456789":
            raise self.wrong("a reference to a group is not possible")
        if letter.isascii() and letter.isalnum() and letter not in _ESCAPES:
            raise self.wrong(f"`\\{letter}` means nothing")
        if letter == "0" and self.text[self.at + 2:self.at + 3].isdecimal():
            raise self.wrong(r"write a character's number in hexadecimal, \x00")
        self.at += 2
        return _ESCAPES.get(letter, letter)

    def set_of_chars(self) -> Node:
        start = self.at
        self.at += 1
        negated = self.char == "^"
        self.at += negated
        ranges: list[tuple[str, str]] = []
        classes = ""
        first = True
        while self.char != "]" or first:
            first = False
            if not self.char:
                self.at = start
                raise self.wrong("this set has no end")
            if (letter := self.text[self.at + 1:self.at + 2]) and self.char == "\\" and letter in _CLASSES:
                classes += letter
                self.at += 2
                continue
            low = self.member()
            if self.char == "-" and self.text[self.at + 1:self.at + 2] not in {"]", ""}:
                self.at += 1
                high = self.member()
                if high < low:
                    raise self.wrong("a range that ends before it begins")
                ranges.append((low, high))
            else:
                ranges.append((low, low))
        self.at += 1
        return Chars(tuple(ranges), classes, negated, "i" in self.flags)

    def member(self) -> str:
        if self.char == "\\":
            letter = self.text[self.at + 1:self.at + 2]
            if letter in _CLASSES and letter:
                raise self.wrong(f"a range cannot end with `\\{letter}`")
            if letter == "b":
                self.at += 2
                return "\b"
            return self.escaped()
        self.at += 1
        return self.text[self.at - 1]
