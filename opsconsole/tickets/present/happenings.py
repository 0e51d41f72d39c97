"""What one event of a timeline says, in a few words: who did it, what changed, which promise it was about. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.lines import Span, Style
from opsconsole.core.text import harmless_lines, limited
from opsconsole.tickets.model import MOST_NAME, ClockKind, EventKind, LinkKind, Party, Priority, Source
from opsconsole.tickets.present.promises import WORDS
from opsconsole.tickets.present.view import muted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opsconsole.tickets.model import Event
    from opsconsole.tickets.present.view import View

LONGEST: Final = 60
"""Characters of a value that a change shows."""
MOST_BODY: Final = 60
"""Lines of the text of an event that are shown below it."""
FIELD_WORDS: Final = {
    "requester_mail": "mail", "version_seen": "seen in", "root_cause": "root cause", "satisfaction_note": "comment",
    "knowledge": "document", "value": "business value", "merged_into": "merged into", "alert_key": "alert",
    "voters": "votes"}
"""Words for fields whose name is none."""
QUIET_FIELDS: Final = frozenset({"phase", "lifecycle", "source", "alert_key", "merged_into"})
"""Fields that follow from others, or that the words of the event say already."""
LINK_WORDS: Final = {
    LinkKind.PARENT: "part of", LinkKind.CHILD: "has the part", LinkKind.BLOCKS: "blocks",
    LinkKind.BLOCKED_BY: "is blocked by", LinkKind.DUPLICATES: "duplicates",
    LinkKind.DUPLICATED_BY: "is duplicated by", LinkKind.RELATES: "relates to", LinkKind.ALERT: "is about alert",
    LinkKind.RUN: "found by run", LinkKind.LOG: "in log entry", LinkKind.RUNBOOK: "follow runbook"}
"""How a link reads from the ticket's side."""
SOURCES: Final = {Source.CONSOLE: "", Source.COMMAND: "from the command line", Source.MAIL: "by mail",
                  Source.ALERT: "by an alert", Source.CHECKLIST: "by a checklist", Source.IMPORT: "by an import",
                  Source.SPLIT: "out of another ticket"}


class Happening(NamedTuple):
    """An event in words."""

    who: str
    spans: tuple[Span, ...]
    quiet: bool = False
    """Whether nobody but the program did it: then it stands back."""
    body: tuple[str, ...] = ()
    """Further lines: evidence, a reason. Harmless."""
    target: str = ""
    """What opens with it: `file:3`, `ticket:17`; empty: nothing."""


def happening(event: Event, view: View, titles: Mapping[str, str] | None = None) -> Happening:
    """What an event says; of a message only what was changed with it."""
    spans = _words(event, view, titles or {})
    changes = change_spans(event.changes, view) if event.kind not in _SAID else []
    if spans and changes:
        spans = [*spans, Span("  "), *changes]
    spans = spans or changes
    quiet = event.party in (Party.SYSTEM, Party.ROBOT)
    if quiet and event.kind not in _LOUD:
        spans = [span._replace(style=Style.MUTED, strong=False) if span.style is Style.TEXT else span
                 for span in spans]
    return Happening(author(event, view), tuple(spans), quiet, _body(event, view), _target(event))


def author(event: Event, view: View) -> str:
    """Who did it; of what the program did by itself, what that belongs to."""
    if event.actor:
        return view.clean(limited(event.actor, MOST_NAME, view.glyphs.ellipsis))
    if event.party is Party.REQUESTER:
        return "requester"
    return "alert" if event.via is Source.ALERT else _SYSTEM_WORDS.get(event.kind, "program")


_LOUD: Final = frozenset({EventKind.BREACHED, EventKind.ESCALATED, EventKind.BOUNCED, EventKind.RECURRED})
"""What the program writes and a person must see."""
_SAID: Final = frozenset({EventKind.CREATED, EventKind.LINKED, EventKind.UNLINKED, EventKind.MERGED,
                          EventKind.UNMERGED, EventKind.VOTED, EventKind.RATED})
"""Events whose words say all that they changed."""
_SYSTEM_WORDS: Final = {
    EventKind.ROUTED: "routed", EventKind.RETURNED: "pool", EventKind.WARNED: "promise", EventKind.BREACHED: "promise",
    EventKind.ESCALATED: "ladder", EventKind.MAILED: "mail", EventKind.BOUNCED: "mail", EventKind.ASKED: "mail",
    EventKind.ALERT: "alert", EventKind.RECURRED: "alert"}


class _Told(NamedTuple):
    """What the words of an event are made of."""

    event: Event
    said: str
    """Its text, harmless and short."""
    view: View
    titles: Mapping[str, str]


def _words(event: Event, view: View, titles: Mapping[str, str]) -> list[Span]:
    """What happened, besides the fields that changed."""
    if event.kind in (EventKind.MESSAGE, EventKind.CHANGED):
        return []
    said = view.clean(limited(event.text.strip("\n").partition("\n")[0], 500)) if event.text else ""
    told = _Told(event, said, view, titles)
    if event.kind in _SENTENCES:
        return [Span(said or _SENTENCES[event.kind])]
    if event.kind in _PHRASES:
        return _PHRASES[event.kind](told)
    return [Span(said)] if said else []


_SENTENCES: Final = {
    EventKind.RETURNED: "nobody answered in time: back to the team", EventKind.ALERT: "the alert changed",
    EventKind.MAILED: "the reply left by mail", EventKind.ASKED: "asked the requester how satisfied they are",
    EventKind.RECURRED: "it happened again"}
"""What is said where an event has no text of its own."""


def _bounced(told: _Told) -> list[Span]:
    return [Span(f"{told.view.glyphs.critical} the reply could not be delivered", Style.CRITICAL),
            muted(f"  {told.said}" if told.said else "")]


def _undone(told: _Told) -> list[Span]:
    seqs = told.event.data.get("seqs") or ()
    return [Span(f"took back {len(seqs)} entries" if len(seqs) > 1 else "took back what was done")]


def _voted(told: _Told) -> list[Span]:
    return _list_change("vote", *told.event.changes.get("voters", ((), ())), told.view)


def _opened(told: _Told) -> list[Span]:
    """What the first event says of where it came from, who asked, and how urgent it was then."""
    event, view = told.event, told.view
    asked = event.changes.get("requester", ("", ""))[1] or event.changes.get("requester_mail", ("", ""))[1]
    spans = [Span(f"opened {SOURCES[event.via]}".strip())]
    if asked and asked != event.actor:
        spans.append(muted(f" for {view.clean(limited(str(asked), LONGEST))}"))
    if "priority" in event.changes:
        spans += [muted(" as "), *_value("priority", event.changes["priority"][1], view)]
    return spans


def _of_promises(told: _Told) -> list[Span]:
    event, said, view = told.event, told.said, told.view
    data = event.data
    word = _clock_word(data)
    due = data.get("due")
    at = view.time(due) if isinstance(due, int) else ""
    if event.kind is EventKind.WARNED:
        return [Span(f"{word} is due {at}".rstrip())]
    if event.kind is EventKind.BREACHED:
        return [Span(f"{view.glyphs.critical} {word} was missed", Style.CRITICAL),
                muted(f", due {at}" if at else "")]
    if event.kind is EventKind.WAIVED:
        return [Span(f"waived the missed {word}"), muted(f": {said}" if said else "")]
    if event.kind is EventKind.ACKNOWLEDGED:
        return [Span("has it in hand: escalation stops"), muted(f"  {said}" if said else "")]
    if said:
        return [Span(f"{view.glyphs.warning} escalated", Style.WARNING), Span(f" to {said}")]
    level = str(data.get("name") or data.get("level") or "").strip()
    names = f"level {level}" if level.isdigit() else level
    return [Span(f"{view.glyphs.warning} escalated", Style.WARNING),
            Span(f" to {view.clean(names[:LONGEST])}" if names else ""), muted(f" for the {word}")]


def _clock_word(data: Mapping[str, Any]) -> str:
    try:
        return WORDS[ClockKind(str(data.get("clock")))]
    except ValueError:
        return "promise"


def _of_files(told: _Told) -> list[Span]:
    event, said, view = told.event, told.said, told.view
    data = event.data
    name = view.clean(limited(str(data.get("name") or "a file"), LONGEST))
    size = data.get("size")
    if event.kind is EventKind.DETACHED:
        return [Span("deleted "), Span(name), muted(f": {said}" if said else "")]
    about = f"  {fmt.size(size)}" if isinstance(size, int) else ""
    kind = data.get("type")
    about += f", {view.clean(str(kind)[:LONGEST])}" if kind else ""
    return [Span("attached "), Span(name, Style.ACCENT), muted(about)]


def _of_links(told: _Told) -> list[Span]:
    event, view = told.event, told.view
    old, new = event.changes.get("links", ((), ()))
    changed = _missing(old, new) if event.kind is EventKind.UNLINKED else _missing(new, old)
    spans: list[Span] = [Span("unlinked: " if event.kind is EventKind.UNLINKED else "")]
    for number, link in enumerate(changed):
        spans += [Span(", ")] * bool(number)
        spans += link_spans(str(link.get("kind", "")), str(link.get("target", "")), view, told.titles)
    return [span for span in spans if span.text] or [Span("changed links")]


def link_spans(kind: str, target: str, view: View, titles: Mapping[str, str]) -> list[Span]:
    """A link as a sentence without a subject: `is blocked by #17 slow search`."""
    try:
        word = LINK_WORDS[LinkKind(kind)]
    except ValueError:
        word = view.clean(kind[:LONGEST])
    shown = view.clean(limited(target, LONGEST))
    title = view.clean(limited(titles.get(target, ""), LONGEST))
    return [Span(f"{word} "), Span(f"#{shown}" if shown.isdigit() else shown, Style.ACCENT),
            *([Span(f" {title}")] if title else [])]


def _of_others(told: _Told) -> list[Span]:
    event, data = told.event, told.event.data
    number = data.get("into") or data.get("from")
    shown = Span(f"#{number}" if isinstance(number, int) else "another ticket", Style.ACCENT)
    into = "into" in data
    words = {EventKind.MERGED: ("merged into " if into else "took in "),
             EventKind.UNMERGED: ("is no more part of " if into else "gave back "),
             EventKind.SPLIT: ("split a message into " if into else "split from ")}
    return [Span(words[event.kind]), shown]


def _rated(told: _Told) -> list[Span]:
    event, said, view = told.event, told.said, told.view
    rating = event.changes.get("satisfaction", (0, event.data.get("satisfaction", 0)))[1]
    note = said or view.clean(limited(str(event.changes.get("satisfaction_note", ("", ""))[1]), 200))
    return [Span("rated "), *_value("", rating, view), Span(" of 5"), muted(f": {note}" if note else "")]


_PHRASES: Final[dict[EventKind, Callable[[_Told], list[Span]]]] = {
    EventKind.CREATED: _opened, EventKind.WARNED: _of_promises, EventKind.BREACHED: _of_promises,
    EventKind.WAIVED: _of_promises, EventKind.ESCALATED: _of_promises, EventKind.ACKNOWLEDGED: _of_promises,
    EventKind.ATTACHED: _of_files, EventKind.DETACHED: _of_files, EventKind.LINKED: _of_links,
    EventKind.UNLINKED: _of_links, EventKind.MERGED: _of_others, EventKind.UNMERGED: _of_others,
    EventKind.SPLIT: _of_others, EventKind.BOUNCED: _bounced, EventKind.RATED: _rated, EventKind.VOTED: _voted,
    EventKind.UNDONE: _undone}


def change_spans(changes: Mapping[str, Sequence[Any]], view: View) -> list[Span]:
    """Fields that changed, old and new, in one line: `state triage → assigned · priority P2 → P0`."""
    spans: list[Span] = []
    for name, (old, new) in changes.items():
        if name in QUIET_FIELDS:
            continue
        one = _change(name, old, new, view)
        if one:
            spans += [muted(f" {view.glyphs.dot} "), *one] if spans else one
    return spans


def _change(name: str, old: Any, new: Any, view: View) -> list[Span]:
    word = FIELD_WORDS.get(name, name)
    if name in ("tags", "watchers", "voters"):
        return _list_change({"tags": "tags", "watchers": "watchers"}.get(name, "votes"), old, new, view)
    if name == "links":
        return [Span("links changed")]
    if name == "fields":
        return _field_changes(old or {}, new or {}, view)
    if name == "description":
        return [Span("description edited" if old else "description written")]
    return [muted(f"{word} "), *_value(name, old, view), muted(f" {view.glyphs.arrow} "), *_value(name, new, view)]


def _field_changes(old: Mapping[str, Any], new: Mapping[str, Any], view: View) -> list[Span]:
    spans: list[Span] = []
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            one = [muted(f"{view.clean(limited(name, LONGEST))} "), *_value("", before, view),
                   muted(f" {view.glyphs.arrow} "), *_value("", after, view)]
            spans += [muted(f" {view.glyphs.dot} "), *one] if spans else one
    return spans


def _list_change(word: str, old: Sequence[Any] | None, new: Sequence[Any] | None, view: View) -> list[Span]:
    gone, come = _missing(old, new), _missing(new, old)
    words = [f"+{view.clean(limited(str(one), LONGEST))}" for one in come]
    words += [f"{'-' if view.ascii_only else '−'}{view.clean(limited(str(one), LONGEST))}" for one in gone]  # noqa: RUF001 - a minus
    return [muted(f"{word} "), Span(" ".join(words))] if words else []


def _missing(these: Sequence[Any] | None, there: Sequence[Any] | None) -> list[Any]:
    return [one for one in these or () if one not in (there or ())]


def _value(name: str, value: Any, view: View) -> list[Span]:
    """A field's value, short and harmless; an empty one is a dash."""
    if value is None or value in ("", 0, [], {}):
        return [Span(view.glyphs.dash, Style.MUTED)]
    if name == "priority":
        try:
            priority = Priority(value)
        except ValueError:
            return [Span(view.clean(limited(str(value), LONGEST)))]
        return [Span(f"{priority.code} {priority.value}",
                     Style.CRITICAL if priority is Priority.URGENT else Style.TEXT)]
    return [Span(view.clean(limited(" ".join(str(value).split()), LONGEST)))]


def _body(event: Event, view: View) -> tuple[str, ...]:
    """The lines of an event's text behind the first, which stands beside what happened."""
    _, _, rest = event.text.strip("\n").partition("\n")
    if event.kind is EventKind.MESSAGE or not rest.strip():
        return ()
    return tuple(view.clean(one) for one in harmless_lines(rest, MOST_BODY, 2_000))


def _target(event: Event) -> str:
    data = event.data
    if event.kind is EventKind.ATTACHED and isinstance(data.get("id"), int):
        return f"file:{data['id']}"
    if event.kind in (EventKind.MERGED, EventKind.UNMERGED, EventKind.SPLIT):
        number = data.get("into") or data.get("from")
        return f"ticket:{number}" if isinstance(number, int) else ""
    return ""
