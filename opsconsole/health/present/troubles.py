"""Everything that is not well, from whatever source, as one list: alerts of the agent, limits, services.

An alert and a finding about the same thing are one trouble: the finding has the newest figure, the alert says who has
it, and since when people know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.levels import Level, worst
from opsconsole.health.judging.readings import FIRST_SAMPLE, line_of
from opsconsole.health.model import State
from opsconsole.health.present.parts import View, subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert
    from opsconsole.health.board import Stored
    from opsconsole.health.changes.model import Change
    from opsconsole.health.checks.model import CheckState
    from opsconsole.health.model import Finding, Health

BEFORE = HOUR
"""ms: a change so long before may be the cause."""
LATE = 2 * MINUTE
"""ms: a change is told to be before something although it was noticed so much later."""
NOBODY_RUNS = "`opsconsole doctor` says whether an agent works, and why not."
_LEVELS = {"critical": Level.CRITICAL, "warning": Level.WARNING, "info": Level.OK}


class Trouble(NamedTuple):
    """One thing that is not well. Texts are foreign: harmless only after `View.clean`."""

    level: Level
    name: str
    reason: str
    since: Instant
    target: str
    """What `enter` opens: `alert:17`, a line of the panel, `check:redis`."""
    line: str
    """The line of the panel, or the check, that it is about."""
    alert: Alert | None = None
    listed: bool = True
    """Whether it stands under ALERTS; what stands under SERVICES and is no alert yet does not."""
    todo: str = ""
    """What whoever configured it says is to be done; on several lines perhaps."""
    runbook: str = ""
    """Where there is more about that."""
    working: bool = False
    """Whether it is being worked on: it is in maintenance, and no alert says so."""

    @property
    def taken(self) -> bool:
        """Whether somebody takes care of it, or has said that nobody need to be told."""
        alert = self.alert
        return self.working or (alert is not None and (alert.acknowledged is not None or bool(alert.muted_by)))


def troubles(health: Health, stored: Stored | None, view: View) -> list[Trouble]:
    """All of them, worst first, what nobody has taken before what somebody has, then the oldest first."""
    found = [finding for finding in health.findings
             if finding.level > Level.OK and finding.reason != FIRST_SAMPLE and not _told(finding, health.findings)]
    if stored is None:
        return [_of_finding(one) for one in found]
    by_key = {f"limit:{finding.target}": finding for finding in found}
    states = {f"check:{state.name}": state for state in stored.checks}
    made = [_of_alert(alert, by_key.pop(alert.key, None)) for alert in stored.alerts]
    told = {one.line for one in made if one.line.startswith("check:")}
    made += [_of_finding(one) for one in by_key.values()]
    if states:
        made += _of_checks({name: state for name, state in states.items() if name not in told}, stored, view)
    return sorted(made, key=lambda one: (-one.level, one.taken, one.since))


def waiting(health: Health | None, stored: Stored, now: Instant) -> tuple[int, Level]:
    """How many things are not well that nobody has taken or silenced, and the worst level among them."""
    if health is None:
        return 0, Level.OK
    found = [one for one in troubles(health, stored, View(0, UNICODE, now))
             if one.level >= Level.WARNING and not one.taken]
    return len({one.line for one in found}), worst(one.level for one in found)


def overall(health: Health, found: Iterable[Trouble]) -> State:
    """The word for everything together; what is silenced or acknowledged is as bad as before."""
    level = worst(one.level for one in found)
    states = {Level.CRITICAL: State.CRITICAL, Level.WARNING: State.DEGRADED}
    return states.get(level, State.UNKNOWN if level is Level.UNKNOWN or health.state is State.UNKNOWN else State.NORMAL)


def changed_before(trouble: Trouble, changes: Sequence[Change]) -> Change | None:
    """The last thing that changed before it began; packages that were changed together count as one.

    Of what changed at about the same time it is what explains the rest: the upgrade, not the restart that it did.
    """
    from opsconsole.core.timeline import TOGETHER  # noqa: PLC0415 - when something is wrong
    from opsconsole.health.changes.model import ChangeKind, grouped  # noqa: PLC0415 - as above

    found = [one for one in grouped(changes) if trouble.since - BEFORE <= one.at <= trouble.since + LATE]
    order = [ChangeKind.REBOOT, ChangeKind.MAINTENANCE, ChangeKind.PACKAGE, ChangeKind.UNIT, ChangeKind.SIGN_IN]
    return min((one for one in found if found[0].at - one.at <= TOGETHER), key=lambda one: order.index(one.kind),
               default=None)


def standing(of: Alert | Trouble | None, view: View) -> str:
    """What people have done about it, and how it is: `ack ana: looking`; empty while nobody has; harmless."""
    if isinstance(of, Trouble) and of.working:
        return "in maintenance"
    alert = of.alert if isinstance(of, Trouble) else of
    if alert is None:
        return ""
    parts = []
    if alert.acknowledged is not None:
        parts.append(f"ack {alert.acknowledged_by}{f': {alert.note}' if alert.note else ''}")
    if alert.ticket:
        parts.append(f"#{alert.ticket} {alert.ticket_assignee}".strip())
    if alert.muted_by:
        parts.append(alert.muted_by)
    if alert.state == "recovering":
        parts.append("recovering")
    if alert.flapping:
        parts.append("flapping")
    return f" {view.glyphs.dot} ".join(view.clean(part) for part in parts)


def _told(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether another finding of the same line already says it: space is unknown because there is no answer."""
    if finding.level is not Level.UNKNOWN:
        return False
    return finding.target.startswith("inodes:") or any(
        other.level > Level.UNKNOWN and line_of(other.target) == line_of(finding.target) for other in findings)


def _of_finding(finding: Finding) -> Trouble:
    line = line_of(finding.target)
    return Trouble(finding.level, subject(finding.target), finding.reason, finding.since, line, line)


def _of_alert(alert: Alert, finding: Finding | None) -> Trouble:
    reason = finding.reason if finding is not None else alert.text
    line = f"check:{alert.detail.check}" if alert.detail.check else line_of(alert.target)
    return Trouble(_LEVELS[alert.severity], alert.title, reason, alert.begun, f"alert:{alert.id}", line, alert,
                   todo=alert.detail.help, runbook=alert.detail.runbook)


def _of_checks(states: Mapping[str, CheckState], stored: Stored, view: View) -> Iterator[Trouble]:
    """What is wrong with services without an alert; those that nobody runs any more are one trouble."""
    from opsconsole.health.present.services import level_of, said_of, unwatched  # noqa: PLC0415 - after the first paint

    silent = [state for state in states.values() if unwatched(state, view)]
    if len(silent) > 1:
        newest = max(silent, key=lambda state: state.at or 0)
        said = f"{said_of(newest, view)} ({len(silent)} of {len(stored.checks)})"
        yield Trouble(Level.UNKNOWN, "checks", said, 0, f"check:{silent[0].name}", "checks", listed=False,
                      todo=NOBODY_RUNS)
        states = {name: state for name, state in states.items() if state not in silent}
    for name, state in states.items():
        level = level_of(state, view)
        if level > Level.OK:
            yield Trouble(level, state.label or state.name, said_of(state, view),
                          0 if unwatched(state, view) else state.since, name, name, listed=False,
                          todo=stored.help.get(state.name, "") if level > Level.UNKNOWN else "",
                          working=state.maintenance)
