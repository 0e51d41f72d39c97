"""Which rule fits a ticket, and whom it means."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.config import decode
from opsconsole.tickets.model import Priority, Source, Ticket
from opsconsole.tickets.routing import Routed, fitting, in_turn, route
from opsconsole.tickets.settings import Routing, Team, TicketSettings

PEOPLE = ("ana", "ben", "cem", "dora")
TEAM = {"ops": PEOPLE}


def ticket(title: str = "redis refuses connections", **more: Any) -> Ticket:
    return Ticket(number=1, title=title, category=more.pop("category", "technical"), **more)


def settings(*rules: Routing, **teams: tuple[str, ...]) -> TicketSettings:
    return TicketSettings(routing=rules, teams={name: Team(members=one) for name, one in (teams or TEAM).items()})


def routed(rules: TicketSettings, one: Ticket, text: str = "", *, duty: dict[str, tuple[str, ...]] | None = None,
           loads: dict[str, int] | None = None, last: str = "") -> Routed:
    return route(one, text, rules, TEAM if duty is None else duty, loads or {}, {"ops": last} if last else {})


def test_the_first_rule_that_fits_counts() -> None:
    rules = settings(Routing(categories=("billing",), team="money"), Routing(team="ops", priority=Priority.HIGH),
                     Routing(team="late"))
    said = routed(rules, ticket())
    assert (said.team, said.person, said.priority, said.because) == ("ops", "", Priority.HIGH, "rule 2")
    assert routed(rules, ticket(category="billing")).because == "rule 1 (category billing)"
    assert routed(settings(), ticket()) == Routed()


@pytest.mark.parametrize(("rule", "one", "fits"), [
    (Routing(team="ops", categories=("tech*",)), ticket(), True),
    (Routing(team="ops", categories=("Tech*",)), ticket(), False),
    (Routing(team="ops", priorities=(Priority.URGENT,)), ticket(priority=Priority.URGENT), True),
    (Routing(team="ops", priorities=(Priority.URGENT,)), ticket(), False),
    (Routing(team="ops", sources=(Source.MAIL,)), ticket(source=Source.MAIL), True),
    (Routing(team="ops", sources=(Source.MAIL,)), ticket(), False),
    (Routing(team="ops", senders=("*@Example.com",)), ticket(requester_mail="Kim@EXAMPLE.com"), True),
    (Routing(team="ops", senders=("*@example.com",)), ticket(requester_mail="kim@example.com.evil"), False),
    (Routing(team="ops", senders=("*@example.com",)), ticket(), False),
    (Routing(team="ops", words=("REDIS",)), ticket(), True),
    (Routing(team="ops", words=("redi",)), ticket(), False),
    (Routing(team="ops", words=("refuses connections",)), ticket("it refuses \n connections!"), True),
    (Routing(team="ops", words=("straße",)), ticket("Keine STRASSE"), True),
    (Routing(team="ops", words=("c++",)), ticket("a bug in C++, again"), True),
    (Routing(team="ops", words=("a.c",)), ticket("abc"), False),
    (Routing(team="ops", words=(" ",)), ticket(), False),
    (Routing(team="ops", words=("vpn",), categories=("billing",)), ticket("vpn"), False),
])
def test_what_a_rule_asks_for(rule: Routing, one: Ticket, fits: bool) -> None:
    assert (fitting(one, "", settings(rule)) is not None) is fits


def test_words_are_looked_for_in_the_text_too() -> None:
    rules = settings(Routing(team="ops", words=("vpn",)))
    assert fitting(ticket(), "the VPN, since today", rules) is not None
    assert fitting(ticket(), "openvpn", rules) is None


def test_a_person_who_is_off_duty_gets_nothing_unless_the_rule_says_so() -> None:
    off: dict[str, tuple[str, ...]] = {"ops": ("ben",)}
    assert routed(settings(Routing(person="ana", team="ops")), ticket(), duty=off).person == ""
    assert routed(settings(Routing(person="ana")), ticket(), duty=off).person == ""
    assert routed(settings(Routing(person="ben")), ticket(), duty=off).person == "ben"
    assert routed(settings(Routing(person="ana", off_duty=True)), ticket(), duty=off).person == "ana"
    assert routed(settings(Routing(person="eve")), ticket(), duty=off).person == "eve", "no team says when eve works"


def test_who_stands_in_for_a_person_who_is_off_duty() -> None:
    said = routed(settings(Routing(person="ana", team="ops", how="round-robin")), ticket(), duty={"ops": ("cem",)})
    assert (said.person, said.turn) == ("cem", True)


def test_a_pool_is_given_to_nobody() -> None:
    said = routed(settings(Routing(team="ops", tags=("net",))), ticket())
    assert (said.team, said.person, said.tags, said.turn) == ("ops", "", ("net",), False)


def test_a_team_that_is_gone_has_nobody() -> None:
    assert routed(settings(Routing(team="gone", how="round-robin")), ticket()) == Routed(team="gone", because="rule 1")


@pytest.mark.parametrize(("rule", "says"), [
    (Routing(team="ops", how="round-robin"), "rule 1, nobody of it is on duty"),
    (Routing(team="ops", how="least-loaded", words=("x",)), "rule 1 (words x), nobody of it is on duty"),
    (Routing(team="ops", person="ana"), "rule 1, ana is not on duty"), (Routing(team="ops"), "rule 1")])
def test_that_nobody_is_on_duty_is_said(rule: Routing, says: str) -> None:
    said = route(ticket(title="x"), "", settings(rule), {"ops": ()}, {}, {})
    assert (said.team, said.person, said.because) == ("ops", "", says)


def test_rules_as_they_are_written() -> None:
    read = decode("teams: {ops: {members: [ana]}}\nrouting:\n- {words: [vpn], team: ops, how: least-loaded}\n",
                  TicketSettings, source="opsconsole.yaml", env={})
    assert routed(read, ticket("vpn"), duty={"ops": ("ana",)}).person == "ana"


people = st.lists(st.sampled_from(PEOPLE), unique=True)


@given(duty=people, loads=st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 5)),
       last=st.sampled_from(["", *PEOPLE, "gone"]), off=st.booleans(),
       how=st.sampled_from(["round-robin", "least-loaded"]))
def test_only_people_on_duty_and_always_the_same(duty: list[str], loads: dict[str, int], last: str, off: bool,
                                                 how: Any) -> None:
    rules = settings(Routing(team="ops", how=how, off_duty=off))
    said = routed(rules, ticket(), duty={"ops": tuple(duty)}, loads=loads, last=last)
    assert said == routed(rules, ticket(), duty={"ops": tuple(reversed(duty))}, loads=dict(reversed(loads.items())),
                          last=last)
    there = PEOPLE if off else tuple(duty)
    assert said.person in there or (not there and said.person == "")
    assert said.turn == bool(said.person)


@given(duty=people.filter(bool), loads=st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 5)),
       last=st.sampled_from(["", *PEOPLE]))
def test_least_loaded_means_nobody_with_more_than_another(duty: list[str], loads: dict[str, int], last: str) -> None:
    said = routed(settings(Routing(team="ops", how="least-loaded")), ticket(), duty={"ops": tuple(duty)}, loads=loads,
                  last=last)
    assert loads.get(said.person, 0) == min(loads.get(one, 0) for one in duty)


@given(duty=people.filter(bool), count=st.integers(1, 40), last=st.sampled_from(["", *PEOPLE]))
def test_turns_are_fair(duty: list[str], count: int, last: str) -> None:
    rules, given_to = settings(Routing(team="ops", how="round-robin")), Counter(dict.fromkeys(duty, 0))
    for _ in range(count):
        last = routed(rules, ticket(), duty={"ops": tuple(duty)}, last=last).person
        given_to[last] += 1
    assert max(given_to.values()) - min(given_to.values()) <= 1


@given(turns=st.lists(people, min_size=1, max_size=60))
def test_who_comes_back_on_duty_gets_no_more_than_their_turn(turns: list[list[str]]) -> None:
    """Between two turns of one person everybody who was there all the time had one."""
    rules, history, last = settings(Routing(team="ops", how="round-robin")), [], ""
    for duty in turns:
        person = routed(rules, ticket(), duty={"ops": tuple(duty)}, last=last).person
        last = person or last
        history.append(person)
    for start, one in enumerate(history):
        end = next((number for number in range(start + 1, len(history)) if history[number] == one), None)
        if one and end is not None:
            there = set(PEOPLE).intersection(*map(set, turns[start:end + 1]))
            assert there - {one} <= set(history[start + 1:end])


@given(st.lists(st.sampled_from("abcd")), st.sampled_from("abcde"))
def test_everybody_has_one_turn(members: list[str], last: str) -> None:
    order = in_turn(members, last)
    assert sorted(order) == sorted(set(members))
    assert last not in order or order[-1] == last


@given(st.text(), st.text(max_size=200))
def test_no_word_breaks_anything(word: str, text: str) -> None:
    found = fitting(ticket(text), word, settings(Routing(team="ops", words=(word,))))
    assert found is None or found[0] == 1
