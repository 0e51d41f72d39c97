"""Entries as a field service writes them, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.logbook.model import (
    Action,
    Amendment,
    Attachment,
    Entry,
    EntryState,
    EntryType,
    Point,
    Signature,
    Status,
)

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant

MONDAY: Final = 1_799_049_600_000
"""Monday 4 January 2027, 09:00 in Berlin."""
FULL: Final = Entry(
    7, EntryType.WEEKLY, "Weekly maintenance", MONDAY, MONDAY + 95 * MINUTE, Status.ISSUES, ("ana", "ben"),
    (Point("Logs rotated"), Point("Backup restored on the spare machine", 12)), (Point("Disk 3 reports errors", 17),),
    (Point("Disk 3 swapped"),), (Point("Vendor asked for a new controller", 18),),
    (Action("Order a spare disk", "ben", "2027-01-11"), Action("Look at the array", "ana", "", MONDAY + HOUR, "ana")),
    "The array **rebuilt** in 40 minutes.\n\n- no data lost", 5_400.0, ("raid", "web"), ("disk",), 41, 3,
    EntryState.SIGNED, 2, (Signature("ana", MONDAY + 95 * MINUTE, "192.0.2.7"), Signature("eva", MONDAY + 2 * HOUR)),
    "5e" * 32, MONDAY, "ana", MONDAY + 2 * HOUR, 9)
AMENDED: Final = Amendment(1, 7, 1, MONDAY + 5 * HOUR, "ana", "It was disk 4",
                           {"resolved": [{"text": "Disk 4 swapped"}]},
                           "ab" * 32)
FILE: Final = Attachment(1, 7, "smart.txt", 1_234, "text/plain", "cd" * 32, "ana", MONDAY)


def entry(number: int, title: str = "Looked around", at: Instant = MONDAY, **fields: Any) -> Entry:
    """A short entry."""
    return replace(Entry(number, EntryType.DAILY, title, at, at + HOUR, performed_by=("ana",), created_by="ana"),
                   **fields)
