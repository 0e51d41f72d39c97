"""An entry with its amendments, and what two people wrote at the same time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.logbook.cases.base import plain
from opsconsole.logbook.merging import FIELDS, merged, still_done, typed, wanted_of
from opsconsole.logbook.model import Action, Amendment, Entry, EntryType, Point, Status

ENTRY = Entry(1, EntryType.DAILY, "x", 5, performed_by=("ana",), tasks=(Point("a"),), actions=(Action("b"),))
TEXTS = st.text(max_size=6)
NAMES = st.lists(TEXTS, max_size=3).map(tuple)
POINTS = st.lists(st.builds(Point, TEXTS, st.integers(0, 99)), max_size=4).map(tuple)
ACTIONS = st.lists(st.builds(Action, TEXTS, TEXTS, st.just("2027-01-04"), st.none() | st.integers(0, 9)),
                   max_size=3).map(tuple)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(EntryType), "title": TEXTS, "begun": st.integers(0, 9), "ended": st.none() | st.integers(9),
    "status": st.sampled_from(Status), "performed_by": NAMES, "tasks": POINTS, "found": POINTS, "resolved": POINTS,
    "escalated": POINTS, "actions": ACTIONS, "notes": TEXTS, "seconds": st.floats(0, 1e9), "checks": NAMES,
    "tags": NAMES}
CHANGES = st.fixed_dictionaries({}, optional=VALUES)


def amendment(number: int, changes: dict[str, Any]) -> Amendment:
    return Amendment(number, 1, number, 5, "ana", "why", plain(changes))


def test_there_is_a_value_for_each_field() -> None:
    assert tuple(VALUES) == FIELDS == Entry.__struct_fields__[1:16]


@given(st.lists(CHANGES, max_size=5), st.integers(0, 5))
def test_to_read_in_between_changes_nothing(changes: list[dict[str, Any]], place: int) -> None:
    amendments = [amendment(number, one) for number, one in enumerate(changes, 1)]
    whole = merged(ENTRY, amendments)
    assert merged(merged(ENTRY, amendments[:place]), amendments[place:]) == whole
    expected: dict[str, Any] = {}
    for one in changes:
        expected |= one
    assert whole == replace(ENTRY, **expected)


@given(CHANGES)
def test_values_come_back_from_their_plain_forms(changes: dict[str, Any]) -> None:
    assert {name: typed(name, value) for name, value in plain(changes).items()} == changes
    assert {name: typed(name, value) for name, value in changes.items()} == changes


@pytest.mark.parametrize(("name", "value"), [("id", 5), ("seal", "x"), ("type", "x"), ("tasks", "x"), ("begun", 1.5)])
def test_what_is_no_value_of_a_field(name: str, value: Any) -> None:
    with pytest.raises(ValueError):
        typed(name, value)
    with pytest.raises(ValueError):
        merged(ENTRY, [Amendment(1, 1, 1, 5, "ana", "why", {name: value})])


@given(CHANGES, CHANGES)
def test_two_people_together(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    now = replace(ENTRY, **theirs)
    base = {name: getattr(ENTRY, name) for name in mine}
    changes, clashes = wanted_of(now, mine, base)
    assert not set(changes) & set(clashes)
    for name, wanted in mine.items():
        if name == "actions":
            continue
        if name not in theirs or theirs[name] == base[name]:
            assert changes.get(name, base[name]) == wanted
            assert name not in clashes
        if wanted == base[name]:
            assert name not in changes
            assert name not in clashes
        if name in clashes:
            assert clashes[name] == (theirs[name], wanted)
        elif name in changes and isinstance(wanted, tuple):
            after, was = set(changes[name]), set(base[name])
            assert after >= (set(wanted) | set(theirs.get(name, was))) - was
            assert not after & ((was - set(wanted)) | (was - set(theirs.get(name, was))))


@given(CHANGES, CHANGES)
def test_the_same_again_is_no_change(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    now = replace(ENTRY, **theirs)
    base = {name: getattr(now, name) for name in mine}
    changes, clashes = wanted_of(now, mine, base)
    assert not clashes
    after = replace(now, **changes)
    assert wanted_of(after, mine, {name: getattr(after, name) for name in mine})[0] == {}


A, B, C, D = (Point(text) for text in "abcd")


@pytest.mark.parametrize(("was", "now", "wanted", "after"), [
    ((A,), (A, B), (A, C), (A, B, C)), ((A, B), (B,), (A,), ()), ((A, B), (B,), (A, B, C), (B, C)),
    ((), (A,), (A, B), (A, B)), ((A,), (B,), (C,), None), ((A,), (B,), (B, C), None), ((A,), (), (A, D), (D,)),
    ((A, B), (B, A), (A, B, C), None), ((A, A), (A,), (A, A, B), None), ((A, B), (A, C), (D, B), (C, D))])
def test_lists_of_two_people(was: Any, now: Any, wanted: Any, after: Any) -> None:
    changes, clashes = wanted_of(replace(ENTRY, tasks=now), {"tasks": wanted}, {"tasks": was})
    assert (changes.get("tasks"), clashes) == (after, {} if after is not None else {"tasks": (now, wanted)})


def test_actions_keep_that_they_are_done() -> None:
    done = Action("b", "ben", "2027-01-04", 7, "ben")
    assert still_done((done,), (Action("b", "zoe"), Action("c"))) == (Action("b", "zoe", "", 7, "ben"), Action("c"))
    now = replace(ENTRY, actions=(done,))
    base = {"actions": (replace(done, done=None, done_by=""),)}
    assert wanted_of(now, base, base) == ({}, {})
    assert wanted_of(now, {"actions": ()}, base) == ({"actions": ()}, {})
