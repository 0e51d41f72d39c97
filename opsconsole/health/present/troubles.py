"""Everything that is not well, from whatever source, as one list: alerts of the agent, limits, services.

An alert and a finding about the same thing are one trouble: the finding has the newest figure, the alert says who has
it, and since when people know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.levels import Level, worst
from opsconsole.health.judging.readings import FIRST_SAMPLE, line_of
from opsconsole.health.model import State
from opsconsole.health.present.parts import subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert
    from opsconsole.health.board import Stored
    from opsconsole.health.changes.model import Change
    from opsconsole.health.checks.model import CheckState
    from opsconsole.health.model import Finding, Health
    from opsconsole.health.present.parts import View

BEFORE = HOUR
"""ms: a change so long before may be the cause."""
LATE = 2 * MINUTE
"""ms: a change is told to be before something although it was noticed so much later."""
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
        from opsconsole.health.present.services import level_of, said_of  # noqa: PLC0415 - after the first paint

        made += [_of_check(state, level_of(state, view), said_of(state, view), stored.help.get(state.name, ""))
                 for name, state in states.items() if level_of(state, view) > Level.OK and name not in told]
    return sorted(made, key=lambda one: (-one.level, _taken(one.alert), one.since))


def overall(health: Health, found: Iterable[Trouble]) -> State:
    """The word for everything together; what is silenced or acknowledged is as bad as before."""
    level = worst(one.level for one in found)
    states = {Level.CRITICAL: State.CRITICAL, Level.WARNING: State.DEGRADED}
    return states.get(level, State.UNKNOWN if level is Level.UNKNOWN or health.state is State.UNKNOWN else State.NORMAL)


def changed_before(trouble: Trouble, changes: Sequence[Change]) -> Change | None:
    """The last thing that changed before it began; packages that were changed together count as one."""
    from opsconsole.health.changes.model import grouped  # noqa: PLC0415 - only when something is wrong

    return next((one for one in grouped(changes)
                 if trouble.since - BEFORE <= one.at <= trouble.since + LATE), None)


def standing(alert: Alert | None, view: View) -> str:
    """What people have done about an alert, and how it is: `ack ana: looking`; empty while nobody has; harmless."""
    if alert is None:
        return ""
    parts = []
    if alert.acknowledged is not None:
        parts.append(f"ack {alert.acknowledged_by}{f': {alert.note}' if alert.note else ''}")
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


def _taken(alert: Alert | None) -> bool:
    return alert is not None and (alert.acknowledged is not None or bool(alert.muted_by))


def _of_finding(finding: Finding) -> Trouble:
    line = line_of(finding.target)
    return Trouble(finding.level, subject(finding.target), finding.reason, finding.since, line, line)


def _of_alert(alert: Alert, finding: Finding | None) -> Trouble:
    reason = finding.reason if finding is not None else alert.text
    line = f"check:{alert.detail.check}" if alert.detail.check else line_of(alert.target)
    runbook = f"Runbook: {alert.detail.runbook}" if alert.detail.runbook else ""
    return Trouble(_LEVELS[alert.severity], alert.title, reason, alert.begun, f"alert:{alert.id}", line, alert,
                   todo="\n".join(filter(None, (alert.detail.help, runbook))))


def _of_check(state: CheckState, level: Level, said: str, todo: str) -> Trouble:
    return Trouble(level, state.label or state.name, said, state.since if state.at is not None else 0,
                   f"check:{state.name}", f"check:{state.name}", listed=False,
                   todo=todo if level > Level.UNKNOWN else "")
