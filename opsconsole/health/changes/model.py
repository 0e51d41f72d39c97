"""One thing that changed, and how several of them are told in few words."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from opsconsole.core.clock import Instant
from opsconsole.health.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterable


class ChangeKind(StrEnum):
    """What sort of thing changed; the values are stored."""

    REBOOT = "reboot"
    PACKAGE = "package"
    UNIT = "unit"
    SIGN_IN = "sign-in"
    """Somebody signed in as root."""
    MAINTENANCE = "maintenance"
    """Planned work that began; kept with the alerts, not with what is found in logs."""


class Change(Record, frozen=True):
    """Something that changed at a moment. The text is foreign: harmless only after `core.text`."""

    at: Instant
    kind: ChangeKind
    text: str
    """`redis-server upgraded 7.0.14 to 7.0.15`, `nginx.service restarted`, `root from 192.0.2.7`."""


def grouped(changes: Iterable[Change]) -> list[Change]:
    """The same, newest first, with packages that were changed together as one.

    A group is named by its first package: `redis-server upgraded 7.0.14 to 7.0.15 and 12 more`.
    """
    from opsconsole.core.timeline import TOGETHER  # noqa: PLC0415 - the first paint does without the timeline

    found: list[Change] = []
    counts: list[int] = []
    latest = 0
    for change in sorted(changes, key=lambda one: (one.at, one.kind, one.text)):
        close = bool(found) and change.at - latest <= TOGETHER
        if close and change.kind is ChangeKind.PACKAGE and found[-1].kind is ChangeKind.PACKAGE:
            counts[-1] += 1
        else:
            found.append(change)
            counts.append(0)
        latest = change.at
    return [Change(one.at, one.kind, f"{one.text} and {more} more" if more else one.text)
            for one, more in zip(reversed(found), reversed(counts), strict=True)]
