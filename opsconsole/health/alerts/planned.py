"""What the log asks of alerts when somebody works on what is watched: see `logbook.windows.Windows`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.config import nearest
from opsconsole.core.errors import UsageError
from opsconsole.core.levels import Level
from opsconsole.core.text import limited
from opsconsole.health.alerts import store
from opsconsole.health.alerts.checking import all_needs
from opsconsole.health.alerts.model import MOST_NOTE, Window, WindowKind, check_names
from opsconsole.health.alerts.service import AlertService, Over
from opsconsole.health.alerts.settings import LIMIT_KINDS, LIMITS
from opsconsole.health.alerts.watches import Rulebook, known_as
from opsconsole.health.checks.service import CheckService, current
from opsconsole.logbook.model.maintenance import Trouble, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.health.alerts.settings import Rule
    from opsconsole.health.checks.model import CheckState
    from opsconsole.health.checks.settings.base import Check

    Metrics = Callable[[], AbstractAsyncContextManager[Database | None]]

MOST_NAMES: Final = 50


class PlannedWork:
    """Maintenance windows of entries of the log.

    Args:
        records: the records.
        clock: where time comes from.
        checks: as configured; None: none are.
        rules: as configured; None: none are.
        metrics: opens what checks found, for a moment; gives None where nothing was ever measured.
    """

    def __init__(self, records: Database, clock: Clock, checks: Mapping[str, Check] | None,
                 rules: Mapping[str, Rule] | None, metrics: Metrics) -> None:
        self._records = records
        self._alerts = AlertService(records, clock)
        self._clock = clock
        self._checks = {name: check for name, check in (checks or {}).items() if check.enabled}
        self._rules = dict(rules or {})
        self._metrics = metrics
        self._needed = {name: known_as(all_needs(check.depends_on, self._rules, self._checks), self._checks)
                        for name, check in self._checks.items()}

    def known(self, names: Sequence[str]) -> tuple[str, ...]:
        """See `Windows.known`."""
        wanted = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
        if not wanted:
            raise UsageError("Maintenance needs the name of what is worked on.", "`*` is everything.")
        if len(wanted) > MOST_NAMES:
            raise UsageError(f"Maintenance is of at most {MOST_NAMES} names, and these are {len(wanted)}.",
                             "Name a group, such as group:shop.")
        for name in wanted:
            if not self._is_known(name):
                there = (*self.suggestions(), *self._rules, *LIMITS)
                raise UsageError(f"Nothing is called `{limited(name, 60)}`{nearest(name, there) or '.'}",
                                 "Give a check, group:NAME, a rule, or a target such as mount:/var; `*` is any rest.")
        return wanted

    def suggestions(self) -> tuple[str, ...]:
        """See `Windows.suggestions`."""
        groups = dict.fromkeys(f"group:{check.group}" for check in self._checks.values() if check.group)
        return (*self._checks, *groups)

    def covered(self, names: Sequence[str]) -> tuple[str, ...]:
        """See `Windows.covered`."""
        if not names:
            return ()
        window = Window(0, WindowKind.MAINTENANCE, names[0], "", "", 0, 1, others=tuple(names[1:]))
        meant = [name for name, check in self._checks.items() if window.covers(check_names(name, check.group))]
        needing = [name for name in self._checks if name not in meant and window.covers(self._needed[name])]
        return (*meant, *needing)

    async def begin(self, tx: Transaction, actor: Actor, entry: int, names: Sequence[str], reason: str,
                    until: Instant) -> int:
        """See `Windows.begin`."""
        return await self._alerts.open_in(tx, actor, Window(
            0, WindowKind.MAINTENANCE, names[0], actor.name, reason[:MOST_NOTE], self._clock.now(), until,
            others=tuple(names[1:]), entry=entry))

    async def extend(self, tx: Transaction, actor: Actor, window: int, until: Instant) -> bool:
        """See `Windows.extend`."""
        try:
            await self._alerts.extend_in(tx, actor, window, until)
        except Over:
            return False
        return True

    async def end(self, tx: Transaction, actor: Actor, window: int) -> bool:
        """See `Windows.end`."""
        try:
            await self._alerts.end_in(tx, actor, window)
        except Over:
            return False
        return True

    async def look(self, db: Database | Transaction, window: int) -> Work | None:
        """See `Windows.look`."""
        found = await store.window(db, window)
        return None if found is None or found.kind is not WindowKind.MAINTENANCE else self._work(found)

    async def going(self, db: Database | Transaction) -> list[Work]:
        """See `Windows.going`."""
        return [one for one in await self._active(db) if one.entry]

    async def loose(self, db: Database | Transaction) -> list[Work]:
        """See `Windows.loose`."""
        return [one for one in await self._active(db) if not one.entry]

    async def adopt(self, tx: Transaction, actor: Actor, window: int, entry: int) -> None:
        """See `Windows.adopt`."""
        await self._alerts.adopt_in(tx, actor, window, entry)

    async def troubles(self, work: Work) -> tuple[Trouble, ...]:
        """See `Windows.troubles`."""
        found = {name: Trouble(name, said) for name, said in await self._not_green(work)}
        window = Window(0, WindowKind.MAINTENANCE, work.names[0], "", "", 0, 1, others=work.names[1:])
        book = Rulebook(self._rules, self._checks)
        for alert in await store.open_alerts(self._records):
            watch = book.again(alert.key)
            needed = book.known_as(watch.depends) if watch is not None else ()
            if window.mutes(alert.detail.names, needed) and alert.detail.check not in found:
                found[alert.key] = Trouble(alert.title, f"{alert.severity.value}: {alert.text}")
        return tuple(found.values())

    async def _not_green(self, work: Work) -> list[tuple[str, str]]:
        """Checks of a maintenance that are bad, or of which nothing is known since it began."""
        if not work.checks:
            return []
        async with self._metrics() as db:
            states: tuple[CheckState, ...] = ()
            if db is not None:
                states = await CheckService(db, self._clock, self._checks).states()
        known, now = {one.name: one for one in states}, self._clock.now()
        return [(name, said) for name in work.checks if (said := _said(known.get(name), work, now))]

    async def _active(self, db: Database | Transaction) -> list[Work]:
        now = self._clock.now()
        return [self._work(one) for one in await store.windows(db, now)
                if one.kind is WindowKind.MAINTENANCE and one.active(now)]

    def _work(self, window: Window) -> Work:
        names = (window.pattern, *window.others)
        return Work(window.id, window.entry, names, self.covered(names), window.author, window.begins, window.ends,
                    window.ended, window.ended_by, window.reason)

    def _is_known(self, name: str) -> bool:
        window = Window(0, WindowKind.MAINTENANCE, name, "", "", 0, 1)
        kind, colon, _ = name.partition(":")
        return (bool(self.covered((name,))) or window.covers(known_as(self._rules, {})) or window.covers(LIMITS)
                or name == "*" or (bool(colon) and kind in LIMIT_KINDS))


def _said(state: CheckState | None, work: Work, now: Instant) -> str:
    """Why a check is not green; empty: it is."""
    if state is None or state.at is None or state.at <= work.begins:
        return "it did not run since the maintenance began"
    level = current(state, now)
    if level is Level.UNKNOWN and state.level is not Level.UNKNOWN:
        return f"it did not run for {fmt.duration((now - state.at) / 1000)}"
    return "" if level is Level.OK else f"{level.word}: {state.text}"
