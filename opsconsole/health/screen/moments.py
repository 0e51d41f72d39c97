"""The moment at which something of the panel went wrong: what the timeline is opened at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.levels import Level
from opsconsole.health.judging.readings import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.timeline import About
    from opsconsole.health.alerts.model import Alert
    from opsconsole.health.board import Board
    from opsconsole.health.model import Health


def alert_of(alerts: Iterable[Alert], target: str) -> Alert | None:
    """The alert that a line stands for, or the one about the service or the line."""
    return next((one for one in alerts
                 if target in {f"alert:{one.id}", f"check:{one.detail.check}", line_of(one.target)}), None)


def about_alert(alert: Alert) -> About:
    """When it fired."""
    from opsconsole.core.timeline import About  # noqa: PLC0415 - the first paint does without

    return About(f"alert:{alert.id}", alert.fired, alert.title)


def about_line(board: Board, health: Health | None, target: str) -> About | None:
    """When it broke: the alert of a line of the panel, else since when it is bad; None: all is well."""
    from opsconsole.core.timeline import About  # noqa: PLC0415 - as above

    alert = alert_of(board.stored.alerts, target)
    if alert is not None:
        return about_alert(alert)
    kind, _, name = target.partition(":")
    if kind == "check":
        state = next((one for one in board.stored.checks if one.name == name), None)
        bad = state if state is not None and state.level > Level.OK else None
        return About("", bad.since, bad.label or bad.name) if bad is not None else None
    finding = health.finding(target) if health is not None else None
    if finding is None or finding.level is Level.OK:
        return None
    return About("", finding.since, target)
