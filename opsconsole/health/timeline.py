"""What health tells of a time: alerts, maintenance and silences, and what changed on this host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.levels import Level
from opsconsole.core.timeline import Happening, looked_for, newest, sifted
from opsconsole.health.alerts.model import TOPIC
from opsconsole.health.changes.store import TOPIC as CHANGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database

_SAID: Final = {"muted": "silenced", "unmuted": "no longer silenced", "unacknowledged": "acknowledgement ended"}
_BAD: Final = {"warning": Level.WARNING, "critical": Level.CRITICAL}
_ALERTS: Final = """
    SELECT e.at, e.alert, e.kind, e.actor, e.text, a.title, a.severity
    FROM alert_event AS e INDEXED BY alert_event_at JOIN alert AS a ON a.id = e.alert
    WHERE e.at >= :since AND e.at < :until{words} ORDER BY e.at DESC, e.kind DESC, e.id DESC LIMIT :limit"""
_BEGUN: Final = """
    SELECT begins AS at, kind, 'begun', pattern, others, author, reason, entry FROM silence INDEXED BY silence_begins
    WHERE begins >= :since AND begins < :until AND (ended IS NULL OR ended > begins)
    ORDER BY begins DESC, id DESC LIMIT :limit"""
_OVER: Final = """
    SELECT coalesce(ended, ends) AS at, kind, 'ended', pattern, others, ended_by, reason, entry
    FROM silence INDEXED BY silence_over
    WHERE coalesce(ended, ends) >= :since AND coalesce(ended, ends) < :until
    ORDER BY coalesce(ended, ends) DESC, id DESC LIMIT :limit"""
_CHANGES: Final = """
    SELECT at, kind, text FROM change WHERE at >= :since AND at < :until{words}
    ORDER BY at DESC, kind DESC, text DESC LIMIT :limit"""


_OF_ALERT: Final = "(a.title || ' ' || e.kind || ' ' || e.actor || ' ' || e.text)"
_OF_CHANGE: Final = "(kind || ' ' || text)"
"""All that is told of one, besides what the program says itself."""


class AlertTimeline:
    """What happened to alerts; see `core.timeline.Source`."""

    kind = "alert"
    topic = TOPIC
    target = "alert"

    def __init__(self, records: Database) -> None:
        self._db = records

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        clause, patterns = looked_for(text, _OF_ALERT, " ".join(_SAID.values()))

        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            rows = await self._db.rows(_ALERTS.format(words=clause),
                                       {"since": since, "until": until, "limit": limit, **patterns})
            return [Happening(at, self.kind, f"{title}: {_SAID.get(kind, kind)}", actor, _level(kind, severity),
                              f"alert:{alert}", said, title, kind)
                    for at, alert, kind, actor, said, title, severity in rows]

        return await sifted(read, since, until, limit, text, size=limit)

    async def when(self, number: int) -> Instant | None:
        """See `Source.when`."""
        row = await self._db.row("SELECT fired AS at FROM alert WHERE id = :id", {"id": number})
        return None if row is None else row["at"]


class MaintenanceTimeline:
    """Maintenance windows and silences that began or ended; see `core.timeline.Source`.

    Those that begin or end later than what is asked for are planned, and did not happen.
    """

    kind = "maintenance"
    topic = TOPIC
    target = ""

    def __init__(self, records: Database) -> None:
        self._db = records

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        return await sifted(self._read, since, until, limit, text)

    async def when(self, number: int) -> Instant | None:  # noqa: ARG002 - nothing of it can be opened
        """See `Source.when`."""
        return None

    async def _read(self, since: Instant, until: Instant, limit: int) -> list[Happening]:
        asked = {"since": since, "until": until, "limit": limit}
        rows = [*await self._db.rows(_OVER, asked), *await self._db.rows(_BEGUN, asked)]
        return newest(limit, [Happening(at, self.kind, f"{kind} of {_about(pattern, others)} {said}", who, None,
                                        f"entry:{entry}" if entry else "", reason)
                              for at, kind, said, pattern, others, who, reason, entry in rows])


class ChangeTimeline:
    """What changed on this host; see `core.timeline.Source`."""

    kind = "change"
    topic = CHANGES
    target = ""

    def __init__(self, metrics: Database) -> None:
        self._db = metrics

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """See `Source.happenings`."""
        clause, patterns = looked_for(text, _OF_CHANGE, "")

        async def read(since: Instant, until: Instant, limit: int) -> list[Happening]:
            rows = await self._db.rows(_CHANGES.format(words=clause),
                                       {"since": since, "until": until, "limit": limit, **patterns})
            return [Happening(at, self.kind, f"{kind}: {said}", detail=kind, about=said, deed=kind)
                    for at, kind, said in rows]

        return await sifted(read, since, until, limit, text, size=limit)

    async def when(self, number: int) -> Instant | None:  # noqa: ARG002 - nothing of it can be opened
        """See `Source.when`."""
        return None


def _about(pattern: str, others: str) -> str:
    """All names of a window."""
    if others == "[]":
        return pattern
    try:
        return ", ".join((pattern, *msgspec.json.decode(others, type=tuple[str, ...])))
    except msgspec.DecodeError:
        return pattern


def _level(kind: str, severity: str) -> Level | None:
    if kind in ("fired", "worse"):
        return _BAD.get(severity)
    return Level.OK if kind == "resolved" else None
