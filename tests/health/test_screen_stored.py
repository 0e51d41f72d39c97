"""What the screens of history, checks, alerts and silences look like. Look at a new picture before it is accepted."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from opsconsole.console.storage import Storage
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.errors import StorageError
from opsconsole.core.levels import Level
from opsconsole.core.lines import Span, Style, line
from opsconsole.core.units import Percent
from opsconsole.health.board import NO_AGENT, CheckFacts, Duty, Reliability
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.checks.settings.net import HttpCheck
from opsconsole.health.checks.uptime import Slo, Uptime
from opsconsole.health.present.past import Past
from tests.health import samples, stored_samples
from tests.health.samples import NOW
from tests.health.screen_app import SIZES, HandWatch, health_console, settled
from tests.health.stored_app import EVIDENCE, RESOLVED, ShownBoard, a_day, filled
from tests.health.stored_samples import ALL_WELL, CERTIFICATE, DOWN, INCIDENT, VAR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from opsconsole.health.board import Board
    from opsconsole.health.judging.monitor import Monitor
    from opsconsole.health.model import Health, Snapshot

BOTH = pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: "x".join(map(str, size)))
CHANGED = (Change(NOW - 9 * HOUR, ChangeKind.REBOOT, "restarted, kernel 6.1.0-28-amd64"),
           Change(NOW - 3 * HOUR - 5 * MINUTE, ChangeKind.PACKAGE, "nginx upgraded 1.22.1-9 to 1.22.1-9+deb12u1"),
           Change(NOW - 3 * HOUR - 5 * MINUTE, ChangeKind.PACKAGE, "nginx-common upgraded 1.22.1-9 to 1.22.1-10"),
           Change(NOW - 3 * HOUR, ChangeKind.MAINTENANCE, "group:shop: upgrade of the shop to 4.2 (ana)"),
           Change(NOW - 20 * MINUTE, ChangeKind.UNIT, "gunicorn.service restarted"),
           Change(NOW - 18 * MINUTE, ChangeKind.SIGN_IN, "root from 10.20.0.15"))


def used(days: int) -> Past:
    """Memory or space that grows, once measured and once not."""
    means = tuple(None if 100 < place < 112 else 40 + 50 * place / 240 + 3 * (place % 7) / 7 for place in range(240))
    return Past(means=means, lows=tuple(None if one is None else one - 2 for one in means),
                highs=tuple(None if one is None else min(100.0, one + (9 if place % 31 == 3 else 2))
                            for place, one in enumerate(means)),
                before=tuple(38 + 45 * place / 240 for place in range(240)) if days < 7 else (),
                changes=CHANGED if days < 7 else CHANGED[:1])


@lru_cache
def watched(of: Callable[[int], Snapshot], milliseconds: int) -> tuple[Health, Monitor]:
    """A host that was seen for a while."""
    monitor, health = samples.monitored(of, watched=milliseconds)
    return health, monitor


def console_with(board: Board, *, of: Callable[[int], Snapshot] = samples.degraded_at,
                 milliseconds: int = samples.WATCHED, **more: Any) -> Any:
    return health_console(HandWatch(*watched(of, milliseconds)), board=board, **more)


def opened(*keys: str, on: str = "") -> Callable[[Pilot[None]], Any]:
    """Presses keys and waits for what they ask for, first with the cursor put on something; `=text` is typed."""
    async def press(pilot: Pilot[None]) -> None:
        # The storage opens in a task of its own.
        for _ in range(200):
            if cast("Any", pilot.app).context.storage.state != "opening":
                break
            await asyncio.sleep(0.005)
        await settled(pilot)
        if on:
            pilot.app.screen.panel.stand_on(on)  # type: ignore[attr-defined]
        for key in keys:
            if key.startswith("="):
                pilot.app.screen.query_one("LineInput").value = key[1:]  # type: ignore[attr-defined]
            else:
                await pilot.press(key)
            await settled(pilot)

    return press


@BOTH
@pytest.mark.parametrize(("keys", "past"), [("]]]", used(1)), ("]]]]]]", used(365)), ("]]]", Past(problem=NO_AGENT))],
                         ids=["day", "year", "no-history"])
def test_trend(snap_compare: Callable[..., bool], keys: str, past: Past, size: tuple[int, int]) -> None:
    app = console_with(ShownBoard(INCIDENT, past=past), milliseconds=samples.WATCHED if past.means else 10_000)
    assert snap_compare(app, terminal_size=size, run_before=opened("enter", *keys, on="mount:/var"))


HOME = HttpCheck(url="https://shop.example/health", slo=Percent(99.9), label="GET /health",
                 help="See /srv/shop/log/app.log; restart with `systemctl restart gunicorn`.")
TIMES = {"24 h": Uptime(86_000, 400, 0, 0), "7 d": Uptime(600_000, 1_200, 1_800, 1_800),
         "30 d": Uptime(2_500_000, 2_300, 1_800, 87_900)}
PROMISE = Slo(99.9, TIMES["30 d"], 2592.0, 292.0, 4.2)
STATE = stored_samples.WELL[0]
CHECKS = {
    "well": STATE,
    "failed": replace(STATE, level=Level.CRITICAL, since=NOW - 4 * MINUTE, text="latency 4.2 s, should be < 3 s",
                      values={"status": 200, "latency": 4.2, "certificate": 61 * 86_400.0}, took=4.2,
                      failed=("latency < 3s", 'body.status == "ok"'),
                      output='{"status": "degraded", "database": "ok", "cache": "refused"}'),
    "unknown": replace(STATE, at=NOW - 50 * MINUTE),
    "maintenance": replace(STATE, level=Level.CRITICAL, since=NOW - 4 * MINUTE, text="503", maintenance=True),
}


@BOTH
@pytest.mark.parametrize("state", CHECKS)
def test_check(snap_compare: Callable[..., bool], state: str, size: tuple[int, int]) -> None:
    facts = CheckFacts(replace(CHECKS[state], name="home"), HOME, TIMES, PROMISE)
    board = ShownBoard(ALL_WELL, past=a_day()._replace(changes=CHANGED[-2:]), facts=facts)
    app = console_with(board, of=samples.normal_at)
    assert snap_compare(app, terminal_size=size, run_before=opened("enter", "]", "]", on="check:home"))


def test_a_check_that_is_gone(snap_compare: Callable[..., bool]) -> None:
    app = console_with(ShownBoard(ALL_WELL), of=samples.normal_at)
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened("enter", on="check:home"))


LONG = replace(DOWN, detail=replace(DOWN.detail, help="\n".join(
    f"{number}. Do the next thing of a long list of things that is to be done, and look at what comes of it."
    for number in range(1, 30))))
ALERTS = {"firing": DOWN, "acknowledged": replace(VAR, title="redis"), "silenced": replace(CERTIFICATE, title="redis"),
          "resolved": RESOLVED, "long": LONG}


@BOTH
@pytest.mark.parametrize("state", ALERTS)
def test_alert(snap_compare: Callable[..., bool], tmp_path: Path, state: str, size: tuple[int, int]) -> None:
    there = filled(tmp_path, [ALERTS[state]], (), evidence=EVIDENCE if state in {"firing", "long"} else None)
    app = console_with(ShownBoard(INCIDENT), storage=there.storage())
    assert snap_compare(app, terminal_size=size, run_before=opened("A", "enter"))


MANY = [replace(DOWN, title=f"shop-{number}", begun=NOW - number * HOUR, fired=NOW - number * HOUR,
                ended=NOW - number * HOUR + (number % 7 + 1) * 9 * MINUTE, text="no answer within 10 s")
        for number in range(40, 3, -1)]


@BOTH
@pytest.mark.parametrize("state", ["empty", "full"])
def test_alerts(snap_compare: Callable[..., bool], tmp_path: Path, state: str, size: tuple[int, int]) -> None:
    there = filled(tmp_path, [] if state == "empty" else [*MANY, DOWN, VAR, CERTIFICATE], ())
    app = console_with(ShownBoard(INCIDENT), storage=there.storage())
    assert snap_compare(app, terminal_size=size, run_before=opened("A"))


@pytest.mark.parametrize("screen", ["A", "S"], ids=["alerts", "silences"])
@pytest.mark.parametrize("state", ["loading", "failed"])
def test_lists_without_records(snap_compare: Callable[..., bool], state: str, screen: str) -> None:
    async def never() -> Any:
        if state == "failed":
            raise StorageError("The records in /var/lib/opsconsole/opsconsole.db cannot be read: permission denied.",
                               "Ask for membership of the group opsconsole.")
        await asyncio.Event().wait()

    async def forever(_: float) -> None:
        await asyncio.Event().wait()

    app = console_with(ShownBoard(INCIDENT), storage=Storage(never, sleep=forever))

    async def press(pilot: Pilot[None]) -> None:
        await pilot.press(screen)
        await settled(pilot)
        app.clear_notifications()
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=press)


@BOTH
@pytest.mark.parametrize("keys", [[], ["x"], ["m", "=redis soon", "enter"]], ids=["list", "end", "mistake"])
def test_silences(snap_compare: Callable[..., bool], tmp_path: Path, keys: list[str], size: tuple[int, int]) -> None:
    over = replace(stored_samples.SILENCE, pattern="mount:/var", begins=NOW - DAY, ends=NOW - 20 * HOUR,
                   reason="growing logs are known", author="ben")
    app = console_with(ShownBoard(INCIDENT), storage=filled(
        tmp_path, windows=(*stored_samples.WINDOWS, over)).storage())
    assert snap_compare(app, terminal_size=size, run_before=opened("S", *keys))


def test_no_silences(snap_compare: Callable[..., bool], tmp_path: Path) -> None:
    app = console_with(ShownBoard(INCIDENT), storage=filled(tmp_path, (), ()).storage())
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened("S"))


DAY_UP, WEEK_UP = Uptime(86_400, 0, 0, 0), Uptime(604_800, 0, 0, 0)
RELIABLE = (
    Reliability("redis", "", TIMES["24 h"], TIMES["7 d"], TIMES["30 d"], Slo(99.95, TIMES["30 d"], 1296, -1004, 88.0)),
    Reliability("home", "GET /health", TIMES["24 h"], TIMES["7 d"], TIMES["30 d"], PROMISE),
    Reliability("db", "GET /health/db", DAY_UP, WEEK_UP, Uptime(2_592_000, 0, 0, 0),
                Slo(99.0, Uptime(2_592_000, 0, 0, 0), 25_920, 25_920, 0.0)),
    Reliability("backup", "last backup", DAY_UP, Uptime(598_000, 6_800), Uptime(2_580_000, 12_000), None),
    Reliability("tls", "TLS shop", DAY_UP, WEEK_UP, Uptime(600_000, 0, 0, 1_992_000), None),
    Reliability("new", "queue depth", Uptime(0, 0, 0, 86_400), Uptime(0, 0, 0, 604_800), Uptime(0, 0, 0, 2_592_000),
                None))


@BOTH
@pytest.mark.parametrize("found", [RELIABLE, ()], ids=["table", "none"])
def test_uptime(snap_compare: Callable[..., bool], found: tuple[Reliability, ...], size: tuple[int, int]) -> None:
    assert snap_compare(console_with(ShownBoard(INCIDENT, found=found)), terminal_size=size, run_before=opened("u"))


@pytest.mark.parametrize("lines", [2, 0], ids=["two", "none"])
def test_on_call(snap_compare: Callable[..., bool], lines: int) -> None:
    told = (line(Span("primary    ", Style.MUTED), Span("Ben Okafor  ", strong=True),
                 Span("until Mon 09:00 (in 2 d), then Ana Silva", Style.MUTED)),
            line(Span("secondary  ", Style.MUTED), Span("nobody      ", Style.WARNING, strong=True),
                 Span("no change in sight", Style.MUTED)))
    app = console_with(ShownBoard(INCIDENT, duty=Duty("ben", told[:lines])))

    async def ask(pilot: Pilot[None]) -> None:
        await app.screen.action_perform("health.on-call")
        await settled(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=ask)


def test_help_names_the_new_screens(snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(console_with(ShownBoard(INCIDENT)), terminal_size=(120, 40), run_before=opened("question_mark"))


