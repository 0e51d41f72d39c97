"""A small database of tickets for tests of filters, and a plain evaluation of filters to compare with."""

from __future__ import annotations

import random
import re
import sqlite3
import unicodedata
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.database import RECORDS
from opsconsole.tickets.filters import Filter, Moment, Named, Numbered, Ranked, Timed, Words
from opsconsole.tickets.model import LinkKind
from opsconsole.tickets.search import asker

if TYPE_CHECKING:
    from collections.abc import Callable

ZONE = ZoneInfo("Europe/Berlin")
NOW = round(datetime(2026, 3, 29, 14, 30, tzinfo=ZONE).timestamp() * 1000)
"""On the day that has 23 hours."""
ME = "ana"
NEVER = 1 << 53
STATES = ("new", "in progress", "waiting", "resolved")
PHASES = ("initial", "active", "waiting", "done")
PEOPLE = ("", "ana", "ben", "Bea", "anna-lena")
WORDS = ("db-01", "Größe", "redis", "refuses", "df -h", "C:\\x", "cafe\u0301", "10.0.0.1", "it's", "NEAR", "red",
         "connections", "x", "invoice_7")


class Row(msgspec.Struct):
    """A ticket as the table and the tables beside it have it."""

    number: int
    title: str
    state: str
    phase: str
    priority: int
    category: str
    team: str
    assignee: str
    requester: str
    requester_mail: str
    source: str
    created: int
    updated: int
    resolved: int | None
    due: int | None
    promise: str
    queue: int
    unanswered: int
    escalated: int
    reopened: int
    attachments: int
    satisfaction: int
    merged_into: int
    alert_key: str
    release: str
    rank: float
    knowledge: int
    root_cause: int
    tags: list[str]
    watchers: list[str]
    links: list[tuple[str, str]]
    texts: list[str]


def random_row(chance: random.Random, number: int) -> Row:
    """A ticket by chance, often at the edges of days and of now."""
    place = chance.randrange(4)
    midnight = NOW - NOW % DAY
    def at(*, ahead: bool = False) -> int:
        edges = [NOW - 2 * DAY, NOW, NOW - HOUR, midnight - HOUR, midnight - 2 * HOUR, midnight - DAY, midnight + DAY,
                 NOW - 40 * DAY, NOW - chance.randrange(10 * DAY)]
        if ahead:
            edges += [NOW + 2 * HOUR, NOW + chance.randrange(3 * DAY), midnight + DAY - 2 * HOUR]
        return chance.choice(edges) + chance.choice((-1, 0, 0, 1))
    due = at(ahead=True) if place != 3 and chance.random() < 0.7 else None
    name = chance.choice(("", "Ana Müller", "Ben %_\\", "shop.example"))
    return Row(
        number=number, title=" ".join(chance.choices(WORDS, k=3)), state=STATES[place], phase=PHASES[place],
        priority=chance.randrange(4), category=chance.choice(("bug", "billing", "feature request")),
        team=chance.choice(("", "support", "dev")), assignee=chance.choice(PEOPLE), requester=name,
        requester_mail=chance.choice(("", "ana@Example.com", "x_y@shop.example")) if name else "",
        source=chance.choice(("mail", "console", "alert")), created=at(), updated=at(),
        resolved=at() if place == 3 else None, due=due, promise="paused" if place == 2 else "",
        queue=NEVER if due is None else due, unanswered=chance.randrange(2), escalated=chance.randrange(2),
        reopened=chance.randrange(2), attachments=chance.randrange(2), satisfaction=chance.randrange(6),
        merged_into=chance.choice((0, 0, 1)), alert_key=chance.choice(("", "check:redis", "rule:disk|/var")),
        release=chance.choice(("", "2.0", "2.1-rc")), rank=chance.randrange(3) / 2, knowledge=chance.randrange(2),
        root_cause=chance.randrange(2), tags=chance.sample(("vpn", "Printer", "a_b", "50%"), chance.randrange(3)),
        watchers=chance.sample(PEOPLE[1:], chance.randrange(3)),
        links=chance.sample([("blocks", "4"), ("parent", "2"), ("runbook", "redis down")], chance.randrange(3)),
        texts=[" ".join(chance.choices(WORDS, k=chance.randrange(1, 6))) for _ in range(chance.randrange(3))])


def empty_records() -> sqlite3.Connection:
    """A database with all tables of the records."""
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.row_factory = sqlite3.Row
    for step in RECORDS.migrations():
        raw.executescript(step.file.read_text(encoding="utf-8"))
    return raw


@lru_cache(maxsize=8)
def made(seed: int) -> tuple[sqlite3.Connection, list[Row]]:
    """A database with thirty tickets by chance, and these."""
    chance = random.Random(seed)
    rows = [random_row(chance, number) for number in range(1, 31)]
    raw = empty_records()
    beside = {"tags", "watchers", "links", "texts"}
    for row in rows:
        values = {name: value for name, value in msgspec.to_builtins(row).items() if name not in beside}
        values |= {"tags": "[]", "version": 1, "data": "{}", "asker": asker(row.requester, row.requester_mail)}
        raw.execute(f"INSERT INTO ticket ({', '.join(values)}) VALUES (:{', :'.join(values)})", values)
        raw.executemany("INSERT INTO ticket_tag (tag, ticket) VALUES (?, ?)", [(tag, row.number) for tag in row.tags])
        raw.executemany("INSERT INTO ticket_watcher (person, ticket) VALUES (?, ?)",
                        [(one, row.number) for one in row.watchers])
        raw.executemany("INSERT INTO ticket_link (ticket, kind, target) VALUES (?, ?, ?)",
                        [(row.number, *link) for link in row.links])
        raw.executemany("INSERT INTO ticket_text (rowid, text) VALUES (?, ?)",
                        [(row.number * 1_048_576 + seq, text) for seq, text in enumerate([row.title, *row.texts], 1)])
    return raw, rows


def fits(row: Row, given: Filter) -> bool:
    """Whether a ticket fits a filter: the rules in the plainest words."""
    return all(_fits(row, term) for term in given.terms)


def _fits(row: Row, term: Any) -> bool:
    if isinstance(term, Words):
        wanted = _tokens(term.text)
        if term.prefix and wanted and len(wanted[-1]) == 1 and wanted[-1].isascii():
            wanted, prefix = wanted[:-1], False
        else:
            prefix = term.prefix
        if not wanted:
            return True
        found = any(_holds(_tokens(text), wanted, prefix) for text in (row.title, *row.texts))
        return found != term.negated
    tests: dict[type, Callable[[Any], bool]] = {
        Named: lambda value: _named(row, term.key, value),
        Ranked: lambda value: _ranked(row, term.key, *value),
        Numbered: lambda span: (span[0] or 0) <= row.number and (span[1] is None or row.number <= span[1]),
        Timed: lambda moment: _timed(row, getattr(row, term.key), term.key, moment)}
    holds = any(map(tests[type(term)], term.values))
    return bool(holds != term.negated)


def _tokens(text: str) -> list[str]:
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return re.findall(r"[^\W_]+", plain.lower())


def _holds(tokens: list[str], wanted: list[str], prefix: bool) -> bool:
    for start in range(len(tokens) - len(wanted) + 1):
        part = tokens[start:start + len(wanted)]
        if part[:-1] == wanted[:-1] and (part[-1].startswith(wanted[-1]) if prefix else part[-1] == wanted[-1]):
            return True
    return False


def _small(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def _one(have: str, value: str, *, me: bool = False) -> bool:
    if "*" in value:
        return bool(have) and fnmatchcase(_small(have), re.sub(r"([\[?])", r"[\1]", _small(value)))
    if value.lower() == "none":
        return have == ""
    if me and value.lower() == "me":
        return have == ME
    return have in (value, _small(value), _small(value).replace("-", " "), _small(value).replace("_", " "))


def _named(row: Row, key: str, value: str) -> bool:
    late = row.phase != "done" and row.due is not None and row.due <= NOW
    if key == "is":
        return {"open": row.phase != "done", "done": row.phase == "done", "waiting": row.phase == "waiting",
                "initial": row.phase == "initial", "active": row.phase == "active", "late": late,
                "unassigned": not row.assignee, "mine": row.assignee == ME, "watched": ME in row.watchers,
                "escalated": row.escalated > 0, "reopened": row.reopened > 0, "merged": row.merged_into != 0,
                "paused": row.promise == "paused", "unanswered": row.unanswered > 0,
                "rated": row.satisfaction > 0}[value]
    if key == "has":
        return {"attachment": row.attachments > 0, "root-cause": bool(row.root_cause), "knowledge": bool(row.knowledge),
                "satisfaction": row.satisfaction > 0}[value]
    if key == "requester":
        both = f"{row.requester} {row.requester_mail}"
        if value.lower() == "none":
            return both == " "
        return fnmatchcase(_small(both), "*" + re.sub(r"([\[?])", r"[\1]", _small(value)) + "*")
    lists = {"tag": row.tags, "watcher": row.watchers}
    if key in lists:
        return not lists[key] if value.lower() == "none" else any(
            _one(each, value, me=key == "watcher") for each in lists[key])
    if key == "link":
        if value.lower() == "none":
            return not row.links
        if value.lower() in tuple(LinkKind):
            return any(kind == value.lower() for kind, _ in row.links)
        return any(_one(target, value.removeprefix("#")) for _, target in row.links)
    return _one(getattr(row, {"alert": "alert_key"}.get(key, key)), value, me=key == "assignee")


def _compares(have: int, sign: str, number: int) -> bool:
    return {"<": have < number, "<=": have <= number, "=": have == number, ">=": have >= number,
            ">": have > number}[sign]


def _ranked(row: Row, key: str, sign: str, number: int) -> bool:
    have: int = getattr(row, key)
    return _compares(have, sign, number) and (key == "priority" or bool(have) or not number)


def _timed(row: Row, at: int | None, key: str, moment: Moment) -> bool:
    if moment.word == "none":
        return at is None
    if at is None:
        return False
    if moment.word == "late":
        return row.phase != "done" and at <= NOW
    if moment.sign:
        if key == "due":
            return at <= NOW + moment.ms if moment.sign == "<" else at > NOW + moment.ms
        return at >= NOW - moment.ms if moment.sign == "<" else at < NOW - moment.ms
    day, today = _day(at), _day(NOW)
    if moment.word == "week":
        return day.isocalendar()[:2] == today.isocalendar()[:2]
    if moment.word == "month":
        return (day.year, day.month) == (today.year, today.month)
    if moment.word:
        return (day - today).days == {"yesterday": -1, "today": 0, "tomorrow": 1}[moment.word]
    return (not moment.begin or day >= date.fromisoformat(moment.begin)) and (
        not moment.end or day <= date.fromisoformat(moment.end))


def _day(at: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(milliseconds=at)).astimezone(ZONE).date()
