"""Each use case of people has one entry in the audit trail, and tells whoever shows the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from opsconsole.checklists.cases.types import File, Reply
from opsconsole.checklists.model import Proposal, Verdict, topic_of
from opsconsole.core import audit
from opsconsole.core.clock import DAY, HOUR
from tests.checklists.checkdesk import EVENING, MORNING, NINE, checkdesk
from tests.tickets.desk import ANA, BEN, SUE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from opsconsole.checklists.service import ChecklistService

    Case = Callable[[ChecklistService, int], Awaitable[Any]]

FAILED: Final = Reply(verdict=Verdict.FAILED)
CASES: Final[list[tuple[str, list[Case], Case]]] = [
    ("begin", [], lambda s, n: s.begin(BEN, n)),
    ("start", [], lambda s, n: s.start(BEN, "evening")),
    ("answer", [], lambda s, n: s.answer(ANA, n, "doors", Reply(verdict=Verdict.OK))),
    ("take-back", [lambda s, n: s.answer(ANA, n, "doors", FAILED)], lambda s, n: s.take_back(ANA, n, "doors")),
    ("evidence", [], lambda s, n: s.add_evidence(ANA, n, "proof", [File("a.txt", b"a")])),
    ("ticket", [lambda s, n: s.answer(ANA, n, "doors", FAILED)], lambda s, n: s.raise_ticket(ANA, n, "doors")),
    ("escalate", [lambda s, n: s.answer(ANA, n, "backup", FAILED)],
     lambda s, n: s.escalate(ANA, n, "backup", "oncall")),
    ("follow", [], lambda s, n: s.follow(ANA, n, "doors")),
    ("sign", [lambda s, n: s.answer(ANA, n, "doors", Reply(verdict=Verdict.OK))], lambda s, n: s.sign(ANA, n)),
    ("return", [lambda s, n: s.answer(ANA, n, "doors", Reply(verdict=Verdict.OK)), lambda s, n: s.sign(ANA, n)],
     lambda s, n: s.send_back(SUE, n, "why")),
    ("waive-item", [], lambda s, n: s.waive_item(SUE, n, "doors", "why")),
    ("waive", [], lambda s, n: s.waive(SUE, n, "why")),
    ("defer", [], lambda s, n: s.defer(ANA, [n], NINE + DAY, "why")),
    ("resume", [lambda s, n: s.defer(ANA, [n], NINE + DAY, "why")], lambda s, n: s.resume(ANA, n))]


@pytest.mark.parametrize(("action", "before", "case"), CASES, ids=[one[0] for one in CASES])
async def test_each_change_is_audited_once_and_told(tmp_path: Path, action: str, before: list[Case],
                                                    case: Case) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "evening")
        for one in before:
            await one(desk.service, run.id)
        entries, versions = await desk.audited(), await desk.versions()
        version = (await desk.service.run(run.id)).version
        await case(desk.service, run.id)
        assert (await desk.audited())[len(entries):] == [f"checklist.{action}"]
        last = (await audit.entries(desk.db, subject=f"checklist:{run.id}", limit=1))[0]
        assert last.action == f"checklist.{action}"
        now = await desk.versions()
        assert {name for name, number in now.items() if number > versions.get(name, 0)} >= {
            "checklists", topic_of(run.id), "audit"}
        assert (await desk.service.run(run.id)).version == version + 1
        assert (await audit.verify(desk.db)).ok
        await desk.check()


async def test_missed_ones_are_explained_and_marks_are_looked_at(tmp_path: Path) -> None:
    many = "".join(f"      - {{kind: tick, id: t{number}, title: T}}\n" for number in range(9))
    async with checkdesk(tmp_path, templates={"morning": MORNING, "fast": EVENING.split("sections")[0].replace(
            "persons: 2", "persons: 1") + "sections:\n  - title: A\n    items:\n" + many}) as desk:
        run = await desk.service.start(ANA, "fast")
        for number in range(9):
            await desk.answer(ANA, run, f"t{number}")
        signed = await desk.service.sign(ANA, run.id)
        assert signed.marks
        seen = await desk.service.look_at_marks(SUE, run.id, "an exercise")
        assert (seen.marks, seen.seal) == ((), signed.seal)
        await desk.service.open_due()
        morning = await desk.service.find("morning")
        desk.clock.go(10 * HOUR)
        await desk.service.open_due()
        await desk.service.explain(ANA, morning.id, "ill")
        assert (await desk.audited())[-2:] == ["checklist.look", "checklist.explain"]
        await desk.check()


async def test_the_program_itself_is_not_audited_and_tells_all_the_same(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        before = await desk.versions()
        await desk.service.open_due()
        run = await desk.service.start(ANA, "evening")
        entries = await desk.audited()
        await desk.service.propose(run.id, [Proposal(run.id, "own", desk.clock.now(), Verdict.FAILED)])
        assert (await desk.service.walk(run.id)).step("own").verdict is Verdict.FAILED  # type: ignore[union-attr]
        assert await desk.audited() == entries
        assert (await desk.versions())[topic_of(run.id)] > before.get(topic_of(run.id), 0)
