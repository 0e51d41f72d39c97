"""Reading the configuration again while the console runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from opsconsole.console.settings import ConsoleSettings
from opsconsole.core.errors import ConfigError
from opsconsole.core.identity import Actor, Role
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration, Percent
from opsconsole.health.model import Health
from opsconsole.health.settings import HealthSettings
from opsconsole.settings import load_settings
from tests.console.shell_app import First, console, context
from tests.health import samples
from tests.health.samples import HandClock

if TYPE_CHECKING:
    from pathlib import Path


async def test_new_keys_and_a_new_role_hold_at_once() -> None:
    app = console(context(role=Role.VIEWER))
    async with app.run_test(size=(80, 24)) as pilot:
        app.read_again = lambda: (ConsoleSettings(keys={"first.silence": "z", "console.quit": "f9"}),
                                  Actor("ana", 1000, Role.ADMIN))
        first = app.screen
        assert isinstance(first, First)
        await pilot.press("s")
        assert first.opened == 0
        app.action_reload()
        await pilot.press("s", "z")
        assert first.opened == 10
        assert {binding.key for binding in app._bindings.key_to_bindings["f9"]} == {"f9"}
        assert "ctrl+c" not in app._bindings.key_to_bindings


async def test_a_wrong_configuration_changes_nothing() -> None:
    app = console()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        settings = app.context.settings

        def wrong() -> tuple[ConsoleSettings, Actor]:
            raise ConfigError("opsconsole.yaml:3:5: Unknown key `them`.")

        app.read_again = wrong
        app.action_reload()
        await pilot.pause()
        assert app.context.settings is settings
        (notice,) = app._notifications
        assert "The old configuration stays in effect. opsconsole.yaml:3:5: Unknown key `them`." in notice.message


def test_the_composition_root_reads_the_file_and_hands_the_watch_its_part(tmp_path: Path) -> None:
    from opsconsole.checklists.screen.part import Part
    from opsconsole.console.app import _Parts, _read_again, _Tickets
    from opsconsole.health.board import Board
    from opsconsole.health.watch import Watch
    from opsconsole.logbook.model import EntryType
    from opsconsole.logbook.screen.part import LogPart
    from opsconsole.reports.screen.aiming import aims_with

    file = tmp_path / "opsconsole.yaml"
    file.write_text("console: {refresh: 5s}\n")
    loaded = load_settings(file)
    watch = Watch(loaded.settings.health, HandClock(), 5.0)
    board = Board(HandClock(), loaded.settings.checks)
    tickets = _Tickets(loaded.settings)
    assert tickets.badge() is None, "nothing was counted yet"
    assert tickets().settings.return_after is None
    file.write_text("console: {refresh: 7s}\nhealth: {memory: {warning: 10%}}\n"
                    "tickets: {return_after: 2h}\nroles: {admin: {users: [nobody-else]}}\n"
                    "logbook: {two_persons: [change]}\n"
                    "checks: {web: {kind: tcp, host: localhost, port: 80}}\n"
                    "targets: {web: {label: Web, goal: '> 99%', from: [{uptime: web}]}}\n")
    logbook = LogPart(loaded.settings.logbook)
    assert logbook().settings.two_persons == ()
    parts = _Parts(tickets, Part(loaded.settings.checklists), logbook)
    surroundings = context(tmp_path)
    aims = aims_with(surroundings, loaded.settings)
    assert not aims.targets
    settings, actor = _read_again(loaded, watch, board, parts, surroundings)
    assert list(aims.targets) == ["web"]
    assert logbook().settings.two_persons == (EntryType.CHANGE,)
    assert tickets().settings.return_after == Duration(7200)
    assert len(tickets().gates) == 1, "alerts may object"
    tickets().counts = {"late": 2}
    assert tickets.badge() == (2, Level.CRITICAL, "late")
    assert settings.refresh == Duration(7)
    assert watch.settings.memory.warning == Percent(10)
    assert actor.role is Role.VIEWER


def test_other_limits_judge_what_was_seen_before() -> None:
    monitor, health = samples.monitored(samples.normal_at)
    assert isinstance(health, Health)
    settings = HealthSettings()
    monitor.use(replace(settings, memory=replace(settings.memory, warning=Percent(10))))
    after = monitor.take(samples.normal_at(samples.NOW + 2000))
    assert after.watched_since == health.watched_since
    assert (finding := after.finding("memory")) is not None
    assert finding.pending is not None or finding.level > 0
