"""Reading tickets from a CSV file, a row at a time: however long it is, only one row of it is in memory."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from opsconsole.core.errors import UsageError
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.exchange.columns import FORM, NOTHING, columns_of
from opsconsole.tickets.exchange.values import moment_of, priority_of, state_of, tags_of, unprotected
from opsconsole.tickets.model import MOST_NAME, MOST_TEXT, MOST_TITLE, Phase, Priority, Record, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.settings import TicketSettings

MOST_MISTAKES: Final = 50
"""Mistakes after which the rest of a file is not looked at."""
LONGEST: Final = 1 << 22
"""Characters of one cell."""
_PART: Final = 1 << 20
_SEPARATORS: Final = ",;\t|"
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Wishes(NamedTuple):
    """What somebody says about a file besides what can be known of it."""

    columns: Mapping[str, str] = {}
    """What columns become, by name."""
    states: Mapping[str, str] = {}
    """What words of its state column mean."""
    date_form: str = ""
    """The form of its times, as strptime wants it; empty: the usual ones."""
    category: str = ""
    """Of tickets of which the file says none; empty: the first one of the configuration."""


class Mistake(Record, frozen=True):
    """Something in a file that cannot be taken over."""

    line: int
    """Of the file, from 1."""
    column: str
    says: str


class Imported(NamedTuple):
    """One ticket of a file."""

    line: int
    new: New
    origin: str
    """What it is called where it comes from."""
    state: str
    phase: Phase
    resolved: Instant | None
    release: str
    satisfaction: int


class Reader:
    """The tickets of one file. The file must be one that can be read twice.

    Args:
        file: its bytes, at the beginning.
        settings: of tickets.
        now: the present: the time of what says none.
        zone: of times that name no zone; None: this machine's.
        wishes: what somebody says about it.

    Raises:
        UsageError: it is empty, or its columns cannot be known.
    """

    def __init__(self, file: BinaryIO, settings: TicketSettings, now: Instant, zone: tzinfo | None = None,
                 wishes: Wishes = Wishes()) -> None:  # noqa: B008 - immutable
        self._file, self._settings, self._now, self._zone, self._wishes = file, settings, now, zone, wishes
        self.encoding = encoding_of(file)
        self.separator = _separator(self._text())
        header = next(iter(self._rows()), None)
        if header is None or not any(cell.strip() for cell in header[1]):
            raise UsageError("The file is empty.", "Its first line must name the columns.")
        self.columns = columns_of([cell.strip() for cell in header[1]], wishes.columns)
        self.mistakes: list[Mistake] = []
        """Those of the rows read so far."""
        self.count = 0
        """How many tickets were read so far."""

    def __iter__(self) -> Iterator[Imported]:
        """The tickets; rows with a mistake are left out and noted. Begins anew each time."""
        self.mistakes.clear()
        self.count = 0
        for number, (line, cells) in enumerate(self._rows()):
            if not number or not any(cells):
                continue
            values = {column.field: unprotected(cell).strip("\ufeff") for column, cell
                      in zip(self.columns, cells, strict=False) if column.field != NOTHING}
            before = len(self.mistakes)
            found = self._ticket(line, values)
            if len(cells) > len(self.columns):
                self._wrong(line, "", f"the row has {len(cells)} cells, the first line {len(self.columns)}")
            if len(self.mistakes) == before and found is not None:
                self.count += 1
                yield found
            elif len(self.mistakes) >= MOST_MISTAKES:
                return

    def _ticket(self, line: int, values: Mapping[str, str]) -> Imported | None:
        title = " ".join(values.get("title", "").split())
        if not title:
            self._wrong(line, "title", "there is no title")
        description = values.get("description", "")
        for field, text, most in (("title", title, MOST_TITLE), ("description", description, MOST_TEXT),
                                  *((name, values.get(name, ""), MOST_NAME) for name in _NAMES)):
            if len(text) > most:
                self._wrong(line, field, f"it is longer than {most} characters")
        category = self._category(line, values.get("category", ""))
        state, phase = self._state(line, values, category)
        created = self._moment(line, values, "created")
        resolved = self._moment(line, values, "resolved")
        begun = created if created is not None else resolved if resolved is not None else self._now
        ended = None if phase is not Phase.DONE else max(begun, resolved if resolved is not None else begun)
        if ended is not None and resolved is not None and resolved < begun:
            self._wrong(line, "resolved", "it was resolved before it was created")
        new = New(title, description, category, self._priority(line, values), values.get("requester", "").strip(),
                  values.get("requester_mail", "").strip(), values.get("team", "").strip(),
                  values.get("assignee", "").strip(), self._tags(line, values),
                  fields={name.removeprefix(FORM): text for name, text in values.items()
                          if name.startswith(FORM) and text},
                  version_seen=values.get("version_seen", "").strip(), source=Source.IMPORT, at=begun, form=False,
                  route=False)
        return Imported(line, new, values.get("id", "").strip()[:MOST_NAME], state, phase, ended,
                        values.get("release", "").strip()[:MOST_NAME], self._rating(line, values))

    def _category(self, line: int, text: str) -> str:
        known = self._settings.all_categories
        wanted = text.strip() or self._wishes.category
        if not wanted:
            return next(iter(known))
        for name, category in known.items():
            if wanted.lower() in (name.lower(), category.label.lower()):
                return name
        if not self._wishes.category:
            self._wrong(line, "category", f"`{wanted[:40]}` is none of {', '.join(known)}; --category takes it for one")
        return self._wishes.category or next(iter(known))

    def _state(self, line: int, values: Mapping[str, str], category: str) -> tuple[str, Phase]:
        _, lifecycle = self._settings.lifecycle_of(category)
        text = values.get("state", "").strip()
        if not text:
            closed = bool(values.get("resolved", "").strip())
            text = "done" if closed else lifecycle.initial
        try:
            state = state_of(text, lifecycle, self._wishes.states)
        except ValueError as problem:
            self._wrong(line, "state", f"`{text[:40]}` is no state; give {problem}")
            state = lifecycle.initial
        return state, lifecycle.states[state]

    def _moment(self, line: int, values: Mapping[str, str], field: str) -> Instant | None:
        text = values.get(field, "").strip()
        if not text:
            return None
        try:
            return moment_of(text[:80], self._zone, self._wishes.date_form)
        except ValueError as problem:
            self._wrong(line, field, f"`{text[:40]}` is no time; give {problem}")
            return None

    def _priority(self, line: int, values: Mapping[str, str]) -> Priority | None:
        text = values.get("priority", "").strip()
        if not text:
            return None
        try:
            return priority_of(text)
        except ValueError as problem:
            self._wrong(line, "priority", f"`{text[:40]}` is no priority; give {problem}")
            return None

    def _tags(self, line: int, values: Mapping[str, str]) -> tuple[str, ...]:
        tags = tags_of(values.get("tags", ""))
        if any(len(tag) > MOST_NAME for tag in tags):
            self._wrong(line, "tags", f"a tag is longer than {MOST_NAME} characters")
        return tags

    def _rating(self, line: int, values: Mapping[str, str]) -> int:
        text = values.get("satisfaction", "").strip()
        if text and not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= 5):
            self._wrong(line, "satisfaction", f"`{text[:40]}` is none of 1 to 5")
            return 0
        return int(text) if text else 0

    def _wrong(self, line: int, field: str, says: str) -> None:
        name = next((column.name for column in self.columns if column.field == field), field)
        self.mistakes.append(Mistake(line, name, says))

    def _text(self) -> io.TextIOWrapper:
        self._file.seek(0)
        return io.TextIOWrapper(self._file, encoding=self.encoding, errors="backslashreplace", newline="")

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row and the line that it begins in."""
        csv.field_size_limit(LONGEST)
        text = self._text()
        rows = csv.reader(_lines(text), delimiter=self.separator)
        begins = 1
        try:
            for row in rows:
                yield begins, row
                begins = rows.line_num + 1
        except csv.Error as problem:
            raise UsageError(f"Line {rows.line_num} of the file cannot be read: {problem}.",
                             "Is a quotation mark missing?") from None
        finally:
            text.detach()


_NAMES: Final = ("requester", "requester_mail", "team", "assignee", "version_seen")


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 1
    while line := text.readline(LONGEST):
        if len(line) == LONGEST:
            raise UsageError(f"Line {number} of the file is longer than {LONGEST} characters.",
                             "Is it a file of tickets?")
        yield line.replace("\0", "")
        number += 1


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a file: by the mark at its beginning, UTF-8 if all of it is, else Latin-1 as Windows has it."""
    file.seek(0)
    head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while part := file.read(_PART):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _separator(text: io.TextIOWrapper) -> str:
    """What stands between the cells of the first line."""
    line = text.readline(1 << 16)
    text.detach()
    quoted, counts = False, dict.fromkeys(_SEPARATORS, 0)
    for char in line:
        quoted ^= char == '"'
        if char in counts and not quoted:
            counts[char] += 1
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","
