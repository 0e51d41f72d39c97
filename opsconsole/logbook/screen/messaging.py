"""The forms of an emergency: the message to all whom it concerns, and what is known and learnt when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.storage import opened
from opsconsole.console.widgets.field import Field
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import harmless, limited
from opsconsole.core.units import Duration
from opsconsole.logbook.messages import beginning, clock_of, course_of, next_of, whole
from opsconsole.logbook.model import MOST_TITLE
from opsconsole.logbook.model.emergency import Message, MessageStatus, PostMortem, Way
from opsconsole.logbook.screen.desk import desk_of, service_of, service_or_none
from opsconsole.logbook.screen.forms import LogForm
from opsconsole.logbook.wording import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from opsconsole.console.widgets.form import Form
    from opsconsole.core.clock import Instant
    from opsconsole.logbook.model.emergency import Standing

_STATUSES: Final = tuple((one.value, one.value) for one in MessageStatus)
_REMEDIES: Final = (("fixed", "fixed"), ("rolled back", "rolled back"), ("", "neither"))
_AS_ROUTED: Final = "as the routes of notify say"


class EmergencyForm(LogForm, inherit_bindings=False):
    """What both forms share.

    Args:
        number: of the emergency.
    """

    DEFAULT_CSS: ClassVar[str] = "EmergencyForm FieldRow.-text TextInput { height: 2; }"

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    async def _standing(self) -> Standing | None:
        """The emergency; None: it cannot be read, or is over, and the form is gone."""
        await opened(self.context)
        try:
            found = await service_of(self.context).emergency(self.number)
        except OpsError as error:
            self.console.notify_error(error)
            self.dismiss()
            return None
        if not found.going:
            self.console.say(f"Emergency {self.number} is over.")
            self.dismiss()
            return None
        return found

    def _heading(self, word: str, standing: Standing, said: str) -> None:
        title = Span(harmless(limited(standing.entry.title, MOST_TITLE)), strong=True)
        self.head([Line((Span(word, Style.MUTED), Span(f"  #{self.number} ", Style.ACCENT), title,
                         Span(f"  {said}", Style.FAINT)))])


class MessageScreen(EmergencyForm, inherit_bindings=False):
    """The next message."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.title = f"Message about emergency {number}"

    async def _begin(self) -> None:
        standing = await self._standing()
        if standing is None:
            return
        context, settings = self.context, desk_of(self.context).settings.emergency
        first = beginning(standing, settings.contact or context.actor.name, context.clock.now(), settings.update)
        self._heading("MESSAGE", standing, "ctrl+s, then how it goes out")
        last = standing.emergency.last
        fields = (
            Field("subject", "Subject", value=first.subject, required=True, hint="after [URGENT] and the host",
                  check=lambda text: f"At most {MOST_TITLE} characters." if len(text) > MOST_TITLE else None),
            Field("status", "Status", "choice", first.status.value, _STATUSES),
            Field("issue", "Issue", "text", first.issue, hint="what does not work, since when"),
            Field("impact", "Impact", "text", first.impact, hint="who cannot do what"),
            Field("resolution", "Time to resolution", value=first.resolution, hint="an estimate; empty: not known yet"),
            Field("next", "Next update", value=str(Duration(settings.update)), check=self._wrong_next,
                  hint="30m or 14:30; empty: none"),
            Field("contact", "Contact", value=first.contact, hint="a name and a number"),
            Field("tell", "Send to", value=" ".join((last.tell if last is not None else ()) or settings.tell),
                  words=desk_of(self.context).addressees(), hint=f"empty: {_AS_ROUTED}", check=self._unknown))
        await self.fill(fields, form="log-message", key=str(self.number))

    def _unknown(self, text: str) -> str | None:
        return desk_of(self.context).unknown(_names(text))

    def _wrong_next(self, text: str) -> str | None:
        try:
            next_of(text, self.context.clock.now(), self.context.zone)
        except ValueError as wrong:
            return str(wrong)
        return None

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Ask how it goes out, and keep that it did."""
        context, now = self.context, self.context.clock.now()
        try:
            following = next_of(values["next"], now, context.zone)
        except ValueError as wrong:
            form.refused({"next": str(wrong)})
            return False
        message = Message(values["subject"], MessageStatus(values["status"]), values["issue"].strip(),
                          values["impact"].strip(), values["resolution"].strip(), following, values["contact"].strip())
        tell = _names(values["tell"])
        way = await self._way(tell)
        service = service_or_none(self)
        if way is None or service is None or not await self._hand_over(way, message):
            return False
        try:
            told = await service.tell(context.actor, self.number, message, way, tell)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        due = clock_of(following, context.zone)[11:] if following is not None else ""
        self.console.say(f"Message {told.seq} is {_DONE[way]}."
                         + (f" The next one is promised for {due}." if due else " No other one is promised."))
        return True

    async def _way(self, tell: tuple[str, ...]) -> Way | None:
        """How it goes out; None: not yet."""
        said = await self.app.push_screen_wait(Choose("How does it go out?", [
            Option(Way.SENT, "send it", limited(", ".join(tell), 40) or _AS_ROUTED),
            Option(Way.COPIED, "copy it", "into the clipboard of your terminal"),
            Option(Way.SHOWN, "show it", "in your pager, to be printed or read out")], done="do it",
            glyphs=self.context.glyphs))
        return None if said is None else Way(said)

    async def _hand_over(self, way: Way, message: Message) -> bool:
        """The message into the hands of the person; whether it got there."""
        context = self.context
        text = whole(message, context.host, context.zone)
        if way is Way.COPIED:
            self.app.copy_to_clipboard(text)
        elif way is Way.SHOWN:
            from opsconsole.console import outside  # noqa: PLC0415 - seldom wanted

            try:
                await outside.show(self.app, text)
            except OpsError as error:
                self.console.notify_error(error)
                return False
        return True


_DONE: Final = {Way.SENT: "on its way", Way.COPIED: "in the clipboard of your terminal", Way.SHOWN: "kept as shown"}


class MortemScreen(EmergencyForm, inherit_bindings=False):
    """The end of an emergency.

    Args:
        number: of the emergency.
        then: called when it is over.
    """

    def __init__(self, number: int, then: Callable[[], None] | None = None) -> None:
        super().__init__(number)
        self.title = f"End of emergency {number}"
        self._then = then

    async def _begin(self) -> None:
        standing = await self._standing()
        if standing is None:
            return
        last = standing.emergency.last
        said = "it goes into the log, to be signed"
        if not standing.resolved:
            said = f"last message: {last.message.status.value}" if last is not None else "nobody was told of it"
        self._heading("POST-MORTEM", standing, said)
        now, zone = self.context.clock.now(), self.context.zone
        fields = (
            Field("ended", "Over since", hint="empty: now; or 08:15",
                  check=lambda text: _wrong("ended", text, now, zone)),
            Field("impact", "Impact", "text", last.message.impact if last is not None else "",
                  hint="who could not do what, how long"),
            Field("course", "Course", "text", course_of(standing, zone), hint="what happened when, a line each",
                  rows=4),
            Field("cause", "Root cause", "text", required=True, hint="why it happened; not who"),
            Field("remedy", "Remedy", "choice", _REMEDIES[0][0], _REMEDIES),
            Field("well", "Went well", "text", hint="what helped"),
            Field("badly", "Went badly", "text", hint="what cost time"),
            Field("prevention", "Prevention", "text", hint="never again: watch the disk @ben 2027-01-11",
                  check=lambda text: _wrong("actions", text, now, zone)))
        await self.fill(fields, form="log-mortem", key=str(self.number))

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """End it."""
        now, zone = self.context.clock.now(), self.context.zone
        try:
            ended = read("ended", values["ended"], now, zone) or now
        except ValueError as wrong:
            form.refused({"ended": str(wrong)})
            return False
        mortem = PostMortem(ended, values["cause"], values["remedy"], values["impact"], values["course"],
                            values["well"], values["badly"], read("actions", values["prevention"], now, zone))
        service = service_or_none(self)
        if service is None:
            return False
        try:
            await service.finish(self.context.actor, self.number, mortem)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        self.console.say(f"Emergency {self.number} is over. Entry {self.number} is not signed yet.")
        return True

    def go_on(self) -> None:
        """See `FormScreen.go_on`."""
        if self._then is not None:
            self._then()


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def _wrong(name: str, text: str, now: Instant, zone: tzinfo | None) -> str | None:
    try:
        read(name, text, now, zone)
    except ValueError as wrong:
        return str(wrong)
    return None
