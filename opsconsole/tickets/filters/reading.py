r"""Reads a filter, and says where and why it cannot.

Nothing that may stand in a ticket is a mistake: `db-01`, `df -h`, `C:\x`, `12:30`, `::1`, `http://x`, `redis:6379` are
words, and so are unbalanced quotes. A mistake is only what was meant as a key: `prority:high`, `is:opn`.
A dash in front takes the opposite of a key or of a phrase in quotes; in front of a word it belongs to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.core.filtering import FilterError
from opsconsole.core.text import limited
from opsconsole.tickets.filters.keys import KEYS
from opsconsole.tickets.filters.model import BARE, Filter, Named, Numbered, Ranked, Sort, Term, Timed, Words
from opsconsole.tickets.filters.values import MOST_VALUES, Wrong, moment, number, rank, sort, text, word

if TYPE_CHECKING:
    from opsconsole.tickets.filters.values import Given

LONGEST: Final = 2_000
"""Characters of a filter."""
MOST_TERMS: Final = 40
_KEY: Final = r"(-?)([A-Za-z][A-Za-z_-]*):"
_NUMBER: Final = r"(-?)#([0-9]{1,12})(?!\S)"
_LATE: Final = rf"(-?){BARE}(?!\S)"


def parse_filter(text: str) -> Filter:
    """A filter from its text; `parse_filter(str(filter))` is the same filter.

    The last word of the text is a prefix as long as no space, or no quote, ends it.

    Raises:
        FilterError: with the place, what is allowed there, and the nearest known key.
    """
    return _Reader(text).filter()


def filter_mistake(text: str) -> str:
    """What is wrong with a filter, with its place; empty when it is right."""
    try:
        parse_filter(text)
    except FilterError as wrong:
        return f"{wrong.message} (at character {wrong.position + 1})"
    return ""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.terms: list[Term] = []
        self.sort: list[Sort] = []
        if len(text) > LONGEST:
            raise FilterError(f"a filter has at most {LONGEST} characters", LONGEST)

    def filter(self) -> Filter:
        while self.skip():
            if len(self.terms) >= MOST_TERMS:
                raise FilterError(f"a filter has at most {MOST_TERMS} parts", self.at)
            self.term()
        return Filter(tuple(self.terms), tuple(self.sort))

    def skip(self) -> bool:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at < len(self.text)

    def term(self) -> None:
        if self.text.startswith(('"', '-"'), self.at):
            self.phrase()
        elif found := self.match(_NUMBER):
            self.terms.append(Numbered(((int(found[2]), int(found[2])),), bool(found[1])))
        elif found := self.match(_LATE):
            self.terms.append(Named("is", (BARE,), bool(found[1])))
        elif not self.keyed():
            start = self.at
            self.to_space()
            self.terms.append(Words(self.text[start:self.at], prefix=self.at == len(self.text)))

    def match(self, pattern: str) -> re.Match[str] | None:
        found = re.compile(pattern).match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def to_space(self) -> None:
        while self.at < len(self.text) and not self.text[self.at].isspace():
            self.at += 1

    def phrase(self) -> None:
        negated = self.text[self.at] == "-"
        self.at += negated
        inside, closed = self.string()
        if inside.strip():
            self.terms.append(Words(inside, True, not closed and not inside[-1].isspace(), negated))

    def string(self) -> tuple[str, bool]:
        """What stands in quotes from here, two of them for one; and whether they are closed."""
        self.at += 1
        parts = []
        while True:
            end = self.text.find('"', self.at)
            parts.append(self.text[self.at:end if end >= 0 else len(self.text)])
            if end < 0:
                self.at = len(self.text)
                return "".join(parts), False
            self.at = end + 1
            if not self.text.startswith('"', self.at):
                return "".join(parts), True
            parts.append('"')
            self.at += 1

    def keyed(self) -> bool:
        """Reads a key with its values; False where it is a word, and nothing was read."""
        found = re.compile(_KEY).match(self.text, self.at)
        if found is None:
            return False
        start, name = self.at, found[2].lower()
        if name not in KEYS:
            rest = re.compile(r"\S*").match(self.text, found.end())
            _refuse(found[2], rest[0] if rest else "", start)
            return False
        self.at = found.end()
        self.values(name, bool(found[1]), start)
        return True

    def values(self, name: str, negated: bool, start: int) -> None:
        given = self.given()
        if not given:
            raise FilterError(f"`{name}:` needs a value right after it, such as `{KEYS[name].example}`", start,
                              len(name) + 1)
        if len(given) > MOST_VALUES:
            raise FilterError(f"`{name}:` takes at most {MOST_VALUES} values", given[MOST_VALUES][1])
        if name == "sort" and negated:
            raise FilterError(f"write `sort:-{given[0][0]}` to sort from the other end", start, len(name) + 2)
        try:
            self.add(name, given, negated)
        except Wrong as wrong:
            raise FilterError(wrong.message, wrong.given[1], max(len(wrong.given[0]), 1)) from None

    def add(self, name: str, given: list[Given], negated: bool) -> None:
        kind = KEYS[name].kind
        if kind == "sort":
            self.sort += [sort(one) for one in given]
        elif kind == "rank":
            self.terms.append(Ranked(name, tuple(rank(name, one) for one in given), negated))
        elif kind == "number":
            self.terms.append(Numbered(tuple(number(one) for one in given), negated))
        elif kind == "time":
            self.terms.append(Timed(name, tuple(moment(name, one) for one in given), negated))
        else:
            read = word if kind == "choice" else text
            self.terms.append(Named(name, tuple(read(name, one) for one in given), negated))

    def given(self) -> list[Given]:
        """The values from here to the next space, each with its place; empty ones are left out."""
        found: list[Given] = []
        while self.at < len(self.text) and not self.text[self.at].isspace():
            start = self.at
            if self.text[start] == ",":
                self.at += 1
                continue
            if self.text[start] == '"':
                value = self.string()[0]
            else:
                end = re.compile(r"[^\s,]*").match(self.text, start)
                value = end[0] if end else ""
                self.at += max(len(value), 1)
            if value.strip():
                found.append((value, start))
        return found


def _refuse(key: str, rest: str, start: int) -> None:
    """Raises FilterError where something was meant as a key that there is not; comes back where it is a word."""
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

    if len(key) == 1 or not rest or rest[0] in "/\\:":
        return
    near = nearest(key, KEYS)
    if not near and rest[0].isdigit():
        return
    hint = near or "; put it in quotes to search for these words"
    raise FilterError(f"there is no key `{limited(key, 40)}`{hint}", start, len(key) + 1)
