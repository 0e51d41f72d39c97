"""What people do about alerts: who may, what is recorded, what others are told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core import audit
from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.errors import PermissionDenied, UsageError
from opsconsole.core.feed import Feed
from opsconsole.core.levels import Level
from opsconsole.health.alerts.model import MOST_NOTE, Window, WindowKind, in_maintenance
from opsconsole.health.alerts.service import Clash, NotThere, Over, maintenance
from tests.health.alerts.place import ANA, BEN, EVE, Place, place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Place]:
    """A host on which /var is full."""
    async with place(tmp_path) as made:
        made.find("mount:/var", Level.CRITICAL, "97 %")
        await made.beat()
        yield made


async def test_everyone_may_look(host: Place) -> None:
    (alert,) = await host.service.open()
    assert await host.service.one(alert.id) == alert
    assert await host.service.history() == [alert]
    assert [event.kind for event in await host.service.events(alert.id)] == ["fired"]
    with pytest.raises(NotThere, match="no alert 99"):
        await host.service.one(99)


@pytest.mark.parametrize("doing", ["acknowledge", "unacknowledge", "silence", "maintenance", "end"])
async def test_a_viewer_changes_nothing(host: Place, doing: str) -> None:
    until = host.clock.now() + HOUR
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "acknowledge": lambda: host.service.acknowledge(EVE, 1), "end": lambda: host.service.end_window(EVE, 1),
        "unacknowledge": lambda: host.service.unacknowledge(EVE, 1),
        "silence": lambda: host.service.silence(EVE, "*", "no", until),
        "maintenance": lambda: host.service.start_maintenance(EVE, "*", "no", until)}
    with pytest.raises(PermissionDenied):
        await calls[doing]()
    assert await audit.entries(host.db) == []
    assert await host.kinds() == ["firing"]


async def test_acknowledging_is_recorded_audited_and_told_to_consoles(host: Place) -> None:
    feed = Feed(host.db)
    await feed.changed()
    alert = await host.service.acknowledge(ANA, 1, "cleaning up")
    assert (alert.acknowledged_by, alert.note, alert.state) == ("ana", "cleaning up", "acknowledged")
    assert alert.acknowledged == host.clock.now()
    assert {"alerts", "audit", "outbox"} <= await feed.changed()
    (entry,) = await audit.entries(host.db)
    assert (entry.actor, entry.action, entry.subject) == ("ana", "alert.acknowledged", "alert:1")
    event = (await host.service.events(1))[-1]
    assert (event.kind, event.actor, event.text) == ("acknowledged", "ana", "cleaning up")
    given = await host.service.unacknowledge(BEN, 1)
    assert (given.acknowledged, given.note) == (None, "")
    with pytest.raises(UsageError, match="Nobody has acknowledged"):
        await host.service.unacknowledge(BEN, 1)


async def test_two_people_do_not_overwrite_each_other(host: Place) -> None:
    (shown,) = await host.service.open()
    await host.service.acknowledge(ANA, 1, "mine", shown.version)
    with pytest.raises(Clash, match="has changed since"):
        await host.service.acknowledge(BEN, 1, "mine too", shown.version)
    assert (await host.service.one(1)).acknowledged_by == "ana"
    assert (await host.service.acknowledge(BEN, 1, "now mine")).acknowledged_by == "ben"


async def test_what_is_over_cannot_be_acknowledged(host: Place) -> None:
    host.find("mount:/var", Level.OK)
    await host.beat()
    with pytest.raises(Over):
        await host.service.acknowledge(ANA, 1)
    with pytest.raises(NotThere):
        await host.service.acknowledge(ANA, 2)


@pytest.mark.parametrize(("pattern", "reason", "length", "sentence"), [
    ("", "why", HOUR, "needs the name"), ("  ", "why", HOUR, "needs the name"), ("*", " ", HOUR, "needs a reason"),
    ("*", "why", 0, "end before it begins"), ("*", "why", -HOUR, "end before it begins"),
    ("*", "why", 500 * DAY, "400 days at most"), ("x" * 400, "why", HOUR, "may have 300"),
    ("*", "x" * (MOST_NOTE + 1), HOUR, "may have 2000")])
async def test_a_silence_needs_all_that_others_must_know(host: Place, pattern: str, reason: str, length: int,
                                                         sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        await host.service.silence(ANA, pattern, reason, host.clock.now() + length)
    assert await host.service.windows() == []


async def test_silences_and_maintenance_are_listed_ended_and_audited(host: Place) -> None:
    now = host.clock.now()
    silence = await host.service.silence(ANA, "mount:*", "new disks", now + HOUR)
    later = await host.service.start_maintenance(BEN, "group:shop", "release", now + 3 * HOUR, now + 2 * HOUR)
    assert [one.id for one in await host.service.windows()] == [silence.id, later.id]
    assert (silence.author, silence.reason, silence.active(now)) == ("ana", "new disks", True)
    assert (later.kind, later.active(now), later.active(now + 2 * HOUR)) == (WindowKind.MAINTENANCE, False, True)
    ended = await host.service.end_window(BEN, silence.id)
    assert (ended.ended_by, ended.active(now)) == ("ben", False)
    with pytest.raises(Over):
        await host.service.end_window(BEN, silence.id)
    with pytest.raises(NotThere):
        await host.service.end_window(BEN, 99)
    assert [one.id for one in await host.service.windows()] == [later.id]
    assert len(await host.service.past_windows(0)) == 2
    assert [entry.action for entry in await audit.entries(host.db)] == [
        "silence.end", "maintenance.start", "silence.start"]
    host.clock.forward(4 * 3600)
    assert await host.service.windows() == []


@pytest.mark.parametrize(("pattern", "covered"), [
    ("mount:/var", True), ("mount:*", True), ("*", True), ("limit:mount:/var", True), ("mount:/", False),
    ("check:var", False), ("MOUNT:*", False)])
async def test_what_a_silence_covers(host: Place, pattern: str, covered: bool) -> None:
    await host.service.silence(ANA, pattern, "work", host.clock.now() + HOUR)
    await host.beat()
    assert bool((await host.open())[0].muted_by) is covered


async def test_maintenance_of_checks_for_their_uptime(host: Place) -> None:
    now = host.clock.now()
    await host.service.silence(ANA, "*", "quiet", now + HOUR)
    muted = maintenance(lambda: host.engine.windows, {"web": "shop", "db": ""})
    await host.beat()
    assert not muted("web", now)
    await host.service.start_maintenance(ANA, "group:shop", "release", now + HOUR)
    await host.beat()
    assert muted("web", now + 20_000)
    assert not muted("db", now + 20_000)
    assert not muted("web", now + 2 * HOUR)


def test_the_end_of_maintenance_is_not_part_of_it() -> None:
    window = Window(1, WindowKind.MAINTENANCE, "web", "ana", "work", 100, 200)
    assert [in_maintenance([window], "web", "", at) for at in (99, 100, 199, 200)] == [False, True, True, False]


async def test_the_history_comes_in_pages(host: Place) -> None:
    for _ in range(4):
        host.find("mount:/var", Level.OK)
        await host.beats(300)
        host.find("mount:/var", Level.CRITICAL, "97 %")
        await host.beat()
    first = await host.service.history(limit=3)
    assert [one.id for one in first] == [5, 4, 3]
    assert [one.id for one in await host.service.history(before=first[-1].id)] == [2, 1]
    assert [one.count for one in first] == [5, 4, 3]
    assert [one.id for one in await host.service.history(key="limit:mount:/")] == []


async def test_what_is_long_over_is_forgotten_and_what_is_open_is_not(host: Place) -> None:
    host.find("mount:/tmp", Level.CRITICAL, "99 %")
    await host.beat()
    await host.service.silence(ANA, "x", "y", host.clock.now() + HOUR)
    host.find("mount:/tmp", Level.OK)
    await host.beat()
    assert await host.service.prune() == 0
    host.clock.forward(500 * 86_400)
    assert await host.service.prune() == 1
    assert [one.id for one in await host.service.history()] == [1]
    assert await host.service.events(2) == []
    assert await host.service.past_windows(0) == []
