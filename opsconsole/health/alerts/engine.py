"""Judges everything that is watched, again and again, and remembers it: the part of the agent that alerts."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.errors import OpsError, StorageError
from opsconsole.core.jobs import LeaseLost
from opsconsole.health.alerts import store
from opsconsole.health.alerts.builtin import standings_from
from opsconsole.health.alerts.machine import Kind, Observation, Phase, State, closed, step
from opsconsole.health.alerts.memory import joined, taken, worth_storing
from opsconsole.health.alerts.model import TOPIC
from opsconsole.health.alerts.muting import Muting
from opsconsole.health.alerts.recording import Change, Known, Recorder, Stale, next_alert
from opsconsole.health.alerts.sights import Looker, Sight
from opsconsole.health.alerts.store import Machine
from opsconsole.health.alerts.watches import Rulebook

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.jobs import Guard
    from opsconsole.health.alerts.model import Alert, Window
    from opsconsole.health.alerts.recording import Outbox, Tickets
    from opsconsole.health.alerts.settings import Rule
    from opsconsole.health.alerts.sights import Past, Seen
    from opsconsole.health.changes.model import Change as HostChange
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.judging.rules import Standing

    Changes = Callable[[Instant, Instant], Awaitable[Sequence[HostChange]]]
    Fired = Callable[[Alert], None]

LOG = logging.getLogger(__name__)

JUMP: Final = 2_000
"""ms by which the clock may differ from the time that passed before it counts as set."""
VANISHED: Final = DAY
"""What is not measured for so long is over."""
WARN_BEFORE: Final = 15 * MINUTE
"""Before a silence ends; of a short one, a quarter of it."""
LOOK_BACK: Final = 2 * HOUR
ASKING: Final = 1.0
"""Seconds that the question what changed may take."""


class AlertEngine:
    """All alerts of this host.

    Args:
        db: the records.
        outbox: where notices go.
        rules: as configured; None: none.
        checks: as configured.
        guard: whether this agent may work.
        past: the history, for rules about the last minutes after a start.
        changes: gives what changed on the host between two instants.
        fired: is told each alert that fires, when it is stored and told; must return at once.
        host: what stands first in titles; empty where whoever sends them says so anyway.
        tickets: who opens tickets about alerts; None: nobody.
    """

    def __init__(self, db: Database, outbox: Outbox, rules: Mapping[str, Rule] | None,
                 checks: Mapping[str, Check] | None, *, guard: Guard, past: Past | None = None,
                 changes: Changes | None = None, fired: Fired | None = None, host: str = "",
                 tickets: Tickets | None = None) -> None:
        self._db = db
        self._guard = guard
        self._changes = changes
        self._fired = fired
        self._recorder = Recorder(outbox, host, tickets)
        self._book = Rulebook(rules, checks)
        self._looker = Looker(self._book, past)
        self._muting = Muting(self._book)
        self._known: dict[str, Known] | None = None
        self._windows: list[Window] = []
        self._mark = self._topic = self._windows_mark = -1
        self._last: tuple[Instant, float] | None = None
        self._since: Instant = 0
        """When it began to look: what is not seen before that is not missing."""
        self._jump = 0
        """ms by which the clock was set since the last evaluation that was stored."""

    @property
    def windows(self) -> Sequence[Window]:
        """Silences and maintenance as they were read last."""
        return self._windows

    async def renew_windows(self) -> None:
        """Reads them again where anything was stored since: what fails a moment after maintenance began is no downtime.

        What cannot be read now stays as it is.
        """
        try:
            mark = await self._db.mark()
            if mark != self._windows_mark:
                since = 0 if self._last is None else self._last[0] - DAY
                self._windows = await store.windows(self._db, since)
                self._windows_mark = mark
        except StorageError as error:
            LOG.warning("whether maintenance was begun is not known: %s", error)

    async def standings(self, now: Instant, tick: float) -> dict[str, Standing]:
        """What the monitor must know to go on where the last agent stopped; see `Monitor.seed`.

        Raises:
            StorageError: it cannot be read.
        """
        known = await self._refresh(now)
        return standings_from({key: (one.state, one.alert) for key, one in known.items()}, now, tick)

    async def evaluate(self, now: Instant, tick: float, seen: Seen) -> None:
        """Judges what is seen, stores what changed, and tells of it. Nothing is written when nothing changes.

        Args:
            now: the wall clock.
            tick: monotonic seconds, by which changes of the wall clock are noticed.
            seen: what was measured.

        Raises:
            LeaseLost: another agent works; nothing was stored.
            StorageError: it could not be stored; the next call tries again.
        """
        if not self._guard.holds():
            self._forget()
            return
        self._notice_jump(now, tick)
        try:
            try:
                await self._evaluate(now, seen)
            except Stale:
                # Somebody else wrote in between; what they wrote is read, and everything judged again.
                self._known = None
                await self._evaluate(now, seen)
        except (LeaseLost, Stale):
            self._forget()
            raise
        self._jump = 0

    def _forget(self) -> None:
        """Another agent may work, and knows more: what it stored is read before anything is judged again."""
        self._known = self._last = None
        self._jump = 0

    def _notice_jump(self, now: Instant, tick: float) -> None:
        if self._last is not None:
            jump = round(now - self._last[0] - 1000 * (tick - self._last[1]))
            if abs(jump) > JUMP:
                LOG.warning("the clock was set by %.1f s", jump / 1000)
                self._looker.shift(jump)
                self._jump += jump
                self._since += jump
                # What was over by the other clock may hold by this one.
                self._topic = self._mark = self._windows_mark = -1
        else:
            self._since = now
        self._last = now, tick

    async def _evaluate(self, now: Instant, seen: Seen) -> None:
        known = await self._refresh(now)
        sights = await self._looker.look(now, seen, known)
        well = self._looker.well(now, seen, known)
        critical = self._muting.critical(now, seen, sights, known)
        changes, quiet = [], {}
        for key in {**known, **sights}:
            one = known.get(key) or Known(Machine(key, None, State(), 0))
            sight = sights.get(key)
            change = self._judged(one, sight, well.get(key), critical, now, seen)
            if change.stored:
                changes.append(change)
            elif not change.state.quiet:
                quiet[key] = Known(one.machine._replace(state=change.state), change.alert, one.written)
        ending, early = self._ending(known, now), self._early(now)
        stored: dict[str, Known] = {}
        if changes or ending or early:
            before = await self._before(changes, now)
            async with self._db.write() as tx:
                await self._guard.confirm(tx)
                await self._compare(tx, known)
                stored = await self._recorder.write(tx, changes, now, before)
                for window, firing in ending:
                    await self._recorder.warn(tx, window, firing, now)
                await store.not_warned(tx, early)
                touched = TOPIC in tx.topics
            self._topic += touched
        warned = {window.id for window, _ in ending}
        self._windows = [replace(one, warned=one.id in warned) if one.id in warned or one.id in early else one
                         for one in self._windows]
        self._known = {key: one for key, one in {**known, **quiet, **stored}.items() if not one.state.quiet}
        self._muting.forget_others(self._known)
        self._tell_fired(changes, stored)

    def _judged(self, one: Known, sight: Sight | None, well: Observation | None, critical: Mapping[str, Instant],
                now: Instant, seen: Seen) -> Change:
        """What one evaluation makes of one alert."""
        key, before = one.machine.key, one.state
        watch = sight.watch if sight is not None else self._book.again(key)
        gone = watch is None or (sight is None and well is None and before.seen is not None and now - max(
            before.seen + self._jump, self._since) > max(VANISHED, 3000 * watch.policy.bridge))
        muted_by = silenced = group = ""
        if watch is None or gone:
            made = closed(before)
        else:
            silenced = self._muting.why(watch, self._windows, now)
            muted_by = silenced or self._muting.needed(watch, sight, critical, seen)
            group = self._muting.group(watch, critical) if one.alert is None else ""
            made = step(before, watch.policy, now, sight.seen if sight is not None else well, muted=bool(muted_by),
                        jump=self._jump)
        text, limit = (sight.text, sight.limit) if sight is not None and sight.seen.reached is not None else ("", "")
        alert = next_alert(one, watch, made.state, made.effects, now, text=text, limit=limit, muted_by=muted_by,
                           group=group)
        advice = next((f"{each.todo} {each.command}".strip() for each in seen.advice
                       if key == f"limit:{each.target}"), "") if made.effects else ""
        change = Change(one, None if gone else watch, made.state, made.effects, alert, jumped=self._jump, advice=advice,
                        silenced=bool(silenced))
        return change._replace(stored=worth_storing(change, now))

    async def _refresh(self, now: Instant) -> dict[str, Known]:
        """What is known, after reading what others have changed since."""
        mark = await self._db.mark()
        if self._known is not None and mark == self._mark:
            return self._known
        topic = await store.topic_version(self._db, TOPIC)
        if self._known is None or topic != self._topic:
            self._windows = await store.windows(self._db, now)
            alerts = {alert.key: alert for alert in await store.open_alerts(self._db)}
            if self._known is None:
                self._known = joined(await store.machines(self._db), alerts, now)
            self._known = {key: taken(one, alerts.get(key)) for key, one in self._known.items()}
        self._mark, self._topic = mark, topic
        return self._known

    async def _compare(self, tx: Transaction, known: Mapping[str, Known]) -> None:
        """Makes sure that nobody acknowledged, or took back, in the moment since everything was read."""
        for alert in await store.open_alerts(tx):
            mine = known[alert.key].alert if alert.key in known else None
            if mine is None or mine.id != alert.id or mine.acknowledged != alert.acknowledged:
                raise Stale

    async def _before(self, changes: Iterable[Change], now: Instant) -> Sequence[HostChange]:
        """What changed on the host before what is told now; nothing when that is not known soon."""
        begun = [one.state.since for one in changes for effect in one.effects
                 if effect.told and effect.kind in (Kind.FIRED, Kind.UNMUTED) and one.state.since is not None]
        if not begun or self._changes is None:
            return ()
        try:
            async with asyncio.timeout(ASKING):
                return await self._changes(min(begun) - LOOK_BACK, now)
        except (OpsError, TimeoutError) as error:
            LOG.warning("what changed before is not known: %s", error)
            return ()

    def _ending(self, known: Mapping[str, Known], now: Instant) -> list[tuple[Window, list[Alert]]]:
        """Silences that run out soon while something that they cover fires, and the work of entries of the log."""
        found = []
        for window in self._windows:
            if window.active(now) and not window.warned and window.ends - now <= _soon(window):
                firing = [one.alert for one in known.values() if one.alert is not None and one.alert.open
                          and one.alert.phase is Phase.FIRING and self._muting.covered(window, one.alert)]
                if firing or window.entry:
                    found.append((window, firing))
        return found

    def _early(self, now: Instant) -> set[int]:
        """Those of which was said that they run out, and which do not after all: the clock was set back."""
        return {one.id for one in self._windows if one.warned and one.ends - now > _soon(one)}

    def _tell_fired(self, changes: Iterable[Change], stored: Mapping[str, Known]) -> None:
        if self._fired is None:
            return
        for change in changes:
            alert = stored[change.before.machine.key].alert
            if alert is not None and any(effect.kind is Kind.FIRED for effect in change.effects):
                self._fired(alert)


def _soon(window: Window) -> int:
    """From how many ms before its end on it is said that it runs out."""
    return min(WARN_BEFORE, (window.ends - window.begins) // 4)
