"""What is told of an emergency: the template of its messages, and when the next one is due; pure.

The template is that of a field service: `[URGENT]` subject, status, issue, impact, time to resolution, next update,
contact.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.core.clock import DAY, SECOND, local
from opsconsole.core.text import harmless, limited
from opsconsole.core.units import Duration
from opsconsole.logbook.model import MOST_TITLE, Point, Status
from opsconsole.logbook.model.emergency import Message, MessageStatus
from opsconsole.logbook.wording import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.logbook.model import Action, Entry
    from opsconsole.logbook.model.emergency import PostMortem, Standing, Told

WORD: Final = "URGENT"
"""What stands before the subject of every message."""
LABELS: Final = {"status": "Status", "issue": "Issue", "impact": "Impact", "resolution": "Time to resolution",
                 "next": "Next update", "contact": "Contact"}
UNKNOWN: Final = "not known yet"
NEVER: Final = "none is planned"
_CLOCK: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_LONGEST: Final = 7 * DAY


def subject_of(message: Message, host: str) -> str:
    """The subject: `[URGENT] web1: the shop is down`; harmless."""
    return f"[{WORD}] {limited(host, 60)}: {limited(_one_line(message.subject), MOST_TITLE)}"


def text_of(message: Message, zone: tzinfo | None) -> str:
    """The message below its subject, a line for each field; harmless. What nobody knows is said to be unknown."""
    return "\n".join(f"{LABELS[name]}: {said}" for name, said in _said(message, zone))


def whole(message: Message, host: str, zone: tzinfo | None) -> str:
    """Subject and text, to be copied or printed."""
    return f"Subject: {subject_of(message, host)}\n\n{text_of(message, zone)}\n"


def _said(message: Message, zone: tzinfo | None) -> Iterable[tuple[str, str]]:
    over = message.status is MessageStatus.RESOLVED
    yield "status", message.status.value
    yield "issue", _one_line(message.issue) or UNKNOWN
    yield "impact", _one_line(message.impact) or UNKNOWN
    if message.resolution.strip() or not over:
        yield "resolution", _one_line(message.resolution) or UNKNOWN
    yield "next", clock_of(message.next, zone) if message.next is not None else NEVER
    if message.contact.strip():
        yield "contact", _one_line(message.contact)


def _one_line(text: str) -> str:
    """Foreign text on one line, so that no field can look like another one."""
    return harmless(" ".join(text.split()))


def clock_of(at: Instant, zone: tzinfo | None) -> str:
    """A time as those far away read it, with its zone."""
    when = local(at, zone)
    return f"{when:%Y-%m-%d %H:%M} {when.tzname() or ''}".rstrip()


def next_of(text: str, now: Instant, zone: tzinfo | None) -> Instant | None:
    """When the next message comes: `30m`, `14:30`, or `2027-01-04 14:30`; empty: nobody promises one.

    A time of day that is over is that of tomorrow.

    Raises:
        ValueError: it is none of these, it is over, or more than a week away; a sentence.
    """
    said = text.strip()
    if not said:
        return None
    try:
        found = now + round(Duration.parse(said) * SECOND)
    except ValueError:
        try:
            found = read("begun", said, now, zone)
        except ValueError:
            raise ValueError("Write when as 30m, as 14:30, or with its day as 2027-01-04 14:30.") from None
        if found <= now and _CLOCK.fullmatch(said):
            found = read("begun", said, now + DAY, zone)
    if found <= now:
        raise ValueError("The next message comes later than now.")
    if found > now + _LONGEST:
        raise ValueError("The next message comes within a week.")
    return found


def beginning(standing: Standing, contact: str, now: Instant, every: float) -> Message:
    """What the form of the next message shows at first: what the last one said, else what is known of the emergency.

    Args:
        standing: the emergency.
        contact: who can be asked, where no message said it.
        now: ms UTC.
        every: seconds until the message after it.
    """
    following = now + round(every * SECOND)
    last = standing.emergency.last
    if last is not None:
        return replace(last.message, next=following)
    return Message(standing.entry.title, issue=standing.entry.title, next=following, contact=contact)


def sent_line(told: Told, zone: tzinfo | None) -> str:
    """A message that went out, as the log keeps it; foreign text."""
    message = told.message
    parts = [message.status.value, message.issue or message.subject]
    following = f"; next update {local(message.next, zone):%H:%M}" if message.next is not None else ""
    return f"{local(told.at, zone):%H:%M} {told.actor} told: {', '.join(parts)}{following}"


def course_of(standing: Standing, zone: tzinfo | None) -> str:
    """The course of events as far as it was written down: a line for each message and each thing jotted down.

    By their times, as long as all of it happened on one day: what was jotted down does not know its own.
    """
    emergency = standing.emergency
    lines = [f"{local(emergency.begun, zone):%H:%M} emergency declared"]
    lines += [line.strip().removeprefix("- ") for line in standing.entry.notes.splitlines() if line.strip()]
    lines += [sent_line(told, zone) for told in emergency.told]
    days = {local(at, zone).date() for at in (emergency.begun, *(told.at for told in emergency.told))}
    if len(days) == 1 and all(_CLOCK.match(line) for line in lines):
        lines.sort(key=lambda line: line[:5])
    return "\n".join(lines)


def jotted(notes: str, text: str, who: str, at: Instant, zone: tzinfo | None) -> str:
    """Notes with one more thing that is known."""
    line = f"- {local(at, zone):%H:%M} {who}: {' '.join(text.split())}"
    return f"{notes.rstrip()}\n{line}" if notes.strip() else line


def closed(entry: Entry, mortem: PostMortem, told: Sequence[Told]) -> dict[str, object]:
    """The fields of an entry with what is known and learnt at the end of its emergency.

    What the course of events tells already is not said twice.
    """
    issue = next((one.message.issue for one in reversed(told) if one.message.issue.strip()), entry.title)
    solved = ": ".join(part for part in (mortem.remedy.strip(), " ".join(mortem.cause.split())) if part)
    parts = (("Impact", mortem.impact), ("Course of events", _listed(mortem.course)), ("Root cause", mortem.cause),
             ("Remedy", mortem.remedy), ("What went well", mortem.well), ("What did not go well", mortem.badly))
    notes = "\n\n".join(f"## {title}\n\n{text.strip()}" for title, text in parts if text.strip())
    kept = entry.notes if not mortem.course.strip() else ""
    return {"ended": max(mortem.ended, entry.begun), "status": Status.ISSUES,
            "found": _with(entry.found, Point(" ".join(issue.split()))),
            "resolved": _with(entry.resolved, Point(solved)) if solved else entry.resolved,
            "actions": (*entry.actions, *(one for one in mortem.prevention if not _known(entry.actions, one))),
            "seconds": entry.seconds or max(0, mortem.ended - entry.begun) / 1000,
            "notes": "\n\n".join(part for part in (kept.strip(), notes) if part)}


def _listed(text: str) -> str:
    return "\n".join(line if line.lstrip().startswith("- ") else f"- {line.strip()}"
                     for line in text.splitlines() if line.strip())


def _with(points: tuple[Point, ...], point: Point) -> tuple[Point, ...]:
    return points if any(one.text == point.text for one in points) else (*points, point)


def _known(actions: Iterable[Action], wanted: Action) -> bool:
    return any((one.text, one.person, one.due) == (wanted.text, wanted.person, wanted.due) for one in actions)
