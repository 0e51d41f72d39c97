"""The line at the top of every screen: where one is, what waits elsewhere, who one is, what time it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.levels import Level
from opsconsole.core.lines import LEVEL_STYLES, Line, Span, Spot, Style, Tint, fit
from opsconsole.core.text import clip, harmless, width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsconsole.core.glyphs import Glyphs


class Badge(NamedTuple):
    """What waits on a screen: `3 late`, or only the sign of its level and the count."""

    number: int
    level: Level = Level.OK
    word: str = ""

    def text(self, glyphs: Glyphs, *, short: bool) -> str:
        """As it stands behind the title; the level's sign stays when the word goes."""
        if self.word and not short:
            return f"{self.number} {self.word}"
        sign = "" if self.level is Level.OK else glyphs.level(self.level)
        return f"{sign}{self.number}"

    @property
    def style(self) -> Style:
        """The level's colour; what is merely to be done has that of what can be opened."""
        return Style.ACCENT if self.level is Level.OK else LEVEL_STYLES[self.level]


class Notice(NamedTuple):
    """What holds for everybody and must not be forgotten: `maintenance until 14:30`."""

    text: str
    short: str
    """Where there is little room: `maint. 14:30`."""
    level: Level = Level.OK


class TabLabel(NamedTuple):
    """One screen in the top line."""

    digit: str
    title: str
    badge: Badge | None = None
    current: bool = False


class TopFacts(NamedTuple):
    """All that the top line can say; empty texts are left out. Texts are made harmless here."""

    host: str
    tabs: tuple[TabLabel, ...]
    actor: str
    clock: str
    """`14:31`."""
    zone: str = ""
    """`CET`."""
    agent: str = ""
    """`agent 4 s`; empty while there is none."""
    problem: str = ""
    """What is wrong with the storage, in two or three words."""
    notice: Notice | None = None


class _Room(NamedTuple):
    """How much of each part is shown; the later ones in `_STEPS` show less."""

    zone: bool = True
    actor: bool = True
    agent: bool = True
    badges: bool = True
    titles: bool = True
    host: int = 40
    clock: bool = True


_STEPS: Sequence[_Room] = (
    _Room(),
    _Room(host=24),
    _Room(host=24, zone=False),
    _Room(host=16, zone=False, badges=False),
    _Room(host=16, zone=False, badges=False, actor=False),
    _Room(host=16, zone=False, badges=False, actor=False, agent=False),
    _Room(host=12, zone=False, badges=False, actor=False, agent=False, titles=False),
    _Room(host=0, zone=False, badges=False, actor=False, agent=False, titles=False),
    _Room(host=0, zone=False, badges=False, actor=False, agent=False, titles=False, clock=False),
)


def topline(facts: TopFacts, cells: int, glyphs: Glyphs) -> Line:
    """The top line, exactly `cells` wide; each tab is a spot `screen:<digit>`.

    What matters least goes first: the zone, words of badges, the actor, the agent's age, titles of other screens.
    The screen one is on and a problem of the storage go last.
    """
    left: list[Span] = []
    right: list[Span] = []
    spots: list[Spot] = []
    for room in _STEPS:
        left, spots = _left(facts, room, glyphs)
        right = _right(facts, room, glyphs)
        if _cells(left) + _cells(right) + 2 <= cells:
            break
    tail = _cells(right)
    spans = (*fit(left, max(0, cells - tail), glyphs.ellipsis), *right)
    shown = tuple(spot for spot in spots if spot.start + spot.width <= cells - tail)
    return Line(fit(spans, cells, glyphs.ellipsis), Tint.BAR, shown)


def _cells(spans: Sequence[Span]) -> int:
    return sum(width(span.text) for span in spans)


def _left(facts: TopFacts, room: _Room, glyphs: Glyphs) -> tuple[list[Span], list[Spot]]:
    spans = [Span(" ")]
    host = clip(harmless(facts.host), room.host, glyphs.ellipsis) if room.host else ""
    if host:
        spans += [Span(host, Style.TEXT, strong=True), Span(" ")]
    at = _cells(spans)
    spots: list[Spot] = []
    for tab in facts.tabs:
        label = _tab(tab, room, glyphs)
        taken = _cells(label)
        spots.append(Spot(f"screen:{tab.digit}", at + 1, taken - 1))
        spans += label
        at += taken
    return spans, spots


def _tab(tab: TabLabel, room: _Room, glyphs: Glyphs) -> list[Span]:
    badge = tab.badge.text(glyphs, short=not room.badges) if tab.badge else ""
    title = harmless(tab.title)
    if tab.current:
        words = " ".join(part for part in (tab.digit, title, badge) if part)
        return [Span(" "), Span(f" {words} ", Style.INVERSE, strong=True)]
    spans = [Span("  "), Span(tab.digit, Style.MUTED)]
    if room.titles:
        spans.append(Span(f" {title}", Style.TEXT))
    if tab.badge and badge:
        spans += [Span(" "), Span(badge, tab.badge.style)]
    return [*spans, Span(" ")]


def _right(facts: TopFacts, room: _Room, glyphs: Glyphs) -> list[Span]:
    parts: list[Span] = []
    if facts.problem:
        parts.append(Span(f"{glyphs.critical} {harmless(facts.problem)}", Style.CRITICAL))
    if facts.notice is not None:
        level = facts.notice.level
        sign = f"{glyphs.level(level)} " if level >= Level.WARNING else ""
        said = sign + (facts.notice.text if room.badges else facts.notice.short)
        parts.append(Span(harmless(said), LEVEL_STYLES[level] if level >= Level.WARNING else Style.ACCENT, strong=True))
    if facts.actor and room.actor:
        parts.append(Span(clip(harmless(facts.actor), 20, glyphs.ellipsis), Style.MUTED))
    if facts.agent and room.agent:
        parts.append(Span(harmless(facts.agent), Style.MUTED))
    if facts.clock and room.clock:
        zone = f" {harmless(facts.zone)}" if facts.zone and room.zone else ""
        parts.append(Span(f"{facts.clock}{zone}", Style.MUTED))
    spans: list[Span] = []
    for part in parts:
        if spans:
            spans.append(Span(f" {glyphs.dot} ", Style.FAINT))
        spans.append(part)
    return [*spans, Span(" ")] if spans else []


class Tab(NamedTuple):
    """A screen of the console; `screen` makes it when it is first shown."""

    digit: str
    id: str
    """`health`: names the screen in the registry as `console.screen-health`."""
    title: str
    screen: Callable[[], object]
    """Gives a `ConsoleScreen`."""
    badge: Callable[[], Badge | None] = lambda: None
    module: str = ""
    """What has the screen: imported before it is shown, as soon as nothing else is to be done."""
