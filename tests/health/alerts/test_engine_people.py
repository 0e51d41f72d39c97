"""Alerts and people: what acknowledging and silencing change in what is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.levels import Level
from opsconsole.notify.model import NoticeKind, Severity
from tests.health.alerts.place import ANA, BEN, WEB, place

if TYPE_CHECKING:
    from pathlib import Path


async def test_who_acknowledges_is_left_in_peace_and_hears_of_the_end(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.run("db", Level.CRITICAL, "refused")
        await host.run("db", Level.CRITICAL, "refused")
        await host.beats(1200, 60)
        assert await host.kinds() == ["firing", "reminder"]
        alert = await host.service.acknowledge(ANA, 1, "looking")
        assert (alert.state, alert.acknowledged_by, alert.note) == ("acknowledged", "ana", "looking")
        await host.beats(3600, 60)
        assert await host.kinds() == ["firing", "reminder", "acknowledged"]
        await host.service.unacknowledge(ANA, 1)
        await host.beat()
        assert (await host.kinds())[-1] == "reminder"
        await host.service.acknowledge(BEN, 1)
        host.restart()
        await host.beats(3600, 60)
        await host.run("db", Level.OK)
        assert (await host.kinds())[-2:] == ["acknowledged", "resolved"]


async def test_worse_than_acknowledged_is_told_and_nobody_has_it_any_more(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        host.find("mount:/var", Level.WARNING, "81 %")
        await host.beat()
        await host.service.acknowledge(ANA, 1)
        host.find("mount:/var", Level.CRITICAL, "96 %")
        await host.beat()
        (alert,) = await host.open()
        assert (alert.state, alert.acknowledged_by) == ("firing", "")
        assert [notice.kind.value for notice in await host.notices()] == [
            "firing", "acknowledged", "given-back", "worse"]
        assert [event.kind for event in await host.service.events(1)] == [
            "fired", "acknowledged", "worse", "unacknowledged"]


async def test_silence_mutes_and_its_end_tells(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.service.silence(ANA, "group:shop", "deployment", host.clock.now() + HOUR)
        for _ in range(2):
            await host.run("app", Level.CRITICAL, "500")
        assert await host.told() == []
        (alert,) = await host.open()
        assert alert.muted_by.startswith("silenced by ana until 15:31: deployment")
        await host.beats(44 * 60, 60)
        assert await host.told() == []
        await host.beats(3 * 60, 60)
        (note,) = await host.notices()
        assert (note.kind, note.severity) == (NoticeKind.NOTE, Severity.WARNING)
        assert "ana muted it: deployment" in note.text
        assert "app" in note.text
        await host.beats(20 * 60, 60)
        assert (await host.kinds())[:2] == ["note", "firing"]
        assert (await host.open())[0].muted_by == ""


async def test_a_silence_that_begins_later_does_not_swallow_the_recovery(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        for _ in range(2):
            await host.run("db", Level.CRITICAL, "refused")
        silence = await host.service.silence(ANA, "*", "tired", host.clock.now() + HOUR)
        await host.beats(1800, 60)
        assert await host.kinds() == ["firing"]
        await host.run("db", Level.OK)
        assert await host.kinds() == ["firing", "resolved"]
        for _ in range(2):
            await host.run("db", Level.CRITICAL, "refused")
        assert await host.kinds() == ["firing", "resolved"]
        await host.service.end_window(BEN, silence.id)
        await host.beat()
        assert await host.kinds() == ["firing", "resolved", "firing"]
        assert "2nd time within a day" in (await host.notices())[-1].text


async def test_a_silence_pauses_the_ladder_of_what_was_told(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        for _ in range(2):
            await host.run("db", Level.CRITICAL, "refused")
        silence = await host.service.silence(ANA, "db", "known", host.clock.now() + 10 * HOUR)
        await host.beats(3600, 60)
        host.restart()
        await host.beats(60)
        await host.service.end_window(ANA, silence.id)
        await host.beat()
        kinds = [notice.kind.value for notice in await host.notices()]
        assert kinds == ["firing", "held", "freed", "reminder"]
        assert [event.kind for event in await host.service.events(1)] == ["fired", "muted", "unmuted"]
        await host.service.acknowledge(ANA, 1)
        await host.service.unacknowledge(ANA, 1)
        assert (await host.notices())[-1].kind is NoticeKind.GIVEN_BACK


async def test_what_is_muted_by_nobody_is_not_warned_of(tmp_path: Path) -> None:
    async with place(tmp_path, WEB) as host:
        await host.service.silence(ANA, "app", "why not", host.clock.now() + 10 * MINUTE)
        await host.run("db", Level.CRITICAL)
        await host.run("db", Level.CRITICAL)
        await host.beats(900, 60)
        assert await host.kinds() == ["firing", "reminder"]
