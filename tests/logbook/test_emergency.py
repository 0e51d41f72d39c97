"""Emergencies: their clock, their messages, what is told through `notify`, and how they end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.checklists.aiding import EmergencyAid
from opsconsole.checklists.model import Verdict
from opsconsole.core.clock import HOUR, MINUTE, SECOND
from opsconsole.core.errors import OpsError, PermissionDenied, StorageError
from opsconsole.core.identity import Actor, Role
from opsconsole.core.jobs import LeaseLost
from opsconsole.logbook.errors import NoEntry, NotNow
from opsconsole.logbook.messages import LABELS, beginning, course_of, next_of, subject_of, text_of, whole
from opsconsole.logbook.model import Action, EntryState, EntryType, Point, Status
from opsconsole.logbook.model.emergency import Message, MessageStatus, PostMortem, Way
from opsconsole.logbook.settings import EmergencySettings, LogbookSettings
from opsconsole.logbook.timeline import LogTimeline
from opsconsole.notify.composing import compose
from opsconsole.notify.model import Delivery, MessageState, Severity
from opsconsole.notify.model import Message as Outgoing
from tests.checklists.checkdesk import checkdesk
from tests.checklists.test_service_log import with_log
from tests.hostile import CORPUS
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, BEN, BERLIN, START, HandClock
from tests.tickets.keeping import Lease

if TYPE_CHECKING:
    from pathlib import Path

    from tests.logbook.logdesk import LogDesk

DOWN = Message("the shop is down", issue="shop answers 502 since 09:00", impact="nobody can buy", contact="Ana, 555 01")
MORTEM = PostMortem(START + HOUR, "the disk was full", "fixed", "no orders for 40 minutes",
                    "09:00 it began\n- 09:40 over", "the alert came at once", "nobody knew the password",
                    (Action("Watch the disk", "ben", "2027-01-11"),))
VIEWER = Actor("vic", 1009, Role.VIEWER)


async def notices(desk: LogDesk) -> list[dict[str, Any]]:
    """What was handed to `notify`, in its order."""
    return [dict(row) for row in await desk.db.rows("SELECT * FROM outbox_notice ORDER BY seq")]


async def test_it_is_an_entry_with_a_clock_until_it_is_over_and_signed(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        standing = await desk.service.declare(ANA, " the shop is down ")
        emergency, entry = standing.emergency, standing.entry
        assert (entry.type, entry.title, entry.status, entry.performed_by) == (
            EntryType.EMERGENCY, "the shop is down", Status.ISSUES, ("ana",))
        assert (emergency.entry, emergency.until, emergency.due) == (entry.id, START + 15 * MINUTE, START + 15 * MINUTE)
        desk.clock.go(4 * MINUTE)
        await desk.service.jot(BEN, entry.id, "disk of  db1\nis full")
        desk.clock.go(MINUTE)
        told = await desk.service.tell(ANA, entry.id, replace(DOWN, next=desk.clock.at + 30 * MINUTE), Way.SENT)
        assert (told.seq, told.way, told.actor) == (1, Way.SENT, "ana")
        found = await desk.service.emergency(entry.id)
        assert (found.going, found.emergency.told, found.emergency.due) == (True, (told,), desk.clock.at + 30 * MINUTE)
        assert found.entry.notes == "- 12:10 ben: disk of db1 is full"
        assert course_of(found, BERLIN).splitlines() == [
            "12:06 emergency declared", "12:10 ben: disk of db1 is full",
            "12:11 ana told: investigating, shop answers 502 since 09:00; next update 12:41"]
        desk.clock.go(35 * MINUTE)
        over = await desk.service.finish(BEN, entry.id, replace(MORTEM, ended=desk.clock.at))
        assert (over.ended, over.seconds, over.state) == (desk.clock.at, 2_400.0, EntryState.OPEN)
        assert (over.found, over.resolved) == ((Point("shop answers 502 since 09:00"),),
                                               (Point("fixed: the disk was full"),))
        assert over.actions == (Action("Watch the disk", "ben", "2027-01-11"),)
        headings = [line for line in over.notes.splitlines() if line.startswith("## ")]
        assert headings == ["## Impact", "## Course of events", "## Root cause", "## Remedy", "## What went well",
                            "## What did not go well"]
        assert "- 09:00 it began\n- 09:40 over" in over.notes
        assert await desk.service.emergencies() == []
        signed = await desk.service.sign(ANA, entry.id)
        assert signed.state is EntryState.SIGNED
        assert await desk.audited() == ["log.emergency", "log.jot", "log.tell", "log.emergency-over", "log.sign"]
        await desk.check()


async def test_what_is_sent_goes_out_as_urgent_to_whom_it_says(tmp_path: Path) -> None:
    settings = LogbookSettings(emergency=EmergencySettings(tell=("oncall:ops",)))
    async with logdesk(tmp_path, settings) as desk:
        number = (await desk.service.declare(ANA, "down")).emergency.entry
        await desk.service.tell(ANA, number, DOWN, Way.COPIED)
        await desk.service.tell(ANA, number, DOWN, Way.SHOWN)
        assert await notices(desk) == [], "what the person hands over is not sent as well"
        await desk.service.tell(ANA, number, DOWN, Way.SENT)
        await desk.service.tell(ANA, number, replace(DOWN, status=MessageStatus.RESOLVED), Way.SENT,
                                ("ben", "channel:mail"))
        first, second = await notices(desk)
        assert (first["thread"], first["severity"], first["category"], first["tell"]) == (
            f"emergency:{number}", "critical", "emergency", '["oncall:ops"]')
        assert (second["tell"], second["severity"]) == ('["ben","channel:mail"]', "critical"), "the end is as loud"
        assert first["text"].splitlines() == [
            "Status: investigating", "Issue: shop answers 502 since 09:00", "Impact: nobody can buy",
            "Time to resolution: not known yet", "Next update: none is planned", "Contact: Ana, 555 01"]
        from opsconsole.notify import store

        async with desk.db.write() as tx:
            (stored, _) = await store.unplanned(tx, 10)
        outgoing = Outgoing("m1", "mail", "", "now", Severity.CRITICAL, 0, 0, 0, MessageState.WAITING)
        assert compose(Delivery(outgoing, (stored.notice,)), "web1", BERLIN).title == "[URGENT] web1: the shop is down"


async def test_a_message_that_is_due_is_reminded_of_until_somebody_writes_it(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        guard, lost = Lease(), Lease()
        lost.mine = False
        number = (await desk.service.declare(ANA, "down")).emergency.entry
        assert await desk.service.remind(guard) == 0
        desk.clock.go(15 * MINUTE)
        with pytest.raises(LeaseLost):
            await desk.service.remind(lost)
        assert await desk.service.remind(guard) == 1, "the first message is due when the first time is over"
        assert await desk.service.remind(guard) == 0, "once"
        desk.clock.go(15 * MINUTE)
        assert await desk.service.remind(guard) == 1, "and again, while nobody writes"
        desk.clock.go(-HOUR)
        desk.clock.go(45 * MINUTE)
        assert await desk.service.remind(guard) == 1, "a clock that was put back hides no promise"
        await desk.service.tell(BEN, number, replace(DOWN, next=desk.clock.at + 10 * MINUTE), Way.COPIED)
        assert await desk.service.remind(guard) == 0
        desk.clock.go(10 * MINUTE)
        assert await desk.service.remind(guard) == 1
        told = await notices(desk)
        assert [one["tell"] for one in told] == ['["ana"]', '["ana"]', '["ana"]', '["ben"]'], "whoever wrote last"
        assert told[0]["title"] == f"The first message about emergency {number} is due: down"
        assert told[3]["title"].startswith("The next message")
        await desk.service.drop(ANA, number, "false alarm")
        desk.clock.go(HOUR)
        assert await desk.service.remind(guard) == 0
        assert await desk.service.emergencies() == [], "one whose entry is dropped is over"


async def test_of_two_consoles_that_end_it_at_once_one_is_told(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk, logdesk(tmp_path, clock=desk.clock) as other:
        number = (await desk.service.declare(ANA, "down")).emergency.entry
        ends = await asyncio.gather(desk.service.finish(ANA, number, MORTEM), other.service.finish(BEN, number, MORTEM),
                                    return_exceptions=True)
        (lost,) = [one for one in ends if isinstance(one, BaseException)]
        assert isinstance(lost, NotNow)
        assert "is over" in str(lost)
        entry = await desk.service.entry(number)
        assert (len(entry.actions), len(entry.found), len(entry.resolved)) == (1, 1, 1), "it is written once"
        for late in (desk.service.tell(ANA, number, DOWN, Way.SENT), desk.service.jot(ANA, number, "x"),
                     desk.service.join(ANA, number, 7)):
            with pytest.raises(NotNow):
                await late


async def test_what_cannot_be_is_refused_in_a_sentence_and_stores_nothing(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        with pytest.raises(PermissionDenied):
            await desk.service.declare(VIEWER, "down")
        with pytest.raises(OpsError, match="title"):
            await desk.service.declare(ANA, "x" * 201)
        assert (await desk.service.declare(ANA)).entry.title == "Emergency", "no time for a title"
        plain = await desk.new("disk swapped")
        with pytest.raises(NoEntry, match="no emergency"):
            await desk.service.emergency(plain.id)
        with pytest.raises(NoEntry):
            await desk.service.jot(ANA, 99, "x")
        for wrong in (replace(DOWN, subject=" "), replace(DOWN, impact="x" * 2_001)):
            with pytest.raises(OpsError):
                await desk.service.tell(ANA, 1, wrong, Way.SENT)
        assert (await desk.service.emergency(1)).emergency.told == ()
        assert await notices(desk) == []


async def test_what_was_told_cannot_be_changed(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        number = (await desk.service.declare(ANA, "down")).emergency.entry
        await desk.service.tell(ANA, number, DOWN, Way.SENT)
        for sql in ("UPDATE log_told SET actor = 'eva'", "DELETE FROM log_told",
                    "INSERT OR REPLACE INTO log_told SELECT entry, seq, at, 'eva', way, message, tell FROM log_told"):
            with pytest.raises(StorageError):
                async with desk.db.write() as tx:
                    await tx.run(sql)


async def test_its_checklist_is_taken_up_ticked_and_goes_into_its_entry(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        log = with_log(desk)
        aid = EmergencyAid(desk.service)
        standing = await log.declare(ANA, "down")
        number = standing.emergency.entry
        run = await aid.begin(ANA, "", await log.taken_runs())
        await log.join(ANA, number, run)
        found = await aid.round(run)
        assert found is not None
        assert (found.title, found.section, found.open, found.signed) == ("Emergency", "First", 1, False)
        assert [(step.item, step.title, step.tickable) for step in found.steps] == [("calm", "Stay calm", True)]
        assert await aid.tick(ANA, run, "calm") is True
        assert await aid.tick(ANA, run, "calm") is False
        assert await aid.tick(BEN, run, "calm") is True
        found = await aid.round(run)
        assert found is not None
        assert (found.open, found.steps[0].state, found.steps[0].by) == (0, "ok", "ben")
        await log.jot(BEN, number, "the disk is full")
        signed = await desk.service.sign(BEN, run)
        assert signed.seal
        assert list(await log.of_run(run)) == [number], "no second entry is opened for it"
        entry = await log.entry(number)
        assert [one.text for one in entry.tasks] == ["First: Stay calm"]
        assert (entry.performed_by, entry.state, entry.ended) == (("ana", "ben"), EntryState.OPEN, None)
        assert "the disk is full" in entry.notes
        other = await log.declare(BEN, "another")
        second = await aid.begin(BEN, "", await log.taken_runs())
        assert second not in (0, run)
        await desk.service.start(ANA, "emergency")
        assert await aid.begin(BEN, "", set()) == second, "one that was begun by hand is taken up"
        await log.join(BEN, other.emergency.entry, second)
        assert await aid.round(99) is None
        assert (await desk.service.walk(run)).steps[0].verdict is Verdict.OK


async def test_what_was_told_stands_on_the_timeline(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        number = (await desk.service.declare(ANA, "down")).emergency.entry
        desk.clock.go(MINUTE)
        await desk.service.tell(BEN, number, replace(DOWN, status=MessageStatus.FIXING), Way.COPIED)
        source = LogTimeline(desk.db)
        for words in ("", "fixing 502", "told"):
            found = (await source.happenings(START, START + HOUR, 10, words))[0]
            assert (found.at, found.who, found.what, found.target, found.detail) == (
                START + MINUTE, "ben", "down: told: fixing", f"entry:{number}", DOWN.issue)
        assert await source.happenings(START, START + HOUR, 10, "resolved") == []


TEXT = st.text(max_size=40) | st.sampled_from(CORPUS)


@given(TEXT, TEXT, TEXT, TEXT, TEXT, st.sampled_from(MessageStatus), st.none() | st.integers(START, START + 10 * HOUR))
def test_a_message_says_each_field_once_and_nothing_acts(subject: str, issue: str, impact: str, resolution: str,
                                                         contact: str, status: MessageStatus, due: int | None) -> None:
    message = Message(subject, status, issue, impact, resolution, due, contact)
    lines = text_of(message, BERLIN).split("\n")
    labels = [line.partition(":")[0] for line in lines]
    assert labels == [label for label in LABELS.values() if label in labels], "in their order, and each once"
    assert lines[0] == f"Status: {status.value}"
    assert {"Status", "Issue", "Impact", "Next update"} <= set(labels)
    assert "\n" not in subject_of(message, "web1\x1b[2J")
    assert all(sign.isprintable() or sign == "\n" for sign in whole(message, "web1", BERLIN))


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 2 * 24 * 60))
def test_a_time_of_day_is_the_next_one_that_comes(hour: int, minute: int, later: int) -> None:
    now = START + later * MINUTE + 30 * SECOND
    found = next_of(f"{hour:02}:{minute:02}", now, BERLIN)
    assert found is not None
    assert now < found <= now + 25 * HOUR


def test_when_the_next_message_comes() -> None:
    assert next_of("", START, BERLIN) is None
    assert next_of(" 30m ", START, BERLIN) == START + 30 * MINUTE
    assert next_of("1h30m", START, BERLIN) == START + 90 * MINUTE
    for wrong in ("soon", "0", "-5m", "8d", "2001-01-01 10:00", "25:00"):
        with pytest.raises(ValueError, match=r"\.$"):
            next_of(wrong, START, BERLIN)


async def test_the_next_message_begins_with_what_the_last_one_said(tmp_path: Path) -> None:
    async with logdesk(tmp_path, clock=HandClock()) as desk:
        standing = await desk.service.declare(ANA, "down")
        first = beginning(standing, "Ana", desk.clock.at, 1800.0)
        assert (first.subject, first.contact, first.next) == ("down", "Ana", START + 30 * MINUTE)
        await desk.service.tell(ANA, 1, replace(DOWN, status=MessageStatus.FIXING, resolution="one hour"), Way.COPIED)
        desk.clock.go(10 * MINUTE)
        again = beginning(await desk.service.emergency(1), "", desk.clock.at, 1800.0)
        assert again == replace(DOWN, status=MessageStatus.FIXING, resolution="one hour", next=START + 40 * MINUTE)
