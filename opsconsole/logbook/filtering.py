"""The filter of the log: `type:emergency by:ana since:30d "nginx" -is:signed`; read, and made SQL of. Pure.

Nothing that may stand in an entry is a mistake: `db-01`, `df -h`, `12:30`, `http://x` are words, and so are unbalanced
quotes. A mistake is only what was meant as a key: `tpye:daily`, `is:opn`. A dash in front takes the opposite of a key
or of a phrase in quotes; in front of a word it belongs to it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import search
from opsconsole.core.clock import Instant, local
from opsconsole.core.errors import UsageError
from opsconsole.core.periods import day_start
from opsconsole.core.text import limited, storable
from opsconsole.core.units import Duration
from opsconsole.logbook.model import EntryType, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

LONGEST: Final = 2_000
"""Characters of a filter."""
MOST_TERMS: Final = 40
MOST_VALUES: Final = 40
PLAIN: Final = "e.state <> 'dropped'"
"""The condition of a filter that asks for nothing but words and names."""
MENTIONS: Final = ("by", "check", "tag", "ticket")
"""The keys that look for names: an entry has any number of them."""
IS: Final = ("open", "waiting", "signed", "amended", "dropped", "running")
DAYS: Final = ("today", "yesterday")
KEYS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "type": ("what kind of work", tuple(one.value for one in EntryType)),
    "by": ("who performed it; a name", ()),
    "since": ("begun since: 30d, a date, today, yesterday", DAYS),
    "until": ("begun until: 30d ago, a date, which counts, today, yesterday", DAYS),
    "is": ("what it is", IS),
    "status": ("how it went", tuple(one.value for one in Status)),
    "check": ("a check that it affects", ()),
    "tag": ("a tag", ()),
    "ticket": ("a ticket that it names", ()),
    "run": ("a run of a checklist that it was drafted from", ()),
}
"""Each key, what it is for, and the words that it knows; in the order in which they are offered."""
_KEY: Final = re.compile(r"(-?)([A-Za-z][A-Za-z_-]*):")
_VALUE: Final = re.compile(r"[^\s,]*")
_WORD: Final = re.compile(r"\S+")
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS: Final = range(1970, 3000)


class FilterError(UsageError):
    """A filter cannot be understood.

    Args:
        message: what is wrong, without a full stop.
        position: the first character that it is about, from 0.
        length: how many.
    """

    def __init__(self, message: str, position: int, length: int = 1) -> None:
        super().__init__(f"At character {position + 1}: {message}" + ("" if message.endswith("?") else "."))
        self.message, self.position, self.length = message, position, length


class Term(NamedTuple):
    """One part of a filter."""

    key: str
    """Of `KEYS`; empty: words of the text."""
    values: tuple[str, ...]
    """One of them has to fit; of words there is one."""
    negated: bool = False
    prefix: bool = False
    """Whether the last of the words may go on: it is still being typed."""


class Named(NamedTuple):
    """Entries that words or names find, not columns."""

    sql: str
    """Yields their numbers, as `number`; going through all entries to ask for each of them would take longer."""
    negated: bool
    """Whether they are to be left out."""


class Query(NamedTuple):
    """A filter as SQL."""

    where: str
    """A condition over `log_entry e`; `PLAIN` where nothing but words and names was asked for."""
    params: dict[str, str | int]
    """The values of all `:f…` parameters."""
    named: tuple[Named, ...] = ()
    """All of these have to fit as well."""
    indexed: bool = True
    """Whether the index by which entries are listed has all columns of the condition."""


def parse(text: str) -> tuple[Term, ...]:
    """The terms of a filter; all of them have to fit.

    Raises:
        FilterError: with the place, and what is allowed there.
    """
    if len(text) > LONGEST:
        raise FilterError(f"a filter has at most {LONGEST} characters", LONGEST)
    terms: list[Term] = []
    at = _skip(text, 0)
    while at < len(text):
        if len(terms) >= MOST_TERMS:
            raise FilterError(f"a filter has at most {MOST_TERMS} parts", at)
        term, at = _term(text, at)
        if term is not None:
            terms.append(term)
        at = _skip(text, at)
    return tuple(terms)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _term(text: str, at: int) -> tuple[Term | None, int]:
    """The term that begins at a place, None where there is nothing in it; and where it ends."""
    if text.startswith(('"', '-"'), at):
        negated = text[at] == "-"
        inside, end, closed = _string(text, at + negated)
        return Term("", (inside,), negated, not closed) if inside.strip() else None, end
    found = _KEY.match(text, at)
    if found is not None:
        name = found[2].lower()
        if name in KEYS:
            values, end = _values(text, found.end(), name)
            if not values:
                raise FilterError(f"`{name}:` needs a value right after it", at, found.end() - at)
            return Term(name, tuple(values), bool(found[1])), end
        _refuse(text, found)
    word = _WORD.match(text, at)
    end = word.end() if word is not None else at + 1
    return Term("", (text[at:end],), prefix=end == len(text)), end


def _string(text: str, at: int) -> tuple[str, int, bool]:
    """What stands in quotes from here, two of them for one; where it ends, and whether they are closed."""
    parts: list[str] = []
    at += 1
    while True:
        end = text.find('"', at)
        if end < 0:
            return "".join((*parts, text[at:])), len(text), False
        parts.append(text[at:end])
        at = end + 1
        if not text.startswith('"', at):
            return "".join(parts), at, True
        parts.append('"')
        at += 1


def _values(text: str, at: int, name: str) -> tuple[list[str], int]:
    """The values from here to the next space, and where they end; empty ones are left out."""
    found: list[str] = []
    while at < len(text) and not text[at].isspace():
        start = at
        if text[at] == '"':
            value, at, _ = _string(text, at)
        else:
            match = _VALUE.match(text, at)
            value = match[0] if match is not None else ""
            at += max(len(value), 1)
        if value.strip():
            if len(found) >= MOST_VALUES:
                raise FilterError(f"`{name}:` takes at most {MOST_VALUES} values", start)
            found.append(_checked(name, value, start))
    return found, at


def _checked(name: str, value: str, at: int) -> str:
    """A value of a key as it is kept."""
    words = KEYS[name][1]
    low = value.lower()
    if low in words:
        return low
    if name in ("since", "until"):
        return _moment(name, low, at, len(value))
    if name in ("ticket", "run"):
        number = value.removeprefix("#")
        if not re.fullmatch("[0-9]{1,15}", number):
            raise FilterError(f"`{name}:` takes a number, not `{limited(value, 40)}`", at, len(value))
        return str(int(number))
    if words:
        from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

        near = nearest(low, words) or f"; it takes {', '.join(words)}"
        raise FilterError(f"`{name}:` knows no `{limited(value, 40)}`{near}", at, len(value))
    return search.small(storable(value.strip()))


def _moment(name: str, value: str, at: int, length: int) -> str:
    """A date, or so many milliseconds ago."""
    if _DAY.fullmatch(value):
        try:
            if date.fromisoformat(value).year in _YEARS:
                return value
        except ValueError:
            pass
        raise FilterError(f"there is no day {value}", at, length)
    try:
        return str(round(Duration.parse(value) * 1000))
    except ValueError as problem:
        raise FilterError(f"`{name}:` takes {', '.join(DAYS)}, a date such as 2027-01-04, or {problem}", at,
                          length) from None


def _refuse(text: str, found: re.Match[str]) -> None:
    """Raises FilterError where something was meant as a key that there is not; comes back where it is a word."""
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

    rest = text[found.end():found.end() + 1]
    if len(found[2]) == 1 or not rest.strip() or rest in "/\\:":
        return
    near = nearest(found[2], KEYS)
    if near or not rest.isdigit():
        hint = near or "; put it in quotes to search for these words"
        raise FilterError(f"there is no key `{limited(found[2], 40)}`{hint}", found.start(), len(found[0]))


def compiled(terms: tuple[Term, ...], *, now: Instant, zone: tzinfo | None) -> Query:
    """A filter as SQL.

    Args:
        terms: the filter.
        now: ms UTC.
        zone: in which days begin; None is this machine's.
    """
    made = _Making(now, zone)
    found = [term for term in terms if not term.key and not term.negated]
    named = [made.mention(term) if term.key else made.words([term], negated=True) for term in terms
             if term.key in MENTIONS or (not term.key and term.negated)]
    conditions = [made.term(term) for term in terms if term.key and term.key not in MENTIONS]
    if not any(term.key == "is" and "dropped" in term.values and not term.negated for term in terms):
        conditions.append(PLAIN)
    return Query(" AND ".join(conditions), made.params,
                 tuple(one for one in (made.words(found), *named) if one is not None),
                 not any(term.key == "run" or (term.key == "is" and "running" in term.values) for term in terms))


class _Making:
    def __init__(self, now: Instant, zone: tzinfo | None) -> None:
        self.now, self.zone = now, zone
        self.params: dict[str, str | int] = {}

    def value(self, value: str | int) -> str:
        name = f"f{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def term(self, term: Term) -> str:
        if term.key == "is":
            condition = " OR ".join(_IS[value] for value in term.values)
            # The index of what is not signed has few entries; without these words SQLite does not take it.
            if not term.negated and set(term.values) <= {"open", "waiting", "dropped"}:
                return f"({condition}) AND e.state <> 'signed'"
        elif term.key in ("since", "until"):
            condition = " OR ".join(self.moment(term.key, value) for value in term.values)
        else:
            condition = f"e.{term.key} IN ({', '.join(self.value(_number(term.key, one)) for one in term.values)})"
            if term.key == "run" and not term.negated and "0" not in term.values:
                return f"{condition} AND e.run <> 0"
        return f"NOT ({condition})" if term.negated else f"({condition})"

    def mention(self, term: Term) -> Named:
        names = ", ".join(self.value(one) for one in term.values)
        return Named(f"SELECT entry AS number FROM log_mention WHERE kind = '{term.key}' AND name IN ({names})",  # noqa: S608 - one of our keys
                     term.negated)

    def words(self, terms: Sequence[Term], *, negated: bool = False) -> Named | None:
        """Entries in which the words of all terms occur; what has no word in it can neither be found nor be absent."""
        queries = [found for term in terms if (found := search.query(storable(term.values[0]), prefix=term.prefix))]
        if not queries:
            return None
        return Named(f"SELECT rowid AS number FROM log_text WHERE log_text MATCH {self.value(' AND '.join(queries))}",  # noqa: S608 - a parameter
                     negated)

    def moment(self, key: str, value: str) -> str:
        if value.isdecimal():
            limit = max(self.now - int(value), 0)
            return f"e.begun >= {self.value(limit)}" if key == "since" else f"e.begun < {self.value(limit)}"
        if value in DAYS:
            day = local(self.now, self.zone).date() - timedelta(days=DAYS.index(value))
        else:
            day = date.fromisoformat(value)
        if key == "since":
            return f"e.begun >= {self.value(day_start(day, self.zone))}"
        return f"e.begun < {self.value(day_start(day + timedelta(days=1), self.zone))}"


def _number(key: str, value: str) -> str | int:
    return int(value) if key == "run" else value


_IS: Final = {"open": "e.state = 'open'", "waiting": "e.state = 'waiting'", "signed": "e.state = 'signed'",
              "amended": "e.amended > 0", "dropped": "e.state = 'dropped'",
              "running": "(e.state <> 'dropped' AND (e.state <> 'signed' OR e.amended > 0) AND e.ended IS NULL)"}
"""Columns of the list's index first, so that few rows are read: what was signed has an end, unless it was amended."""
