"""The seal of a signed run: no part of it can change unseen."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.checklists.model import Answer, Category, Event, EventKind, Evidence, Given, Run, Signature, Verdict
from opsconsole.checklists.sealing import FIELDS, check, fingerprints, hash_of, seal, sealed_events
from opsconsole.checklists.template import encoded
from tests.checklists.made import START, Answers, event, run, template, tick

TEMPLATE = encoded(template(tick("a"), tick("b")))
RUN = run(ended=START + 5, outcome="done", performers=("ana",), template=hash_of(TEMPLATE), total=2, answered=2,
          signatures=(Signature("ana", START + 5, "local"), Signature("cleo", START + 6)), persons=2)
EVENTS = (event(EventKind.STARTED, 1), event(EventKind.SIGNED, 2), event(EventKind.COUNTERSIGNED, 3, data={"x": 1}))


def made() -> tuple[Answer, ...]:
    answers = Answers()
    answers.give("a", evidence=(Evidence("check", "home", "fine", START, took=0.5),))
    answers.give("a", Verdict.FAILED, 3.5, unit="s", limit="< 3s", note="slow", ticket=7)
    answers.give("b", value=[["é", "\U0001f600"]])
    return tuple(answers.all)


ANSWERS = made()
KEPT = fingerprints(RUN, ANSWERS, EVENTS)
SIGNED = replace(RUN, seal=KEPT["seal"])


def checked(row: Run = SIGNED, data: bytes | None = TEMPLATE, answers: tuple[Answer, ...] = ANSWERS,
            events: tuple[Event, ...] = EVENTS, kept: Any = KEPT) -> str:
    return check(row, data, answers, events, kept)


def test_what_was_signed_is_as_it_was() -> None:
    assert checked() == ""
    # As the audit trail keeps it, and gives it back.
    assert checked(kept=json.loads(json.dumps(KEPT))) == ""


def test_the_seal_is_what_the_documentation_says() -> None:
    whole = {"answers": msgspec.to_builtins(ANSWERS), "events": msgspec.to_builtins(EVENTS),
             "run": {name: msgspec.to_builtins(RUN)[name] for name in FIELDS},
             "signatures": msgspec.to_builtins(RUN.signatures), "template": RUN.template}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert seal(RUN, ANSWERS, EVENTS) == hashlib.sha256(b"\x02checklist\x00" + text.encode()).hexdigest()
    assert KEPT["seal"] == seal(RUN, ANSWERS, EVENTS)


def test_every_field_of_a_run_is_sealed_but_those_that_may_follow() -> None:
    names = set(FIELDS) | {"template", "signatures"}
    assert set(Run.__struct_fields__) - names == {"seal", "deferred", "reason", "marks", "version"}
    for name in ("deferred", "reason", "marks", "version"):
        assert checked(replace(SIGNED, **{name: 9})) == ""
    for name in names:
        other = "x" if name != "category" else Category.WEEKLY
        assert checked(replace(SIGNED, **{name: other})) != "", name


OTHERS: dict[str, Any] = {
    "id": 900, "run": 2, "item": "c", "at": 1, "actor": "eve", "origin": "", "given": Given.COMMAND,
    "verdict": Verdict.SKIPPED, "value": True, "unit": "h", "limit": "< 4s", "note": "x", "evidence": (), "ticket": 8,
    "proposed": True, "seconds": 1.5, "undoes": 101}


def test_every_field_of_an_answer_is_sealed() -> None:
    assert OTHERS.keys() == set(Answer.__struct_fields__)
    for name, value in OTHERS.items():
        other = replace(ANSWERS[0], **{name: value})
        assert "Answer" in checked(answers=(other, *ANSWERS[1:])), name


def test_every_field_of_an_event_is_sealed() -> None:
    fields: dict[str, Any] = {"id": 9, "run": 2, "at": 1, "kind": EventKind.JOINED, "actor": "eve", "text": "x",
                              "data": {"x": 1.5}}
    assert fields.keys() == set(Event.__struct_fields__)
    for name, value in fields.items():
        assert "Event" in checked(events=(replace(EVENTS[0], **{name: value}), *EVENTS[1:])), name


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"kept": None}, "The audit trail knows of no last signature under it."),
    ({"data": None}, "Its template is missing."),
    ({"data": TEMPLATE + b" "}, "Its template was changed."),
    ({"row": replace(SIGNED, template="1" * 64)}, "It names another template than the one that was signed."),
    ({"row": replace(SIGNED, ended=START)}, "Its `ended` was changed."),
    ({"row": replace(SIGNED, signatures=SIGNED.signatures[:1])}, "Its signatures were changed."),
    ({"row": replace(SIGNED, seal="")}, "Its seal was replaced."),
    ({"answers": (ANSWERS[0], replace(ANSWERS[1], note="fast"), ANSWERS[2])}, "Answer 102 to `a` was changed."),
    ({"answers": ANSWERS[:2]}, "Answer 103 was removed."),
    ({"answers": (*ANSWERS, replace(ANSWERS[2], id=1000))}, "Answer 1000 to `b` was added."),
    ({"answers": (ANSWERS[1], ANSWERS[0], ANSWERS[2])}, "It is not as it was signed."),
    ({"events": EVENTS[1:]}, "Event 1 was removed."), ({"events": EVENTS[:2]}, "Event 3 was removed."),
    ({"events": (*EVENTS[:2], replace(EVENTS[2], text="x"))}, "Event 3, countersigned, was changed."),
    ({"events": (*EVENTS, event(EventKind.SIGNED, 9))}, "Event 9, signed, was added."),
    ({"kept": {**KEPT, "seal": "0" * 64}}, "It is not as it was signed."),
    ({"kept": {}}, "It names another template than the one that was signed."),
    ({"kept": {"template": RUN.template, "run": [], "answers": 3}}, "Its `id` was changed.")])
def test_the_first_thing_that_differs_is_named(changed: dict[str, Any], sentence: str) -> None:
    assert checked(**changed) == sentence


def test_what_follows_the_last_signature_is_not_sealed() -> None:
    later = (*EVENTS, event(EventKind.CHECKED, 8), event(EventKind.EXPLAINED, 9))
    assert tuple(sealed_events(later)) == EVENTS
    assert checked(events=later) == ""
    assert sealed_events(EVENTS[:1]) == ()


def test_a_signature_that_was_sent_back_is_sealed_with_the_last_one() -> None:
    events = (EVENTS[1], event(EventKind.RETURNED, 4), event(EventKind.SIGNED, 5), event(EventKind.CHECKED, 6))
    assert tuple(sealed_events(events)) == events[:3]


def test_whole_numbers_are_read_back_as_fractions() -> None:
    whole = tuple(replace(one, seconds=3, value=3, evidence=(Evidence("command", "date", took=1),)) for one in ANSWERS)
    read = msgspec.json.decode(msgspec.json.encode(whole), type=tuple[Answer, ...])
    assert read[0].seconds == 3
    assert seal(RUN, whole, EVENTS) == seal(RUN, read, EVENTS)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = (st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | texts
          | st.lists(st.lists(texts, max_size=2), max_size=2))


@given(texts, values, st.sampled_from(Verdict), st.dictionaries(texts, values, max_size=2))
def test_anything_is_sealed_as_the_records_give_it_back(note: str, value: Any, verdict: Verdict,
                                                        data: dict[str, Any]) -> None:
    answers = (Answer(1, 1, "a", START, "ana", verdict=verdict, value=value, note=note),)
    events = (event(EventKind.SIGNED, 1, data=data),)
    kept = json.loads(json.dumps(fingerprints(RUN, answers, events)))
    read = msgspec.json.decode(msgspec.json.encode(answers), type=tuple[Answer, ...])
    told = msgspec.json.decode(msgspec.json.encode(events), type=tuple[Event, ...])
    row = replace(RUN, seal=kept["seal"])
    assert check(row, TEMPLATE, read, told, kept) == ""
    other = (replace(read[0], note=note + "!"),)
    assert check(row, TEMPLATE, other, told, kept) == "Answer 1 to `a` was changed."
