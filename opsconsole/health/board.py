"""What the agent has stored, as the console shows it: checks, alerts, history. It reads again what changed.

Nothing here is imported before the first paint but this module itself; databases and features come when asked.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.core.lines import Line
    from opsconsole.health.alerts.model import Alert, Window
    from opsconsole.health.changes.model import Change
    from opsconsole.health.checks.model import CheckState
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.checks.uptime import Slo, Uptime
    from opsconsole.health.growth.model import Growth
    from opsconsole.health.model import Health
    from opsconsole.health.present.past import Past

log = logging.getLogger(__name__)

NO_AGENT = ("No agent has recorded this yet. A console starts one; `opsconsole agent install` makes it permanent, and"
            " then history grows also while nobody looks.")


class Stored(NamedTuple):
    """All that the panel shows and did not measure itself."""

    checks: tuple[CheckState, ...] = ()
    """Worst first."""
    alerts: tuple[Alert, ...] = ()
    """Those that are open, worst first."""
    changes: tuple[Change, ...] = ()
    """What changed before the oldest of what is wrong now, oldest first."""
    on_call: str = ""
    """Who is on call now; empty where nobody is configured, or nothing is wrong."""
    help: Mapping[str, str] = {}
    """What to do about a check, where the configuration says it, by the check's name."""
    windows: tuple[Window, ...] = ()
    """Silences and maintenance that hold or will hold, the next to end first."""
    growths: tuple[Growth, ...] = ()
    """What grew most on each mount on which something did."""


class Duty(NamedTuple):
    """Who is on call."""

    people: str = ""
    """Those who are now: `ana, ben`; empty where nobody is configured."""
    lines: tuple[Line, ...] = ()
    """The same in full, a line for each rotation: who is now, until when, who is next."""


class CheckFacts(NamedTuple):
    """One check, looked at closely."""

    state: CheckState
    check: Check
    times: dict[str, Uptime]
    """How reliable it was, by the name of a time: `24 h`."""
    promise: Slo | None


class Reliability(NamedTuple):
    """How reliable one check was."""

    name: str
    label: str
    day: Uptime
    week: Uptime
    month: Uptime
    promise: Slo | None
    """None where nothing is promised."""


class Board:
    """The stored part of one host's health.

    Args:
        clock: where time comes from.
        checks: those that the configuration has, by name.
        duty: says who is on call now.
    """

    def __init__(self, clock: Clock, checks: Mapping[str, Check] | None = None,
                 duty: Callable[[], Duty] = Duty) -> None:
        self.stored = Stored(help=_help(checks))
        self.problem = ""
        """Why what is shown may be old, as a sentence; empty when the last reading went well."""
        self.duty = duty
        self._clock = clock
        self._checks = checks
        self._records: Callable[[], Database] | None = None
        self._metrics: Callable[[], Database] | None = None
        self._listeners: tuple[Callable[[], None], ...] = ()

    def attach(self, *, records: Callable[[], Database], metrics: Callable[[], Database]) -> None:
        """Where the databases are; both raise `StorageError` while there is none."""
        self._records, self._metrics = records, metrics

    def use(self, checks: Mapping[str, Check] | None) -> None:
        """Other checks from now on."""
        self._checks = checks
        self.stored = self.stored._replace(help=_help(checks))
        if not checks:
            self.stored = self.stored._replace(checks=())

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when something else is stored; the answer ends that."""
        self._listeners = (*self._listeners, listener)

        def leave() -> None:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

        return leave

    async def read(self, topics: frozenset[str]) -> None:
        """Read again what these topics name; what cannot be read now stays as it is, and `problem` says why."""
        before, problems = self.stored, []
        for reading, wanted in ((self._read_checks, "checks" in topics), (self._read_alerts, self._alerts_in(topics)),
                                (self._read_changes, bool(topics & {"alerts", "checks", "changes"})),
                                (self._read_growth, "growth" in topics)):
            try:
                if wanted:
                    await reading()
            except OpsError as error:
                log.warning("what the agent stored could not be read: %s", error)
                problems.append(str(error))
        self.problem = problems[0] if problems else ""
        if self.stored != before:
            for listener in self._listeners:
                listener()

    def _alerts_in(self, topics: frozenset[str]) -> bool:
        """Whether alerts are to be read again: a ticket of theirs may have changed too."""
        return "alerts" in topics or ("tickets" in topics and bool(self.stored.alerts))

    def enriched(self, health: Health | None) -> Health | None:
        """The same health with advice that rests on what is stored."""
        if health is None or not (self.stored.growths or self.stored.checks):
            return health
        from msgspec.structs import replace  # noqa: PLC0415 - where there is an agent

        from opsconsole.health.present.advising import advice_with  # noqa: PLC0415

        return replace(health, advice=advice_with(health.advice, self.stored))

    async def past(self, series: str, length: int, columns: int) -> Past:
        """What is stored of a series over the last `length` ms, in `columns` parts."""
        from opsconsole.health.present.past import Past  # noqa: PLC0415 - when a trend is opened

        if self._metrics is None:
            return Past(problem=NO_AGENT)
        try:
            return await self._past(self._metrics(), series, length, columns)
        except OpsError as error:
            return Past(problem=str(error))

    async def _past(self, db: Database, series: str, length: int, columns: int) -> Past:
        from opsconsole.health.changes.store import ChangeStore  # noqa: PLC0415 - when a trend is opened
        from opsconsole.health.history.names import is_latency  # noqa: PLC0415
        from opsconsole.health.history.store import MetricStore  # noqa: PLC0415
        from opsconsole.health.present.past import WEEK, Past  # noqa: PLC0415

        store = MetricStore(db)
        now = self._clock.now()
        since = now - length
        found = (await store.history(series, since, now, buckets=columns)).buckets
        before: tuple[float | None, ...] = ()
        if length < WEEK:
            earlier = await store.history(series, since - WEEK, now - WEEK, buckets=columns)
            before = tuple(one.mean for one in earlier.buckets)
        shares = await store.percentiles(series, since, now, (0.5, 0.95, 0.99)) if is_latency(series) else None
        return Past(
            means=tuple(one.mean for one in found), lows=tuple(one.min for one in found),
            highs=tuple(one.max for one in found), before=before,
            percentiles=None if shares is None else (shares[0], shares[1], shares[2]),
            changes=(*await ChangeStore(db).between(since, now), *await self._works(since, now)),
            problem="" if any(one.mean is not None for one in found) else NO_AGENT)

    async def _works(self, since: Instant, until: Instant) -> list[Change]:
        """Planned work that began in a period."""
        from opsconsole.health.alerts.model import WindowKind  # noqa: PLC0415 - when a trend is opened
        from opsconsole.health.alerts.service import AlertService  # noqa: PLC0415
        from opsconsole.health.changes.model import Change, ChangeKind  # noqa: PLC0415

        if self._records is None:
            return []
        try:
            found = await AlertService(self._records(), self._clock).past_windows(since)
        except OpsError as error:
            log.warning("maintenance could not be read: %s", error)
            return []
        return [Change(one.begins, ChangeKind.MAINTENANCE, f"{one.about}: {one.reason} ({one.author})")
                for one in found if one.kind is WindowKind.MAINTENANCE and since <= one.begins <= until]

    async def _read_growth(self) -> None:
        if self._metrics is None:
            return
        from opsconsole.health.growth.store import GrowthStore  # noqa: PLC0415 - where there is an agent

        growths = await GrowthStore(self._metrics()).all()
        self.stored = self.stored._replace(growths=tuple(growths))

    async def facts(self, name: str) -> CheckFacts | None:
        """What is known of one check; None where there is none of that name.

        Raises:
            StorageError: it cannot be read.
        """
        check = (self._checks or {}).get(name)
        if check is None or self._metrics is None:
            return None
        from opsconsole.health.checks.service import CheckService  # noqa: PLC0415 - when one is opened
        from opsconsole.health.present.checks import SPANS  # noqa: PLC0415

        service = CheckService(self._metrics(), self._clock, self._checks)
        state = await service.state(name)
        if state is None:
            return None
        now = self._clock.now()
        times = {label: await service.uptime(name, now - span, now) for label, span in SPANS}
        return CheckFacts(state, check, times, await service.slo(name))

    async def reliability(self) -> tuple[Reliability, ...]:
        """How reliable every check was; see `reliability`.

        Raises:
            StorageError: it cannot be read.
        """
        if self._metrics is None or not self._checks:
            return ()
        return await reliability(self._metrics(), self._clock, self._checks)

    async def _read_checks(self) -> None:
        if self._metrics is None or not self._checks:
            return
        from opsconsole.health.checks.service import CheckService  # noqa: PLC0415 - where there are checks

        states = await CheckService(self._metrics(), self._clock, self._checks).states()
        self.stored = self.stored._replace(checks=states)

    async def _read_alerts(self) -> None:
        if self._records is None:
            return
        from opsconsole.health.alerts.service import AlertService  # noqa: PLC0415 - where there is an agent

        service = AlertService(self._records(), self._clock)
        # Waited for before anything is replaced: both databases are read at the same time.
        alerts, windows = await service.open(), await service.windows()
        self.stored = self.stored._replace(alerts=tuple(alerts), windows=tuple(windows))

    async def _read_changes(self) -> None:
        """Who is on call, and what changed before, for something that is wrong now; of nothing else anybody asks."""
        begun = [alert.begun for alert in self.stored.alerts]
        begun += [state.since for state in self.stored.checks if state.level > Level.OK and state.at is not None]
        self.stored = self.stored._replace(on_call=self.duty().people if begun else "")
        if self._metrics is None or not begun:
            self.stored = self.stored._replace(changes=())
            return
        from opsconsole.health.changes.store import ChangeStore  # noqa: PLC0415 - only when something is wrong

        # Of what has been wrong for days, the cause is not looked for on the panel.
        since = max(min(begun), self._clock.now() - DAY) - HOUR
        found = await ChangeStore(self._metrics()).between(since, self._clock.now())
        self.stored = self.stored._replace(changes=tuple(found))


def _help(checks: Mapping[str, Check] | None) -> dict[str, str]:
    return {name: check.help for name, check in (checks or {}).items() if check.help}


async def reliability(db: Database, clock: Clock, checks: Mapping[str, Check]) -> tuple[Reliability, ...]:
    """How reliable every enabled check was: what broke its promise or comes nearest to that first.

    Raises:
        StorageError: it cannot be read.
    """
    from opsconsole.health.checks.service import CheckService  # noqa: PLC0415 - when it is asked for
    from opsconsole.health.checks.uptime import WINDOW, slo, uptime  # noqa: PLC0415

    service, now, found = CheckService(db, clock, checks), clock.now(), []
    for name, check in checks.items():
        if check.enabled:
            periods = await service.periods(name, now - WINDOW, now)
            day, week, month = (uptime(periods, now - span, now) for span in (DAY, 7 * DAY, WINDOW))
            promise = slo(float(check.slo), periods, now) if check.slo is not None else None
            found.append(Reliability(name, check.label, day, week, month, promise))
    return tuple(sorted(found, key=_dependable))


def _dependable(one: Reliability) -> tuple[bool, float, float]:
    """The order: promises by what is left of them, then everything else by how much it was up."""
    share = one.month.share if one.month.share is not None else 101.0
    if one.promise is None:
        return True, share, 0.0
    left = one.promise.left_share
    return False, left if left is not None else (0.0 if one.promise.left >= 0 else -1e9), share
