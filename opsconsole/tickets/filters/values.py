"""Reads the values of keys."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from opsconsole.core.text import limited
from opsconsole.core.units import Duration
from opsconsole.tickets.filters.keys import KEYS, SORTS
from opsconsole.tickets.filters.model import NOTHING, Moment, Sort
from opsconsole.tickets.model import Priority

Given = tuple[str, int]
"""A value as it was typed, and where it begins."""
MOST_VALUES: Final = 40
MOST_STARS: Final = 5
"""Of one pattern; many of them could take for ever."""
SIGNS: Final = {"<": "<", "<=": "<=", "=<": "<=", "≤": "<=", ">": ">", ">=": ">=", "=>": ">=", "≥": ">=", "=": "=",
                "": "="}
_SIGNED: Final = r"(<=|=<|>=|=>|[<>=≤≥]?) ?(.*)"
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_YEARS: Final = range(1970, 3000)


class Wrong(ValueError):  # noqa: N818 - it becomes an error with its place
    """A value is not allowed."""

    def __init__(self, message: str, given: Given) -> None:
        super().__init__(message)
        self.message, self.given = message, given


def word(key: str, given: Given) -> str:
    """One of the words of a key."""
    value = given[0].lower()
    if value not in KEYS[key].words:
        raise _none(key, given, KEYS[key].words)
    return value


def text(key: str, given: Given) -> str:
    """A name or a pattern."""
    if given[0].count("*") > MOST_STARS:
        raise Wrong(f"`{key}:` takes at most {MOST_STARS} `*`", given)
    return given[0]


def rank(key: str, given: Given) -> tuple[str, int]:
    """A sign and a rank: of a priority, or of a satisfaction."""
    found = re.fullmatch(_SIGNED, given[0], re.DOTALL)
    sign, name = (SIGNS[found[1]], found[2].lower()) if found else ("=", "")
    if key == "priority":
        ranks = {**{one.value: one.rank for one in Priority}, **{one.code.lower(): one.rank for one in Priority}}
        if name not in ranks:
            raise _none(key, given, tuple(Priority), " or p0 to p3, also as `<=high`", name)
        return sign, ranks[name]
    if name == NOTHING and sign == "=":
        return sign, 0
    if not re.fullmatch("[1-5]", name):
        raise Wrong("`satisfaction:` takes 1 to 5, also as `<=3`, or none", given)
    return sign, int(name)


def number(given: Given) -> tuple[int | None, int | None]:
    """The first and the last number of a span."""
    found = re.fullmatch(r"#?([0-9]{1,12})|(?:#?([0-9]{1,12}))?\.\.(?:#?([0-9]{1,12}))?", given[0])
    if found is not None and found[1]:
        return int(found[1]), int(found[1])
    low, high = (int(one) if one else None for one in (found[2], found[3])) if found else (None, None)
    if low is None and high is None:
        raise Wrong("`number:` takes a number, or a range such as 40..50", given)
    if low is not None and high is not None and low > high:
        raise Wrong(f"the range ends before it begins; write {high}..{low}", given)
    return low, high


def sort(given: Given) -> Sort:
    """One thing to sort by."""
    name = given[0].lower().removeprefix("-")
    if name not in SORTS:
        raise _none("sort", given, SORTS, ", each also with `-` in front", name)
    return Sort(name, given[0].startswith("-"))


def moment(key: str, given: Given) -> Moment:
    """A span of time."""
    value = given[0].lower()
    words = tuple(one for one in KEYS[key].words if one[0] not in "<>")
    if value in words:
        return Moment(word=value)
    if found := re.fullmatch(r"(<=?|>=?|≤|≥|=<|=>) ?(.+)", value, re.DOTALL):
        return Moment(sign=SIGNS[found[1]][0], ms=_distance(key, found[2], given))
    if found := re.fullmatch(rf"({_DAY})|({_DAY})?\.\.({_DAY})?", value):
        begin, end = (found[1], found[1]) if found[1] else (found[2] or "", found[3] or "")
        for day in filter(None, (begin, end)):
            _check_day(day, given)
        if begin or end:
            if begin and end and begin > end:
                raise Wrong(f"the range ends before it begins; write {end}..{begin}", given)
            return Moment(begin=begin, end=end)
    raise Wrong(f"`{key}:` takes {', '.join(words)}, `<2d`, `>2d`, a date such as 2026-11-01, or a range"
                f" 2026-11-01..2026-11-30, not `{limited(given[0], 40)}`", given)


def _distance(key: str, distance: str, given: Given) -> int:
    try:
        return round(Duration.parse(distance) * 1000)
    except ValueError as problem:
        example = "within two hours" if key == "due" else "within the last two hours"
        dated = "; a range such as ..2026-11-01 for a date" if re.match(_DAY, distance) else ""
        raise Wrong(f"`{key}:` takes {problem}: `<2h` is {example}{dated}", given) from None


def _check_day(day: str, given: Given) -> None:
    try:
        if date.fromisoformat(day).year in _YEARS:
            return
    except ValueError:
        pass
    raise Wrong(f"there is no day {day}", given)


def _none(key: str, given: Given, words: tuple[str, ...], more: str = "", name: str | None = None) -> Wrong:
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

    hint = nearest(given[0] if name is None else name, words)
    allowed = "" if hint else f"; it takes {', '.join(words)}{more}"
    return Wrong(f"`{key}:` knows no `{limited(given[0], 40)}`{hint or allowed}", given)
