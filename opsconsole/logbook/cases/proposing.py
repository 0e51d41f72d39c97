"""What an entry could say, because it happened since the last one of its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import DAY
from opsconsole.core.timeline import gather
from opsconsole.logbook import store
from opsconsole.logbook.cases.base import Desk
from opsconsole.logbook.model import PROPOSED, Proposed
from opsconsole.logbook.proposing import FIRST, KINDS, proposals, said, stands
from opsconsole.logbook.wording import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor
    from opsconsole.core.timeline import Happening, Source
    from opsconsole.logbook.model import EntryType

PAGE: Final = 1_000
MOST: Final = 20_000
"""Happenings that are looked at, the newest; what was before stays in the timeline."""


class Proposing(Desk):
    """What an entry could say."""

    async def proposals(self, actor: Actor, type: EntryType, sources: Sequence[Source], *,  # noqa: A002 - the field's name
                        number: int = 0, since: Instant | None = None) -> Proposed:
        """What happened between the last entry of a type and this one, as lines that it could have.

        Args:
            actor: who writes it.
            type: of the entry.
            sources: who knows what happened; one that fails is told of.
            number: of an entry that is there; 0: a new one.
            since: ms UTC; None: since the last entry of this type ended.

        Raises:
            NoEntry: there is no such entry.
        """
        entry = await self._stored(self._db, number) if number else None
        now = self._clock.now()
        until = now if entry is None or entry.ended is None else min(entry.ended, now)
        last = 0
        if since is None:
            begun = now + 1 if entry is None else entry.begun
            last, since = (await store.last_of(self._db, type.value, begun, number)
                           or (0, until - FIRST.get(type, DAY)))
        since = min(since, until)
        # The end itself belongs to the time: a round that is signed off ends its entry in that moment.
        happenings, problems, more = await _read(sources, since, until + 1)
        found = proposals(happenings, actor.name)
        if entry is not None and entry.run:
            # That the round which has opened it was signed off is what it is.
            found = tuple(one for one in found if one.link != f"run:{entry.run}")
        before = await self._stored(self._db, last) if last and found else None
        if before is not None and before.ended is None:
            # It goes on, and says some of it already.
            stated = said({name: shown(before, name, self._zone) for name in PROPOSED})
            found = tuple(one for one in found if not stands(stated, one))
        return Proposed(since, until, last, found, problems, more)


async def _read(sources: Sequence[Source], since: Instant, until: Instant
                ) -> tuple[list[Happening], tuple[str, ...], bool]:
    """What happened, newest first; what could not be read; and whether there is more before."""
    found: list[Happening] = []
    problems: dict[str, None] = {}
    while until > since:
        page = await gather(sources, since, until, PAGE, kinds=KINDS)
        found += page.happenings
        problems |= dict.fromkeys(page.problems)
        if page.older is None or len(found) >= MOST:
            return found, tuple(problems), page.older is not None
        until = page.older
    return found, tuple(problems), False
