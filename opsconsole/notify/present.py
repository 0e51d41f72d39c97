"""Who is on call, and what became of messages, as lines; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core import format as fmt
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Style, line
from opsconsole.core.text import clip, harmless, width
from opsconsole.notify.composing import items
from opsconsole.notify.model import MessageState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.notify.model import Delivery, Message, Result
    from opsconsole.notify.oncall import OnCall, Shift
    from opsconsole.notify.settings import Contact

NOBODY = "nobody"


def oncall_lines(rotations: Sequence[OnCall], contacts: Mapping[str, Contact], now: Instant,
                 zone: tzinfo) -> list[Line]:
    """One line for each rotation: who is on call, until when, and who is next."""
    if not rotations:
        return [line(Span("No rotation is configured; `notify.rotations` in the configuration has them.", Style.MUTED))]
    names = [harmless(each.rotation) for each in rotations]
    people = [_person(each.now.person, contacts) for each in rotations]
    first, second = max(map(width, names)), max(map(width, people))
    lines = []
    for each, name, person in zip(rotations, names, people, strict=True):
        style = Style.TEXT if each.now.person else Style.WARNING
        lines.append(line(Span(f"{fmt.left(name, first)}  ", Style.MUTED),
                          Span(fmt.left(person, second), style, strong=True),
                          Span(f"  {until(each.now, each.next, contacts, now, zone)}", Style.MUTED)))
    return lines


def until(shift: Shift, following: Shift | None, contacts: Mapping[str, Contact], now: Instant, zone: tzinfo) -> str:
    """`until Mon 09:00 (in 2 d), then Ben`."""
    if shift.until is None or following is None:
        return "no change in sight"
    ahead = fmt.ago((now - shift.until) / 1000)
    return f"until {fmt.moment(shift.until, now, zone)} ({ahead}), then {_person(following.person, contacts)}"


def _person(name: str, contacts: Mapping[str, Contact]) -> str:
    contact = contacts.get(name)
    return harmless((contact.name if contact is not None else "") or name) or NOBODY


def oncall_words(rotations: Sequence[OnCall], contacts: Mapping[str, Contact]) -> str:
    """Who is on call now, for the line of an alert: `Ana Kurt (primary), Ben (backup)`; empty: nobody."""
    return ", ".join(f"{_person(each.now.person, contacts)} ({harmless(each.rotation)})" for each in rotations
                     if each.now.person)


def message_lines(deliveries: Sequence[Delivery], now: Instant, zone: tzinfo, columns: int, empty: str,
                  glyphs: Glyphs = UNICODE) -> list[Line]:
    """One or two lines for each message: what became of it, whom it is for, what it tells, and why it failed."""
    if not deliveries:
        return [line(Span(empty, Style.MUTED))]
    recipients = [harmless(str(each.message.recipient)) for each in deliveries]
    cells = min(max(map(width, recipients)), 30)
    lines = []
    for each, recipient in zip(deliveries, recipients, strict=True):
        message = each.message
        level = _level(message)
        state = _state(message, now, zone)
        title = clip(title_of(each), max(columns - cells - 46, 20), glyphs.ellipsis)
        lines.append(line(Span(f"{glyphs.level(level)} ", LEVEL_STYLES[level]), Span(f"{message.id}  ", Style.FAINT),
                          Span(f"{fmt.left(state, 24)}  "), Span(f"{fmt.left(recipient, cells)}  ", Style.MUTED),
                          Span(title)))
        if message.problem and message.state is not MessageState.SENT:
            tried = f"tried {message.attempts} time{'' if message.attempts == 1 else 's'}: " if message.attempts else ""
            why = clip(f"    {tried}{harmless(message.problem)}", columns, glyphs.ellipsis)
            lines.append(line(Span(why, Style.MUTED)))
    return lines


def title_of(delivery: Delivery) -> str:
    """What a message tells, in one line."""
    told = items(delivery.notices)
    if not told:
        return ""
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return f"{told[0].word} {told[0].title}{more}"


def _level(message: Message) -> Level:
    if message.state is MessageState.FAILED:
        return Level.CRITICAL
    return Level.WARNING if message.problem and message.state is not MessageState.CANCELLED else Level.OK


def _state(message: Message, now: Instant, zone: tzinfo) -> str:
    if message.state is MessageState.WAITING:
        return f"{'again' if message.attempts else 'due'} {fmt.ago((now - message.due) / 1000)}"
    if message.finished is None:
        return message.state.value
    return f"{message.state.value} {fmt.moment(message.finished, now, zone)}"


def result_line(channel: str, result: Result, glyphs: Glyphs = UNICODE) -> Line:
    """How a test ended."""
    level = Level.OK if result.ok else Level.CRITICAL
    return line(Span(f"{glyphs.level(level)} ", LEVEL_STYLES[level]), Span(harmless(channel), strong=True),
                Span(f"  {harmless(result.says)}"))
