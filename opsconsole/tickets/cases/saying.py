"""Notes and replies, to one ticket or the same to many: each is one transaction, which one undo takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.identity import Role, require
from opsconsole.tickets import store
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.working import Working
from opsconsole.tickets.errors import Overtaken
from opsconsole.tickets.model import EventKind, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done, File
    from opsconsole.tickets.cases.work import Work
    from opsconsole.tickets.model import Event, Ticket

_NEWS = frozenset({"state", "assignee", "team", "priority", "merged_into"})
_NOTHING: Mapping[str, str] = {}
_SAME: Mapping[int, str] = {}


class Saying(Working):
    """Notes and replies."""

    async def note(self, actor: Actor, numbers: int | Sequence[int], text: str, attachments: Sequence[File] = (), *,
                   each: Mapping[int, str] = _SAME, macro: Mapping[str, str] = _NOTHING,
                   via: Source = Source.CONSOLE) -> Done:
        """Adds an internal note; it never leaves. Whoever it names by `@name` watches the ticket and is told.

        Args:
            actor: who; operator and up.
            numbers: of the tickets.
            text: Markdown.
            attachments: files that belong to it, on every ticket.
            each: another text for some of the tickets, by number.
            macro: what is set with it, as `canned.macro` reads it: `state: waiting`, `tags: +vpn`.
            via: where it is written.

        Raises:
            PermissionDenied: the role does not allow it: operator and up.
            NotThere: there is no such ticket.
            UsageError: there is no text and no file, or the text is too long; a value that its field cannot have.
            NotAllowed: the macro's state is not offered to one of the tickets.
        """
        return await self._say(actor, numbers, {"": text, **{str(one): words for one, words in each.items()}},
                               attachments, via, public=False, macro=macro)

    async def reply(self, actor: Actor, numbers: int | Sequence[int], text: str, *,
                    seen_version: int | Mapping[int, int] | None = None, force: bool = False,
                    attachments: Sequence[File] = (), each: Mapping[int, str] = _SAME,
                    macro: Mapping[str, str] = _NOTHING, via: Source = Source.CONSOLE) -> Done:
        """Adds a public reply; of several tickets each requester gets a mail of their own.

        Where the requester has an address and mail is configured, it leaves after `tickets.mail.hold`, and `undo`
        takes it back until then.

        Args:
            actor: who; operator and up.
            numbers: of the tickets.
            text: Markdown.
            seen_version: the `Ticket.version` that was shown when the reply was begun, of several by number; None:
                asks for nothing.
            force: writes it whatever came in since.
            attachments: files that go with it; they are public.
            each: as `note`.
            macro: as `note`.
            via: where it is written.

        Raises:
            PermissionDenied, NotThere, UsageError, NotAllowed: as `note`.
            Overtaken: a message, a move or an assignment came in since, from somebody else; nothing was stored.
        """
        seen = {} if force or seen_version is None else seen_version
        if isinstance(seen, int):
            seen = dict.fromkeys([numbers] if isinstance(numbers, int) else numbers, seen)
        return await self._say(actor, numbers, {"": text, **{str(one): words for one, words in each.items()}},
                               attachments, via, public=True, seen=seen, macro=macro)

    async def _say(self, actor: Actor, numbers: int | Sequence[int], texts: Mapping[str, str],
                   attachments: Sequence[File], via: Source, *, public: bool, macro: Mapping[str, str],
                   seen: Mapping[int, int] | None = None) -> Done:
        what = "The reply" if public else "The note"
        said = {name: checks.text(text, what, empty=bool(attachments)) for name, text in texts.items()}
        action, doing = ("reply", "reply") if public else ("note", "write notes")
        require(actor, Role.OPERATOR, doing)
        kept = await self._kept([one._replace(public=public) for one in attachments])
        async with self._change(actor, action, doing, via=via) as work:
            tickets = await work.read(numbers)
            await _not_overtaken(work, tickets, seen or {})
            for ticket in tickets:
                await self._message(work, ticket, said.get(str(ticket.number), said[""]), public=public)
                await self._attach(work, ticket.number, kept)
            if macro:
                await self._set(work, actor, [work.ticket(ticket.number) for ticket in tickets], macro)
            return await work.finish()

    async def _set(self, work: Work, actor: Actor, tickets: Sequence[Ticket], words: Mapping[str, str]) -> None:
        """Does what a canned text does besides its text."""
        from opsconsole.tickets.canned import macro  # noqa: PLC0415 - only where one is used

        wanted = [macro(words, ticket, actor.name) for ticket in tickets]
        for ticket, one in zip(tickets, wanted, strict=True):
            values = checks.fields(one.fields, self.settings)
            work.change(ticket.number, checks.with_fields(ticket, values, self.settings))
        moved = [work.ticket(ticket.number) for ticket, one in zip(tickets, wanted, strict=True)
                 if one.state and one.state != ticket.state]
        if moved:
            await self._go(work, actor, moved, wanted[0].state, text="said")


async def _not_overtaken(work: Work, tickets: Sequence[Ticket], seen: Mapping[int, int]) -> None:
    """Refuses a reply where others wrote, moved or assigned since.

    Raises:
        Overtaken: they did; names the tickets.
    """
    me = work.actor.name if work.actor is not None else ""
    since: list[Event] = []
    for ticket in tickets:
        if seen.get(ticket.number, ticket.version) < ticket.version:
            since += [event for event in await store.events(work.tx, ticket.number, after=seen[ticket.number])
                      if event.actor != me and (event.kind is EventKind.MESSAGE or event.changes.keys() & _NEWS)]
    if since:
        numbers = list(dict.fromkeys(event.ticket for event in since))
        named = ", ".join(map(str, numbers[:5])) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
        what = "a message came in" if any(one.kind is EventKind.MESSAGE for one in since) else (
            "it was changed" if len(numbers) == 1 else "they were changed")
        raise Overtaken(f"Since you began to write to ticket{'' if len(numbers) == 1 else 's'} {named}, {what}.",
                        "Read what is new, then send your reply again.", since)
