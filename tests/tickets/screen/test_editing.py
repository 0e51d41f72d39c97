"""The fields of several tickets at once: what differs is kept, given to all, or taken from all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.tickets.cases.fields import merged_fields
from opsconsole.tickets.filters import Vocabulary
from opsconsole.tickets.model import Priority, Ticket, plain
from opsconsole.tickets.screen.editing import CLEARS, DIFFERENT, NONE, common_fields, edits_of
from opsconsole.tickets.screen.forms import value_of
from opsconsole.tickets.settings import Category, FormField

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.console.widgets.field import Field

FORM = Category(wish=True, form={
    "url": FormField(label="URL", required=True),
    "role": FormField(label="Role", kind="choice", options=("guest", "admin")),
    "steps": FormField(label="Steps", kind="text")})
CATEGORIES = {"bug": FORM}
WORDS = st.lists(st.sampled_from(["vpn", "office", "old"]), unique=True, max_size=3).map(tuple)
TEXTS = st.sampled_from(["", "2.1", "3.0"])
TICKETS = st.lists(st.builds(
    lambda tags, release, role, impact: ticket(tags=tags, release=release, impact=impact,
                                               fields={"url": "x", **({"role": role} if role else {})}),
    WORDS, TEXTS, st.sampled_from(["", "guest", "admin"]), st.integers(0, 5)), min_size=2, max_size=4)


def ticket(number: int = 1, **more: Any) -> Ticket:
    return Ticket(number=number, title="x", category="bug", priority=Priority.LOW, **more)


def fields_of(tickets: Sequence[Ticket]) -> dict[str, Field]:
    return {one.name: one for one in common_fields(tickets, CATEGORIES, Vocabulary())}


def edited(tickets: Sequence[Ticket], changed: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the fields of each ticket become."""
    numbered = list(enumerate(tickets, 1))
    fields = fields_of(tickets)
    base = {name: {str(number): plain(value_of(one, name)) for number, one in numbered} for name in fields}
    edits = edits_of(base, {**{name: field.value for name, field in fields.items()}, **changed},
                     [number for number, _ in numbered])
    made = []
    for number, one in numbered:
        edit = edits.get(number)
        merged, clashes = merged_fields(one, edit.base, edit.wanted) if edit is not None else ({}, {})
        assert not clashes
        made.append(merged)
    return made


def listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@given(TICKETS, st.sampled_from(["tags", "release", "fields.role", "impact"]))
def test_a_sign_takes_from_all_what_differs(tickets: list[Ticket], name: str) -> None:
    field, values = fields_of(tickets)[name], [listed(value_of(one, name)) for one in tickets]
    differ = any(one != values[0] for one in values)
    for merged, before in zip(edited(tickets, {name: NONE} if differ else {}), values, strict=True):
        assert merged.get(name, before) == (type(before)() if differ else before)
    if differ:
        assert field.check is None or field.check(NONE) is None
        assert NONE in field.hint


@given(TICKETS)
def test_what_nobody_touched_stays(tickets: list[Ticket]) -> None:
    assert edited(tickets, {}) == [{}] * len(tickets)


def test_words_beside_the_sign_are_all_that_stays() -> None:
    tickets = [ticket(tags=("vpn", "old")), ticket(tags=("vpn",))]
    assert edited(tickets, {"tags": f"{NONE} office"}) == [{"tags": ["office"]}] * 2
    assert edited(tickets, {"tags": f"vpn {NONE}"})[0] == {"tags": ["vpn"]}


@pytest.mark.parametrize(("name", "hint"), [("fields.url", DIFFERENT), ("fields.steps", CLEARS), ("release", CLEARS)])
def test_what_a_ticket_needs_is_not_taken(name: str, hint: str) -> None:
    form = name.removeprefix("fields.")
    tickets = [ticket(fields={"url": "x", form: f"v{number}"}, release=str(number)) for number in range(2)]
    field = fields_of(tickets)[name]
    assert field.hint == hint
    said = field.wrong(NONE)
    assert said == ("URL cannot be taken away." if hint == DIFFERENT else None)


def test_choices_that_differ_offer_none() -> None:
    role = fields_of([ticket(fields={"role": "guest"}), ticket(fields={"role": "admin"})])["fields.role"]
    assert [word for _, word in role.options] == ["each its own", "none", "guest", "admin"]
