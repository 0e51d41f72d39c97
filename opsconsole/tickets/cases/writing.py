"""New tickets, and what is written into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.identity import Role, require
from opsconsole.tickets import store
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.attaching import Attaching
from opsconsole.tickets.cases.mailing import queue_reply
from opsconsole.tickets.cases.opening import opened
from opsconsole.tickets.cases.work import no_ticket
from opsconsole.tickets.lifecycle import lifecycle_of, reopened_in, resumed_in
from opsconsole.tickets.model import EventKind, Party, Phase, changed
from opsconsole.tickets.store import batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done, Draft, File, Incoming, New
    from opsconsole.tickets.cases.work import Work
    from opsconsole.tickets.model import Event, Ticket


class Writing(Attaching):
    """Opening tickets, and what their messages bring about."""

    async def create(self, actor: Actor, new: New, attachments: Sequence[File] = ()) -> Done:
        """Opens a ticket: fills in what its category says, routes it, begins its clocks.

        It cannot be undone: a ticket that was opened by mistake is closed.

        Args:
            actor: who; operator and up.
            new: what it begins with.
            attachments: files that belong to it.

        Raises:
            PermissionDenied: the role does not allow it.
            UsageError: no title, a text that is too long, a category, team or field that there is not, a field of the
                form that is missing.
            StorageError: a file could not be kept; nothing was stored.
        """
        require(actor, Role.OPERATOR, "open tickets")
        kept = await self._kept(attachments)
        async with self._change(actor, "create", "open tickets", via=new.source) as work:
            ticket = await self._open(work, new)
            await self._attach(work, ticket.number, kept)
            return await work.finish()

    async def create_in(self, tx: Transaction, new: New, *, actor: Actor | None = None) -> Ticket:
        """The same as part of another transaction, for mail, alerts and imports; with no actor nothing is audited.

        Raises:
            UsageError: as `create`.
        """
        work = self._work(tx, actor, "create", new.source)
        ticket = await self._open(work, new)
        await work.finish()
        return work.ticket(ticket.number)

    async def hear(self, tx: Transaction, number: int, incoming: Incoming) -> Ticket:
        """Adds a message from outside, as part of the transaction of the mail that brought it.

        One from the requester on a waiting ticket lets it go on, one on a ticket that was done not longer ago than
        `tickets.closing.reopen_within` reopens it; see `too_late`. One from a robot changes nothing.
        Follows a merge: the ticket that is given back may have another number.

        Raises:
            NotThere: there is no such ticket.
        """
        target = await store.resolve(tx, number)
        if target is None:
            raise no_ticket([number])
        work = self._work(tx, None, "hear", incoming.via)
        ticket = (await work.read(target))[0]
        data = {**incoming.data, **({"message_id": incoming.message_id} if incoming.message_id else {}),
                **({"number": number} if target != number else {})}
        work.add(target, EventKind.MESSAGE, text=checks.text(incoming.text, "The message", empty=True), data=data,
                 public=True, by=incoming.by, party=incoming.party)
        if incoming.party is Party.REQUESTER:
            await self._wake(work, ticket)
        await work.finish()
        return work.ticket(target)

    def too_late(self, ticket: Ticket) -> bool:
        """Whether a ticket has been done for so long that an answer to it should open a new one, linked to it."""
        limit = round(self.settings.closing.reopen_within * 1000)
        return ticket.resolved is not None and self._clock.now() - ticket.resolved > limit

    async def append(self, tx: Transaction, number: int, drafts: Sequence[Draft]) -> Ticket:
        """Adds events of the program itself to a ticket: breaches, escalations, mail that left. For jobs.

        Computes its clocks anew and touches the topics. With no drafts, it only computes: for a promise whose time
        has come, and after the configuration changed.

        Raises:
            NotThere: there is no such ticket.
            ValueError: a draft sets what no event can set.
        """
        work = self._work(tx, None, "append")
        await work.read(number)
        for draft in drafts:
            work.take(number, draft)
        await work.finish(again=(number,))
        return work.ticket(number)

    async def _open(self, work: Work, new: New) -> Ticket:
        """Adds the events of a new ticket, and the other sides of its links."""
        from opsconsole.tickets.dealing import apply_routing  # noqa: PLC0415 - only for new tickets

        changes = opened(new, self.settings)
        number = await work.next_number()
        work.add(number, EventKind.CREATED, changes=changes, by=new.by or None, party=new.party, at=new.at)
        ticket = work.ticket(number)
        for link in ticket.links:
            if link.kind.opposite is not None:
                await work.link_back(number, link)
        if new.route:
            for draft in await apply_routing(work.tx, ticket, ticket.description, self.settings, self.duty, work.now):
                work.take(number, draft)
        return work.ticket(number)

    async def _message(self, work: Work, ticket: Ticket, text: str, *, public: bool) -> Event:
        """Adds a message of the actor; whoever it names watches from now on; a reply is queued."""
        watchers = await self._mentioned(work, ticket, text)
        event = work.add(ticket.number, EventKind.MESSAGE, text=text, public=public,
                         changes=changed(ticket, watchers=watchers))
        if public:
            await queue_reply(work, ticket, event, self.settings.mail)
        return event

    async def _mentioned(self, work: Work, ticket: Ticket, text: str) -> tuple[str, ...]:
        """The watchers of a ticket with those whom a text names and who are known."""
        from opsconsole.tickets.telling import mentions  # noqa: PLC0415 - only for what people write

        named = [name for name in mentions(text)[:checks.MOST_SET] if name not in ticket.watchers]
        known = {person for team in self.settings.teams.values() for person in team.members}
        if self._notify is not None:
            known |= self._notify.contacts.keys()
        known |= await batches.acted(work.tx, [name for name in named if name not in known])
        people = tuple(dict.fromkeys((*ticket.watchers, *(name for name in named if name in known))))
        return people[:checks.MOST_SET]

    async def _wake(self, work: Work, ticket: Ticket) -> None:
        """The requester wrote: a waiting ticket goes on, one that is done is reopened."""
        lifecycle = lifecycle_of(ticket, self.settings)
        if ticket.phase is Phase.WAITING:
            state, why = resumed_in(lifecycle, await state_before(work, ticket)), "The requester answered."
        elif ticket.phase is Phase.DONE and not ticket.merged_into and not self.too_late(ticket):
            state, why = reopened_in(lifecycle), "The requester wrote again."
        else:
            return
        work.add(ticket.number, EventKind.CHANGED, text=why, by="", party=Party.SYSTEM,
                 changes=changed(ticket, state=state, phase=lifecycle.states[state]))


async def state_before(work: Work, ticket: Ticket) -> str:
    """The state that a ticket was in before the present one; empty: none."""
    for event in reversed(await store.for_clocks(work.tx, ticket.number)):
        state = event.changes.get("state")
        if state is not None and state[1] == ticket.state:
            return str(state[0])
    return ""
