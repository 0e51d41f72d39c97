"""Reports that go out by themselves: once for each time at which they are due, whatever agents and clocks do."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR, MINUTE, instant
from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import StorageError
from opsconsole.core.jobs import Due, LeaseLost
from opsconsole.logbook.model import EntryType
from opsconsole.logbook.service import LogService
from opsconsole.notify import store as outbox
from opsconsole.notify.composing import LINES
from opsconsole.notify.model import MessageState
from opsconsole.reports.gathering import filling
from opsconsole.reports.grounding import grounded
from opsconsole.reports.library import Library
from opsconsole.reports.sending.sender import Sender
from opsconsole.settings import Settings, cross_check
from tests.hostile import CORPUS
from tests.notify.bench import Bench, Sink
from tests.notify.test_sending import mailbox  # noqa: F401 - a fixture
from tests.tickets.desk import ANA, HandClock
from tests.tickets.keeping import Lease

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.notify.test_sending import Mailbox

ZONE: Final = ZoneInfo("Europe/Berlin")
MONDAY: Final = instant(datetime(2027, 1, 4, 7, 59, tzinfo=ZONE))
WEEKLY: Final = "reports: [{name: mine, at: '0 8 * * 1', tell: ['channel:sink']}]\nchecklists: {zone: Europe/Berlin}\n"
MAIL: Final = "channels: {mail: {kind: apprise, url: '${URL}'}}"
MINE: Final = """\
title: {title}
covers: week
sections:
  - title: All
    figures:
      - {{id: tickets, title: Tickets, from: [{{tickets: created}}]}}
      - {{id: notes, title: What people say, from: [{{answer: night/notes}}]}}
    tables:
      - {{id: work, title: Work, rows: entries}}
"""


def configured(text: str) -> Settings:
    return decode(text, Settings, source="opsconsole.yaml", env={}, check=cross_check)


class Works:
    """An agent that sends reports, and is started anew as often as a test wants."""

    def __init__(self, db: Database, folder: Path, text: str = WEEKLY) -> None:
        self.db, self.folder = db, folder
        self.clock, self.guard = HandClock(MONDAY), Lease()
        (folder / "reports").mkdir(exist_ok=True)
        (folder / "reports/mine.yaml").write_text(MINE.format(title="Mine"))
        self.restart(text)

    def restart(self, text: str = WEEKLY) -> None:
        with_channel = text + "notify: {channels: {sink: {kind: log}, other: {kind: log}}}\n"
        chosen = configured(with_channel if "notify:" not in text else text)
        assert chosen.checklists is not None
        self.sender = Sender(
            self.db, self.clock, self.guard, chosen.reports, library=Library((), self.folder / "reports"),
            ground=lambda: grounded(self.db, None, self.clock, chosen), zone=chosen.checklists.zone, host="web-01")

    async def go(self, *steps: int) -> None:
        """Lets time pass, with a beat of the agent after each step (ms)."""
        for step in steps or (0,):
            self.clock.go(step)
            await self.sender.run(Due(self.clock.at))

    async def titles(self) -> list[str]:
        return [row["title"] for row in await self.db.rows("SELECT title FROM outbox_notice ORDER BY seq")]


@pytest.fixture
async def works(tmp_path: Path) -> AsyncIterator[Works]:
    async with await Database.open(tmp_path / "opsconsole.db", RECORDS) as db:
        made = Works(db, tmp_path)
        await made.go()
        yield made


async def test_it_goes_out_at_its_time_about_the_week_before(works: Works) -> None:
    assert await works.titles() == []
    await works.go(MINUTE, MINUTE, MINUTE)
    assert await works.titles() == ["Mine, week 2026-W53, 2026-12-28 to 2027-01-03"]
    (row,) = await works.db.rows("SELECT * FROM outbox_notice")
    assert (row["category"], row["word"], row["severity"], row["tell"]) == ("report", "REPORT", "info",
                                                                            '["channel:sink"]')
    assert "What people say" in row["text"]
    (document,) = await works.db.rows("SELECT * FROM outbox_document")
    assert (document["notice"], document["name"]) == (row["seq"], "mine-2026-12-28.html")
    assert document["content"].startswith("<!doctype html>") or "<html" in document["content"][:200]
    await works.go(*[DAY] * 7)
    assert len(await works.titles()) == 2


STEPS = st.lists(st.one_of(st.sampled_from(["restart", "lost", "busy"]),
                           st.integers(1, 30 * 24).map(lambda hours: hours * HOUR),
                           st.integers(-40 * 24, -1).map(lambda hours: hours * HOUR)), max_size=12)


@given(STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_never_twice_whatever_happens(tmp_path_factory: pytest.TempPathFactory, steps: list[str | int]) -> None:
    """Starts, lost leases, a database that is busy, and a clock that is set: each week goes out once at most."""
    folder = tmp_path_factory.mktemp("any")
    async with await Database.open(folder / "opsconsole.db", RECORDS) as db:
        works = Works(db, folder)
        await works.go()
        for step in steps:
            if step == "restart":
                works.restart()
                await works.go()
            elif step == "lost":
                works.guard.mine = False
                with suppress(LeaseLost):
                    await works.go(7 * DAY)
                works.guard.mine = True
            elif step == "busy":
                await unfilled(works)
            else:
                assert isinstance(step, int)
                await works.go(step)
        titles = await works.titles()
        assert len(set(titles)) == len(titles)
        # And the next one comes, if only a clock that was wrong has not sent it already.
        await works.go(7 * DAY)
        assert await works.titles()


async def unfilled(works: Works) -> None:
    """A beat in which nothing can be filled in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "_section", busy)
        with suppress(StorageError):
            await works.go(7 * DAY)


async def busy(*_: object) -> None:
    raise StorageError("The database is busy.", "Try again.")


async def test_what_was_missed_is_made_up_for_once(works: Works) -> None:
    works.clock.go(40 * DAY)
    works.restart()
    await works.go(0, MINUTE)
    assert await works.titles() == ["Mine, week 2027-W05, 2027-02-01 to 2027-02-07"]


async def test_what_cannot_be_filled_in_now_is_tried_again(works: Works) -> None:
    works.clock.go(MINUTE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "_section", busy)
        for _ in range(3):
            with pytest.raises(StorageError, match="busy"):
                await works.go(MINUTE)
    assert await works.titles() == []
    await works.go(MINUTE)
    assert len(await works.titles()) == 1


async def test_another_time_begins_anew(works: Works) -> None:
    await works.go(30 * MINUTE)
    works.restart(WEEKLY.replace("0 8 * * 1", "0 8 * * *"))
    await works.go(HOUR)
    assert len(await works.titles()) == 1, "what was due before anybody wanted it is not sent"
    await works.go(DAY)
    assert len(await works.titles()) == 2


async def test_one_that_there_is_not_is_told_in_its_place(works: Works) -> None:
    works.restart(WEEKLY.replace("mine", "mien"))
    await works.go()
    await works.go(MINUTE, MINUTE)
    assert await works.titles() == ["the report `mien` could not be made"]
    (row,) = await works.db.rows("SELECT severity, text, tell FROM outbox_notice")
    assert row["severity"] == "warning"
    assert "There is no report `mien`; did you mean `mine`?" in row["text"]
    (works.folder / "reports/mine.yaml").write_text("title: [")
    works.restart()
    await works.go()
    await works.go(7 * DAY)
    assert (await works.titles())[1:] == ["the report `mine` could not be made"] * (len(await works.titles()) - 1)


async def test_the_same_report_twice_in_the_configuration(works: Works) -> None:
    works.restart("reports: [{name: mine, at: '0 8 * * 1', tell: ['channel:sink']}, {name: mine, at: 'Mon *-*-* 08:00',"
                  " tell: ['channel:other']}]\nchecklists: {zone: Europe/Berlin}\n")
    await works.go()
    await works.go(MINUTE, MINUTE)
    assert len(await works.titles()) == 2


@pytest.mark.parametrize(("text", "sentence"), [
    ("reports: [{name: weekly, at: 'soon'}]", "it must be a cron line of five fields"),
    ("reports: [{name: weekly, at: '0 8 * *'}]", "it must be a cron line of five fields"),
    ("reports: [{name: weekly, at: '0 8 * * 1', tell: [ana]}]", "there is no contact `ana`"),
    ("reports: [{name: weekly}]", "at"), ("reports: [{name: '', at: '0 8 * * 1'}]", "name")])
def test_mistakes_are_named(text: str, sentence: str) -> None:
    with pytest.raises(ConfigMistakes) as found:
        configured(text)
    assert sentence in str(found.value)


async def test_by_mail_as_text_with_the_page_as_a_file(
        tmp_path: Path, mailbox: tuple[Mailbox, str]) -> None:  # noqa: F811 - a fixture
    box, url = mailbox
    bench = await Bench.open(tmp_path, MAIL, URL=url)
    try:
        works = Works(bench.db, tmp_path)
        (tmp_path / "reports/mine.yaml").write_text(MINE.format(title="Ümine"))
        for number in range(LINES + 20):
            await worked(bench.db, works.clock, f"work {number} {CORPUS[number % len(CORPUS)][:100]}")
        works.restart("notify: {channels: {mail: {kind: log}}}\n" + WEEKLY.replace("channel:sink", "channel:mail"))
        await works.go()
        await works.go(7 * DAY + MINUTE)
        bench.clock.at = works.clock.at
        await bench.settle()
        (sent,) = await bench.messages(MessageState.SENT)
        assert sent.message.channel == "mail"
        (mail,) = box.mails
        assert str(mail["Subject"]).startswith("[REPORT] web-01: Ümine, week 2027-W01")
        body = mail.get_body(("plain",))
        assert body is not None
        assert all(f"work {number} " in body.get_content() for number in range(LINES + 20))
        (file,) = list(mail.iter_attachments())
        assert (file.get_filename(), file.get_content_type()) == ("mine-2027-01-04.html", "text/html")
        html = file.get_content()
        assert "<html" in html[:300]
        assert "<script" not in html
        assert len(await outbox.messages(bench.db, tuple(MessageState), 10)) == 1
    finally:
        await bench.close()


async def test_a_program_gets_all_of_it(tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    bench = await Bench.open(tmp_path, f"channels: {{sink: {sink.yaml}}}\n")
    try:
        works = Works(bench.db, tmp_path)
        for number in range(LINES + 20):
            await worked(bench.db, works.clock, f"work {number}")
        await works.go()
        await works.go(7 * DAY + MINUTE)
        bench.clock.at = works.clock.at
        await bench.settle()
        (got,) = sink.got
        assert "more" in got["text"].splitlines()[LINES - 1]
        assert f"work {LINES + 19}" in got["whole"]
        assert got["documents"][0]["name"] == "mine-2027-01-04.html"
    finally:
        await bench.close()


async def worked(db: Database, clock: HandClock, title: str) -> None:
    """Something that was done in this week."""
    await LogService(db, clock).new(ANA, EntryType.CHANGE, title)
