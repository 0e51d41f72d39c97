"""Where tickets can go, and the reasons why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.identity import Role
from opsconsole.tickets.lifecycle import (
    Offer,
    aim,
    carried,
    end_of,
    lifecycle_of,
    missing,
    moves,
    offer,
    reopened_in,
    resumed_in,
    value,
)
from opsconsole.tickets.model import Phase, Priority, Ticket
from opsconsole.tickets.settings import BUILT_IN, Lifecycle, Move, TicketSettings
from opsconsole.tickets.settings.desk import Category, FormField

SETTINGS = TicketSettings()


def bug(state: str, **fields: object) -> Ticket:
    phase = BUILT_IN["bug"].states[state]
    return replace(Ticket(1, "it crashes", lifecycle="bug", category="bug", state=state, phase=phase), **fields)


def found(offers: tuple[Offer, ...], state: str) -> Offer:
    return next(one for one in offers if one.state == state)


def test_what_can_be_reached_comes_first_in_the_order_of_the_lifecycle() -> None:
    offers = moves(bug("reported"), SETTINGS, Role.OPERATOR)
    assert [one.state for one in offers if one.allowed] == ["triage", "waiting", "closed"]
    assert [one.allowed for one in offers] == [True] * 3 + [False] * 6
    assert found(offers, "testing").reason == "no step leads there from reported"
    assert "reported" not in [one.state for one in offers]


@given(st.sampled_from(sorted(BUILT_IN)), st.data(), st.sampled_from(Role))
def test_an_offer_is_a_step_of_the_lifecycle_and_nothing_else_is(name: str, data: st.DataObject, role: Role) -> None:
    lifecycle = BUILT_IN[name]
    state = data.draw(st.sampled_from(sorted(lifecycle.states)))
    ticket = Ticket(1, lifecycle=name, state=state, phase=lifecycle.states[state])
    offers = moves(ticket, SETTINGS, role)
    assert sorted(one.state for one in offers) == sorted(lifecycle.states.keys() - {state})
    for one in offers:
        move = lifecycle.moves.get(state, {}).get(one.state)
        assert one.allowed == (move is not None and role >= move.role)
        assert bool(one.reason) != one.allowed
        assert one.phase is lifecycle.states[one.state]


def test_a_field_that_is_missing_can_be_given_with_the_move() -> None:
    ticket = bug("triage")
    assert offer(ticket, SETTINGS, Role.OPERATOR, "assigned").require == ("assignee",)
    assert offer(ticket, SETTINGS, Role.OPERATOR, "assigned", given={"assignee": "ana"}).require == ()
    assert offer(ticket, SETTINGS, Role.OPERATOR, "assigned", given={"assignee": ""}).require == ("assignee",)
    assert offer(bug("triage", assignee="ben"), SETTINGS, Role.OPERATOR, "assigned").require == ()
    assert offer(bug("triage", assignee="ben"), SETTINGS, Role.OPERATOR, "assigned",
                 given={"assignee": ""}).require == ("assignee",)


def test_a_message_is_asked_for() -> None:
    closing = offer(bug("triage"), SETTINGS, Role.OPERATOR, "closed")
    assert (closing.message, closing.needs_message) == ("reply", True)


def test_urgent_tickets_need_a_root_cause() -> None:
    ticket = bug("testing", priority=Priority.URGENT)
    assert offer(ticket, SETTINGS, Role.OPERATOR, "resolved").require == ("root_cause",)
    assert offer(bug("testing"), SETTINGS, Role.OPERATOR, "resolved").require == ()
    done = bug("resolved", priority=Priority.URGENT, release="1.2")
    assert offer(done, SETTINGS, Role.OPERATOR, "deployed").require == ()


def test_what_blocks_it_must_be_done_first() -> None:
    one = offer(bug("testing"), SETTINGS, Role.OPERATOR, "resolved", blockers=[12, 7])
    assert (one.allowed, one.reason) == (False, "#7, #12 must be done first")
    assert offer(bug("testing"), SETTINGS, Role.OPERATOR, "in progress", blockers=[7]).allowed
    many = offer(bug("testing"), SETTINGS, Role.OPERATOR, "resolved", blockers=list(range(1, 9)))
    assert many.reason == "#1, #2, #3, #4, #5 and 3 more must be done first"


def test_a_role_that_is_too_low_is_named() -> None:
    ticket = Ticket(1, lifecycle="feature", state="request")
    assert offer(ticket, SETTINGS, Role.OPERATOR, "declined").reason == "it takes the role supervisor"
    assert offer(ticket, SETTINGS, Role.SUPERVISOR, "declined").allowed


def test_a_merged_ticket_goes_nowhere() -> None:
    assert {one.reason for one in moves(bug("closed", merged_into=9), SETTINGS, Role.ADMIN)} == {
        "it was merged into 9"}


def test_the_present_state_and_one_that_there_is_not() -> None:
    assert offer(bug("triage"), SETTINGS, Role.ADMIN, "triage").reason == "it is triage already"
    assert offer(bug("triage"), SETTINGS, Role.ADMIN, "limbo").reason == "its lifecycle has no state limbo"


def test_out_of_a_state_that_the_configuration_lost_every_state_can_be_reached() -> None:
    lost = Ticket(1, lifecycle="bug", state="limbo", phase=Phase.ACTIVE)
    assert all(one.allowed for one in moves(lost, SETTINGS, Role.OPERATOR))
    other = Ticket(1, lifecycle="gone", category="feature", state="limbo")
    assert lifecycle_of(other, SETTINGS) is BUILT_IN["feature"]
    assert lifecycle_of(Ticket(1, lifecycle="gone", category="gone"), SETTINGS) is BUILT_IN["support"]


def test_fields_of_the_form_are_asked_for_by_their_place() -> None:
    lifecycle = Lifecycle(states={"a": Phase.INITIAL, "b": Phase.DONE}, moves={"a": {"b": Move(require=("steps",))}})
    settings = TicketSettings(lifecycles={"mine": lifecycle}, categories={
        "x": Category(lifecycle="mine", form={"steps": FormField()})})
    ticket = Ticket(1, lifecycle="mine", category="x", state="a")
    assert offer(ticket, settings, Role.OPERATOR, "b").require == ("fields.steps",)
    assert offer(ticket, settings, Role.OPERATOR, "b", given={"fields.steps": "click"}).require == ()
    filled = replace(ticket, fields={"steps": "click"})
    assert offer(filled, settings, Role.OPERATOR, "b").require == ()
    assert value(filled, "fields.steps") == "click"
    assert missing(ticket, ("assignee", "assignee"), {}) == ("assignee",)


def test_the_key_for_closing_aims_at_what_can_be_reached() -> None:
    assert aim(bug("reported"), SETTINGS, Role.OPERATOR) == "closed"
    assert aim(bug("testing"), SETTINGS, Role.OPERATOR) == "resolved"
    assert aim(Ticket(1, lifecycle="support", state="new"), SETTINGS, Role.OPERATOR) == "resolved"
    assert aim(bug("testing"), SETTINGS, Role.OPERATOR) == "resolved"
    assert aim(Ticket(1, lifecycle="feature", state="request"), SETTINGS, Role.OPERATOR) == ""


@pytest.mark.parametrize(("name", "end", "reopened"), [
    ("bug", "closed", "reopened"), ("feature", "deploy", "review"), ("support", "resolved", "open")])
def test_ends_and_reopenings(name: str, end: str, reopened: str) -> None:
    assert end_of(BUILT_IN[name]) == end
    assert reopened_in(BUILT_IN[name]) == reopened


def test_a_waiting_ticket_goes_on_where_it_was() -> None:
    assert resumed_in(BUILT_IN["support"], "new") == "open"
    assert resumed_in(BUILT_IN["bug"], "testing") == "testing"
    assert resumed_in(BUILT_IN["bug"], "resolved") == "reported"
    assert resumed_in(BUILT_IN["bug"], "") == "reported"


def test_another_lifecycle_keeps_the_state_of_the_same_name() -> None:
    assert carried("waiting", BUILT_IN["feature"]) == "waiting"
    assert carried("testing", BUILT_IN["feature"]) == "request"
