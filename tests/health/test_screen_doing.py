"""What keys do on the screens of alerts, silences and reliability: with real records, and other people at work too."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from opsconsole.console.widgets.inputs import LineInput
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.clock import HOUR
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.core.identity import Role
from opsconsole.health.alerts.model import WindowKind
from opsconsole.health.alerts.service import LONGEST, AlertService
from opsconsole.health.board import Board
from opsconsole.health.present.windows import Request, read_request
from opsconsole.health.screen.alerting import pattern_of, wrong_silence
from tests.console.shell_app import StillClock
from tests.health import samples, stored_samples
from tests.health.samples import NOW, HandClock
from tests.health.screen_app import HandWatch, health_console, settled
from tests.health.stored_app import BEN, EVIDENCE, ShownBoard, filled
from tests.health.stored_samples import DOWN, VAR
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from opsconsole.console.shell import OpsConsole
    from opsconsole.health.alerts.model import Alert, Window
    from tests.health.stored_app import Filled


def records(folder: Path, *alerts: Alert, windows: tuple[Window, ...] = ()) -> Filled:
    """Written in a thread, because the test's own loop runs already."""
    made: list[Filled] = []

    def write() -> None:
        made.append(filled(folder, alerts or (DOWN, VAR), windows, evidence=EVIDENCE))

    from threading import Thread

    thread = Thread(target=write)
    thread.start()
    thread.join()
    return made[0]


@asynccontextmanager
async def running(there: Filled, role: Role = Role.OPERATOR, size: tuple[int, int] = (120, 40),
                  ) -> AsyncIterator[tuple[OpsConsole, Pilot[None], AlertService]]:
    """A console with its own board on the records, and what somebody else does meanwhile."""
    storage = there.storage()
    board = Board(StillClock(NOW))
    app = health_console(HandWatch(samples.normal()), storage=storage, board=board, role=role)
    async with (await Database.open(there.path, RECORDS, mode=0o600) as db,
                await Database.open(there.path.with_name("metrics.db"), METRICS, mode=0o600) as metrics,
                app.run_test(size=size, notifications=True) as pilot):
        board.attach(records=lambda: storage.db, metrics=lambda: metrics)
        storage.topics(frozenset({"alerts"}))
        await until(pilot, lambda: bool(board.stored.alerts or board.stored.windows))
        yield app, pilot, AlertService(db, HandClock())


async def until(pilot: Pilot[Any], holds: Any) -> None:
    """Wait for something, at most some seconds."""
    for _ in range(400):
        await settled(pilot)
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def type_in(pilot: Pilot[None], text: str) -> None:
    await until(pilot, lambda: bool(pilot.app.screen.query(LineInput)))
    pilot.app.screen.query_one(LineInput).value = text
    await pilot.press("enter")
    await settled(pilot)


def told(app: OpsConsole) -> str:
    return " / ".join(one.message for one in app._notifications)


def shown(app: OpsConsole) -> str:
    return "\n".join(line.text for line in app.screen.query_one(LinesView).lines)


async def test_an_alert_is_taken_with_a_note_and_the_panel_says_so(tmp_path: Path) -> None:
    there = records(tmp_path)
    async with running(there) as (app, pilot, others):
        app.screen.panel.stand_on(f"alert:{there.ids['redis']}")  # type: ignore[attr-defined]
        await pilot.press("a")
        await type_in(pilot, "looking at it")
        await until(pilot, lambda: "redis is yours now" in told(app))
        alert = await others.one(there.ids["redis"])
        assert (alert.acknowledged_by, alert.note) == ("ana", "looking at it")
        await until(pilot, lambda: "ack ana: looking at it" in shown(app))
        await pilot.press("a")
        await settled(pilot)
        assert "taken it already" in told(app)


async def test_enter_opens_the_alert_and_u_gives_it_back(tmp_path: Path) -> None:
    there = records(tmp_path)
    async with running(there) as (app, pilot, others):
        app.screen.panel.stand_on(f"alert:{there.ids['/var']}")  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: "growing logs" in shown(app))
        assert "OUTPUT" in shown(app)
        await pilot.press("u")
        await until(pilot, lambda: "nobody's again" in told(app))
        assert (await others.one(there.ids["/var"])).acknowledged is None
        await until(pilot, lambda: "firing" in shown(app))
        await pilot.press("u")
        await settled(pilot)
        assert "Nobody has taken it." in told(app)


async def test_two_people_take_it_at_once(tmp_path: Path) -> None:
    there = records(tmp_path)
    number = there.ids["redis"]
    async with running(there) as (app, pilot, others):
        app.screen.panel.stand_on(f"alert:{number}")  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: "firing" in shown(app))
        await pilot.press("a")
        await settled(pilot)
        await others.acknowledge(BEN, number, "mine")
        await type_in(pilot, "also mine")
        await until(pilot, lambda: "has changed since it was shown" in told(app))
        assert told(app).count("Look at it again") == 1
        assert (await others.one(number)).acknowledged_by == "ben"
        app.context.storage.ask()
        await until(pilot, lambda: "taken by" in shown(app))
        assert "ben" in shown(app)


async def test_what_is_over_meanwhile_cannot_be_taken(tmp_path: Path) -> None:
    there = records(tmp_path, replace(DOWN, ended=NOW - HOUR), VAR)
    async with running(there) as (app, pilot, _):
        await pilot.press("A")
        await until(pilot, lambda: app.screen.list.count == 2)  # type: ignore[attr-defined]
        await pilot.press("G", "enter")
        await until(pilot, lambda: "RESOLVED" in shown(app))
        for key in ("a", "s", "u"):
            await pilot.press(key)
        await settled(pilot)
        assert told(app).count("It is over.") == 1


async def test_a_silence_begins_from_the_panel(tmp_path: Path) -> None:
    there = records(tmp_path)
    async with running(there) as (app, pilot, others):
        app.screen.panel.stand_on(f"alert:{there.ids['redis']}")  # type: ignore[attr-defined]
        await pilot.press("s")
        await type_in(pilot, "2h the disk is being replaced")
        await until(pilot, lambda: "Nobody is told of redis until 16:31" in told(app))
        (window,) = await others.windows()
        assert (window.pattern, window.author, window.ends) == ("check:redis", "ana", NOW + 2 * HOUR)
        await until(pilot, lambda: "1 muted" in shown(app))
        assert "check:redis by ana, 2 h left" in shown(app)


@pytest.mark.parametrize("key", ["a", "s"])
async def test_esc_in_a_question_does_nothing(tmp_path: Path, key: str) -> None:
    there = records(tmp_path)
    async with running(there) as (app, pilot, others):
        app.screen.panel.stand_on(f"alert:{there.ids['redis']}")  # type: ignore[attr-defined]
        await pilot.press(key)
        await until(pilot, lambda: bool(app.screen.query(LineInput)))
        await pilot.press("escape")
        await settled(pilot)
        assert not told(app)
        assert await others.windows() == []
        assert (await others.one(there.ids["redis"])).acknowledged is None


async def test_a_viewer_may_look_and_nothing_else(tmp_path: Path) -> None:
    there = records(tmp_path, windows=stored_samples.WINDOWS)
    async with running(there, Role.VIEWER) as (app, pilot, _):
        app.screen.panel.stand_on(f"alert:{there.ids['redis']}")  # type: ignore[attr-defined]
        await pilot.press("a", "s")
        await settled(pilot)
        assert "Ack needs the role operator; ana is viewer." in told(app)
        assert "Silence needs the role operator" in told(app)
        app.clear_notifications()
        await pilot.press("S")
        await until(pilot, lambda: app.screen.list.count == 3)  # type: ignore[attr-defined]
        await pilot.press("x")
        await settled(pilot)
        assert "End needs the role operator" in told(app)
        await pilot.press("m")
        await settled(pilot)
        assert "Maintenance needs the role operator" in told(app)


async def test_keys_of_alerts_say_why_they_do_nothing_elsewhere(tmp_path: Path) -> None:
    async with running(records(tmp_path)) as (app, pilot, _):
        app.screen.panel.stand_on("cpu")  # type: ignore[attr-defined]
        await pilot.press("a")
        await settled(pilot)
        assert "Put the cursor on an alert of the agent first." in told(app)


async def test_silences_begin_and_end_on_their_screen(tmp_path: Path) -> None:
    there = records(tmp_path, windows=(stored_samples.SILENCE,))
    async with running(there) as (app, pilot, others):
        await pilot.press("S")
        await until(pilot, lambda: app.screen.list.count == 1)  # type: ignore[attr-defined]
        await pilot.press("m")
        await type_in(pilot, "group:shop 90m upgrade to 4.2")
        await until(pilot, lambda: "Maintenance of group:shop until 16:01" in told(app))
        assert "has that name now" not in told(app)
        await pilot.press("s")
        await type_in(pilot, "group:shpo 1d a slip of the pen")
        await until(pilot, lambda: "No check and no alert has that name now." in told(app))
        found = {one.pattern: one for one in await others.windows()}
        assert found["group:shop"].kind is WindowKind.MAINTENANCE
        assert found["group:shpo"].kind is WindowKind.SILENCE
        await until(pilot, lambda: app.screen.list.count == 3)  # type: ignore[attr-defined]
        await pilot.press("g", "x", "n")
        await settled(pilot)
        assert len(await others.windows()) == 3
        await pilot.press("x", "enter", "y")
        await until(pilot, lambda: "The maintenance of group:shop has ended." in told(app))
        assert sorted(one.pattern for one in await others.windows()) == ["check:tls", "group:shpo"]
        await until(pilot, lambda: app.screen.refusal(app.screen.action_of("silences.end")) is not None)  # type: ignore[attr-defined]
        await pilot.press("x")
        await settled(pilot)
        assert "This maintenance is over." in told(app)


async def test_somebody_else_ended_it_meanwhile(tmp_path: Path) -> None:
    there = records(tmp_path, windows=(stored_samples.SILENCE,))
    async with running(there) as (app, pilot, others):
        await pilot.press("S")
        await until(pilot, lambda: app.screen.list.count == 1)  # type: ignore[attr-defined]
        await pilot.press("x")
        await settled(pilot)
        (window,) = await others.windows()
        await others.end_window(BEN, window.id)
        await pilot.press("y")
        await until(pilot, lambda: f"The silence {window.id} has ended already." in told(app))
        await until(pilot, lambda: app.screen.refusal(app.screen.action_of("silences.end")) is not None)  # type: ignore[attr-defined]


async def test_uptime_opens_a_check_and_every_screen_closes_again(tmp_path: Path) -> None:
    from tests.health.test_screen_stored import RELIABLE

    app = health_console(HandWatch(samples.normal()), board=ShownBoard(stored_samples.INCIDENT, found=RELIABLE))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("u")
        await settled(pilot)
        assert "16 min over" in shown(app)
        await pilot.press("enter")
        await settled(pilot)
        assert app.screen.title == "Check"
        for _ in range(2):
            await pilot.press("escape")
            await settled(pilot)
        app.screen.panel.stand_on("silences")  # type: ignore[attr-defined]
        await app.screen.action_perform("health.on-call")  # type: ignore[attr-defined]
        await settled(pilot)
        assert "No rotation is configured" in shown(app)
        await pilot.press("escape")
        await settled(pilot)
        assert len(app.screen_stack) == 1


async def test_checks_are_read_again_while_one_looks() -> None:
    """That a check still runs is told by no topic: after three intervals all of them would look stale."""
    board = ShownBoard(stored_samples.ALL_WELL)
    asked: list[frozenset[str]] = []

    async def read(topics: frozenset[str]) -> None:
        asked.append(topics)
        board.stored = stored_samples.INCIDENT

    board.read = read  # type: ignore[method-assign]
    app = health_console(HandWatch(samples.normal()), board=board)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        asked.clear()
        app.screen._read_again()  # type: ignore[attr-defined]
        await settled(pilot)
        assert asked == [frozenset({"checks", "changes"})]
        assert "redis" in shown(app)
        board.stored = board.stored._replace(checks=(), alerts=())
        app.screen._read_again()  # type: ignore[attr-defined]
        await settled(pilot)
        assert len(asked) == 1


async def test_a_page_that_needs_a_scrollbar_leaves_room_for_it() -> None:
    app = health_console(HandWatch(samples.degraded()), board=ShownBoard(stored_samples.INCIDENT))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await settled(pilot)
        rows = [strip.text for strip in app.screen._compositor.render_strips()]
        assert any("4 min " in row for row in rows[2:])
        assert sum("…" in row for row in rows[2:]) <= 3


async def test_what_cannot_be_read_is_told_once_and_what_was_shown_stays() -> None:
    board = ShownBoard(stored_samples.INCIDENT)
    app = health_console(HandWatch(samples.normal()), board=board)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.context.storage.state == "ready")
        board.problem = "metrics.db cannot be read: the disk has an error. Look at the kernel's log."
        for _ in range(3):
            await app.screen._read(frozenset({"checks"}))  # type: ignore[attr-defined]
            app.clear_notifications() if told(app).count("disk has an error") > 1 else None
        await settled(pilot)
        assert told(app).count("the disk has an error") == 1
        assert "redis" in shown(app)
        app.clear_notifications()
        await app.screen._read(frozenset({"checks"}))  # type: ignore[attr-defined]
        assert not told(app)
        board.problem = ""
        await app.screen._read(frozenset({"checks"}))  # type: ignore[attr-defined]
        board.problem = "It is back."
        await app.screen._read(frozenset({"checks"}))  # type: ignore[attr-defined]
        await settled(pilot)
        assert "It is back." in told(app)


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07[@click=app.quit]x[/red]", "[/", "\u202efdp.exe\u200b", "x" * 5000,
                                  "one\ntwo\r\nthree"], ids=["escapes", "markup", "bidi", "long", "lines"])
async def test_foreign_text_does_nothing_on_any_screen(tmp_path: Path, text: str) -> None:
    alert = replace(DOWN, title=text, text=text, target=text, rule=text, note=text, acknowledged=NOW,
                    acknowledged_by=text, detail=replace(DOWN.detail, help=text, runbook=text, check="", names=(text,)))
    window = replace(stored_samples.WORK, pattern=text, author=text, reason=text)
    there = records(tmp_path, alert, windows=(window,))
    async with running(there, size=(80, 24)) as (app, pilot, _):
        for keys in ([], ["A"], ["enter"], ["escape", "escape", "S"], ["x"], ["n", "escape", "u"]):
            for key in keys:
                await pilot.press(key)
                await settled(pilot)
            for row in app.screen._compositor.render_strips():
                assert_inert(row.text)
            assert app.is_running


def test_a_request_is_understood_or_refused_in_one_short_sentence() -> None:
    assert read_request("check:redis 2h the disk is being replaced") == Request(
        "check:redis", 2 * HOUR, "the disk is being replaced")
    assert read_request('"mount:/mnt/my disk" 1d moved') == Request("mount:/mnt/my disk", 24 * HOUR, "moved")
    for wrong, part in (("", "Say what"), ("x", "how long"), ("x soon y", "comes a time"), ("x 2h", "why"),
                        ("x 0s y", "at most"), ("x 999d y", "at most"), ("y" * 301 + " 2h z", "300"),
                        ("x 2h " + "z" * 2001, "2000")):
        found = read_request(wrong)
        assert isinstance(found, str)
        assert part in found
        assert len(found) <= 62
    for text in CORPUS:
        found = read_request(text)
        assert isinstance(found, str) or found.length <= LONGEST


def test_a_silence_of_one_alert_is_understood_or_refused() -> None:
    assert wrong_silence("2h the disk is being replaced") is None
    for wrong in ("", "2h", "soon because", "0s x", "1000d x", "2h " + "x" * 2001):
        said = wrong_silence(wrong)
        assert said
        assert len(said) <= 62
    assert pattern_of(DOWN) == "check:redis"
    assert pattern_of(VAR) == "mount:/var"
    assert pattern_of(replace(VAR, detail=replace(VAR.detail, names=()))) == VAR.key
