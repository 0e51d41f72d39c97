"""Makes SQL of a filter: a condition and an order for `SELECT … FROM ticket t`. Pure, and portable but for words.

What is not known (no due time, not resolved, not rated) fits no comparison, and so fits its negation.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import Instant, local
from opsconsole.core.periods import day_start
from opsconsole.core.text import storable
from opsconsole.tickets import search
from opsconsole.tickets.filters import Filter, Moment, Named, Numbered, Ranked, Sort, Term, Timed, Words
from opsconsole.tickets.filters.model import ME, NOTHING
from opsconsole.tickets.model import LinkKind, Record
from opsconsole.tickets.search import small

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo


class Query(Record, frozen=True):
    """A filter as SQL over `ticket t`."""

    where: str
    """A condition; true of every ticket for the empty filter."""
    params: dict[str, str | int]
    """The values of its `:f…` parameters."""
    order: str
    """What stands behind ORDER BY; it leaves no two tickets without an order."""


_TRUE: Final = "1 = 1"
_FALSE: Final = "1 = 0"
_OPEN: Final = "t.phase <> 'done'"
_LATE: Final = f"({_OPEN} AND t.due IS NOT NULL AND t.due <= :f_now)"
_WATCHED: Final = "+t.number IN (SELECT ticket FROM ticket_watcher WHERE person = :f_me)"
_IS: Final = {
    "open": _OPEN, "done": "t.phase = 'done'", "waiting": "t.phase = 'waiting'", "initial": "t.phase = 'initial'",
    "active": "t.phase = 'active'", "late": _LATE, "unassigned": "t.assignee = ''", "mine": "t.assignee = :f_me",
    "watched": _WATCHED, "escalated": "t.escalated > 0", "reopened": "t.reopened > 0", "merged": "t.merged_into <> 0",
    "paused": "t.promise = 'paused'", "unanswered": "t.unanswered > 0", "rated": "t.satisfaction > 0"}
_HAS: Final = {"attachment": "t.attachments > 0", "root-cause": "t.root_cause = 1", "knowledge": "t.knowledge = 1",
               "satisfaction": "t.satisfaction > 0"}
_OPENING: Final = frozenset({"open", "waiting", "initial", "active", "late"})
"""What only an open ticket can be."""
_QUEUE: Final = "t.queue, t.priority, t.number"
_SORTS: Final[dict[str, tuple[str, ...]]] = {
    "due": ("t.queue", "t.priority"), "created": ("+t.created",), "updated": ("+t.updated",),
    "priority": ("t.priority",), "number": ("t.number",), "rank": ("t.rank",),
    "assignee": ("(t.assignee = '')", "t.assignee"),
    "state": ("CASE t.phase WHEN 'initial' THEN 0 WHEN 'active' THEN 1 WHEN 'waiting' THEN 2 ELSE 3 END", "t.state")}


def compile_filter(given: Filter, *, me: str, now: Instant, zone: tzinfo | None) -> Query:
    """A filter as SQL.

    Args:
        given: the filter.
        me: the login name that `me` stands for.
        now: ms UTC.
        zone: in which days begin; None is this machine's.
    """
    made = _Making(me, now, zone)
    conditions = [made.term(term) for term in given.terms]
    # SQLite takes the index of open tickets only where this is said so, in these words.
    opened = any(_only_open(term) for term in given.terms)
    if opened and _OPEN not in conditions:
        conditions.insert(0, _OPEN)
    where = " AND ".join(conditions) or _TRUE
    if ":f_now" in where:
        made.params["f_now"] = now
    if ":f_me" in where:
        made.params["f_me"] = storable(me)
    return Query(where, made.params, _order(given.sort, opened=opened))


def _only_open(term: Term) -> bool:
    """Whether what fits the term is open for certain, and none that is done."""
    if isinstance(term, Timed):
        return term.key == "due" and not term.negated and all(value.word == "late" for value in term.values)
    if not isinstance(term, Named) or term.key != "is":
        return False
    return "done" in term.values if term.negated else _OPENING.issuperset(term.values)


def _order(sort: tuple[Sort, ...], *, opened: bool) -> str:
    if not sort or sort == (Sort("due"),):
        return _QUEUE if opened else f"t.phase = 'done', {_QUEUE}"
    parts: list[str] = []
    for one in sort:
        parts += [f"{part} DESC" if one.descending else part for part in _SORTS[one.by]]
    if not any(one.by == "number" for one in sort):
        parts.append("t.number")
    return ", ".join(parts)


class _Making:
    def __init__(self, me: str, now: Instant, zone: tzinfo | None) -> None:
        self.me, self.now, self.zone = storable(me), now, zone
        self.params: dict[str, str | int] = {}

    def value(self, value: str | int) -> str:
        name = f"f{len(self.params)}"
        self.params[name] = storable(value) if isinstance(value, str) else value
        return f":{name}"

    def term(self, term: Term) -> str:
        if isinstance(term, Words):
            return self.words(term)
        if isinstance(term, Named):
            condition = self.named(term)
        elif isinstance(term, Ranked):
            condition = _any(self.ranked(term.key, sign, number) for sign, number in term.values)
        elif isinstance(term, Numbered):
            condition = _any(self.numbered(low, high) for low, high in term.values)
        else:
            condition = _any(self.timed(term.key, value) for value in term.values)
        return f"NOT ({condition})" if term.negated else condition

    def words(self, term: Words) -> str:
        query = search.query(term.text, prefix=term.prefix)
        if not query:
            # What has no word in it can neither be found nor be absent.
            return _TRUE
        condition = search.condition(self.value(query)[1:])
        return f"NOT ({condition})" if term.negated else condition

    def named(self, term: Named) -> str:
        if term.key == "is":
            return _any(_IS[value] for value in term.values)
        if term.key == "has":
            return _any(_HAS[value] for value in term.values)
        if term.key == "requester":
            return _any(self.requester(value) for value in term.values)
        if term.key == "link":
            return _any(self.linked(value) for value in term.values)
        if term.key in _TABLES:
            return _any(self.listed(*_TABLES[term.key], value, me=term.key == "watcher") for value in term.values)
        column = f"t.{_COLUMNS.get(term.key, term.key)}"
        return self.column(column, term.values, me=term.key == "assignee")

    def column(self, column: str, values: tuple[str, ...], *, me: bool) -> str:
        """A column that is one of these: names, patterns, `none` for empty, `me`."""
        equal: list[str] = []
        parts: list[str] = []
        for value in values:
            if "*" in value:
                parts.append(f"lower({column}) LIKE {self.value(_pattern(value))} ESCAPE '\\'")
                if not value.strip("*"):
                    parts[-1] = f"{column} <> ''"
            else:
                equal += self.spellings(value, me=me)
        if equal:
            parts.insert(0, f"{column} IN ({', '.join(self.value(one) for one in dict.fromkeys(equal))})")
        return _any(parts)

    def spellings(self, value: str, *, me: bool) -> list[str]:
        if value.lower() == NOTHING:
            return [""]
        if me and value.lower() == ME:
            return [self.me]
        return spellings(value)

    def listed(self, table: str, column: str, value: str, *, me: bool) -> str:
        """A ticket with such a row in a table of its tags or watchers."""
        if value.lower() == NOTHING:
            return f"NOT (+t.number IN (SELECT ticket FROM {table}))"  # noqa: S608 - one of our tables
        condition = self.column(column, (value,), me=me)
        return f"+t.number IN (SELECT ticket FROM {table} WHERE {condition})"  # noqa: S608 - as above

    def linked(self, value: str) -> str:
        if value.lower() == NOTHING:
            return "NOT (+t.number IN (SELECT ticket FROM ticket_link))"
        column = "kind" if value.lower() in tuple(LinkKind) else "target"
        value = value.lower() if column == "kind" else value.removeprefix("#") or value
        condition = self.column(column, (value,), me=False)
        return f"+t.number IN (SELECT ticket FROM ticket_link WHERE {condition})"  # noqa: S608 - made of our parts

    def requester(self, value: str) -> str:
        if value.lower() == NOTHING:
            return "t.asker = ' '"
        return f"t.asker LIKE {self.value(f'%{_pattern(value)}%')} ESCAPE '\\'"

    def ranked(self, key: str, sign: str, number: int) -> str:
        if key == "priority" or not number:
            return f"t.{key} {sign} {number}"
        return f"(t.satisfaction > 0 AND t.satisfaction {sign} {number})"

    def numbered(self, low: int | None, high: int | None) -> str:
        return f"t.number = {self.value(low)}" if low is not None and low == high else self.span("+t.number", low, high)

    def timed(self, key: str, moment: Moment) -> str:
        # As below with words: the plus makes it go along the queue, in which it ends up sorted.
        column = f"+t.{key}"
        if moment.word == NOTHING:
            return f"t.{key} IS NULL"
        if moment.word == "late":
            return _LATE
        if moment.sign:
            known = "" if key in ("created", "updated") else f"{column} IS NOT NULL AND "
            ahead = key == "due"
            limit = self.now + moment.ms if ahead else self.now - moment.ms
            sign = ("<=" if moment.sign == "<" else ">") if ahead else (">=" if moment.sign == "<" else "<")
            return f"({known}{column} {sign} {self.value(limit)})"
        begin, end = self.days(moment)
        return self.span(column, None if begin is None else day_start(begin, self.zone),
                         None if end is None else day_start(end + timedelta(days=1), self.zone) - 1)

    def days(self, moment: Moment) -> tuple[date | None, date | None]:
        """The first and the last day of a span, both within it."""
        if not moment.word:
            return _day(moment.begin), _day(moment.end)
        today = local(self.now, self.zone).date()
        if moment.word == "week":
            monday = today - timedelta(days=today.weekday())
            return monday, monday + timedelta(days=6)
        if moment.word == "month":
            first = today.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        day = today + timedelta(days={"yesterday": -1, "today": 0, "tomorrow": 1}[moment.word])
        return day, day

    def span(self, column: str, low: int | None, high: int | None) -> str:
        known = "" if column not in ("+t.due", "+t.resolved") else f"{column} IS NOT NULL AND "
        if low is not None and high is not None:
            return f"({known}{column} BETWEEN {self.value(low)} AND {self.value(high)})"
        sign, limit = (">=", low) if low is not None else ("<=", high)
        return f"({known}{column} {sign} {self.value(limit or 0)})"


_TABLES: Final = {"tag": ("ticket_tag", "tag"), "watcher": ("ticket_watcher", "person")}
_COLUMNS: Final = {"alert": "alert_key"}


def spellings(value: str) -> list[str]:
    """The names that a typed one can mean: as it is, in small letters, and with spaces for its dashes."""
    low = small(value)
    return list(dict.fromkeys((value, low, low.replace("-", " "), low.replace("_", " "))))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _any(parts: Iterable[str]) -> str:
    found = list(parts)
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def _pattern(value: str) -> str:
    """A pattern with `*` as LIKE has it, in small letters; what means something to LIKE is escaped with a backslash."""
    escaped = "".join(f"\\{char}" if char in "\\%_" else char for char in small(value))
    while "**" in escaped:
        escaped = escaped.replace("**", "*")
    return escaped.replace("*", "%")
