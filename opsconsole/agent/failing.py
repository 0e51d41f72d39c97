"""Jobs of the agent that fail, told to whoever looks at a console: each reason once, until it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.agent.store import read_failing
from opsconsole.core.clock import HOUR
from opsconsole.core.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database

LATELY = HOUR
"""ms: what failed before says nothing of now; `doctor` has it."""


class Failing:
    """What fails now.

    Args:
        clock: the time of day.
        tell: is given each sentence once.
    """

    def __init__(self, clock: Clock, tell: Callable[[str], None]) -> None:
        self.jobs: Mapping[str, str] = {}
        """Why each of them fails, by its name."""
        self._clock = clock
        self._tell = tell

    async def look(self, db: Database) -> None:
        """Reads it again, and tells what is new; several jobs that fail for one reason are one sentence.

        Raises:
            StorageError: the records cannot be read.
        """
        known = set(self.jobs.values())
        self.jobs = await read_failing(db, self._clock.now() - LATELY)
        for name, reason in self.jobs.items():
            if reason not in known:
                known.add(reason)
                self._tell(harmless(f"The agent's job {name} fails: {reason}"))
