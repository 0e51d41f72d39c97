"""What a message says: its notices as one title and a text; pure.

Whoever sends it puts the title into a mail's subject, a command's environment, a chat: it is one harmless line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.format import duration, stamp
from opsconsole.core.text import harmless_lines, limited
from opsconsole.notify.model import TELLING, NoticeKind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from opsconsole.notify.model import Delivery, Notice

TITLE = 160
"""Characters of what one notice is called."""
_LISTED = 20
_SHORT, _FIRST, _ROOM = 2, 8, 24
"""Lines of each of several notices: at least so many; of the first, which is the worst; and of all of them together,
while there are few: what changed before and what is to be done must not go because other things are told with it."""
LINES = 60
"""Lines of a message; a document says the rest."""
WHOLE = 1_000
"""The same where there is room for all of it."""
_LINE = 500


class Composed(NamedTuple):
    """A message in words. `kind` and `severity` are those of what counts most in it."""

    kind: NoticeKind
    severity: Severity
    title: str
    text: str


class Item(NamedTuple):
    """What is told of one thread: the last notice of it, and the one that began it, where both are told at once."""

    notice: Notice
    begun: Notice | None = None

    @property
    def over(self) -> bool:
        """Whether there is nothing to do about it."""
        return self.notice.kind is NoticeKind.RESOLVED

    @property
    def kind(self) -> NoticeKind:
        """Why it is told: whoever is reminded in the message that begins with it was not told before."""
        if self.begun is not None and self.notice.kind is NoticeKind.REMINDER:
            return self.begun.kind
        return self.notice.kind

    @property
    def word(self) -> str:
        """What has become of it, in capitals."""
        notice = self.notice
        if notice.word:
            return limited(notice.word, 20)
        if notice.kind is NoticeKind.RESOLVED:
            return "RESOLVED"
        if notice.kind is NoticeKind.ACKNOWLEDGED:
            return "TAKEN"
        if notice.kind is NoticeKind.NOTE and notice.severity is Severity.INFO:
            return "NOTE"
        before = {NoticeKind.WORSE: "WORSE: ", NoticeKind.REMINDER: "STILL ", NoticeKind.ESCALATED: "UNANSWERED: "}
        return before.get(self.kind, "") + notice.severity.value.upper()

    @property
    def title(self) -> str:
        """What it is called, and how long it was, where nobody was told before."""
        title = limited(self.notice.title, TITLE)
        if self.over and self.begun is not None:
            length = duration((self.notice.at - self.begun.at) / 1000)
            return f"{title} (was {self.begun.severity.value} for {length}; not told before)"
        return title


def items(notices: Iterable[Notice]) -> list[Item]:
    """One item for each thread, in the order in which the threads came; each NOTE stands for itself."""
    found: dict[object, Item] = {}
    for number, notice in enumerate(notices):
        key: object = number if notice.kind is NoticeKind.NOTE else notice.thread
        begun = None
        if (before := found.get(key)) is not None and not before.over:
            begun = before.begun or (before.notice if before.notice.kind in TELLING else None)
        found[key] = Item(notice, begun)
    return list(found.values())


def compose(delivery: Delivery, host: str, zone: tzinfo, lines: int = LINES) -> Composed:
    """The words of a message.

    Args:
        delivery: the message and its notices, oldest first; at least one.
        host: which host it is about.
        zone: for the times in it.
        lines: of a notice that is told by itself.
    """
    told = sorted(items(delivery.notices), key=lambda item: (item.over, -item.notice.severity.rank))
    first = told[0]
    place = limited(host, 60)
    severity = max((item.notice.severity for item in told), key=lambda one: one.rank)
    if len(told) == 1:
        title = f"[{first.word}] {place}: {first.title}"
        said = [*_body(first, lines), "", f"{stamp(first.notice.at, zone)}{_category(first.notice)}"]
    else:
        title = f"[{first.word}] {place}: {_counted(told)}: {first.title}"
        said = _listed(told, zone)
    said += ["", f"-- opsconsole on {place}, message {delivery.message.id}"]
    if delivery.message.unsure:
        said.append("It is sent again, because nobody knows whether it arrived (perhaps a repeat).")
    return Composed(first.kind, severity, limited(title, 400), "\n".join(said).strip("\n"))


def _body(item: Item, limit: int) -> list[str]:
    return harmless_lines(item.notice.text, limit, _LINE)


def _category(notice: Notice) -> str:
    return f", {limited(notice.category, 60)}" if notice.category else ""


def _counted(told: Sequence[Item]) -> str:
    over = sum(item.over for item in told)
    rest = len(told) - over
    return ", ".join(part for part in (f"{rest} messages" if rest > 1 else "1 message" if rest else "",
                                       f"{over} resolved" if over else "") if part)


def _listed(told: Sequence[Item], zone: tzinfo) -> list[str]:
    lines = []
    room = max(_SHORT, _ROOM // len(told))
    for number, item in enumerate(told[:_LISTED]):
        lines.append(f"{item.word} {item.title}")
        of_it = room if number else max(room, _FIRST)
        lines += [f"    {line}" for line in (*_body(item, of_it), stamp(item.notice.at, zone))]
    if len(told) > _LISTED:
        lines.append(f"and {len(told) - _LISTED} more; see the console or `opsconsole notify history`")
    return lines
