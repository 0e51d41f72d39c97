"""What is sealed of a signed entry and of its amendments, so that no part of them can change unseen; pure.

The seal of an entry is SHA-256 over, in this order:
    the domain   the byte 0x03 and the words `log entry`, then a zero byte
    the rest     canonical JSON (see core.audit) of an object with the keys attachments and entry: its files in the
                 order of their numbers, with all that is kept of them; the entry as its last signature left it,
                 without `seal`, `state`, `updated` and `version`
That of an amendment is SHA-256 over the byte 0x03, the words `log amendment`, a zero byte, and canonical JSON of an
object with the keys actor, at, changes, entry, previous, reason, seq; `previous` is the seal of the amendment before,
of the first one that of the entry, so that they are a chain.

That of a message that was told of an emergency is SHA-256 over the byte 0x03, the words `log message`, a zero byte, and
canonical JSON of its row as it is stored: actor, at, entry, message, seq, tell, way; it stands in the audit entry only.

A seal stands in its row, and in the audit entry of what made it; with that of an entry stands a fingerprint of each
part, which says what it is that differs. That next actions were done later is not sealed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opsconsole.core.audit import canonical
from opsconsole.core.text import limited
from opsconsole.logbook.model import LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.logbook.model import Amendment, Attachment, Entry

SIGNED: Final = "log.sign"
"""What the audit trail calls a signature."""
AMENDED: Final = "log.amend"
"""What it calls an amendment."""
TOLD: Final = "log.tell"
"""What it calls a message of an emergency."""
DETAIL: Final = "sealed"
"""Where in the detail of these entries the seals are."""

_ENTRY: Final = b"\x03log entry\x00"
_AMENDMENT: Final = b"\x03log amendment\x00"
_MESSAGE: Final = b"\x03log message\x00"
_PART: Final = b"\x03log part\x00"
_SHORT: Final = 16
"""Digits of a fingerprint: it only names what the seal has found."""
_TOLD: Final = ("actor", "at", "entry", "message", "seq", "tell", "way")
_LEFT_OUT: Final = ("seal", "state", "updated", "version")


def subject_of(entry: int) -> str:
    """How the audit trail names an entry."""
    return f"log:{entry}"


def seal(entry: Entry, attachments: Sequence[Attachment]) -> str:
    """The seal of an entry, 64 hexadecimal digits.

    Args:
        entry: as it is signed, with all signatures.
        attachments: all of it, in the order of their numbers.
    """
    return hashlib.sha256(_ENTRY + canonical(sealed(entry, attachments)).encode()).hexdigest()


def sealed(entry: Entry, attachments: Sequence[Attachment]) -> dict[str, Any]:
    """What the seal of an entry is over."""
    return {"attachments": msgspec.to_builtins(attachments), "entry": _fields(entry)}


def seal_of_amendment(amendment: Amendment, previous: str) -> str:
    """The seal of an amendment, 64 hexadecimal digits.

    Args:
        amendment: its `id` and `seal` are not looked at.
        previous: the seal of the one before, of the first one that of the entry.
    """
    return hashlib.sha256(_AMENDMENT + canonical(sealed_amendment(amendment, previous)).encode()).hexdigest()


def sealed_amendment(amendment: Amendment, previous: str) -> dict[str, Any]:
    """What the seal of an amendment is over."""
    return {"actor": amendment.actor, "at": amendment.at, "changes": amendment.changes, "entry": amendment.entry,
            "previous": previous, "reason": amendment.reason, "seq": amendment.seq}


def seal_of_told(row: Mapping[str, Any]) -> str:
    """The seal of a message that was told, 64 hexadecimal digits.

    Args:
        row: as it is stored, letter by letter.
    """
    return hashlib.sha256(_MESSAGE + canonical({name: row[name] for name in _TOLD}).encode()).hexdigest()


def fingerprints(entry: Entry, attachments: Sequence[Attachment]) -> dict[str, Any]:
    """What the audit entry of the last signature keeps under `DETAIL`: the seal, and a fingerprint of each part."""
    return {"seal": seal(entry, attachments),
            "entry": {name: _short(value) for name, value in _fields(entry).items()},
            "attachments": {str(one.id): _short(msgspec.to_builtins(one)) for one in attachments}}


def check(entry: Entry, attachments: Sequence[Attachment], kept: Mapping[str, Any] | None) -> str:
    """What of a signed entry is not as it was signed: the first thing, as a sentence; empty: all is as it was.

    Args:
        entry: as it stands in the records.
        attachments: all of it, in the order of their numbers.
        kept: what the audit entry of its last signature has under `DETAIL`; None: there is no such entry.
    """
    if kept is None:
        return "The audit trail knows of no last signature under it."
    if seal(entry, attachments) == kept.get("seal") == entry.seal:
        return ""
    now = fingerprints(entry, attachments)
    was = _mapping(kept, "entry")
    for name, value in now["entry"].items():
        if was.get(name) != value:
            return f"Its `{name}` was changed."
    files = {str(one.id): one.name for one in attachments}
    before = _mapping(kept, "attachments")
    for number in sorted({*now["attachments"], *before}, key=lambda one: (len(one), one)):
        if now["attachments"].get(number) != before.get(number):
            done = "removed" if number not in files else "changed" if number in before else "added"
            name = f" `{limited(files[number], 60)}`" if number in files else ""
            return f"Attachment {limited(number, 20)}{name} was {done}."
    return "Its seal was replaced." if now["seal"] == kept.get("seal") else "It is not as it was signed."


def check_amendments(entry: Entry, amendments: Sequence[Amendment], kept: Sequence[str]) -> str:
    """What of the amendments of an entry is not as it was written: the first thing, as a sentence; empty: all is.

    Args:
        entry: whose they are.
        amendments: all of it, in their order.
        kept: the seals of its amendments in the audit trail, in their order.
    """
    previous = entry.seal
    for place, one in enumerate(amendments, 1):
        if one.seq != place:
            return f"Amendment {place} was removed."
        if place > len(kept):
            return f"Amendment {place} was added: the audit trail knows nothing of it."
        if not one.seal == seal_of_amendment(one, previous) == kept[place - 1]:
            return f"Amendment {place} was changed."
        previous = one.seal
    return f"Amendment {len(amendments) + 1} was removed." if len(kept) > len(amendments) else ""


def _mapping(kept: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = kept.get(name)
    return found if isinstance(found, dict) else {}


def _fields(entry: Entry) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(entry)
    for name in LISTS:
        for point in plain[name]:
            if not point["link"]:
                # Sealed as before points could come from anything.
                del point["link"]
    return {name: value for name, value in plain.items() if name not in _LEFT_OUT}


def _short(value: object) -> str:
    return hashlib.sha256(_PART + canonical(value).encode()).hexdigest()[:_SHORT]
