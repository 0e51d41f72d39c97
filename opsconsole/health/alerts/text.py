"""Alerts in words: what a person is told; pure. Foreign text is made harmless here, because a message is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.levels import Level
from opsconsole.core.text import limited
from opsconsole.notify.model import Notice, NoticeKind, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert, Window
    from opsconsole.health.changes.model import Change

_SUBJECTS: Final = {"cpu": "CPU", "memory": "memory", "swap": "swap", "load": "load", "iowait:cpu": "I/O wait",
                    "steal:cpu": "steal", "cpu:pressure": "CPU pressure", "memory:pressure": "memory pressure",
                    "io:pressure": "I/O pressure", "files": "open files", "clock": "clock", "units": "units",
                    "oom": "OOM kill"}
_LEVELS: Final = {Severity.INFO: Level.OK, Severity.WARNING: Level.WARNING, Severity.CRITICAL: Level.CRITICAL}
_LINE: Final = 300
_TITLE: Final = 120
_LISTED: Final = 5


def subject(target: str) -> str:
    """What a target of `judging` is called; foreign text: `/var`, `/var inodes`, `CPU`."""
    kind, colon, name = target.partition(":")
    if target in _SUBJECTS or not colon:
        return _SUBJECTS.get(target, target)
    return f"{name} inodes" if kind == "inodes" else name


def sign(severity: Severity) -> str:
    """The sign of a severity."""
    return UNICODE.level(_LEVELS[severity])


def notice(alert: Alert, kind: NoticeKind, at: Instant, *, host: str = "", since: Instant | None = None,
           changes: Sequence[Change] = (), advice: str = "") -> Notice:
    """What is told of an alert.

    Args:
        alert: as it is now.
        kind: why.
        at: when.
        host: what stands first in the title; empty where whoever sends it says so anyway.
        since: since when it is bad, by the present clock; None: as the alert has it.
        changes: what changed before it, newest first.
        advice: what to do, where the rule says nothing.
    """
    begun = alert.begun if since is None else since
    lines = [limited(alert.text, _LINE)] if alert.text else []
    if kind is NoticeKind.RESOLVED:
        lines = [f"It lasted {fmt.duration((at - begun) / 1000)}, from {fmt.stamp(begun)}."]
        if alert.text:
            lines.append(f"Last: {limited(alert.text, _LINE)}")
    else:
        lines.append(f"Since {fmt.stamp(begun)} ({fmt.duration((at - begun) / 1000)}).")
        lines += _more(alert, begun, changes, advice)
    place = f"{limited(host, 60)} " if host else ""
    said = "resolved" if kind is NoticeKind.RESOLVED else alert.text
    name = limited(alert.title, 60)
    # A finding's text often begins with what it is about: "/var: /var …" helps nobody.
    title = f"{place}{sign(alert.severity)} {name}" + (f": {said}" if said and said != alert.title else "")
    return Notice(kind=kind, thread=alert.thread, severity=alert.severity, title=limited(title, _TITLE),
                  text="\n".join(lines), at=at, category=alert.detail.category, ladder=alert.detail.ladder,
                  channels=alert.detail.channels)


def _more(alert: Alert, begun: Instant, changes: Sequence[Change], advice: str) -> list[str]:
    lines = []
    if alert.detail.limit:
        lines.append(f"Limit: {limited(alert.detail.limit, _LINE)}.")
    if alert.count > 1:
        lines.append(f"It fires for the {_ordinal(alert.count)} time within a day.")
    if alert.flapping:
        lines.append("It flaps: it begins and ends again and again.")
    before = [one for one in changes if one.at <= begun][:_LISTED]
    after = [one for one in changes if one.at > begun][:_LISTED]
    for word, found in (("Before it", before), ("Since then", after)):
        if found:
            lines.append(f"{word}: " + "; ".join(
                f"{limited(one.text, 100)} {fmt.moment(one.at, alert.fired)}" for one in found))
    if alert.detail.help or advice:
        lines += ["To do: " + limited(part, _LINE) if not number else limited(part, _LINE)
                  for number, part in enumerate((alert.detail.help or advice).strip().split("\n")[:20])]
    if alert.detail.runbook:
        lines.append(f"Runbook: {limited(alert.detail.runbook, _LINE)}")
    if alert.detail.react_within is not None:
        wanted = alert.detail.react_within
        lines.append(f"React within {fmt.duration(wanted)}." if wanted else "React at once.")
    return lines


def running_out(window: Window, firing: Sequence[Alert], now: Instant) -> Notice:
    """What is told shortly before a silence ends while something that it covers fires, or the work of an entry."""
    worst = max((one.severity for one in firing), key=lambda one: one.rank, default=Severity.WARNING)
    names = ", ".join(limited(one.title, 60) for one in firing[:_LISTED])
    more = f" and {len(firing) - _LISTED} more" if len(firing) > _LISTED else ""
    quieter = Severity.WARNING if worst is Severity.CRITICAL else worst
    lines = [f"{limited(window.author, 60)} muted it: {limited(window.reason, _LINE)}"]
    lines.append(f"Still firing: {names}{more}." if firing else "Nothing that it covers fires.")
    if window.entry:
        lines.append(f"Finish it, or extend it: log entry {window.entry}.")
    return Notice(
        kind=NoticeKind.NOTE, thread=f"silence:{window.id}", severity=quieter,
        title=f"the {window.kind.value} of {limited(window.about, 60)} ends {fmt.ago((now - window.ends) / 1000)}",
        text="\n".join(lines), at=now)


def why_muted(window: Window, now: Instant) -> str:
    """Who mutes something, until when, and why; foreign text."""
    word = "silenced" if window.kind.value == "silence" else "in maintenance"
    return f"{word} by {window.author} until {fmt.moment(window.ends, now)}: {window.reason}"


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else endings.get(number % 10, 'th')}"
