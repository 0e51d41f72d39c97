"""One hand-over, and the form in which somebody who leaves writes one; its draft is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from opsconsole.console.actions import FORM, MOVES
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.form_screen import FormScreen
from opsconsole.console.page_screen import PageScreen
from opsconsole.console.storage import opened
from opsconsole.console.widgets.field import Field
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.timeline import About
from opsconsole.reports.briefing import actions
from opsconsole.reports.briefing.drafting import draft
from opsconsole.reports.briefing.gathering import standing
from opsconsole.reports.briefing.model import MOST_TEXT, TOPIC, HandoverState
from opsconsole.reports.briefing.present import handover_lines, handover_title
from opsconsole.reports.screen.visiting import visit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.form import Form
    from opsconsole.core.actions import Action
    from opsconsole.core.view import View
    from opsconsole.reports.briefing.model import Handover

TEXT: Final = "text"
STANDING: Final = "standing"


async def take(screen: ConsoleScreen, number: int, then: Callable[[], Any]) -> None:
    """Take a hand-over, and say so."""
    context = screen.context
    try:
        await visit_of(context).service(context).take(context.actor, number)
    except OpsError as error:
        screen.console.notify_error(error)
        return
    screen.console.say(f"Hand-over {number} is yours now.")
    then()


class HandoverScreen(PageScreen["Handover"], inherit_bindings=False):
    """One hand-over, read again whenever something happens to hand-overs.

    Args:
        number: which.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.HANDOVER, *MOVES)
    TOPICS: ClassVar[frozenset[str]] = frozenset({TOPIC})

    def __init__(self, number: int) -> None:
        super().__init__(f"Hand-over {number}")
        self._number = number

    async def read(self) -> Handover:
        """See `PageScreen.read`."""
        return await visit_of(self.context).service(self.context).handover(self._number)

    def title_line(self, content: Handover, view: View) -> Line:
        """See `PageScreen.title_line`: whose it is."""
        return handover_title(content, view)

    def page_lines(self, content: Handover, view: View) -> list[Line]:
        """See `PageScreen.page_lines`: what it says."""
        return handover_lines(content, view)

    def about(self) -> About:
        """See `ConsoleScreen.about`: when it was written."""
        return About(f"handover:{self._number}", self.content.written if self.content is not None else None)

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        one = self.content
        if action.group != "handover":
            return None
        if one is None:
            return "It is being read; try again in a moment."
        if one.state is not HandoverState.OPEN:
            return f"It was {one.state.value} already."
        own = one.author == self.context.actor.name
        if action.id == actions.TAKEN.id:
            return "It is your own: whoever comes next takes it." if own else None
        return None if own else "It is not your own."

    def action_take(self) -> None:
        """The person has read it, and knows."""
        self.run_worker(take(self, self._number, self.read_again), group="take")

    def action_edit(self) -> None:
        """Write it anew."""
        if self.content is not None:
            self.app.push_screen(HandoverForm(self.content))

    def action_withdraw(self) -> None:
        """Take it back, after a question."""
        self.run_worker(self._withdraw(), group="take")

    async def _withdraw(self) -> None:
        if not await self.app.push_screen_wait(Confirm(f"Withdraw hand-over {self._number}?", yes="withdraw",
                                                       glyphs=self.context.glyphs)):
            return
        context = self.context
        try:
            await visit_of(context).service(context).withdraw(context.actor, self._number)
        except OpsError as error:
            self.console.notify_error(error)
        self.read_again()


class HandoverForm(FormScreen, inherit_bindings=False):
    """What whoever comes next must know; what stands open is filled in.

    Args:
        before: the own one that is written anew; None: a new one.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = FORM
    DEFAULT_CSS: ClassVar[str] = """
    HandoverForm FieldRow.-text TextInput { height: 8; }
    HandoverForm.-tall FieldRow.-text TextInput { height: 14; }
    """

    def __init__(self, before: Handover | None = None) -> None:
        super().__init__()
        self.title = "Hand over"
        self._before = before

    def on_mount(self) -> None:
        """What stands open has to be read."""
        self.held(self.run_worker(self._begin(), group="form", exclusive=True))

    async def _begin(self) -> None:
        context, before = self.context, self._before
        await opened(context)
        said = "whoever comes next reads it, and takes it"
        self.head([Line((Span("HAND OVER", Style.MUTED), Span(f"  {said}", Style.FAINT)))])
        fields = [Field(TEXT, "Must know", "text", before.text if before is not None else "", check=_check,
                        required=before is not None,
                        hint="what goes on, what must not be touched, whom to ask; Markdown")]
        if before is None:
            fields.append(Field(STANDING, "Stands open", "text", await self._standing(), check=_check,
                                hint="nothing stands open"))
        await self.fill(fields, form="handover", key=str(before.id) if before is not None else "")

    async def _standing(self) -> str:
        """What stands open; nothing, where that cannot be read: that is told."""
        context = self.context
        try:
            now = context.clock.now()
            found = await standing(visit_of(context).features(context), context.actor.name, now)
            return draft(found, now, context.zone)
        except OpsError as error:
            self.console.notify_error(error)
            return ""

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Hand over."""
        context = self.context
        text = "\n\n".join(part.strip("\r\n") for part in (values[TEXT], values.get(STANDING, "")) if part.strip())
        if not text:
            form.refused({TEXT: "Say what the next one must know."})
            return False
        try:
            made = await visit_of(context).service(context).write(
                context.actor, text, self._before.id if self._before is not None else 0)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        self.console.say(f"Hand-over {made.id} is written; whoever comes next takes it.")
        return True


def _check(text: str) -> str | None:
    return f"It may have {MOST_TEXT} characters." if len(text) > MOST_TEXT else None
