"""What people do about an alert from a screen: take it, give it back, silence it; each is one question and one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.console.dialogs.ask import Ask
from opsconsole.core import format as fmt
from opsconsole.core.errors import OpsError
from opsconsole.core.identity import Role
from opsconsole.core.text import harmless, limited
from opsconsole.core.units import Duration
from opsconsole.health.alerts.model import MOST_NOTE
from opsconsole.health.alerts.service import LONGEST, AlertService

if TYPE_CHECKING:
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.core.identity import Actor
    from opsconsole.health.alerts.model import Alert

EXAMPLE = "2h the disk is being replaced"


async def acknowledge(screen: ConsoleScreen, alert: Alert) -> None:
    """Ask for a note, and take the alert. Needs to run in a worker, because it waits for an answer."""
    context = screen.context
    name = limited(harmless(alert.title), 40)
    note = await screen.app.push_screen_wait(Ask(
        f"Take {name}: what shall others know?", hint="may stay empty", done="take it", check=_wrong_note,
        glyphs=context.glyphs))
    if note is None:
        return
    try:
        await AlertService(context.storage.db, context.clock).acknowledge(context.actor, alert.id, note.strip(),
                                                                          alert.version)
    except OpsError as error:
        screen.console.notify_error(error)
    else:
        screen.console.say(f"{name} is yours now. Reminders and escalation end; its recovery will be told.")


async def give_back(screen: ConsoleScreen, alert: Alert) -> None:
    """Give an acknowledged alert back, so that reminders go on."""
    context = screen.context
    try:
        await AlertService(context.storage.db, context.clock).unacknowledge(context.actor, alert.id, alert.version)
    except OpsError as error:
        screen.console.notify_error(error)
    else:
        screen.console.say(f"{limited(harmless(alert.title), 40)} is nobody's again; reminders go on.")


async def silence(screen: ConsoleScreen, alert: Alert) -> None:
    """Ask for how long and why, and tell nobody of it for that time. Needs to run in a worker."""
    context = screen.context
    name = limited(harmless(alert.title), 40)
    said = await screen.app.push_screen_wait(Ask(
        f"Silence {name} for how long, and why?", hint=EXAMPLE, done="silence", check=wrong_silence,
        glyphs=context.glyphs))
    if said is None:
        return
    length, reason = _parts(said)
    until = context.clock.now() + round(1000 * Duration.parse(length))
    try:
        window = await AlertService(context.storage.db, context.clock).silence(
            context.actor, pattern_of(alert), reason, until)
    except OpsError as error:
        screen.console.notify_error(error)
    else:
        shown = fmt.moment(window.ends, context.clock.now(), context.zone)
        screen.console.say(f"Nobody is told of {name} until {shown}. It is watched all the same.")


def no_ticket(actor: Actor) -> str | None:
    """Why somebody cannot make a ticket of an alert; None when they can."""
    if actor.role >= Role.OPERATOR:
        return None
    return f"It has no ticket, and to make one takes the role {Role.OPERATOR.word}."


async def ticket(screen: ConsoleScreen, alert: Alert) -> None:
    """Open the ticket of an alert; one that has none gets one. Needs to run in a worker."""
    from opsconsole.health.alerts.making import TicketMaker  # noqa: PLC0415 - when it is asked for
    from opsconsole.tickets.screen import service_of  # noqa: PLC0415 - as above
    from opsconsole.tickets.screen.ticket import TicketScreen  # noqa: PLC0415

    context = screen.context
    try:
        maker = TicketMaker(context.storage.db, context.clock, service_of(context))
        number = await maker.ticket(context.actor, alert.id)
    except OpsError as error:
        screen.console.notify_error(error)
        return
    if not alert.ticket:
        screen.console.say(f"Ticket #{number} is about {limited(harmless(alert.title), 40)}.")
    screen.app.push_screen(TicketScreen(number))


def pattern_of(alert: Alert) -> str:
    """The name by which exactly this alert is silenced: its check, else what it is about."""
    wanted = f"check:{alert.detail.check}" if alert.detail.check else alert.target
    if wanted in alert.detail.names:
        return wanted
    return alert.detail.names[0] if alert.detail.names else alert.key


def wrong_silence(text: str) -> str | None:
    """What is wrong with `2h reason`, as a sentence; None when nothing is."""
    length, reason = _parts(text)
    try:
        seconds = Duration.parse(length)
    except ValueError:
        return f"Begin with a time, as in: {EXAMPLE}"
    if not 0 < seconds * 1000 <= LONGEST:
        return f"Say a time of at most {fmt.duration(LONGEST / 1000)}."
    if not reason:
        return "Say why, behind the time: others will read it."
    return _wrong_note(reason)


def _wrong_note(text: str) -> str | None:
    return f"At most {MOST_NOTE} characters." if len(text) > MOST_NOTE else None


def _parts(text: str) -> tuple[str, str]:
    length, _, reason = text.strip().partition(" ")
    return length, reason.strip()
