"""An emergency: its clock, its first steps, its messages; the screen that one looks at until it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.dialogs.fill import Fill
from opsconsole.console.form_screen import TextScreen
from opsconsole.console.page_screen import PageScreen
from opsconsole.console.storage import opened
from opsconsole.console.widgets.field import Field
from opsconsole.core.clock import SECOND
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK
from opsconsole.core.text import limited
from opsconsole.core.timeline import About
from opsconsole.core.units import Duration
from opsconsole.core.view import framed
from opsconsole.logbook import actions
from opsconsole.logbook.messages import whole
from opsconsole.logbook.model import TOPIC
from opsconsole.logbook.present.emergency import Page, clock_line, page_lines, title_line
from opsconsole.logbook.screen.desk import aid_of, desk_of, service_of, service_or_none

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from opsconsole.console.widgets.lines_view import LinesView
    from opsconsole.core.actions import Action
    from opsconsole.core.lines import Line
    from opsconsole.core.view import View
    from opsconsole.logbook.aid import Step
    from opsconsole.logbook.model.emergency import Told

_WHILE: Final = frozenset({actions.TELL.id, actions.JOT.id, actions.STEP.id, actions.MUTE.id, actions.OVER.id})
"""What is done only while it goes on."""
_MAINTENANCE: Final = ("Nobody is told of its alerts until then, and what is down is no downtime. A silence, on screen"
                       " 1, lets it stay downtime.")


class EmergencyScreen(PageScreen["Page"], inherit_bindings=False):
    """One emergency, read again whenever something happens to it; its clock goes on by itself.

    Args:
        number: of its entry.
        begin: whether its checklist is to be begun: it was declared a moment ago.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.EMERGENCY_PAGE, *shell.MOVES)
    TOPICS: ClassVar[frozenset[str]] = frozenset({TOPIC, "checklists", "alerts"})
    DEFAULT_CSS: ClassVar[str] = """
    EmergencyScreen #title { margin-bottom: 0; }
    EmergencyScreen #clock { margin-bottom: 1; }
    """

    def __init__(self, number: int, *, begin: bool = False) -> None:
        super().__init__(f"Emergency {number}")
        self.number = number
        self._begin = begin
        self._stand = ""
        """What the cursor goes to when it is shown: the first step that is open, once."""

    def bars(self) -> Iterable[Bar]:
        """Its title, and its clock."""
        return (*super().bars(), Bar(self._clock, id="clock"))

    # -- reading ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """See `PageScreen.begin`; the clock ticks."""
        super().begin()
        if self._begin:
            # Not as part of reading, which begins anew with every news.
            self._do(self._take_checklist())
        self.set_interval(1.0, self._tick, name="emergency")

    def _tick(self) -> None:
        if self.is_current:
            self.rebuild_bars()

    async def read(self) -> Page:
        """See `PageScreen.read`."""
        service, aid = service_of(self.context), aid_of(self.context)
        standing = await service.emergency(self.number)
        run, before = standing.emergency.run, self.content
        content = Page(standing, await aid.round(run) if aid is not None and run else None,
                       await service.work(standing.entry))
        if content.round is not None and (before is None or before.round is None):
            self._stand = next((f"step:{one.item}" for one in content.round.steps if one.state == "open"), "")
        return content

    async def _take_checklist(self) -> bool:
        """Its checklist is begun, or one that goes on is taken up; whether there is one."""
        await opened(self.context)
        try:
            service, aid = service_of(self.context), aid_of(self.context)
            if aid is None or (await service.emergency(self.number)).emergency.run:
                return False
            run = await aid.begin(self.context.actor, desk_of(self.context).settings.emergency.checklist,
                                  await service.taken_runs())
            if run:
                await service.join(self.context.actor, self.number, run)
            else:
                self.console.say("There is no checklist of the category emergency.")
        except OpsError as error:
            self.console.notify_error(error)
            return False
        return bool(run)

    # -- drawing ------------------------------------------------------------------------------------------------------

    def title_line(self, content: Page, view: View) -> Line:
        """See `PageScreen.title_line`."""
        return title_line(content, view)

    def _clock(self, cells: int) -> Line:
        return framed(clock_line(self.content, self.view(cells)), cells) if self.content is not None else BLANK

    def page_lines(self, content: Page, view: View) -> list[Line]:
        """See `PageScreen.page_lines`."""
        return page_lines(content, view)

    def drawn(self, page: LinesView) -> None:
        """See `PageScreen.drawn`."""
        if self._stand and page.stand_on(self._stand):
            self._stand = ""

    # -- what is meant ------------------------------------------------------------------------------------------------

    def about(self) -> About:
        """See `ConsoleScreen.about`: when the message under the cursor went out, else when it began."""
        title = self.content.standing.entry.title if self.content is not None else ""
        return About(f"entry:{self.number}", self.told.at if self.told is not None else None, title)

    @property
    def step(self) -> Step | None:
        """The step under the cursor."""
        kind, _, name = self.target.partition(":")
        steps = self.content.round.steps if self.content is not None and self.content.round is not None else ()
        return next((one for one in steps if kind == "step" and one.item == name), None)

    @property
    def told(self) -> Told | None:
        """The message under the cursor."""
        kind, _, name = self.target.partition(":")
        told = self.content.standing.emergency.told if self.content is not None else ()
        return next((one for one in told if kind == "told" and str(one.seq) == name), None)

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.group != "emergency":
            return super().unavailable(action)
        if self.content is None:
            return "It is being read; try again in a moment."
        if action.id in _WHILE and not self.content.standing.going:
            return "It is over; its entry is in the log."
        return self._unfit(action)

    def _unfit(self, action: Action) -> str | None:
        """Why an action of an emergency that may be done cannot be done to what there is."""
        if action.id == actions.STEP.id:
            if self.step is None:
                return "Put the cursor on a step first."
            return None if self.step.tickable else "That step wants words: enter opens it in the checklist."
        if action.id == actions.WALK.id and desk_of(self.context).aid is None:
            return "Nobody knows checklists here."
        if action.id == actions.LOOK.id and not self.target:
            return "Put the cursor on something first."
        return None

    # -- what is done -------------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """What the cursor stands on."""
        self.open_target(self.target)

    def open_target(self, target: str) -> None:
        """See `PageScreen.open_target`: a step, a message, what is muted, the entry."""
        kind = target.partition(":")[0]
        if kind == "step":
            self.action_checklist()
        elif kind == "told" and (told := self.told) is not None:
            context = self.context
            text = whole(told.message, context.host, context.zone)
            self.app.push_screen(TextScreen(f"Message {told.seq}", text.replace("\n", "  \n")))
        elif kind == "work":
            self.action_mute()
        elif kind == "entry":
            self.action_entry()

    def action_entry(self) -> None:
        """Its entry of the log."""
        from opsconsole.logbook.screen.entry import EntryScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(EntryScreen(self.number))

    def action_message(self) -> None:
        """Tell others."""
        from opsconsole.logbook.screen.messaging import MessageScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(MessageScreen(self.number))

    def action_end(self) -> None:
        """It is over: what is known and learnt."""
        from opsconsole.logbook.screen.messaging import MortemScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(MortemScreen(self.number, self._over))

    def _over(self) -> None:
        if self._muting:
            self._do(self._finished())

    def action_checklist(self) -> None:
        """Its checklist, which is begun where that was not done."""
        page, opener = self.content, desk_of(self.context).opener
        if page is not None and page.round is not None and opener is not None:
            opener(self, f"run:{page.round.run}")
        elif page is not None and page.standing.going:
            self._do(self._take_checklist())

    def action_step(self) -> None:
        """The step under the cursor is done, or is open again."""
        step, page = self.step, self.content
        if step is not None and page is not None and page.round is not None:
            self._do(self._ticked(page.round.run, step.item))

    async def _ticked(self, run: int, item: str) -> bool:
        try:
            aid = aid_of(self.context)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        return aid is not None and await self._tried(aid.tick(self.context.actor, run, item))

    def action_note(self) -> None:
        """One more thing that is known."""
        self._do(self._jotted())

    async def _jotted(self) -> bool:
        text = await self.app.push_screen_wait(Ask(
            "What is known? It is written down with the time.", done="write it down", glyphs=self.context.glyphs,
            check=lambda text: None if text.strip() else "Say what is known, or go back."))
        service = service_or_none(self)
        if text is None or service is None:
            return False
        return await self._tried(service.jot(self.context.actor, self.number, text))

    def action_mute(self) -> None:
        """Begin maintenance, or end it."""
        self._do(self._finished() if self._muting else self._muted())

    @property
    def _muting(self) -> bool:
        """Whether something is muted now."""
        work = self.content.work if self.content is not None else None
        return work is not None and not work.over(self.context.clock.now())

    async def _muted(self) -> bool:
        fields = (Field("what", "What", value="*", required=True, hint="checks, group:NAME, or * for all"),
                  Field("long", "How long", value="2h", required=True, check=_wrong_length, hint="30m, 2h"))
        said = await self.app.push_screen_wait(Fill(
            "Begin maintenance of what?", fields, done="begin", glyphs=self.context.glyphs, details=[_MAINTENANCE]))
        service = service_or_none(self)
        if said is None or service is None:
            return False
        until = self.context.clock.now() + round(Duration.parse(said["long"]) * SECOND)
        names = said["what"].replace(",", " ").split()
        return await self._tried(service.mute_for(self.context.actor, self.number, names, until))

    async def _finished(self) -> bool:
        service = service_or_none(self)
        if service is None:
            return False
        try:
            troubles = await service.troubles(self.number)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        if not troubles:
            sure = await self.app.push_screen_wait(Confirm(
                "End the maintenance?", ["All of it is green."], yes="end it", glyphs=self.context.glyphs))
            reason = "" if sure else None
        else:
            named = ", ".join(limited(one.name, 40) for one in troubles[:3])
            reason = await self.app.push_screen_wait(Ask(
                f"Not green: {named}. Why does the maintenance end?", done="end it", glyphs=self.context.glyphs,
                check=lambda text: None if text.strip() else "Say why, or go back."))
        return reason is not None and await self._tried(
            service.finish_maintenance(self.context.actor, self.number, reason))

    async def _tried(self, work: Awaitable[Any]) -> bool:
        """Whether it went well; why not is told."""
        try:
            await work
        except OpsError as error:
            self.console.notify_error(error)
            return False
        return True

    def _do(self, work: Awaitable[bool]) -> None:
        async def done() -> None:
            if await work:
                self.read_again()

        self.run_worker(done(), group="doing")


def _wrong_length(text: str) -> str | None:
    try:
        return None if Duration.parse(text) > 0 else "Say how long: 30m, 2h."
    except ValueError:
        return "Say how long: 30m, 2h."
