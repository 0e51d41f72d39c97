"""Canned texts and macros: places are filled in once, mistakes are found when the configuration is read."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.errors import UsageError
from opsconsole.tickets.canned import PLACES, POST_MORTEM, fill, fitting, macro, moments, set_mistake, template_mistake
from opsconsole.tickets.model import Priority, Ticket
from opsconsole.tickets.settings import Canned, Closing, TicketSettings

TICKET = Ticket(42, "redis {actor}", "It *fails*.", "bug", "triage", priority=Priority.HIGH, category="bug",
                requester="Maria", requester_mail="maria@example.com", team="web", assignee="ana", tags=("vpn", "slow"),
                release="2.4", version_seen="2.3", root_cause="a typo")
EXTRA = {"date": "2026-11-28", "time": "14:31", "timeline": "- 14:30 ana: note", "question": "How was it?"}


@pytest.mark.parametrize(("text", "filled"), [
    ("", ""), ("nothing", "nothing"), ("#{ticket.number}: {ticket.title}", "#42: redis {actor}"),
    ("Dear {requester} <{requester.mail}>, {actor}", "Dear Maria <maria@example.com>, ben"),
    ("{ticket.state} {ticket.priority} {ticket.category}", "triage high bug"),
    ("{ticket.assignee} {ticket.team} {ticket.release} {ticket.version}", "ana web 2.4 2.3"),
    ("{ticket.tags}; {ticket.root_cause}; {ticket.description}", "vpn, slow; a typo; It *fails*."),
    ("{date} {time} {timeline} {question}", "2026-11-28 14:31 - 14:30 ana: note How was it?"),
    ('{"json": 1} ${HOME} {}', '{"json": 1} ${HOME} {}'), ("{Ticket.number} {actor }", "{Ticket.number} {actor }"),
    ("{{ticket.number}}", "{42}"), ("{unknown.place}", "{unknown.place}"),
])
def test_fill(text: str, filled: str) -> None:
    assert fill(text, TICKET, "ben", EXTRA) == filled


def test_what_is_filled_in_is_not_read_again() -> None:
    assert fill("{ticket.title}", TICKET, "{ticket.number}") == "redis {actor}"
    assert fill("{actor}", TICKET, "{ticket.number}") == "{ticket.number}"


def test_without_a_name_the_address_says_who_asks() -> None:
    assert fill("{requester}", Ticket(1, requester_mail="kim@example.com"), "") == "kim"


@pytest.mark.parametrize(("text", "mistake"), [
    ("", ""), ("{ticket.number} {actor} { a } {A}", ""), (POST_MORTEM, ""),
    ("{ticket.numbr}", "nothing fills `{ticket.numbr}`; did you mean `ticket.number`?"),
])
def test_template_mistakes(text: str, mistake: str) -> None:
    assert template_mistake(text) == mistake


def test_a_place_that_is_like_no_other_lists_all() -> None:
    said = template_mistake("{qqqq}")
    assert all(f"{{{place}}}" in said for place in PLACES)


def test_moments_are_local() -> None:
    assert moments(1_795_000_000_000, ZoneInfo("Europe/Berlin")) == {"date": "2026-11-18", "time": "12:06"}


@pytest.mark.parametrize(("wanted", "state", "fields"), [
    ({}, "", {}), ({"state": " waiting "}, "waiting", {}), ({"priority": "High"}, "", {"priority": "high"}),
    ({"assignee": "me"}, "", {"assignee": "ben"}), ({"assignee": "none"}, "", {"assignee": ""}),
    ({"assignee": "cho"}, "", {"assignee": "cho"}), ({"tags": "+new -vpn"}, "", {"tags": ["slow", "new"]}),
    ({"tags": "+vpn"}, "", {"tags": ["vpn", "slow"]}), ({"tags": "-gone"}, "", {"tags": ["vpn", "slow"]}),
    ({"tags": "a, b a"}, "", {"tags": ["a", "b"]}), ({"tags": ""}, "", {"tags": []}),
    ({"watchers": "+me"}, "", {"watchers": ["ben"]}), ({"impact": "3"}, "", {"impact": 3}),
    ({"release": " 2.5 "}, "", {"release": "2.5"}),
])
def test_macros(wanted: dict[str, str], state: str, fields: dict[str, Any]) -> None:
    made = macro(wanted, TICKET, "ben")
    assert (made.state, made.fields) == (state, fields)


@pytest.mark.parametrize(("name", "text", "mistake"), [
    ("priority", "hot", "priority must be one of urgent, high, medium, low, not `hot`."),
    ("impact", "6", "impact must be a number from 0 to 5, not `6`."),
    ("effort", "²", "effort must be a number from 0 to 5, not `²`."),
    ("tags", "+a b", "tags are either all with + or - before them, or none: `+a b`."),
    ("tags", "x" * 99, "a word of tags has at most 80 characters."), ("state", "anything", ""), ("tags", "a b", ""),
])
def test_set_mistakes(name: str, text: str, mistake: str) -> None:
    assert set_mistake(name, text) == mistake
    if mistake:
        with pytest.raises(UsageError):
            macro({name: text}, TICKET, "ben")


def test_the_configuration_tells_mistakes() -> None:
    paths = [path for path, _ in Canned(text="{nope}", set={"tags": "+a b", "voters": "x"}).mistakes()]
    assert paths == [("text",), ("set", "tags"), ("set", "voters")]
    assert [path for path, _ in Canned().mistakes()] == [("text",)]
    assert [path for path, _ in Closing(post_mortem="{nope}").mistakes()] == [("post_mortem",)]


def test_only_texts_that_fit_are_offered() -> None:
    settings = TicketSettings(canned={"a": Canned(text="x"), "b": Canned(text="x", message="note"),
                                      "c": Canned(text="x", categories=("billing",)),
                                      "d": Canned(text="x", categories=("bug",))})
    assert list(fitting(settings, TICKET, "reply")) == ["a", "d"]
    assert list(fitting(settings, TICKET, "note")) == ["b"]


@given(st.text(max_size=200))
def test_a_text_without_mistake_keeps_no_place(text: str) -> None:
    filled = fill(text, TICKET, "ben", EXTRA)
    if not template_mistake(text) and "{" not in text:
        assert filled == text


@given(st.sampled_from(sorted(PLACES)), st.text(max_size=40))
def test_every_place_is_filled(place: str, around: str) -> None:
    assert f"{{{place}}}" not in fill(f"{{{place}}}", Ticket(1), "ben", EXTRA)
    assert not template_mistake(f"{around.replace('{', '')}{{{place}}}")
