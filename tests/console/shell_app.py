"""A console of one or two plain screens, for tests of the shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from opsconsole.console.context import ConsoleContext
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.settings import ConsoleSettings
from opsconsole.console.shell import OpsConsole
from opsconsole.console.storage import Storage
from opsconsole.console.theme import Look, look_of
from opsconsole.console.topline import Badge, Tab
from opsconsole.console.widgets.draw import strip_of
from opsconsole.core.actions import Action
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.identity import Actor, Role
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Span, Style, line
from opsconsole.core.paths import Paths

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.strip import Strip

NOON = 1_763_647_860_000
"""2025-11-20 14:11:00 UTC."""


class StillClock:
    """Time that stands until a test turns it."""

    def __init__(self, now: int = NOON) -> None:
        self.at = now

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000


class Plain(Widget, can_focus=True):
    """Numbered lines with a cursor, as simple as can be."""

    DEFAULT_CSS: ClassVar[str] = "Plain { height: 1fr; }"

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word
        self.cursor = 0

    def action_down(self) -> None:
        self.cursor += 1
        self.refresh()

    def action_up(self) -> None:
        self.cursor = max(0, self.cursor - 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        mark = ">" if y == self.cursor else " "
        shown: Line = line(Span(f" {mark} ", Style.ACCENT), f"{self.word} {y}", Span("  quiet", Style.MUTED))
        return strip_of(shown, self.size.width, look_of(self.app))


class First(ConsoleScreen):
    """Opens, counts, refuses."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("first.open", ("enter",), "open", "Open what the cursor stands on."),
        Action("first.acknowledge", ("a",), "acknowledge", "Say that you have seen it."),
        Action("first.silence", ("s",), "silence", "Mute it for a while.", role=Role.OPERATOR),
        Action("first.kill", ("K",), "kill", "End the process.", role=Role.ADMIN),
        Action("list.down", ("j", "down"), "down", "Move to the next line.", footer=False),
        Action("list.up", ("k", "up"), "up", "Move to the line before.", footer=False),
    )

    def __init__(self) -> None:
        super().__init__()
        self.opened = 0
        self.killed = 0
        self.topics: list[frozenset[str]] = []

    def body(self) -> ComposeResult:
        yield Plain("line")

    def unavailable(self, action: Action) -> str | None:
        return "No alert is selected." if action.id == "first.acknowledge" else None

    def action_open(self) -> None:
        self.opened += 1

    def action_acknowledge(self) -> None:
        raise AssertionError("refused actions are not carried out")

    def action_silence(self) -> None:
        self.opened += 10

    async def action_kill(self) -> None:
        self.killed += 1

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        self.topics.append(event.topics)


class Second(ConsoleScreen):
    """Another screen."""

    def body(self) -> ComposeResult:
        yield Plain("ticket")


async def _never() -> None:
    raise AssertionError("not opened in this test")


class FakeFeed:
    """Gives what a test puts in."""

    def __init__(self) -> None:
        self.pending: frozenset[str] = frozenset()

    async def changed(self) -> frozenset[str]:
        topics, self.pending = self.pending, frozenset()
        return topics


class FakeDatabase:
    """Closes."""

    closed = False

    async def close(self) -> None:
        self.closed = True


def opener(feed: FakeFeed | None = None) -> object:
    """Opens at once."""
    async def open_both() -> tuple[FakeDatabase, FakeFeed]:
        return FakeDatabase(), feed or FakeFeed()
    return open_both


def context(tmp_path: Path = Path("/nonexistent"), *, settings: ConsoleSettings | None = None,
            role: Role = Role.OPERATOR, glyphs: Glyphs = UNICODE, storage: Storage | None = None,
            look: Look | None = None, clock: StillClock | None = None, host: str = "web-01") -> ConsoleContext:
    """Surroundings without files."""
    return ConsoleContext(
        settings=settings or ConsoleSettings(), clock=clock or StillClock(), glyphs=glyphs, look=look or Look(),
        paths=Paths(config=None, data=tmp_path, state=tmp_path, cache=tmp_path, shared=False),
        actor=Actor("ana", 1000, role), storage=storage or Storage(opener()),  # type: ignore[arg-type]
        preferences=None, host=host)


def console(surroundings: ConsoleContext | None = None, *, badge: Badge | None = None) -> OpsConsole:
    """A console of two screens."""
    waiting = badge or Badge(3, Level.WARNING, "late")
    return OpsConsole(surroundings or context(), (
        Tab("1", "first", "Health", First, lambda: Badge(1, Level.CRITICAL)),
        Tab("2", "second", "Tickets", Second, lambda: waiting),
    ))
