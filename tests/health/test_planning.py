"""Maintenance everywhere in a console: the top line, what is told before it runs out, and the key on the panel."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.storage import Storage, StorageState
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.feed import Feed
from opsconsole.health.alerts.planned import PlannedWork
from opsconsole.health.board import Board, Stored
from opsconsole.health.present.windows import ending_soon, standing_of
from opsconsole.health.screen.planning import Reminder
from opsconsole.health.screen.silences import SilencesScreen
from opsconsole.logbook.screen.desk import PART, Desk
from opsconsole.logbook.screen.maintaining import StartScreen
from opsconsole.logbook.service import LogService
from tests.console.shell_app import StillClock
from tests.health import samples
from tests.health.alerts.place import ANA, configured
from tests.health.samples import NOW, ZONE
from tests.health.screen_app import SIZES, HandWatch, health_console, settled
from tests.health.stored_app import ShownBoard
from tests.health.stored_samples import INCIDENT, PLANNED, SILENCE, VAR, WINDOWS, WORK
from tests.hostile import CORPUS, assert_inert
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from opsconsole.console.shell import OpsConsole
    from opsconsole.health.screen import HealthScreen

LOGGED = replace(WORK, id=8, pattern="redis", others=("tls", "group:shop"), entry=17, begins=NOW - HOUR,
                 ends=NOW + 10 * MINUTE, warned=True)


def test_the_next_to_end_counts_and_stands_out_before_that() -> None:
    assert standing_of((SILENCE, PLANNED), NOW, ZONE) is None
    assert standing_of(WINDOWS, NOW, ZONE) == ("maintenance until 15:06", "maint. 15:06", 0)
    assert standing_of((*WINDOWS, LOGGED), NOW, ZONE) == ("maintenance until 14:41 +1", "maint. 14:41 +1", 2)
    assert standing_of((LOGGED,), NOW + 10 * MINUTE, ZONE) is None
    short = replace(WORK, begins=NOW, ends=NOW + 4 * MINUTE)
    assert [standing_of((short,), NOW + at * MINUTE, ZONE)[2] for at in (2, 3)] == [0, 2]  # type: ignore[index]


def test_names_do_nothing_where_they_are_told() -> None:
    for hostile in CORPUS:
        assert_inert(ending_soon(replace(LOGGED, pattern=hostile), NOW, ZONE))


def shown(board: Board) -> OpsConsole:
    """A console that follows a board."""
    app = health_console(HandWatch(samples.normal()), board=board)
    reminder = Reminder(board, app)
    app.begun = reminder.begin
    return app


async def test_each_console_tells_once_that_it_runs_out_and_again_after_it_was_extended() -> None:
    board = Board(StillClock(NOW))
    app = shown(board)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        Reminder(board, app).begin()

        async def stored(*windows: Any) -> list[str]:
            before = len(app._notifications)
            board.stored = Stored(windows=windows)
            for listener in board._listeners:
                listener()
            await settled(pilot)
            await settled(pilot)
            return [str(one.message) for one in list(app._notifications)[before:]]

        assert await stored(WORK, replace(LOGGED, warned=False)) == []
        (said,) = await stored(WORK, LOGGED)
        assert said.startswith("▲ Maintenance of redis, tls, group:shop ends 14:41, in 10 min; m on Health or Log")
        assert await stored(WORK, replace(LOGGED, reason="another one")) == []
        assert len(await stored(replace(LOGGED, ends=NOW + 12 * MINUTE))) == 1
        assert app.notice() == ("maintenance until 14:43", "maint. 14:43", 2)
        await stored()
        assert app.notice() is None


@asynccontextmanager
async def nothing_measured() -> AsyncIterator[Database | None]:
    yield None


@pytest.mark.parametrize(("line", "names"), [
    ("check:redis", ("redis",)), (f"alert:{VAR.id}", ("mount:/var",)), ("cpu", ())], ids=["check", "alert", "neither"])
async def test_m_on_the_panel_works_on_what_the_cursor_stands_on(tmp_path: Path, line: str,
                                                                 names: tuple[str, ...]) -> None:
    checks = configured("checks:\n  redis: {kind: redis}\n").checks
    app = health_console(HandWatch(samples.normal()), board=ShownBoard(INCIDENT), storage=await stored(tmp_path))
    app.context.parts[PART] = Desk(windows=lambda context, db: PlannedWork(db, context.clock, checks, None,
                                                                           nothing_measured))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.context.storage.state is StorageState.READY)
        cast("HealthScreen", app.screen).panel.stand_on(line)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, StartScreen) and app.screen.form is not None)
        form = cast("StartScreen", app.screen).form
        assert form is not None
        assert form.values["names"] == ", ".join(names)


async def test_what_the_log_opened_is_finished_by_the_log(tmp_path: Path) -> None:
    def windows(db: Database) -> PlannedWork:
        return PlannedWork(db, StillClock(NOW), None, None, nothing_measured)

    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as db:
        service = LogService(db, StillClock(NOW), windows=windows)
        await service.start_maintenance(ANA, "a new disk", ["mount:/var"], NOW + HOUR)
    app = health_console(HandWatch(samples.normal()), board=ShownBoard(INCIDENT), storage=await stored(tmp_path))
    app.context.parts[PART] = Desk(windows=lambda _, db: windows(db))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.context.storage.state is StorageState.READY)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, SilencesScreen) and app.screen.list.count == 1)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: any("Maintenance #1 is finished" in one.message for one in app._notifications))
        assert (await LogService(app.context.storage.db, StillClock(NOW)).entry(1)).ended == NOW


async def stored(folder: Path) -> Storage:
    """Empty records for a console."""
    async def both() -> tuple[Database, Feed]:
        db = await Database.open(folder / "opsconsole.db", RECORDS)
        return db, Feed(db)

    return Storage(both)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: "x".join(map(str, size)))
def test_pictures(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    board = ShownBoard(INCIDENT._replace(windows=(*WINDOWS, replace(LOGGED, warned=False))))
    app = health_console(HandWatch(samples.normal()), board=board)

    async def begin(pilot: Pilot[None]) -> None:
        Reminder(board, cast("OpsConsole", pilot.app)).begin()
        await settled(pilot)
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=begin)
