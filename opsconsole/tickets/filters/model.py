"""What a filter is: frozen terms that all have to fit, and an order. `str` writes it as people type it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.units import Duration
from opsconsole.tickets.model import Priority, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

BARE: Final = "late"
"""The one word that means something without a key."""
NOTHING: Final = "none"
ME: Final = "me"


class Words(Record, frozen=True):
    """Free words: a ticket's title, description, messages and names of attachments hold them, in this order."""

    text: str
    phrase: bool = False
    """Whether it stood in quotes."""
    prefix: bool = False
    """Whether its last word may go on: it is still being typed."""
    negated: bool = False

    def __str__(self) -> str:
        if not self.phrase:
            return self.text
        doubled = self.text.replace('"', '""')
        return f'{_sign(self.negated)}"{doubled}' + ("" if self.prefix else '"')


class Named(Record, frozen=True):
    """A field is one of these: names, words, patterns with `*`."""

    key: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        return _written(self.key, (quoted(value) for value in self.values), self.negated)


class Ranked(Record, frozen=True):
    """A priority or a satisfaction in comparison: each value is a sign (`<`, `<=`, `=`, `>=`, `>`) and a number.

    Priorities are their rank: urgent is 0, so `<=high` is urgent or high, as P0 is less than P1.
    """

    key: str
    values: tuple[tuple[str, int], ...]
    negated: bool = False

    def __str__(self) -> str:
        return _written(self.key, ((sign if sign != "=" else "") + self._named(number) for sign, number in self.values),
                        self.negated)

    def _named(self, number: int) -> str:
        if self.key == "priority":
            return Priority.of_rank(number).value
        return str(number) if number else NOTHING


class Numbered(Record, frozen=True):
    """The number is within one of these spans, both ends included; None is no end."""

    values: tuple[tuple[int | None, int | None], ...]
    negated: bool = False
    key: str = "number"

    def __str__(self) -> str:
        return _written(self.key, (str(low) if low is not None and low == high else
                                   f"{'' if low is None else low}..{'' if high is None else high}"
                                   for low, high in self.values), self.negated)


class Moment(Record, frozen=True):
    """A span of time as it was typed; exactly one of its three forms."""

    word: str = ""
    """`today`, `yesterday`, `tomorrow`, `week`, `month`, `late`, `none`."""
    sign: str = ""
    """`<` or `>`, for a distance from now."""
    ms: int = 0
    begin: str = ""
    """The first day, `2026-11-01`; empty with an end: from ever."""
    end: str = ""
    """The last day, included; empty with a beginning: for ever."""

    def __str__(self) -> str:
        if self.sign:
            return f"{self.sign}{Duration(self.ms / 1000)}"
        if self.begin or self.end:
            return self.begin if self.begin == self.end else f"{self.begin}..{self.end}"
        return self.word


class Timed(Record, frozen=True):
    """A time lies in one of these spans."""

    key: str
    values: tuple[Moment, ...]
    negated: bool = False

    def __str__(self) -> str:
        return _written(self.key, (str(value) for value in self.values), self.negated)


Term = Words | Named | Ranked | Numbered | Timed


class Sort(Record, frozen=True):
    """One thing to sort by."""

    by: str
    descending: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.by}"


class Filter(Record, frozen=True):
    """All terms have to fit. Without a sort, what breaks its promise first comes first."""

    terms: tuple[Term, ...] = ()
    sort: tuple[Sort, ...] = ()

    def __str__(self) -> str:
        parts = [str(term) for term in self.terms]
        last = self.terms[-1] if self.terms else None
        typing = isinstance(last, Words) and last.prefix
        if self.sort:
            # What is still being typed stays at the end, where it is read as such.
            parts.insert(len(parts) - typing, "sort:" + ",".join(str(one) for one in self.sort))
        elif isinstance(last, Words) and not typing and not last.phrase:
            parts.append("")
        return " ".join(parts)

    def __bool__(self) -> bool:
        return bool(self.terms or self.sort)


def quoted(value: str) -> str:
    """A value as it can stand behind its key."""
    if value and not value.startswith('"') and "," not in value and not any(char.isspace() for char in value):
        return value
    return '"' + value.replace('"', '""') + '"'


def _sign(negated: bool) -> str:
    return "-" if negated else ""


def _written(key: str, values: Iterable[str], negated: bool) -> str:
    return f"{_sign(negated)}{key}:{','.join(values)}"
