"""The whole configuration: the features' settings put together, and found, read and checked as one.

A composition root: nothing but entry points imports it. yaml is imported only when there is a file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta

from opsconsole.console.settings import ConsoleSettings, key_mistakes
from opsconsole.core.paths import SYSTEM_CONFIG, SYSTEM_DATA, Paths, find_config, make_paths
from opsconsole.core.settings import LogSettings, RoleSettings
from opsconsole.health.settings import HealthSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from opsconsole.core.actions import Action


_CHECKS: Final = """
shop:
  kind: http
  url: https://shop.example.com/health
  critical_unless: ["status == 200", "latency < 3s"]
  slo: 99.9%
redis: {kind: redis, queues: [jobs], warning_unless: ["depth < 1000"]}
backup: {kind: heartbeat, cron: "30 2 * * *", grace: 3h, help: "Look at /var/log/backup.log."}
"""
_RULES: Final = """
busy: {metric: cpu.busy, of: mean, over: 15m, warning: "> 90%", recover: "< 70%"}
mount:/srv/*: {severity: warning, help: "Old releases can go."}
"""
_NOTIFY: Final = """
channels:
  pager: {kind: exec, command: [/usr/local/bin/page]}
contacts:
  ana: {channels: [pager]}
  ben: {channels: [pager]}
rotations:
  ops: {layers: [{people: [ana, ben], turn: weekly, starts: "monday 09:00"}]}
ladders:
  duty: {steps: [{tell: ["oncall:ops"], within: 15m}, {tell: [ana, ben]}]}
routes:
  - {tell: ["oncall:ops"], severity: [critical, warning]}
"""
_TICKETS: Final = """
calendars:
  office: {zone: Europe/Berlin, hours: {mon: ["09:00-12:00", "13:00-18:00"], fri: ["09:00-15:00"]}}
teams:
  ops: {members: [ana, ben]}
ladders:
  usual: {levels: [{tell: [assignee], at: due-15m}, {tell: [team], at: due}]}
policies:
  usual:
    calendar: office
    promises:
      urgent: {response: 15m, resolution: 2h, calendar: clock, ladder: usual}
      low: {response: 24h, resolution: next release}
routing:
  - {categories: [technical], team: ops, how: least-loaded}
"""
_TARGETS: Final = """
uptime: {label: Uptime, goal: "> 99.9%", from: [{uptime: shop}]}
response: {label: Response time, goal: "< 800ms", window: 7d, from: [{metric: "check:shop.latency", of: p95}]}
first-response: {label: First response, goal: "< 4h", from: [{tickets: first_response}]}
coverage: {label: Documentation, goal: "> 95%", window: month, from: [{answer: monthly/coverage, run: after}]}
"""
_REPORTS: Final = """
- {name: weekly, at: "0 8 * * 1", tell: [ana]}
"""
"""What the commented configuration shows of keys whose default says nothing."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The configuration of opsconsole. Every key may be left out."""

    data: Annotated[str | None, Meta(
        description="Folder of the databases; null: the user's data folder, or /var/lib/opsconsole where the"
                    " configuration is /etc/opsconsole/opsconsole.yaml.")] = None
    log: Annotated[LogSettings, Meta(description="The log file.")] = LogSettings()
    console: Annotated[ConsoleSettings, Meta(description="The console: its looks and its keys.")] = ConsoleSettings()
    roles: Annotated[RoleSettings, Meta(
        description="Who may do what. With nobody named, everyone who can open the files is an admin; else whoever is"
                    " in no role is a viewer.")] = RoleSettings()
    health: Annotated[HealthSettings, Meta(
        description="When the figures of this host are a warning and when they are critical.")] = HealthSettings()
    agent: Annotated[Any, Meta(
        description="The process that records, checks and alerts.",
        extra={"type": "opsconsole.agent.settings:AgentSettings"})] = None
    checks: Annotated[Any, Meta(
        description="The services that are checked, by name.",
        extra={"type": "opsconsole.health.checks.settings:Checks", "example": _CHECKS})] = None
    rules: Annotated[Any, Meta(
        description="What is an alert besides the built-in limits, by name.",
        extra={"type": "opsconsole.health.alerts.settings:Rules", "example": _RULES})] = None
    notify: Annotated[Any, Meta(
        description="Who is told what, and how.",
        extra={"type": "opsconsole.notify.settings:NotifySettings", "example": _NOTIFY})] = None
    tickets: Annotated[Any, Meta(
        description="Tickets: their kinds, who gets them, what is promised, how they come and go.",
        extra={"type": "opsconsole.tickets.settings:TicketSettings", "example": _TICKETS})] = None
    checklists: Annotated[Any, Meta(
        description="Checklists: which there are, in which zone they are due, what is kept of commands.",
        extra={"type": "opsconsole.checklists.settings:ChecklistSettings"})] = None
    logbook: Annotated[Any, Meta(
        description="The maintenance log: what two persons sign, and where heads of the audit trail are kept.",
        extra={"type": "opsconsole.logbook.settings:LogbookSettings"})] = None
    targets: Annotated[Any, Meta(
        description="What is to be reached, by name: a goal, a window, and where the figure comes from.",
        extra={"type": "opsconsole.reports.targets.settings:Targets", "example": _TARGETS})] = None
    reports: Annotated[Any, Meta(
        description="Reports that are sent by themselves: which, when, to whom.",
        extra={"type": "opsconsole.reports.sending.settings:SentReports", "example": _REPORTS})] = None

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """A path that depends on the folder the program is started in."""
        if self.data is not None and not self.data.startswith(("/", "~/")):
            yield "data", f"the path must be absolute or begin with `~/`, not `{self.data}`"


class Loaded(NamedTuple):
    """A configuration, the file it came from (None: the defaults), and the paths that follow from it."""

    settings: Settings
    path: Path | None
    paths: Paths


def all_actions() -> tuple[Action, ...]:
    """Every action of every feature: what `console.keys` may name."""
    from opsconsole.checklists.actions import ACTIONS as CHECKLISTS  # noqa: PLC0415 - only with configured keys
    from opsconsole.console.actions import ACTIONS as CONSOLE  # noqa: PLC0415
    from opsconsole.health.actions import ACTIONS as HEALTH  # noqa: PLC0415
    from opsconsole.logbook.actions import ACTIONS as LOG  # noqa: PLC0415
    from opsconsole.reports.briefing.actions import ACTIONS as BRIEFING  # noqa: PLC0415
    from opsconsole.reports.targets.actions import ACTIONS as TARGETS  # noqa: PLC0415
    from opsconsole.tickets.actions import ACTIONS as TICKETS  # noqa: PLC0415

    return (*CONSOLE, *HEALTH, *TICKETS, *CHECKLISTS, *LOG, *BRIEFING, *TARGETS)


def cross_check(settings: Settings) -> Iterable[tuple[tuple[str, ...], str]]:
    """Mistakes that only the whole program can see: keys of no action; what names a check, ladder or person wrongly."""
    if settings.console.keys:
        for path, message in key_mistakes(settings.console, all_actions()):
            yield ("console", *path), message
    if settings.checks:
        from opsconsole.health.checks.settings import find_mistakes  # noqa: PLC0415 - only where there are checks

        yield from find_mistakes(settings.checks)
    if settings.rules:
        from opsconsole.health.alerts.checking import all_mistakes  # noqa: PLC0415 - only where there are rules
        from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415 - as above

        categories = (settings.tickets or TicketSettings()).all_categories
        for path, message in all_mistakes(settings.rules, settings.checks, settings.notify, categories=categories):
            yield ("rules", *path), message
    if settings.tickets:
        from opsconsole.tickets.addressees import addressee_mistakes  # noqa: PLC0415 - only where there are tickets

        for path, message in addressee_mistakes(settings.tickets, settings.notify):
            yield ("tickets", *path), message
    if settings.checklists:
        from opsconsole.checklists.settings import calendar_mistakes  # noqa: PLC0415 - only where there is something

        calendars = () if settings.tickets is None else settings.tickets.calendars
        for path, message in calendar_mistakes(settings.checklists, calendars):
            yield ("checklists", *path), message
    yield from _told_of_emergencies(settings)
    yield from _of_reports(settings)


def _of_reports(settings: Settings) -> Iterable[tuple[tuple[str, ...], str]]:
    if settings.targets:
        from opsconsole.reports.targets.settings import target_mistakes  # noqa: PLC0415 - only where there are targets

        goals = None if settings.tickets is None else settings.tickets.goals
        for path, message in target_mistakes(settings.targets, settings.checks, goals):
            yield ("targets", *path), message
    if settings.reports:
        from opsconsole.reports.sending.settings import addressee_mistakes  # noqa: PLC0415 - only where one is sent

        for path, message in addressee_mistakes(settings.reports, settings.notify):
            yield ("reports", *path), message


def _told_of_emergencies(settings: Settings) -> Iterable[tuple[tuple[str, ...], str]]:
    if settings.logbook and settings.logbook.emergency.tell:
        from opsconsole.notify.names import unknown  # noqa: PLC0415 - only where somebody is named

        for path, message in unknown(settings.logbook.emergency.tell, settings.notify):
            yield ("logbook", "emergency", "tell", *path), message


def read_settings(path: Path, env: Mapping[str, str], *, need_secrets: bool = True) -> Settings:
    """The settings of one file; see `core.config.decode`.

    Raises:
        ConfigMistakes: something in it is wrong; all places are named.
        ConfigError: it cannot be read.
    """
    from opsconsole.core.config import load_file  # noqa: PLC0415 - yaml comes with it

    return load_file(path, Settings, env, check=cross_check, need_secrets=need_secrets)


def load_settings(explicit: Path | None = None, env: Mapping[str, str] = os.environ, *,
                  system: Path = SYSTEM_CONFIG, system_data: Path = SYSTEM_DATA, need_secrets: bool = False) -> Loaded:
    """The settings of the named file, of OPSCONSOLE_CONFIG, of the person's file or of the system's, else the defaults.

    The secrets of a shared installation are the agent's. Whoever cannot fetch them can do all that needs none, so that
    is a mistake only with `need_secrets`.

    Raises:
        ConfigMistakes: something in the file is wrong; all places are named.
        ConfigError: it cannot be read, or was named and does not exist.
    """
    path = find_config(explicit, env, system)
    settings = Settings() if path is None else read_settings(path, env, need_secrets=need_secrets)
    paths = make_paths(path, env, data=settings.data, log=settings.log.file, system=system, system_data=system_data)
    return Loaded(settings, path, paths)
