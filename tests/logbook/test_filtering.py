"""The filter of the log: what it understands, what it says where it does not, and what it finds."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR
from opsconsole.logbook.filtering import KEYS, LONGEST, FilterError, Term, compiled, parse
from opsconsole.logbook.model import Entry, EntryType, Point, Status
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, BEN, START

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.logbook.logdesk import LogDesk

PIECES = st.lists(st.sampled_from([*(f"{key}:" for key in KEYS), *(f"-{key}:" for key in KEYS), '"', " ", ",", "-", ":",
                                   "30d", "2027-01-04", "2027-13-01", "0000-01-01", "today", "open", "daily", "ana",
                                   "#17", "9" * 20, "99999999w", "1e999", "NEAR(", "*", "\x00", "\ud800", "\u0660",
                                   "\n", "\x1b[31m", "is:", "x" * 50]), max_size=30).map("".join)


def parsed(text: str) -> tuple[Term, ...] | FilterError:
    try:
        return parse(text)
    except FilterError as problem:
        return problem


@given(st.one_of(PIECES, st.text(max_size=100)))
def test_whatever_is_typed_is_a_filter_or_a_mistake_with_its_place(text: str) -> None:
    terms = parsed(text)
    if isinstance(terms, FilterError):
        assert 0 <= terms.position <= len(text)
        assert terms.length >= 1
        assert terms.sentence.endswith((".", "?"))
        return
    for zone in (UTC, None):
        made = compiled(terms, now=START, zone=zone)
        said = "\n".join((made.where, *(one.sql for one in made.named)))
        assert all(f":{name}" in said for name in made.params)
        assert all(isinstance(value, str) or abs(value) < 2**63 for value in made.params.values())


@pytest.mark.parametrize(("text", "terms"), [
    ("", ()), ("  ", ()), ('""', ()), ("disk", (Term("", ("disk",), prefix=True),)), ("disk ", (Term("", ("disk",)),)),
    ('-"no disk"', (Term("", ("no disk",), negated=True),)), ('"open', (Term("", ("open",), prefix=True),)),
    ('"a ""b"""', (Term("", ('a "b"',)),)), ("type:daily,Weekly", (Term("type", ("daily", "weekly")),)),
    ("-by:Ana", (Term("by", ("ana",), negated=True),)), ('tag:"a, b",c', (Term("tag", ("a, b", "c")),)),
    ("ticket:#017", (Term("ticket", ("17",)),)), ("since:30d", (Term("since", (str(30 * DAY),)),)),
    ("until:2027-01-04", (Term("until", ("2027-01-04",)),)), ("12:30", (Term("", ("12:30",), prefix=True),)),
    ("df -h ", (Term("", ("df",)), Term("", ("-h",)))), ("http://x ", (Term("", ("http://x",)),)),
    ("C:\\x ", (Term("", ("C:\\x",)),)), ("redis:6379 ", (Term("", ("redis:6379",)),))])
def test_what_is_understood(text: str, terms: tuple[Term, ...]) -> None:
    assert parse(text) == terms


@pytest.mark.parametrize(("text", "message", "position"), [
    ("a tpye:daily", "there is no key `tpye`; did you mean `type`?", 2), ("is:opn", "`is:` knows no `opn`", 3),
    ("type:", "`type:` needs a value right after it", 0), ("is:", "`is:` needs a value", 0),
    ("ticket:x", "`ticket:` takes a number", 7), ("since:soon", "`since:` takes today, yesterday, a date", 6),
    ("since:2027-02-30", "there is no day 2027-02-30", 6), ("until:0001-01-01", "there is no day", 6),
    ("status:bad", "`status:` knows no `bad`; it takes normal, issues", 7), ("x " * 41, "at most 40 parts", 80),
    ("x" * (LONGEST + 1), "at most 2000 characters", 2000), ("tag:" + "x," * 41, "at most 40 values", 84),
    ("foo:bar", "there is no key `foo`; put it in quotes", 0)])
def test_a_mistake_says_where(text: str, message: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.position == position
    assert str(caught.value).startswith(f"At character {position + 1}: ")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[LogDesk]:
    async with logdesk(tmp_path) as made:
        for number, (title, fields) in enumerate(ENTRIES.items(), 1):
            entry = await made.new(title, fields.get("type", EntryType.CHANGE), **{
                "begun": START - number * DAY, **{name: one for name, one in fields.items() if name != "type"}})
            assert entry.id == number
        await made.service.sign(ANA, 2)
        await made.service.sign(BEN, 3)
        await made.service.amend(ANA, 3, {"notes": "It was the Größte of all"}, "misremembered")
        await made.service.attach(ANA, 4, "smart-report.txt", b"x")
        await made.service.drop(ANA, 5, "twice")
        yield made


ENTRIES: dict[str, dict[str, Any]] = {
    "Disk 3 swapped": {"tasks": (Point("array rebuilt", 17),), "tags": ("disk", "two words"), "ended": START},
    "nginx reloaded": {"type": EntryType.DAILY, "checks": ("web",), "performed_by": ("ana", "Ben Ö")},
    "Power failed": {"type": EntryType.EMERGENCY, "status": Status.ISSUES, "notes": "the smallest of all",
                     "performed_by": ("ben",)},
    "Looked around": {"type": EntryType.DAILY, "found": (Point("disk noisy", 18),), "begun": START - 4 * DAY},
    "Written twice": {"tags": ("disk",)}}


@pytest.mark.parametrize(("text", "found"), [
    ("", [1, 2, 3, 4]), ("type:daily", [2, 4]), ("-type:daily", [1, 3]), ("type:daily,emergency", [2, 3, 4]),
    ("by:ana", [1, 2, 4]), ("by:BEN", [3]), ('by:"ben Ö"', [2]), ("is:open", [1, 4]), ("is:signed", [2, 3]),
    ("is:amended", [3]), ("is:dropped", [5]), ("is:dropped,open", [1, 4, 5]), ("-is:dropped", [1, 2, 3, 4]),
    ("is:running", [4]), ("status:issues", [3]), ("check:web", [2]), ("tag:disk", [1]), ('tag:"two words"', [1]),
    ("tag:disk is:dropped", [5]), ("ticket:17", [1]), ("ticket:#18,17", [1, 4]), ("disk", [1, 4]), ("dis", [1, 4]),
    ("dis ", []), ('"disk noisy"', [4]), ('-"disk"', [2, 3]), ("rebuilt array", [1]), ('"rebuilt array"', []),
    ("grosste", []), ("größ", [3]), ("grÖßte ", [3]), ("smallest", [3]), ("misremembered", [3]), ("smart-report", [4]),
    ("Ben", [2, 3]), ("since:2d", [1, 2]), ("until:3d", [4]), ("since:3d until:2d", [3]), ("run:1", []),
    ("since:yesterday", [1]), ("since:today", []), ("-since:yesterday", [2, 3, 4]), ("since:2026-11-15", [1, 2, 3]),
    ("until:2026-11-15", [3, 4]), ("since:36500d", [1, 2, 3, 4]), ("***", [1, 2, 3, 4]), ("x' OR 1=1 --", []),
    ("by:nobody", []), ("type:daily by:ana web", [2])])
async def test_what_is_found(desk: LogDesk, text: str, found: list[int]) -> None:
    assert await desk.found(text) == found


async def test_pages_of_what_was_found_newest_first(desk: LogDesk) -> None:
    found = await desk.service.find()
    assert found.filter == ""
    assert [one.id for one in await desk.service.rows(found, 1, 2)] == [2, 3]
    assert [one.id for one in await desk.service.rows(found, 3, 9)] == [4]
    assert await desk.service.rows(found, 9, 9) == await desk.service.rows(found, -5, 0) == []
    row = (await desk.service.rows(found, 0, 1))[0]
    assert (row.title, row.counts, row.performed_by) == ("Disk 3 swapped", (1, 0, 0, 0), ("ana",))


async def test_entries_of_a_time_oldest_first(desk: LogDesk) -> None:
    between = await desk.service.between(START - 4 * DAY, START - DAY)
    assert [one.id for one in between] == [4, 3, 2]
    assert between[1].notes == "It was the Größte of all"
    assert between == [await desk.service.entry(number) for number in (4, 3, 2)]


async def test_whatever_is_stored_is_found_again(desk: LogDesk) -> None:
    entry = await desk.new(begun=START + HOUR, notes="NEAR(a b) \"quoted\" AND-OR*")
    assert isinstance(entry, Entry)
    for text in ('"near(a b)"', "NEAR(a", '"quoted"', "and-or*", "b) "):
        assert entry.id in await desk.found(text)
    saved = await desk.save(BEN, entry, notes="other")
    assert saved == replace(entry, notes="other", version=2)
    assert (await desk.found("quoted"), await desk.found("other")) == ([], [entry.id])
