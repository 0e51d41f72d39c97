"""What becomes of runs besides walking through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.cases.base import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.model import Event, Run
    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor


class Keeping(Desk):
    """What becomes of runs besides walking through them."""

    async def explain(self, actor: Actor, number: int, reason: str) -> Run:
        """Says why a run was missed."""
        raise NotImplementedError

    async def defer(self, actor: Actor, numbers: Sequence[int], until: Instant, reason: str) -> list[Run]:
        """Puts routine runs off, for an emergency; recorded.

        Raises:
            NotNow: one is over, or its template does not allow it.
        """
        raise NotImplementedError

    async def resume(self, actor: Actor, number: int) -> Run:
        """It is not put off any more."""
        raise NotImplementedError

    async def acknowledge(self, actor: Actor, number: int, note: str = "") -> Event:
        """What the run before left open is known."""
        raise NotImplementedError

    async def adopt(self, actor: Actor, number: int) -> Run:
        """The run goes on with the new version of its template; answers to items that are the same stay."""
        raise NotImplementedError

    async def look_at_marks(self, actor: Actor, number: int, note: str = "") -> Run:
        """A supervisor has seen what looked rubber-stamped."""
        raise NotImplementedError
