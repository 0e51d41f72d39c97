"""Rows of checklists, and the types that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from opsconsole.checklists.model import (
    Answer,
    Category,
    Event,
    EventKind,
    Evidence,
    Given,
    Proposal,
    Run,
    Signature,
    Value,
    Verdict,
)
from opsconsole.core.database import Database, Transaction
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.database import Params, Row

Reader = Database | Transaction
"""Whatever can be asked."""
RUN: Final = ("id, slug, title, category, occurrence, template, opens, due, late, missed, begun, ended, outcome,"
              " deferred, performers, signatures, persons, seal, total, answered, failed, reason, marks, version")
ANSWER: Final = ("id, run, item, at, actor, origin, given, verdict, value, unit, bounds, note, evidence, ticket,"
                 " proposed, seconds, undoes")
EVENT: Final = "id, run, at, kind, actor, text, data"
PROPOSAL: Final = "run, item, at, verdict, value, text, evidence, bounds"

_NAMES: Final = msgspec.json.Decoder(tuple[str, ...])
_SIGNATURES: Final = msgspec.json.Decoder(tuple[Signature, ...])
_EVIDENCE: Final = msgspec.json.Decoder(tuple[Evidence, ...])
_VALUE: Final[msgspec.json.Decoder[Value]] = msgspec.json.Decoder(Value)
_DATA: Final = msgspec.json.Decoder(dict[str, Any])
_PLAIN: Final[Mapping[str, Value]] = {"null": None, "true": True, "false": False}
# Asking the class for a member by its value takes many times as long, and a run can have hundreds of answers.
_CATEGORIES: Final = {one.value: one for one in Category}
_GIVEN: Final = {one.value: one for one in Given}
VERDICTS: Final = {one.value: one for one in Verdict}
_KINDS: Final = {one.value: one for one in EventKind}


def run_of(row: Row) -> Run:
    """A run; `row` has the columns of `RUN`.

    Raises:
        StorageUnusable: it is damaged.
    """
    (number, slug, title, category, occurrence, template, opens, due, late, missed, begun, ended, outcome, deferred,
     performers, signatures, persons, seal, total, answered, failed, reason, marks, version) = row
    try:
        return Run(number, slug, title, _CATEGORIES[category], occurrence, template, opens, due, late, missed, begun,
                   ended, outcome, deferred, _names(performers),
                   () if signatures == "[]" else _SIGNATURES.decode(signatures), persons, seal, total, answered,
                   failed, reason, _names(marks), version)
    except (KeyError, msgspec.DecodeError) as problem:
        raise damaged(f"Checklist run {number}", problem) from None


def answer_of(row: Row) -> Answer:
    """An answer as it was given; `row` has the columns of `ANSWER`."""
    (number, run, item, at, actor, origin, given, verdict, value, unit, bounds, note, evidence, ticket, proposed,
     seconds, undoes) = row
    try:
        return Answer(number, run, item, at, actor, origin, _GIVEN[given], VERDICTS[verdict], value_of(value), unit,
                      bounds, note, () if evidence == "[]" else _EVIDENCE.decode(evidence), ticket, bool(proposed),
                      seconds, undoes)
    except (KeyError, msgspec.DecodeError) as problem:
        raise damaged(f"Answer {number} of checklist run {run}", problem) from None


def event_of(row: Row) -> Event:
    """What happened to a run; `row` has the columns of `EVENT`."""
    number, run, at, kind, actor, text, data = row
    try:
        return Event(number, run, at, _KINDS[kind], actor, text, {} if data == "{}" else _DATA.decode(data))
    except (KeyError, msgspec.DecodeError) as problem:
        raise damaged(f"Event {number} of checklist run {run}", problem) from None


def proposal_of(row: Row) -> Proposal:
    """What the machine thinks of an item; `row` has the columns of `PROPOSAL`."""
    run, item, at, verdict, value, text, evidence, bounds = row
    try:
        return Proposal(run, item, at, VERDICTS[verdict], value_of(value), text,
                        () if evidence == "[]" else _EVIDENCE.decode(evidence), bounds)
    except (KeyError, msgspec.DecodeError) as problem:
        raise damaged(f"What is proposed for `{item}` of checklist run {run}", problem) from None


def run_values(run: Run) -> Params:
    """The values of a run's row."""
    return {
        "id": run.id, "slug": storable(run.slug), "title": storable(run.title), "category": run.category.value,
        "occurrence": storable(run.occurrence), "template": run.template, "opens": run.opens, "due": run.due,
        "late": run.late, "missed": run.missed, "begun": run.begun, "ended": run.ended, "outcome": run.outcome,
        "deferred": run.deferred, "performers": to_json(run.performers), "signatures": to_json(run.signatures),
        "persons": run.persons, "seal": run.seal, "total": run.total, "answered": run.answered, "failed": run.failed,
        "reason": storable(run.reason), "marks": to_json(run.marks), "version": run.version}


def answer_values(answer: Answer) -> Params:
    """The values of an answer's row."""
    value = answer.value
    return {
        "id": answer.id, "run": answer.run, "item": answer.item, "at": answer.at, "actor": storable(answer.actor),
        "origin": storable(answer.origin), "given": answer.given.value, "verdict": answer.verdict.value,
        "value": to_json(value),
        "number": float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None,
        "unit": storable(answer.unit), "bounds": storable(answer.limit), "note": storable(answer.note),
        "evidence": to_json(answer.evidence), "ticket": answer.ticket, "proposed": int(answer.proposed),
        "seconds": answer.seconds, "undoes": answer.undoes}


def event_values(event: Event) -> Params:
    """The values of an event's row."""
    return {"id": event.id, "run": event.run, "at": event.at, "kind": event.kind.value,
            "actor": storable(event.actor), "text": storable(event.text), "data": to_json(event.data)}


def proposal_values(proposal: Proposal) -> Params:
    """The values of a proposal's row."""
    return {"run": proposal.run, "item": proposal.item, "at": proposal.at, "verdict": proposal.verdict.value,
            "value": to_json(proposal.value), "text": storable(proposal.text),
            "evidence": to_json(proposal.evidence), "bounds": storable(proposal.limit)}


def value_of(text: str) -> Value:
    """What was entered, of its JSON."""
    return _PLAIN[text] if text in _PLAIN else _VALUE.decode(text)


def _names(text: str) -> tuple[str, ...]:
    return () if text == "[]" else _NAMES.decode(text)


def to_json(value: object) -> str:
    """JSON that the database can hold; half a character in foreign text becomes its number."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(msgspec.to_builtins(value))).decode()


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_encodable(name): _encodable(part) for name, part in value.items()}
    return [_encodable(part) for part in value] if isinstance(value, list | tuple) else value


def columns(names: str) -> str:
    """The parameters of an INSERT into these columns: `:id, :run …`."""
    return ":" + names.replace(", ", ", :")


def damaged(what: str, problem: Exception) -> StorageUnusable:
    """That something cannot be read."""
    return StorageUnusable(f"{what} cannot be read: {problem}.",
                           "Run `opsconsole doctor`, and put a copy from a backup in its place.")
