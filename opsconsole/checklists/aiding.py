"""What an emergency of the log takes from here: its checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.errors import NoRun
from opsconsole.checklists.model import Category, Verdict
from opsconsole.checklists.template import InstructionItem, TickItem
from opsconsole.logbook.aid import Round, Step

if TYPE_CHECKING:
    from collections.abc import Collection

    from opsconsole.checklists import walk
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.core.identity import Actor

_USUAL = "emergency"
"""The slug of the checklist that is taken first."""


class EmergencyAid:
    """See `logbook.aid.Aid`.

    Args:
        checklists: their use cases.
    """

    def __init__(self, checklists: ChecklistService) -> None:
        self._checklists = checklists

    async def begin(self, actor: Actor, slug: str, taken: Collection[int]) -> int:
        """See `Aid.begin`; a run that somebody began before they thought of the log is taken up.

        Raises:
            NoRun: there is no checklist of this slug.
            PermissionDenied: the template wants a higher role.
        """
        board = await self._checklists.board()
        begun = next((run.id for run in sorted(board.emergency, key=lambda run: -run.id)
                      if run.id not in taken and not run.signatures and slug in ("", run.slug)), 0)
        if begun:
            return begun
        known = [one.slug for one in board.demand if one.category is Category.EMERGENCY]
        chosen = slug or next((one for one in known if one == _USUAL), known[0] if known else "")
        return (await self._checklists.start(actor, chosen)).id if chosen else 0

    async def round(self, run: int) -> Round | None:
        """See `Aid.round`."""
        try:
            found = await self._checklists.walk(run)
        except NoRun:
            return None
        steps = [step for step in found.steps if step.shown]
        first = [step for step in steps if not step.section]
        sections = found.template.sections
        return Round(run, found.run.title, sections[0].title if sections else "", tuple(map(_step, first)),
                     sum(step.verdict is Verdict.OPEN for step in steps if step.section),
                     signed=bool(found.run.signatures) or found.run.ended is not None)

    async def tick(self, actor: Actor, run: int, item: str) -> bool:
        """See `Aid.tick`.

        Raises:
            NoRun: there is no such item.
            NotNow: the run is signed or over.
            Overtaken: somebody answered it since.
            PermissionDenied: the template wants a higher role.
        """
        step = (await self._checklists.walk(run)).step(item)
        base = None if step is None else step.base
        if step is not None and step.verdict is not Verdict.OPEN:
            await self._checklists.take_back(actor, run, item, base=base)
            return False
        await self._checklists.answer(actor, run, item, Reply(verdict=Verdict.OK), base=base)
        return True


def _step(step: walk.Step) -> Step:
    answer = step.answer
    return Step(step.item.id, step.item.title, step.verdict.value, answer.actor if answer is not None else "",
                answer.at if answer is not None else 0, isinstance(step.item, TickItem | InstructionItem))
