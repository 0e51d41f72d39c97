"""What people do about alerts: look, acknowledge, silence, plan maintenance. Each change is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.core.clock import DAY
from opsconsole.core.errors import OpsError, UsageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited
from opsconsole.health.alerts import store
from opsconsole.health.alerts.model import MOST_NOTE, TOPIC, Event, Window, WindowKind, in_maintenance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.health.alerts.model import Alert, Evidence

LONGEST: Final = 400 * DAY
"""ms of a silence or of maintenance."""
MOST_PATTERN: Final = 300


class NotThere(OpsError):  # noqa: N818 - it says what happened
    """There is no alert, silence or maintenance with this number."""


class Over(OpsError):  # noqa: N818 - it says what happened
    """It has ended meanwhile."""


class Clash(OpsError):  # noqa: N818 - it says what happened
    """Somebody else changed it since it was read."""


class AlertService:
    """Use cases of alerts. All of them raise StorageError when the records cannot be used.

    Args:
        db: the records.
        clock: where time comes from.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def open(self) -> list[Alert]:
        """What fires or recovers, worst first, then oldest first."""
        return await self._ticketed(await store.open_alerts(self._db))

    async def one(self, number: int) -> Alert:
        """One alert.

        Raises:
            NotThere: there is none.
        """
        found = await store.alert(self._db, number)
        if found is None:
            raise NotThere(f"There is no alert {number}.", "`opsconsole alert list` names those that there are.")
        return (await self._ticketed([found]))[0]

    async def events(self, number: int) -> list[Event]:
        """What happened to an alert, oldest first."""
        return await store.events(self._db, number)

    async def evidence(self, number: int) -> Evidence | None:
        """What was seen when it fired; None when nothing is kept."""
        return await store.evidence(self._db, number)

    async def history(self, before: int | None = None, key: str | None = None, limit: int = 50) -> list[Alert]:
        """A page of all alerts, newest first.

        Args:
            before: only those with a lower id: the last one of the page before.
            key: only those of one thing.
            limit: how many at most.
        """
        return await self._ticketed(await store.history(self._db, before, key, limit))

    async def fired(self, since: Instant, until: Instant) -> list[Alert]:
        """Those that began to fire in a time, oldest first; for reports. Their tickets are not told."""
        return await store.fired(self._db, since, until)

    async def count(self) -> int:
        """How many alerts are kept, open and over."""
        return await store.count(self._db)

    async def page(self, offset: int, limit: int) -> list[Alert]:
        """Part of all alerts: those that are open first, worst first; then the newest first."""
        return await self._ticketed(await store.page(self._db, offset, limit))

    async def position(self, number: int) -> int | None:
        """Where an alert stands among all pages; None when it is not kept any more."""
        return await store.position(self._db, number)

    async def acknowledge(self, actor: Actor, number: int, note: str = "", version: int | None = None) -> Alert:
        """Takes an alert: reminders and escalation end; the recovery is told all the same.

        Args:
            actor: who; operator and up.
            number: of the alert.
            note: what they say.
            version: of the alert as it was shown; None: whatever it is now.

        Raises:
            PermissionDenied: the role does not allow it.
            NotThere: there is no such alert. Over: it has ended. Clash: it is not as it was shown.
            UsageError: the note is too long.
        """
        require(actor, Role.OPERATOR, "acknowledge an alert")
        note = _checked(note, MOST_NOTE, "The note")
        from opsconsole.notify import service as notify  # noqa: PLC0415 - the console shows alerts without it

        async with self._db.write() as tx:
            alert = await self._changeable(tx, number, version)
            now = self._clock.now()
            await store.acknowledge(tx, number, actor.name, note, now)
            await notify.acknowledge(tx, alert.thread, actor.name, note, now)
            await self._noted(tx, actor, alert, "acknowledged", note, now)
        return await self.one(number)

    async def unacknowledge(self, actor: Actor, number: int, version: int | None = None) -> Alert:
        """Gives an alert back: reminders go on.

        Raises:
            PermissionDenied, NotThere, Over, Clash: as `acknowledge`.
            UsageError: nobody has acknowledged it.
        """
        require(actor, Role.OPERATOR, "give an alert back")
        from opsconsole.notify import service as notify  # noqa: PLC0415 - as above

        async with self._db.write() as tx:
            alert = await self._changeable(tx, number, version)
            if alert.acknowledged is None:
                raise UsageError(f"Nobody has acknowledged alert {number}.")
            now = self._clock.now()
            await store.acknowledge(tx, number, "", "", None)
            await notify.give_back(tx, alert.thread, actor.name, now)
            await self._noted(tx, actor, alert, "unacknowledged", "", now)
        return await self.one(number)

    async def silence(self, actor: Actor, pattern: str, reason: str, until: Instant,
                      begins: Instant | None = None) -> Window:
        """Tells nobody of some alerts for a while; they are judged and shown all the same.

        Args:
            actor: who; operator and up.
            pattern: a name of the alerts: of a rule, a check, a target, `group:NAME`; `*` for any rest.
            reason: why; must be given.
            until: when it ends.
            begins: when it begins; None: now.

        Raises:
            PermissionDenied: the role does not allow it.
            UsageError: no reason, no pattern, or an end before the beginning.
        """
        return await self._add(actor, WindowKind.SILENCE, pattern, reason, until, begins)

    async def start_maintenance(self, actor: Actor, pattern: str, reason: str, until: Instant,
                                begins: Instant | None = None) -> Window:
        """The same for planned work: its time is no downtime.

        Raises:
            PermissionDenied, UsageError: as `silence`.
        """
        return await self._add(actor, WindowKind.MAINTENANCE, pattern, reason, until, begins)

    async def end_window(self, actor: Actor, number: int) -> Window:
        """Ends a silence or maintenance early; what still fires is told then.

        Raises:
            PermissionDenied: the role does not allow it.
            NotThere: there is none. Over: it has ended already.
        """
        async with self._db.write() as tx:
            await self.end_in(tx, actor, number)
        return await self.window(number)

    async def extend_window(self, actor: Actor, number: int, more: int) -> Window:
        """Lets a silence or maintenance end so many ms later than it does now, whoever moved that meanwhile.

        Raises:
            PermissionDenied, NotThere, Over, UsageError: as `extend_in`.
        """
        require(actor, Role.OPERATOR, "extend a silence")
        async with self._db.write() as tx:
            await self.extend_in(tx, actor, number, (await self._window(tx, number)).ends + more)
        return await self.window(number)

    async def open_in(self, tx: Transaction, actor: Actor, made: Window) -> int:
        """Begins a silence or maintenance as part of something; its number.

        Raises:
            PermissionDenied, UsageError: as `silence`.
        """
        require(actor, Role.OPERATOR, "silence alerts" if made.kind is WindowKind.SILENCE else "start maintenance")
        now = self._clock.now()
        _check(made, now)
        number = await store.add_window(tx, made)
        await self._audited(tx, actor, f"{made.kind.value}.start", f"silence:{number}", _told(made), now)
        return number

    async def end_in(self, tx: Transaction, actor: Actor, number: int) -> None:
        """Ends one as part of something.

        Raises:
            PermissionDenied, NotThere, Over: as `end_window`.
        """
        require(actor, Role.OPERATOR, "end a silence")
        found, now = await self._window(tx, number), self._clock.now()
        if not await store.end_window(tx, number, actor.name, now):
            raise Over(f"The {found.kind.value} {number} has ended already.")
        await self._audited(tx, actor, f"{found.kind.value}.end", f"silence:{number}", {"pattern": found.about}, now)

    async def extend_in(self, tx: Transaction, actor: Actor, number: int, until: Instant) -> None:
        """Lets one that is not over end at another time, as part of something.

        Raises:
            PermissionDenied, NotThere, Over: as `end_window`.
            UsageError: it would be over at once, or last too long.
        """
        require(actor, Role.OPERATOR, "extend a silence")
        found, now = await self._window(tx, number), self._clock.now()
        _check(replace(found, ends=until), now)
        if not await store.extend_window(tx, number, until, now):
            raise Over(f"The {found.kind.value} {number} has ended already.")
        await self._audited(tx, actor, f"{found.kind.value}.extend", f"silence:{number}",
                            {"pattern": found.about, "ends": until, "before": found.ends}, now)

    async def adopt_in(self, tx: Transaction, actor: Actor, number: int, entry: int) -> None:
        """Lets maintenance that was made without an entry of the log belong to one, as part of opening that.

        Raises:
            PermissionDenied, NotThere: as `end_window`.
        """
        require(actor, Role.OPERATOR, "start maintenance")
        found = await self._window(tx, number)
        await store.give_window(tx, number, entry)
        await self._audited(tx, actor, f"{found.kind.value}.adopt", f"silence:{number}",
                            {"pattern": found.about, "entry": entry}, self._clock.now())

    async def window(self, number: int) -> Window:
        """One silence or maintenance.

        Raises:
            NotThere: there is none, or it is not kept any more.
        """
        return await self._window(self._db, number)

    async def windows(self) -> list[Window]:
        """Silences and maintenance that hold or will hold, the next to end first."""
        return await store.windows(self._db, self._clock.now())

    async def past_windows(self, since: Instant, limit: int = 100) -> list[Window]:
        """Those that began or went on after `since`, newest first."""
        return await store.past_windows(self._db, since, limit)

    async def prune(self) -> int:
        """Forgets what has been over for thirteen months; how many alerts. For the agent."""
        async with self._db.write() as tx:
            return await store.prune(tx, self._clock.now())

    async def _ticketed(self, alerts: list[Alert]) -> list[Alert]:
        """The same with the tickets that they have."""
        if not alerts:
            return alerts
        from opsconsole.tickets.linked import tickets_of_alerts  # noqa: PLC0415 - where there are alerts

        found = await tickets_of_alerts(self._db, [alert.id for alert in alerts])
        return [replace(alert, ticket=found[alert.id].number, ticket_assignee=found[alert.id].assignee)
                if alert.id in found else alert for alert in alerts]

    async def _add(self, actor: Actor, kind: WindowKind, pattern: str, reason: str, until: Instant,
                   begins: Instant | None) -> Window:
        begins = self._clock.now() if begins is None else begins
        async with self._db.write() as tx:
            number = await self.open_in(tx, actor, Window(0, kind, pattern.strip(), actor.name, reason.strip(), begins,
                                                          until))
        return await self.window(number)

    async def _window(self, db: Database | Transaction, number: int) -> Window:
        found = await store.window(db, number)
        if found is None:
            raise NotThere(f"There is no silence and no maintenance {number}.",
                           "`opsconsole maintenance list` names those that there are.")
        return found

    async def _changeable(self, tx: Transaction, number: int, version: int | None) -> Alert:
        alert = await store.alert(tx, number)
        if alert is None:
            raise NotThere(f"There is no alert {number}.", "`opsconsole alert list` names those that there are.")
        if not alert.open:
            raise Over(f"Alert {number} is over already.", "There is nothing to do.")
        if version is not None and version != alert.version:
            raise Clash(f"Alert {number} has changed since it was shown.", "Look at it again.")
        return alert

    async def _noted(self, tx: Transaction, actor: Actor, alert: Alert, what: str, note: str, now: Instant) -> None:
        await store.add_event(tx, alert.id, Event(now, what, actor.name, note))
        await self._audited(tx, actor, f"alert.{what}", alert.thread, {"key": alert.key, "note": note}, now)

    async def _audited(self, tx: Transaction, actor: Actor, action: str, subject: str, detail: dict[str, object],
                       now: Instant) -> None:
        from opsconsole.core import audit  # noqa: PLC0415 - only whoever changes something needs it

        await audit.append(tx, actor, action, subject, detail, now)
        tx.touch(TOPIC)


def maintenance(windows: Callable[[], Sequence[Window]], groups: Mapping[str, str],
                needed: Mapping[str, Sequence[str]] | None = None) -> Callable[[str, Instant], bool]:
    """Makes `muted` of `checks.jobs.check_jobs`: whether a check is being worked on. Cheap: it asks no database.

    Args:
        windows: gives what the engine read last, `AlertEngine.windows`.
        groups: the group of each check.
        needed: the names of what each check depends on; work on that is no downtime of it either.
    """
    def muted(check: str, now: Instant) -> bool:
        return in_maintenance(windows(), check, groups.get(check, ""), now, (needed or {}).get(check, ()))

    return muted


def _check(made: Window, now: Instant) -> None:
    """Whether there can be such a silence or maintenance; raises UsageError."""
    word = made.kind.value
    for name in (made.pattern, *made.others):
        if not _checked(name, MOST_PATTERN, "The name"):
            raise UsageError(f"A {word} needs the name of what it is about.", "`*` is everything.")
    if not _checked(made.reason, MOST_NOTE, "The reason"):
        raise UsageError(f"A {word} needs a reason.", "Others will read it.")
    if made.ends <= max(now, made.begins):
        raise UsageError(f"The {word} would end before it begins.")
    if made.ends - made.begins > LONGEST:
        raise UsageError(f"A {word} lasts {LONGEST // DAY} days at most.")


def _told(made: Window) -> dict[str, object]:
    """What the audit trail says of a beginning."""
    told: dict[str, object] = {"pattern": made.about, "reason": made.reason, "begins": made.begins, "ends": made.ends}
    return told | ({"entry": made.entry} if made.entry else {})


def _checked(text: str, most: int, what: str) -> str:
    if len(text) > most:
        raise UsageError(f"{what} may have {most} characters, and `{limited(text, 30)}` has {len(text)}.")
    return text
