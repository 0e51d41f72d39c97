"""Which tickets belong to something that is no ticket, such as an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.model import LinkKind
from opsconsole.tickets.store.queue import rows as rows_of
from opsconsole.tickets.store.reading import get, resolve, with_alert
from opsconsole.tickets.store.rows import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Database, Transaction
    from opsconsole.tickets.model import Summary

    Reader = Database | Transaction


async def tickets_of(db: Reader, kind: LinkKind, targets: Sequence[str]) -> dict[str, Summary]:
    """The ticket of each of these; those that have none are left out.

    Of several, one that is open counts more than one that is done, and a newer one more. Merges are followed.

    Args:
        db: the records, or a transaction.
        kind: how they are linked: `LinkKind.ALERT`.
        targets: what they are called in links: the number of an alert.

    Raises:
        StorageError: the records could not be read.
    """
    pairs: list[tuple[str, int]] = []
    for places, values in named(list(dict.fromkeys(targets))):
        rows = await db.rows(f"SELECT target, ticket FROM ticket_link WHERE kind = :kind AND target IN ({places})"  # noqa: S608 - fixed parts
                             " ORDER BY ticket", {**values, "kind": kind.value})
        pairs += [(row["target"], row["ticket"]) for row in rows]
    if not pairs:
        return {}
    ends = {number: await resolve(db, number) or number for number in {number for _, number in pairs}}
    known = {one.number: one for one in await rows_of(db, sorted(set(ends.values())))}
    found: dict[str, Summary] = {}
    for target, number in pairs:
        one, before = known.get(ends[number]), found.get(target)
        if one is not None and (before is None or (one.phase.open, one.number) > (before.phase.open, before.number)):
            found[target] = one
    return found


async def tickets_of_alerts(db: Reader, alerts: Sequence[int]) -> dict[int, Summary]:
    """The ticket of each alert that has one; as `tickets_of`."""
    found = await tickets_of(db, LinkKind.ALERT, [str(number) for number in alerts])
    return {int(target): one for target, one in found.items()}


async def open_about(db: Reader, key: str) -> int | None:
    """The number of the open ticket about a group of alerts; None: there is none. Merges are followed."""
    from opsconsole.tickets.cases.alerts import MOST_KEY  # noqa: PLC0415 - only where somebody makes a ticket

    found = await with_alert(db, key[:MOST_KEY])
    if found is not None and found.merged_into:
        found = await get(db, await resolve(db, found.number) or 0)
    return found.number if found is not None and found.phase.open else None
