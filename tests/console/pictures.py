"""The widgets in each of their states, as small apps: for pictures that are compared, and looked at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.containers import Vertical

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.theme import Look, textual_theme
from opsconsole.console.widgets.form import Field, Form
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.console.widgets.virtual_list import Column, ListRow, VirtualList
from opsconsole.core.errors import StorageBusy
from opsconsole.core.glyphs import UNICODE, Glyphs
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, Tint, beside, line
from opsconsole.core.themes import DARK, Theme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

T, M, F, A = Style.TEXT, Style.MUTED, Style.FAINT, Style.ACCENT
COLUMNS = (Column("number", "#", 5, "right"), Column("rank", "P", 2), Column("title", "Title", 20, flex=1),
           Column("state", "State", 11, drop=1), Column("who", "Who", 4),
           Column("promise", "Promise", 14, "right"), Column("age", "Age", 5, "right", drop=2))


def meter(name: str, value: int, limit: str, glyphs: Glyphs, style: Style = Style.OK) -> Line:
    """One line of a panel of figures."""
    full = round(value / 100 * 14)
    return line(f"{name:<6}", Span(glyphs.bar_full * full, style), Span(glyphs.bar_empty * (14 - full), F),
                Span(f"{value:5d}", style if style is not Style.OK else T, strong=True), " % ", Span(limit, M),
                spots=[Spot(f"metric:{name}", 0, 37)])


def page(glyphs: Glyphs = UNICODE) -> list[Line]:
    """A page of two columns under a banner."""
    banner = line(Span(f" {glyphs.critical} redis", Style.CRITICAL, strong=True), " refuses connections since ",
                  Span("14:27", T, strong=True), Span(" 4 min ", M), Span(f"{glyphs.dot} ", F), Span("#1042", A),
                  " ana", tint=Tint.CRITICAL, spots=[Spot("alert:redis", 1, 55)])
    left = [line(Span("HOST", M), Span(f"  up 41 d {glyphs.dot} Debian 12", F)),
            meter("CPU", 34, "< 80", glyphs), meter("Mem", 61, "< 85", glyphs), meter("Swap", 0, "", glyphs),
            meter("/var", 91, "full in 3 d", glyphs, Style.WARNING), meter("/", 72, "61 GB free", glyphs)]
    names = [("redis :6379", Style.CRITICAL, glyphs.critical, "refused"),
             ("TLS shop", Style.WARNING, glyphs.warning, "in 12 d"),
             ("GET /health", Style.OK, glyphs.ok, "84 ms"), ("backup", Style.UNKNOWN, glyphs.unknown, "not seen"),
             ("nginx.service", Style.OK, glyphs.ok, "active 19 d")]
    right = [line(Span("SERVICES", M)),
             *[line(Span(f"{sign} ", style), f"{name:<18}", Span(what, style if style is not Style.OK else T),
                    spots=[Spot(f"check:{name}", 0, 32)]) for name, style, sign, what in names]]
    body = beside(left, right, left_cells=40, gap=2, right_cells=34)
    return [banner, BLANK, *body, BLANK, line(Span("DO NEXT", M)),
            line(Span("1 ", Style.CRITICAL), "redis: config rejected, see ", Span("journalctl -u redis-server", A),
                 spots=[Spot("advice:1", 0, 56)]),
            line(Span("2 ", Style.WARNING), "/var: ", Span("/var/log/nginx", T, strong=True), " grew 3.1 GB in 24 h",
                 spots=[Spot("advice:2", 0, 56)])]


TITLES = ("redis refuses connections", "invoice PDF empty for some customers", "sign-in slow since Monday",
          "search on orders returns twice", "slow search on orders", "mail to gmail lands in spam",
          "wish: export as CSV")


class Tickets:
    """A source of made-up tickets, at once."""

    def __init__(self, total: int = 100_000, delay: float = 0.0) -> None:
        self.total, self.delay = total, delay
        self.asked: list[tuple[int, int]] = []

    async def count(self) -> int:
        return self.total

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        self.asked.append((offset, limit))
        if self.delay:
            await asyncio.sleep(self.delay)
        return [ticket(number) for number in range(offset, min(offset + limit, self.total))]

    async def position(self, key: str) -> int | None:
        number = int(key)
        return number if number < self.total else None


def ticket(number: int) -> ListRow:
    """The row of one ticket."""
    late = number % 7
    promise = (("4 min late", Style.CRITICAL), ("in 35 min", Style.WARNING))[late] if late < 2 else (f"in {late} h", T)
    return ListRow(str(number), (
        (Span(str(1042 + number), A),), (Span(f"P{min(late, 3)}", Style.CRITICAL if late == 0 else T),),
        (Span(TITLES[late], T, late == 0),), (Span(("in progress", "assigned", "waiting")[late % 3], M),),
        (Span(("ana", "ben", "cho")[late % 3]),), (Span(*promise),), (Span(f"{late + 1} d", M),)))


class Failing(Tickets):
    """A source whose database is busy."""

    async def count(self) -> int:
        raise StorageBusy("The tickets could not be read: another program holds the database.",
                          "It is tried again with ctrl+r.")


class Hanging(Tickets):
    """A source that does not answer."""

    async def count(self) -> int:
        await asyncio.Event().wait()
        return 0


class MarkingList(VirtualList):
    """The list of a screen that does something with marks."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", show=False)]


FIELDS = (Field("title", "Title", required=True, hint="what is wrong, in one line"),
          Field("impact", "Impact", "choice", "some",
                options=(("one", "one person"), ("some", "some"), ("all", "everyone"))),
          Field("requester", "Requester", value="on-call"),
          Field("body", "What happens", "text", value="Since 14:27 every page\nshows an error.", required=True))
EMPTY = (line(Span("No tickets are open.", M)), line(Span("n", A, strong=True), Span(" writes one down.", M)))


def widget(kind: str, glyphs: Glyphs = UNICODE) -> Widget:
    """A widget in one state."""
    make: dict[str, Callable[[], Widget]] = {
        "lines": lambda: LinesView(page(glyphs), glyphs=glyphs),
        "nothing": lambda: LinesView(glyphs=glyphs),
        "list": lambda: MarkingList(COLUMNS, Tickets(), glyphs=glyphs),
        "empty": lambda: VirtualList(COLUMNS, Tickets(0), empty=EMPTY, glyphs=glyphs),
        "error": lambda: VirtualList(COLUMNS, Failing(), glyphs=glyphs),
        "loading": lambda: VirtualList(COLUMNS, Hanging(), glyphs=glyphs),
        "form": lambda: Form(FIELDS, form="ticket", glyphs=glyphs),
    }
    return make.get(kind, make["lines"])()


def dialog(kind: str, glyphs: Glyphs = UNICODE) -> Any:
    """A dialog, or None for other kinds."""
    if kind == "kill":
        return Confirm("Kill postgres (8123) at once?",
                       ["It gets no chance to finish what it does: the kernel ends it now.", "",
                        line(Span("user ", M), "postgres", Span("   since ", M), "41 d", Span("   has ", M), "1 GiB")],
                       yes="kill", destructive=True, glyphs=glyphs)
    if kind == "confirm":
        return Confirm("Close 3 tickets?", ["Their requesters get a mail."], yes="close them", glyphs=glyphs)
    if kind == "ask":
        return Ask("Silence /var until when?", "tomorow", hint="such as 14:00 or 2 h", done="silence",
                   check=lambda text: f"{text!r} is no time: write 14:00, tomorrow or 2 h.", glyphs=glyphs)
    return None


def app(kind: str, theme: Theme = DARK, glyphs: Glyphs = UNICODE) -> App[None]:
    """An app that shows one kind of picture."""

    class Picture(App[None]):
        ENABLE_COMMAND_PALETTE = False
        CSS: ClassVar[str] = "#picture { background: $background; }"

        def __init__(self) -> None:
            super().__init__()
            self.look = Look(theme)
            self.register_theme(textual_theme(theme, "picture"))
            self.theme = "picture"

        def compose(self) -> Any:
            with Vertical(id="picture"):
                yield widget(kind, glyphs)

        async def on_mount(self) -> None:
            if (asked := dialog(kind, glyphs)) is not None:
                await self.push_screen(asked)

    return Picture()
