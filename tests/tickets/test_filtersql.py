"""Filters as SQL find what the plainest reading of them finds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.periods import day_start
from opsconsole.tickets.filters import parse_filter
from opsconsole.tickets.filters.keys import KEYS
from opsconsole.tickets.filtersql import compile_filter
from tests.hostile import CORPUS
from tests.tickets.filtering import ME, NOW, PHASES, WORDS, ZONE, Row, fits, made

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = (
    "none", "me", "ana", "ANA", "a*", "*a*", "*", "b?n", "anna_lena", "support", "DEV", "in-progress", "in_progress",
    "bug", "feature-request", "vpn", "printer", "a_b", "a*b", "50%", "5*%", "2.*", "2.1-rc", "check:redis", "rule:*",
    "*disk*", "#4", "4", "blocks", "parent", "redis-down", "müller", "MÜLLER", "%_\\", "\\", "_", "shop", "@example",
    "\udce4", "a\x00b", '"in progress"', '"Ana Müller"', '"a, b"', "'; --")
TIMES = ("<2d", ">2d", "<1h", ">0", "<0", "<=2d", "2026-03-29", "2026-03-28..2026-03-29", "2026-03-01..",
         "..2026-03-28", "today", "yesterday", "week", "month")
VALUES: dict[str, tuple[str, ...]] = {
    "rank": ("1", "<=3", ">=2", "<4", ">1", "=5"), "number": ("4", "#7", "5..9", "5..", "..9"), "time": TIMES}


def values(key: str) -> tuple[str, ...]:
    """What a key is tried with."""
    kind = KEYS[key].kind
    if key == "priority":
        return ("urgent", "<=high", ">=medium", "p3", "<p1", ">P2")
    if kind == "time":
        return (*TIMES, *(word for word in KEYS[key].words if word[0] not in "<>"))
    if kind in VALUES:
        return (*VALUES[kind], *(("none",) if key == "satisfaction" else ()))
    return KEYS[key].words if kind == "choice" else TEXTS


FILTERING = [key for key in KEYS if key != "sort"]
keyed = st.sampled_from(FILTERING).flatmap(lambda key: st.tuples(
    st.sampled_from(("", "-")), st.just(key), st.lists(st.sampled_from(values(key)), min_size=1, max_size=3))).map(
        lambda parts: f"{parts[0]}{parts[1]}:{','.join(parts[2])}")
words = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(WORDS).map(lambda word: word[:3]),
    st.sampled_from(("cafe", "GROSSE", "grosse", "große", "groß", "re", "r", "*", "🔥", "NEAR(a b)", "a OR b", "'",
                     "^x")),
    st.tuples(st.sampled_from(("", "-")), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)).map(
        lambda parts: f'{parts[0]}"{" ".join(parts[1])}"'))
texts = st.lists(st.one_of(keyed, words), max_size=4).map(" ".join).flatmap(
    lambda text: st.sampled_from((text, text + " ")))


def found(seed: int, text: str) -> list[int]:
    query = compile_filter(parse_filter(text), me=ME, now=NOW, zone=ZONE)
    rows = made(seed)[0].execute(
        f"SELECT t.number FROM ticket t WHERE {query.where} ORDER BY {query.order}", query.params)
    return [row[0] for row in rows]


def expected(seed: int, text: str) -> list[int]:
    wanted = parse_filter(text)
    return [row.number for row in made(seed)[1] if fits(row, wanted)]


@given(st.integers(0, 7), texts)
def test_sql_finds_what_the_words_say(seed: int, text: str) -> None:
    assert sorted(found(seed, text)) == expected(seed, text)


@pytest.mark.parametrize("key", FILTERING)
def test_every_value_of_every_key(key: str) -> None:
    for value in values(key):
        for sign in ("", "-"):
            text = f"{sign}{key}:{value}"
            assert sorted(found(3, text)) == expected(3, text), text


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_found_whole_and_while_it_is_typed(word: str) -> None:
    for end in range(1, len(word) + 1):
        assert sorted(found(3, word[:end])) == expected(3, word[:end]), word[:end]
    holding = [row.number for row in made(3)[1] if any(f" {word} " in f" {text} " for text in (row.title, *row.texts))]
    assert holding
    assert set(holding) <= set(found(3, word + " "))


def test_words_in_title_and_message_are_found_together() -> None:
    _raw, rows = made(3)
    row = next(row for row in rows if row.texts and set(row.title.split()) != set(row.texts[0].split()))
    assert row.number in found(3, f"{row.title.split()[0]} {row.texts[0].split()[0]} ")


SORTED: list[tuple[str, Callable[[Row], Any], bool]] = [
    ("", lambda row: (row.phase == "done", row.queue, row.priority, row.number), False),
    ("sort:due", lambda row: (row.phase == "done", row.queue, row.priority, row.number), False),
    ("sort:-due", lambda row: (-row.queue, -row.priority, row.number), False),
    ("is:open", lambda row: (row.queue, row.priority, row.number), False),
    ("sort:created", lambda row: (row.created, row.number), False),
    ("sort:-updated", lambda row: (-row.updated, row.number), False),
    ("sort:-number", lambda row: row.number, True),
    ("sort:priority,-created", lambda row: (row.priority, -row.created, row.number), False),
    ("sort:priority sort:-number", lambda row: (row.priority, -row.number), False),
    ("sort:state", lambda row: (PHASES.index(row.phase), row.state, row.number), False),
    ("sort:assignee", lambda row: (row.assignee == "", row.assignee, row.number), False),
    ("sort:-rank", lambda row: (-row.rank, row.number), False)]


@pytest.mark.parametrize(("text", "key", "backwards"), SORTED, ids=[text for text, *_ in SORTED])
def test_order(text: str, key: Callable[[Row], Any], backwards: bool) -> None:
    for seed in range(3):
        wanted = parse_filter(text)
        rows = [row for row in made(seed)[1] if fits(row, wanted)]
        assert found(seed, text) == [row.number for row in sorted(rows, key=key, reverse=backwards)]


def plan(text: str) -> str:
    query = compile_filter(parse_filter(text), me=ME, now=NOW, zone=ZONE)
    rows = made(0)[0].execute(
        f"EXPLAIN QUERY PLAN SELECT t.number FROM ticket t WHERE {query.where} ORDER BY {query.order}", query.params)
    return " | ".join(row[3] for row in rows)


@pytest.mark.parametrize("text", [
    "", "category:bug", "priority:<=high", "requester:ana", "assignee:a*", "tag:vpn", "-tag:vpn", "created:<2d",
    "resolved:week", "number:5..9", "watcher:me", "link:blocks", "alert:none", "release:2.*", "satisfaction:<=3",
    "has:root-cause", "has:knowledge", "is:merged", "is:done source:mail", "redis", "-state:waiting team:dev"])
def test_a_filter_goes_along_the_queue_and_reads_nothing_else_of_the_tickets(text: str) -> None:
    assert plan(text).startswith("SCAN t USING COVERING INDEX ticket_queue")
    assert "TEMP B-TREE" not in plan(text)


@pytest.mark.parametrize("text", ["is:open", "is:waiting", "is:open assignee:me late sort:due", "due:late", "-is:done",
                                  "is:open,late category:bug redis", "is:open due:today"])
def test_what_is_open_is_read_from_the_index_of_that(text: str) -> None:
    assert "ticket_open" in plan(text)
    assert "TEMP B-TREE" not in plan(text)


def test_one_number_is_looked_up() -> None:
    assert plan("#7") == "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"


@given(st.text(max_size=60) | st.sampled_from(CORPUS))
def test_hostile_words_are_only_looked_for(text: str) -> None:
    inside = text.replace('"', '""')[:900]
    for one in (f'"{inside}"', f'"{inside}', f'requester:"x{inside.replace("*", "")}"'):
        found(0, one)


def test_days_begin_where_the_zone_says() -> None:
    assert day_start(date(2026, 3, 30), ZONE) - day_start(date(2026, 3, 29), ZONE) == 23 * 3_600_000
    assert day_start(date(2026, 10, 26), ZONE) - day_start(date(2026, 10, 25), ZONE) == 25 * 3_600_000
    assert day_start(date(2026, 3, 29), None) == day_start(date(2026, 3, 29), ZONE), "the tests' own zone"
