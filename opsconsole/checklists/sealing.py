"""What is sealed of a signed run, so that no part of it can change unseen; pure.

The seal is SHA-256 over, in this order:
    the domain   the byte 0x02 and the word `checklist`, then a zero byte
    the rest     canonical JSON (see core.audit) of an object with the keys answers, events, run, signatures, template:
                 the answers in the order of their numbers, with all that they say, numbers included; the events up to
                 and with the last signature; the fields of `FIELDS`; the signatures; the hash of the pinned template
It stands in the run, and in the audit entry of the last signature together with a fingerprint of each part, which say
what it is that differs. What may follow a signature is not sealed: that somebody looked at marks.

Everything is sealed as it is read back from the records, since these spell out what they cannot hold.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opsconsole.checklists.model import Answer, Event, EventKind
from opsconsole.core.audit import canonical
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.checklists.model import Run

ACTION: Final = "checklist.sign"
"""What the audit trail calls a signature."""
DETAIL: Final = "sealed"
"""Where in the detail of that entry the fingerprints are."""
FIELDS: Final = ("id", "slug", "title", "category", "occurrence", "opens", "due", "late", "missed", "begun", "ended",
                 "outcome", "performers", "persons", "total", "answered", "failed")
"""Of a run's row; its signatures and its template are sealed besides."""

_DOMAIN: Final = b"\x02checklist\x00"
_PART: Final = b"\x02checklist part\x00"
_SHORT: Final = 16
"""Digits of a fingerprint: it only names what the seal has found."""
_SIGNED: Final = (EventKind.SIGNED, EventKind.COUNTERSIGNED)


def subject_of(run: int) -> str:
    """How the audit trail names a run."""
    return f"checklist:{run}"


def hash_of(template: bytes) -> str:
    """What a pinned template is named by."""
    return hashlib.sha256(template).hexdigest()


def sealed_events(events: Sequence[Event]) -> Sequence[Event]:
    """Those up to and with the last signature."""
    last = max((number for number, event in enumerate(events, 1) if event.kind in _SIGNED), default=0)
    return events[:last]


def seal(run: Run, answers: Sequence[Answer], events: Sequence[Event]) -> str:
    """The seal of a run, 64 hexadecimal digits.

    Args:
        run: as it is signed, with all signatures.
        answers: all of it, in the order of their numbers.
        events: all of it, in the order of their numbers.
    """
    return hashlib.sha256(_DOMAIN + canonical(sealed(run, answers, events)).encode()).hexdigest()


def sealed(run: Run, answers: Sequence[Answer], events: Sequence[Event]) -> dict[str, Any]:
    """What the seal of a run is over."""
    return {"answers": [_plain(one, Answer) for one in answers],
            "events": [_plain(one, Event) for one in sealed_events(events)],
            "run": _fields(run), "signatures": msgspec.to_builtins(run.signatures), "template": run.template}


def fingerprints(run: Run, answers: Sequence[Answer], events: Sequence[Event]) -> dict[str, Any]:
    """What the audit entry of the last signature keeps under `DETAIL`: the seal, and a fingerprint of each part."""
    return {"seal": seal(run, answers, events), "template": run.template,
            "run": {name: _short(value) for name, value in _fields(run).items()},
            "signatures": _short(msgspec.to_builtins(run.signatures)),
            "answers": {str(one.id): _short(_plain(one, Answer)) for one in answers},
            "events": {str(one.id): _short(_plain(one, Event)) for one in sealed_events(events)}}


def check(run: Run, template: bytes | None, answers: Sequence[Answer], events: Sequence[Event],
          kept: Mapping[str, Any] | None) -> str:
    """What of a signed run is not as it was signed: the first thing, as a sentence; empty: all is as it was.

    Args:
        run: its row.
        template: the bytes of the template that it names; None: there is none of that name.
        answers: all of it, in the order of their numbers.
        events: all of it, in the order of their numbers.
        kept: what the audit entry of its last signature has under `DETAIL`; None: there is no such entry.
    """
    if kept is None:
        return "The audit trail knows of no last signature under it."
    if run.template != kept.get("template"):
        return "It names another template than the one that was signed."
    if template is None:
        return "Its template is missing."
    if hash_of(template) != run.template:
        return "Its template was changed."
    if seal(run, answers, events) == kept.get("seal") == run.seal:
        return ""
    return _first_difference(fingerprints(run, answers, events), kept, answers, events)


def _first_difference(now: Mapping[str, Any], kept: Mapping[str, Any], answers: Sequence[Answer],
                      events: Sequence[Event]) -> str:
    was = _mapping(kept, "run")
    for name, value in now["run"].items():
        if was.get(name) != value:
            return f"Its `{name}` was changed."
    if now["signatures"] != kept.get("signatures"):
        return "Its signatures were changed."
    items = {str(one.id): f" to `{limited(one.item, 80)}`" for one in answers}
    kinds = {str(one.id): f", {one.kind.value}," for one in events}
    if found := (_which("Answer", now["answers"], _mapping(kept, "answers"), items)
                 or _which("Event", now["events"], _mapping(kept, "events"), kinds)):
        return found
    return "Its seal was replaced." if now["seal"] == kept.get("seal") else "It is not as it was signed."


def _which(what: str, now: Mapping[str, str], was: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The first of some parts, by number, that was changed, removed or added."""
    for number in sorted({*now, *was}, key=lambda one: (len(one), one)):
        if now.get(number) != was.get(number):
            done = "removed" if number not in now else "changed" if number in was else "added"
            return f"{what} {limited(number, 20)}{names.get(number, '')} was {done}."
    return ""


def _mapping(kept: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = kept.get(name)
    return found if isinstance(found, dict) else {}


def _fields(run: Run) -> dict[str, Any]:
    plain = msgspec.to_builtins(run)
    return {name: plain[name] for name in FIELDS}


def _plain(part: Answer | Event, kind: type[Answer | Event]) -> Any:
    """Plain values, in which a whole number that stands for a fraction is one, as after reading: 3 s are 3.0 s."""
    return msgspec.to_builtins(msgspec.convert(msgspec.to_builtins(part), kind))


def _short(value: object) -> str:
    return hashlib.sha256(_PART + canonical(value).encode()).hexdigest()[:_SHORT]
