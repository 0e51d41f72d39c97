"""What the keys of a ticket's own screen do to it; what the queue can do as well is in `doing`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from opsconsole.console import actions as shell
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.dialogs.fill import Fill
from opsconsole.console.widgets.field import Field
from opsconsole.core import format as fmt
from opsconsole.core.errors import OpsError
from opsconsole.core.text import harmless, limited
from opsconsole.tickets import actions
from opsconsole.tickets.model import MOST_TITLE, EventKind
from opsconsole.tickets.present.happenings import LINK_WORDS
from opsconsole.tickets.present.promises import WORDS
from opsconsole.tickets.screen import doing, settings_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.worker import Worker

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.lines_view import LinesView
    from opsconsole.core.actions import Action
    from opsconsole.tickets.clocks import Clock
    from opsconsole.tickets.model import Event, Ticket
    from opsconsole.tickets.screen.case import Case

    Base = ConsoleScreen
else:
    Base = object


class Acting(Base):
    """The actions of a ticket's screen; it has the case, and the page with the cursor."""

    case: Case

    @property
    def page(self) -> LinesView:
        """The page."""
        raise NotImplementedError

    @property
    def number(self) -> int:
        """Of the ticket."""
        raise NotImplementedError

    @property
    def ticket(self) -> Ticket | None:
        """As it was read last."""
        raise NotImplementedError

    def neighbour(self, step: int) -> int | None:
        """The ticket so many further in the list that it was opened from."""
        raise NotImplementedError

    def read_again(self) -> Worker[None]:
        """Read what is new."""
        raise NotImplementedError

    # -- what works now -----------------------------------------------------------------------------------------------

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        ticket = self.ticket
        if action.group == "ticket" and ticket is None:
            return "It is being read; try again in a moment."
        if action.id == shell.UNDO.id:
            return doing.no_undo(self)
        refused = _REFUSALS.get(action.id)
        return refused(self) if refused is not None and ticket is not None else super().unavailable(action)

    @property
    def message(self) -> Event | None:
        """The message under the cursor."""
        kind, _, seq = self.page.target.partition(":")
        event = self.case.event(int(seq)) if kind == "event" and seq.isdigit() else None
        return event if event is not None and event.kind is EventKind.MESSAGE else None

    @property
    def broken(self) -> list[Clock]:
        """Promises that were broken and not waived."""
        return [clock for clock in self.case.clocks if clock.breached is not None and clock.waived is None]

    def _do(self, work: Awaitable[bool]) -> None:
        async def done() -> None:
            if await work:
                self.read_again()

        self.run_worker(done(), group="doing")

    # -- as in the queue ----------------------------------------------------------------------------------------------

    def action_take(self) -> None:
        """Take it."""
        ticket = self.ticket
        self._do(doing.take(self, [self.number], {self.number: ticket.assignee if ticket is not None else ""}))

    def action_assign(self) -> None:
        """Give it to somebody."""
        self._do(doing.assign(self, [self.number]))

    def action_move(self) -> None:
        """Move it on."""
        self._do(self._ending(doing.move(self, [self.number])))

    def action_close(self) -> None:
        """Close it."""
        self._do(self._ending(doing.close(self, [self.number])))

    def action_priority(self) -> None:
        """How urgent it is."""
        self._do(doing.set_priority(self, [self.number]))

    def action_tags(self) -> None:
        """Its tags."""
        self._do(doing.set_tags(self, [self.number], self.ticket.tags if self.ticket is not None else ()))

    def action_watch(self) -> None:
        """Be told what happens to it, or no more."""
        watched = self.ticket is not None and self.context.actor.name in self.ticket.watchers
        self._do(doing.watch(self, [self.number], already=watched))

    def action_link(self) -> None:
        """Link it."""
        self._do(doing.link(self, [self.number]))

    def action_merge(self) -> None:
        """Let it go on in another one."""
        self._do(doing.merge(self, [self.number]))

    def action_undo(self) -> None:
        """Take back what was done last."""
        self._do(doing.undo(self))

    def action_copy(self) -> None:
        """Its number to the clipboard of the terminal."""
        self.app.copy_to_clipboard(f"#{self.number}")
        self.console.say(f"#{self.number} sent to the clipboard of your terminal.")

    def action_note(self) -> None:
        """An internal note."""
        self._write(public=False)

    def action_reply(self) -> None:
        """A public reply."""
        self._write(public=True)

    def _write(self, *, public: bool, begin: str = "", form: str = "") -> None:
        from opsconsole.tickets.screen.message import MessageScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(MessageScreen([self.number], public=public, begin=begin, form=form))

    def action_edit(self) -> None:
        """Its fields."""
        from opsconsole.tickets.screen.forms import EditScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(EditScreen(self.number))

    # -- only here ----------------------------------------------------------------------------------------------------

    async def _ending(self, work: Awaitable[bool]) -> bool:
        """After an urgent ticket was done, a post-mortem is offered."""
        before = self.ticket
        if not await work:
            return False
        service = doing.service_or_none(self)
        with suppress(OpsError):
            now = await service.get(self.number) if service is not None else None
            wanted = settings_of(self.context).closing.root_cause
            if before is not None and now is not None and before.phase.open and not now.phase.open and (
                    now.priority in wanted):
                self.read_again()
                details = ["A template with the timeline filled in becomes an internal note."]
                if await self.app.push_screen_wait(Confirm("Write a post-mortem now?", details, yes="write it",
                                                           glyphs=self.context.glyphs)):
                    await self._post_mortem()
        return True

    def action_post_mortem(self) -> None:
        """A post-mortem, as a note."""
        self.run_worker(self._post_mortem(), group="doing")

    async def _post_mortem(self) -> None:
        from opsconsole.tickets.canned import POST_MORTEM, fill, moments  # noqa: PLC0415 - seldom needed
        from opsconsole.tickets.present.ticket import plain_timeline  # noqa: PLC0415
        from opsconsole.tickets.present.view import View  # noqa: PLC0415

        context, service = self.context, doing.service_or_none(self)
        if service is None:
            return
        try:
            ticket, events = await service.get(self.number), await service.events(self.number)
        except OpsError as error:
            self.console.notify_error(error)
            return
        now = context.clock.now()
        lines = plain_timeline(events, View(200, context.glyphs, now, context.zone))
        text = fill(settings_of(context).closing.post_mortem or POST_MORTEM, ticket, context.actor.name,
                    {**moments(now, context.zone), "timeline": lines})
        self._write(public=False, begin=text, form="post-mortem")

    def action_acknowledge(self) -> None:
        """It is in hand: its ladders stop."""
        self._do(self._ask(Ask(f"You have #{self.number} in hand: what shall others know?", hint="may stay empty",
                               done="stop the escalation", glyphs=self.context.glyphs), self._acknowledge))

    async def _acknowledge(self, text: str) -> bool:
        service = doing.service_or_none(self)
        return service is not None and await doing.carry_out(
            self, service.acknowledge(self.context.actor, self.number, text),
            f"The escalation of #{self.number} stops here.")

    def action_waive(self) -> None:
        """Take a broken promise back."""
        self._do(self._waive())

    async def _waive(self) -> bool:
        service, glyphs, broken = doing.service_or_none(self), self.context.glyphs, self.broken
        if service is None or not broken:
            return False
        clock = broken[0]
        if len(broken) > 1:
            options = [Option(str(number), f"{WORDS[one.kind]} {one.segment}", f"missed {self._when(one.breached)}")
                       for number, one in enumerate(broken)]
            chosen = await self.app.push_screen_wait(Choose("Waive which promise?", options, done="waive",
                                                            glyphs=glyphs))
            if chosen is None:
                return False
            clock = broken[int(chosen)]
        reason = await self.app.push_screen_wait(Ask(
            f"Why is the missed {WORDS[clock.kind]} of #{self.number} waived?", done="waive", check=_wanted("Say why."),
            hint="it stays in the timeline", glyphs=glyphs))
        return reason is not None and await doing.carry_out(
            self, service.waive(self.context.actor, self.number, clock.kind, clock.segment, reason.strip()),
            f"The missed {WORDS[clock.kind]} of #{self.number} counts as kept.")

    def _when(self, at: int | None) -> str:
        return fmt.moment(at, self.context.clock.now(), self.context.zone) if at is not None else ""

    def action_unlink(self) -> None:
        """Take a link away."""
        self._do(self._unlink())

    async def _unlink(self) -> bool:
        service, ticket = doing.service_or_none(self), self.ticket
        if service is None or ticket is None:
            return False
        links = sorted(ticket.links)
        options = [Option(str(number), f"{LINK_WORDS[one.kind]} {'#' if one.kind.opposite else ''}{one.target}",
                          limited(self.case.linked[one.target].title, 40) if one.target in self.case.linked else "")
                   for number, one in enumerate(links)]
        kind, _, name = self.page.target.partition(":")
        here = next((str(number) for number, one in enumerate(links)
                     if one.target == name and (kind == "ticket") == (one.kind.opposite is not None)), "")
        chosen = await self.app.push_screen_wait(Choose("Take which link away?", options, value=here, done="unlink",
                                                        glyphs=self.context.glyphs))
        if chosen is None:
            return False
        link = links[int(chosen)]
        return await doing.carry_out(self, service.unlink(self.context.actor, self.number, link.kind, link.target),
                                     f"#{self.number} is not linked to {harmless(limited(link.target, 40))} any more.")

    def action_unmerge(self) -> None:
        """One of its own again."""
        service = doing.service_or_none(self)
        if service is not None:
            self._do(doing.carry_out(self, service.unmerge(self.context.actor, self.number),
                                     f"#{self.number} is a ticket of its own again."))

    def action_split(self) -> None:
        """The message under the cursor becomes a ticket."""
        event = self.message
        if event is not None:
            title = harmless(limited(next(iter(event.text.strip().splitlines()), ""), MOST_TITLE, ""))
            self._do(self._ask(Ask("Title of the new ticket that this message becomes:", title, done="split",
                                   check=_wanted("A ticket needs a title."), glyphs=self.context.glyphs),
                               lambda text: self._split(event.seq, text)))

    async def _split(self, seq: int, title: str) -> bool:
        service = doing.service_or_none(self)
        if service is None:
            return False
        try:
            done = await service.split(self.context.actor, self.number, seq, title)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        self.console.say(f"The message is #{done.tickets[0].number} now, linked to #{self.number}.")
        return True

    def action_vote(self) -> None:
        """One more who wishes it, or one less."""
        self._do(self._ask(Ask("Whose vote? Somebody who has voted takes it back.", hint="an address; empty: yours",
                               done="vote", glyphs=self.context.glyphs), self._vote))

    async def _vote(self, voter: str) -> bool:
        service, ticket, actor = doing.service_or_none(self), self.ticket, self.context.actor
        if service is None or ticket is None:
            return False
        name = voter or actor.name
        if name in ticket.voters:
            return await doing.carry_out(self, service.unvote(actor, self.number, voter),
                                         f"The vote of {harmless(limited(name, 60))} is taken back.")
        return await doing.carry_out(self, service.vote(actor, self.number, voter),
                                     f"{harmless(limited(name, 60))} wishes it too.")

    def action_rate(self) -> None:
        """How satisfied the requester is."""
        scale = tuple((str(number), str(number)) for number in range(1, 6))
        now = str(self.ticket.satisfaction or 5) if self.ticket is not None else "5"
        fields = (Field("score", "Satisfied", "choice", now, scale),
                  Field("note", "Comment", "text", rows=3))
        self._do(self._rate(Fill(f"How satisfied is the requester of #{self.number}?", fields, done="enter",
                                 details=["1 not at all, 5 very."], glyphs=self.context.glyphs)))

    async def _rate(self, dialog: Fill) -> bool:
        entered, service = await self.app.push_screen_wait(dialog), doing.service_or_none(self)
        if entered is None or service is None:
            return False
        return await doing.carry_out(
            self, service.rate(self.context.actor, self.number, int(entered["score"]), entered["note"].strip()),
            f"#{self.number} is rated {entered['score']} of 5.")

    async def _ask(self, dialog: Ask, then: Callable[[str], Awaitable[bool]]) -> bool:
        text = await self.app.push_screen_wait(dialog)
        return text is not None and await then(text.strip())


def _wanted(sentence: str) -> Callable[[str], str | None]:
    return lambda text: None if text.strip() else sentence


def _need(fine: Callable[[Any], Any], sentence: str) -> Callable[[Acting], str | None]:
    return lambda screen: None if fine(screen) else sentence


_REFUSALS: dict[str, Callable[[Acting], str | None]] = {
    actions.UNLINK.id: _need(lambda screen: screen.ticket.links, "It has no links."),
    actions.UNMERGE.id: _need(lambda screen: screen.ticket.merged_into, "It is merged into no other ticket."),
    actions.MERGE.id: _need(lambda screen: not screen.ticket.merged_into, "It is merged already; U undoes that."),
    actions.SPLIT.id: _need(lambda screen: screen.message, "Put the cursor on a message first."),
    actions.WAIVE.id: _need(lambda screen: screen.broken, "None of its promises was broken."),
    actions.ACKNOWLEDGE.id: _need(lambda screen: screen.ticket.phase.open, "It is done: nothing escalates."),
    actions.NEXT.id: _need(lambda screen: screen.neighbour(1), "There is no next one in the list."),
    actions.PREVIOUS.id: _need(lambda screen: screen.neighbour(-1), "There is none before it in the list.")}
"""Why an action does not work now, by its id."""
