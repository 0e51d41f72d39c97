"""The pages of a long list: which are known, which are wanted next, and which answers come too late. No Textual."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeVar

from opsconsole.core.lines import Line, Span, Style, Tint, fit
from opsconsole.core.text import clip, harmless, width, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from opsconsole.core.errors import OpsError

T = TypeVar("T")
PAGE = 50
"""Rows asked for at once: a large screen."""
KEPT = 8
"""Pages kept: enough for any screen and some way back, little memory."""
MOST_KNOWN = PAGE * KEPT
"""Rows of which more is kept than is shown, for what is done to them."""
GAP = 2
"""Empty cells between columns."""
MARGIN = 1
"""Empty cells right of the last column, before the scrollbar."""
SIGNS = 2
"""Cells left of the first column, for the mark."""


class ListRow(NamedTuple):
    """One row of a list: spans for each column, in the columns' order."""

    key: str
    cells: tuple[tuple[Span, ...], ...]
    tint: Tint = Tint.NONE


class Column(NamedTuple):
    """One column.

    `width` is in cells; with `flex` it is the least, and what is left of the view is shared by flex. Where the view
    is too narrow, columns are left out, the highest `drop` first; those with 0 stay.
    """

    key: str
    title: str
    width: int
    align: Literal["left", "right"] = "left"
    flex: int = 0
    drop: int = 0
    sorted: bool = False
    """Whether the list is sorted by it; then its title stands out."""


class RowSource(Protocol):
    """Where the rows come from: a query, usually. Each call may take its time and may raise an `OpsError`."""

    async def count(self) -> int:
        """How many rows there are now."""

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        """At most `limit` rows from `offset` on; fewer at the end."""

    async def position(self, key: str) -> int | None:
        """Where the row with this key is now; None when it is no longer in the list."""


def remember(known: dict[int, T], read: Iterable[tuple[int, T]], wanted: Callable[[], Collection[int]] = tuple) -> None:
    """Keep what was read of some rows, and no longer what was read long ago; see `MOST_KNOWN`.

    Args:
        known: by the number of the row, what was read last at the end.
        read: the rows.
        wanted: those that stay, however long ago they were read; asked where there are too many.
    """
    for number, row in read:
        known.pop(number, None)
        known[number] = row
    if (over := len(known) - MOST_KNOWN) > 0:
        stay = frozenset(wanted())
        for number in [one for one in known if one not in stay][:over]:
            del known[number]


class Pages:
    """A cache of pages, the least recently seen dropped first."""

    def __init__(self, count: int = 0) -> None:
        self.count = count
        self._pages: OrderedDict[int, tuple[ListRow, ...]] = OrderedDict()

    def put(self, page: int, rows: Sequence[ListRow]) -> None:
        """Keep the rows of a page."""
        self._pages[page] = tuple(rows)
        self._pages.move_to_end(page)
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)

    def row(self, number: int) -> ListRow | None:
        """A row, if its page is known and reaches so far."""
        rows = self._pages.get(number // PAGE, ())
        place = number % PAGE
        return rows[place] if place < len(rows) else None

    def known(self, number: int) -> bool:
        """Whether the page of a row is here, even if the row is not: the list has become shorter."""
        return number // PAGE in self._pages

    def missing(self, first: int, last: int, *, ahead: int = 1) -> int | None:
        """The page to ask for next: one in view, else one of the `ahead` pages after and before it."""
        if not self.count:
            return None
        end = (self.count - 1) // PAGE
        low, high = min(max(0, first) // PAGE, end), min(max(0, last) // PAGE, end)
        for page in range(low, high + 1):
            if page in self._pages:
                self._pages.move_to_end(page)
        wanted = (*range(low, min(high + ahead, end) + 1), *range(max(low - ahead, 0), low))
        return next((page for page in wanted if page not in self._pages), None)


def widths(columns: Sequence[Column], cells: int) -> tuple[int, ...]:
    """The cells of each column in a view of so many; 0 for those left out."""
    shown = dict.fromkeys(range(len(columns)))

    def needed() -> int:
        return SIGNS + sum(columns[number].width for number in shown) + GAP * max(0, len(shown) - 1) + MARGIN

    for number in sorted((number for number in shown if columns[number].drop), key=lambda at: -columns[at].drop):
        if needed() <= cells:
            break
        del shown[number]
    room = max(0, cells - needed())
    shares = sum(columns[number].flex for number in shown)
    result = [0] * len(columns)
    for number in shown:
        flex = columns[number].flex
        extra = room * flex // shares if flex else 0
        room, shares = room - extra, shares - flex
        result[number] = columns[number].width + extra
    return tuple(result)


def header(columns: Sequence[Column], room: Sequence[int], ellipsis: str) -> Line:
    """The fixed line with the titles."""
    titles = [(Span(column.title, Style.ACCENT if column.sorted else Style.MUTED),) for column in columns]
    return laid(titles, columns, room, ellipsis, Span(" " * SIGNS))


def laid(cells: Sequence[Sequence[Span]], columns: Sequence[Column], room: Sequence[int], ellipsis: str,
         sign: Span, tint: Tint = Tint.NONE) -> Line:
    """Spans of columns as one line: aligned, cut to their cells, harmless; `sign` is at most `SIGNS` wide."""
    spans = [sign, Span(" " * (SIGNS - width(sign.text)))]
    for column, given, available in zip(columns, cells, room, strict=False):
        if not available:
            continue
        if len(spans) > 2:
            spans.append(Span(" " * GAP))
        inert = [span._replace(text=harmless(span.text)) for span in given]
        taken = sum(width(span.text) for span in inert)
        if column.align == "right" and taken < available:
            spans.append(Span(" " * (available - taken)))
            available = taken  # noqa: PLW2901 - the rest of the column
        spans.extend(fit(inert, available, ellipsis))
    return Line(tuple(spans), tint)


def placeholder(columns: Sequence[Column], room: Sequence[int], ellipsis: str) -> Line:
    """A row whose page is still on its way."""
    cells = [(Span(clip(ellipsis, 1), Style.FAINT),)] * len(columns)
    return laid(cells, columns, room, ellipsis, Span(" " * SIGNS))


def failure(error: OpsError, cells: int, sign: str) -> tuple[Line, ...]:
    """What stands in place of rows that could not be read: why, and what to do."""
    room = max(1, cells - SIGNS)
    indent = Span(" " * SIGNS)
    first, *rest = wrap(harmless(error.sentence), room)
    todo = wrap(harmless(error.todo or "Press ctrl+r to try again."), room)
    return (Line((Span(sign, Style.CRITICAL), Span(f" {first}"))), *(Line((indent, Span(text))) for text in rest),
            *(Line((indent, Span(text, Style.MUTED))) for text in todo))
