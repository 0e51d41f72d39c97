"""What an emergency takes from a feature that the log does not know: its checklist.

The composition root hands in whoever knows checklists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor


class Step(NamedTuple):
    """One item of the checklist of an emergency."""

    item: str
    """Its id."""
    title: str
    """Foreign text."""
    state: str
    """`open`, `ok`, `failed`, `skipped` or `n/a`."""
    by: str = ""
    at: Instant = 0
    tickable: bool = False
    """Whether it is done by saying so; others want words, a choice or a figure."""


class Round(NamedTuple):
    """The checklist of an emergency."""

    run: int
    title: str
    section: str
    """What its first steps are called; foreign text, as the title."""
    steps: tuple[Step, ...]
    """Those of its first section: what the first minutes are for."""
    rest: int = 0
    """How many other items are open."""
    signed: bool = False

    @property
    def open(self) -> int:
        """How many of the first steps are open."""
        return sum(step.state == "open" for step in self.steps)


class Aid(Protocol):
    """Whoever knows checklists. All of it raises OpsError where it cannot be done."""

    async def begin(self, actor: Actor, slug: str, taken: Collection[int]) -> int:
        """The run of a checklist for an emergency: one that was begun already, or a new one; 0: there is none.

        Args:
            actor: who.
            slug: of the checklist; empty: the first one for emergencies.
            taken: runs that belong to other emergencies.
        """

    async def round(self, run: int) -> Round | None:
        """How it stands; None: there is no such run."""

    async def tick(self, actor: Actor, run: int, item: str) -> bool:
        """The item is done; where it was, it is open again. Whether it is done now."""
