"""A signed run opens an entry of the log, in the same transaction: open, with the number of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.entering import entry_of
from opsconsole.checklists.model import EventKind, LogDraft, Verdict
from opsconsole.checklists.service import ChecklistService
from opsconsole.checklists.verifying import verify_runs
from opsconsole.core import audit
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.errors import StorageError
from opsconsole.logbook.model import TOPIC, Action, EntryState, EntryType, Point, Status, topic_of
from opsconsole.logbook.service import LogService
from opsconsole.logbook.settings import LogbookSettings
from opsconsole.logbook.verifying import verify_entries
from tests.checklists.checkdesk import NINE, checkdesk
from tests.tickets.desk import ANA, BEN, BERLIN, SUE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.checklists.checkdesk import CheckDesk


def with_log(desk: CheckDesk, settings: LogbookSettings | None = None) -> LogService:
    """Gives the checklists of a desk a log to write to."""
    log = LogService(desk.db, desk.clock, settings, zone=BERLIN)
    desk.service = ChecklistService(desk.db, desk.clock, desk.service.library, desk.service.settings,
                                    tickets=desk.service._tickets, zone=BERLIN, log=log)
    return log


async def test_the_entry_of_a_signed_run_agrees_with_the_run_and_the_audit_trail(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        log = with_log(desk)
        run = await desk.service.start(ANA, "morning")
        done = await desk.answer(ANA, run, "home", Verdict.FAILED, note="503")
        desk.clock.go(2 * MINUTE)
        await desk.answer(BEN, run, "users", None, value=212.0)
        await desk.answer(BEN, run, "words", None, value="quiet otherwise")
        await desk.answer(BEN, run, "deep")
        desk.clock.go(MINUTE)
        before = await desk.versions()
        signed = await desk.service.sign(BEN, run.id)
        numbers = await log.of_run(run.id)
        entry = await log.entry(numbers[0])
        draft = await desk.service.draft(run.id)
        assert len(numbers) == 1
        assert (entry.state, entry.run, entry.created_by, entry.signatures) == (EntryState.OPEN, run.id, "ben", ())
        assert (entry.type, entry.title, entry.status) == (EntryType.DAILY, "Morning check", Status.ISSUES)
        assert (entry.begun, entry.ended, entry.seconds) == (signed.begun, signed.ended, draft.seconds)
        assert entry.performed_by == signed.performers == ("ana", "ben")
        assert done.ticket is not None
        ticket = done.ticket.number
        assert [(f"{one.text}, ticket #{one.ticket}", one.ticket) for one in entry.found] == [(draft.found[0], ticket)]
        assert [one.text for one in entry.tasks] == list(draft.tasks)
        assert "quiet otherwise" in entry.notes
        assert list((await log.find(f"ticket:{ticket} run:{run.id} is:open")).numbers) == [entry.id]
        trail = await audit.entries(desk.db, limit=2)
        assert [(one.action, one.subject) for one in trail] == [
            ("checklist.sign", f"checklist:{run.id}"), ("log.draft", f"log:{entry.id}")]
        event = (await desk.service.walk(run.id)).events[-1]
        assert (event.kind, event.data["entry"]) == (EventKind.SIGNED, entry.id)
        now = await desk.versions()
        assert {TOPIC, topic_of(entry.id)} <= {name for name in now if now[name] != before.get(name)}
        await log.sign(ANA, entry.id)
        assert (await verify_runs(desk.db)).ok
        assert (await verify_entries(desk.db)).ok
        assert (await audit.verify(desk.db)).ok


async def test_only_the_last_signature_opens_one_and_a_run_that_cannot_be_stored_none(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with checkdesk(tmp_path, now=NINE + 9 * HOUR) as desk:
        log = with_log(desk, LogbookSettings(two_persons=(EntryType.DAILY,)))
        run = await desk.service.start(ANA, "evening")
        await desk.answer(ANA, run, "doors")
        await desk.service.sign(ANA, run.id)
        assert await log.of_run(run.id) == []
        with monkeypatch.context() as patch:
            async def full(*_: object, **__: object) -> None:
                raise StorageError("The disk is full.")
            patch.setattr(audit, "append", full)
            with pytest.raises(StorageError):
                await desk.service.sign(SUE, run.id)
        assert await log.of_run(run.id) == []
        await desk.service.sign(SUE, run.id)
        assert [(await log.entry(number)).persons for number in await log.of_run(run.id)] == [2]


async def test_a_long_run_of_hostile_words_is_signed_all_the_same(tmp_path: Path) -> None:
    items = "".join(f"      - {{kind: tick, id: i{n}, title: 'I{n} {'x' * 80}'}}\n" for n in range(250))
    text = f"title: Long\ncategory: security\nsections:\n  - title: All\n    items:\n{items}"
    async with checkdesk(tmp_path, templates={"long": text}) as desk:
        log = with_log(desk)
        run = await desk.service.start(ANA, "long")
        for number in range(250):
            note = f"\x1b]0;x\x07 ticket #{number} \ud800" + "y" * 2500
            await desk.service.answer(ANA, run.id, f"i{number}", Reply(verdict=Verdict.FAILED, note=note))
            await desk.service.raise_ticket(ANA, run.id, f"i{number}")
        await desk.service.sign(ANA, run.id)
        entry = await log.entry((await log.of_run(run.id))[0])
        assert len(entry.found) == 200
        assert entry.type is EntryType.EMERGENCY
        await log.sign(ANA, entry.id)
        assert (await verify_entries(desk.db)).ok


def test_lines_name_tickets_of_the_run_only() -> None:
    draft = LogDraft("change", "Deployed", 5, 9, "issues", (), ("a",), ("b: ticket #17", "c: as in ticket #4"),
                     next_actions=("d",), notes="n", seconds=4.0, run=7, tickets=(17,))
    entry = entry_of(draft, "ana")
    assert entry.found == (Point("b", 17), Point("c: as in ticket #4"))
    assert (entry.type, entry.status, entry.performed_by, entry.run) == (EntryType.CHANGE, Status.ISSUES, ("ana",), 7)
    assert entry.actions == (Action("d"),)
