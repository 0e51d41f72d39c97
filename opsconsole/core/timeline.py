"""What happened, of every feature, in one order: what each of them tells of a time."""

from __future__ import annotations

import asyncio
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from opsconsole.core.clock import MINUTE, Instant
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence

KINDS: Final = ("alert", "change", "checklist", "handover", "log", "maintenance", "ticket")
"""What happenings are filtered by; each kind has one source."""
PACKAGE: Final = "package"
"""The deed of a package that was installed, upgraded or removed."""
TOGETHER: Final = 2 * MINUTE
"""ms: packages that follow each other within this were changed by one command."""
NAMED: Final = 3
"""Packages of one command that a line names, where it must be short."""
_LISTED: Final = 50
_BATCH: Final = 500
_MOST_WORDS: Final = 10
_SPARE: Final = 8
"""A part of a page that is read beyond it."""
_MOST_BATCH: Final = 20_000


class Happening(msgspec.Struct, frozen=True):
    """One thing that happened."""

    at: Instant
    kind: str
    """One of `KINDS`."""
    what: str
    """One line, as `nginx restarted`, `#17 resolved: disk full`; foreign text."""
    who: str = ""
    """The login name; empty: the program, or nobody knows."""
    level: Level | None = None
    """How bad it is; None: it is neither good nor bad."""
    target: str = ""
    """What can be opened: `alert:17`, `ticket:3`, `run:5`, `entry:9`, `handover:2`; empty: nothing."""
    detail: str = ""
    """More of it, some lines; foreign text."""
    about: str = ""
    """What it happened to, without saying what: `disk full`, `web`, `nginx.service restarted`; foreign text."""
    deed: str = ""
    """What happened to it, in a word of its feature: `fired`, `signed`, `done`, `package`."""


class Command(Happening, frozen=True):
    """Packages that one command changed, where it began."""

    parts: tuple[Happening, ...] = ()
    """Each of them, oldest first."""


class About(NamedTuple):
    """What the timeline is opened at."""

    target: str = ""
    """As in `Happening.target`; empty: a moment only."""
    at: Instant | None = None
    """The moment; None: when the target began."""
    title: str = ""
    """What it is, in a few words, as `redis`; foreign text. Empty: what happened at the moment says it."""


class Source(Protocol):
    """A feature that knows what happened; the composition root hands its implementations to whoever asks."""

    kind: str
    """The kind of all its happenings."""
    topic: str
    """What changes when something happened."""
    target: str
    """What of it can be opened, as in `Happening.target`: `alert`, `ticket`, `run`, `entry`, `handover`; empty:
    nothing."""

    async def when(self, number: int) -> Instant | None:
        """When one of its targets began; None: there is none with this number.

        Raises:
            StorageError: it cannot be read.
        """

    async def happenings(self, since: Instant, until: Instant, limit: int, text: str = "") -> Sequence[Happening]:
        """The newest of a time, newest first; those of one moment always in the same order.

        Args:
            since: ms UTC, included.
            until: ms UTC, left out.
            limit: how many at most.
            text: only those in which all of these words occur; empty: all.

        Raises:
            StorageError: they cannot be read.
        """


class Page(NamedTuple):
    """A part of the timeline, newest first."""

    happenings: tuple[Happening, ...] = ()
    problems: tuple[str, ...] = ()
    """A sentence for each source that failed; the page is without it."""
    older: Instant | None = None
    """What to ask for as `until` to see what was before; None: there is nothing."""


async def gather(sources: Sequence[Source], since: Instant, until: Instant, limit: int, text: str = "",
                 kinds: Collection[str] = ()) -> Page:
    """The newest of what all sources tell of a time.

    A page ends between two moments, never within one, so that whoever goes on at `older` sees everything once; it is
    longer than `limit` where more happened in its last moment.

    Args:
        sources: whom to ask; one that fails is told of, and the others go on.
        since: ms UTC, included.
        until: ms UTC, left out.
        limit: about how many.
        text: only those in which all of these words occur; empty: all.
        kinds: only of these; empty: all.
    """
    asked = [one for one in sources if not kinds or one.kind in kinds]
    answers = await asyncio.gather(*(_of(one, since, until, limit, text) for one in asked))
    problems = tuple(one for one in answers if isinstance(one, str))
    parts = [one for one in answers if not isinstance(one, str)]
    # Of a source that has more, nothing is known of the time before its oldest one.
    complete = max((part.complete for part in parts), default=since)
    found = [one for one in merge(*(part.happenings for part in parts), key=lambda one: -one.at) if one.at >= complete]
    end = limit
    while 0 < end < len(found) and found[end].at == found[end - 1].at:
        end += 1
    more = end < len(found) or complete > since
    page = tuple(found[:end])
    return Page(page, problems, page[-1].at if more and page else None)


class _Part(NamedTuple):
    happenings: Sequence[Happening]
    complete: Instant
    """Since when nothing is missing."""


async def _of(source: Source, since: Instant, until: Instant, limit: int, text: str) -> _Part | str:
    try:
        found = await source.happenings(since, until, limit + 1, text)
        if len(found) <= limit:
            return _Part(found, since)
        last = found[-1].at
        return _Part((*(one for one in found if one.at > last), *await _moment(source, last, limit + 1, text)), last)
    except OpsError as error:
        return str(error)


async def _moment(source: Source, at: Instant, limit: int, text: str) -> Sequence[Happening]:
    """Everything of one moment: whole imports and changes of many tickets happen in one."""
    while len(found := await source.happenings(at, at + 1, limit, text)) >= limit:
        limit *= 4
    return found


def fits(one: Happening, words: Collection[str]) -> bool:
    """Whether all words, which are in lower case, occur in it."""
    said = f"{one.what}\n{one.who}\n{one.detail}".casefold()
    return all(word in said for word in words)


def looked_for(text: str, stored: str, own: str) -> tuple[str, dict[str, str]]:
    """A condition for SQLite, and its parameters, so that only few rows of a million have to be looked at here.

    It leaves the rest to `fits`: of each word only what is `lookable` is looked for.

    Args:
        text: the words.
        stored: the SQL of everything in a row that is told.
        own: what is told besides, which stands in no row.
    """
    parts = lookables(text, own)
    clause = "".join(f" AND {stored} LIKE :word{place} ESCAPE '!'" for place in range(len(parts)))
    return clause, {f"word{place}": pattern(part) for place, part in enumerate(parts)}


def lookables(text: str, own: str) -> list[str]:
    """What is `lookable` of each word of a text, once, and of not too many."""
    return list(dict.fromkeys(part for word in text.casefold().split() if (part := lookable(word, own))))[:_MOST_WORDS]


def lookable(word: str, own: str) -> str:
    """The longest part of a word in lower case that SQLite can look for, and that stands only in what is stored.

    Empty where there is none: SQLite knows no letters of other case beyond ASCII, nor the two signs that are none, and
    what it looks through has signs of its own between what is told.
    """
    parts = "".join(sign if _same_in_sqlite(sign) else "\0" for sign in word).split("\0")
    return max((part for part in parts if part not in own), key=len, default="")


def _same_in_sqlite(sign: str) -> bool:
    if sign.isascii():
        return sign not in ':"\\'
    return sign == sign.lower() == sign.upper() == sign.casefold() and sign not in "\ufffe\uffff"


def pattern(word: str) -> str:
    """What stands behind `LIKE` for texts in which a word occurs, with `ESCAPE '!'`."""
    return f"%{word.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"


async def sifted(read: Callable[[Instant, Instant, int], Awaitable[Sequence[Happening]]], since: Instant,
                 until: Instant, limit: int, text: str, *, size: int = _BATCH) -> list[Happening]:
    """The newest in which all words of a text occur, read in batches; without a text, one batch.

    Args:
        read: the newest from one instant until another, as `Source.happenings` without a text.
        since: see `Source.happenings`.
        until: as above.
        limit: as above.
        text: as above.
        size: how many are read at first; few are enough where the words were looked for already.
    """
    words = text.casefold().split()
    if not words:
        return list(await read(since, until, limit))
    found: list[Happening] = []
    # What is of the last moment of a batch is read again with the next one: without a few more, a page takes two.
    size = max(size, limit + max(limit // _SPARE, 1))
    while True:
        batch = await read(since, until, size)
        last = batch[-1].at if len(batch) >= size else None
        found += [one for one in batch if one.at != last and fits(one, words)]
        if last is None or len(found) >= limit:
            return found[:limit]
        if batch[0].at == last:
            size *= 4
            continue
        until, size = last + 1, min(size * 2, max(_MOST_BATCH, size))


def newest(limit: int, *parts: Sequence[Happening]) -> list[Happening]:
    """The newest of several lists of one source; of one moment, in the order of the lists."""
    return sorted(chain(*parts), key=lambda one: -one.at)[:limit]


def commands(packages: Iterable[Happening]) -> Iterator[list[Happening]]:
    """Packages, in the order of time or against it, by the command that changed them."""
    group: list[Happening] = []
    for one in packages:
        if group and abs(one.at - group[-1].at) > TOGETHER:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def summed(parts: Sequence[Happening]) -> str:
    """The packages of one command in few words: `redis-server upgraded 7.0.14 to 7.0.15 and 12 more packages`."""
    names = [one.about for one in parts]
    return ", ".join(names) if len(names) <= NAMED else f"{names[0]} and {len(names) - 1} more packages"


def folded(happenings: Sequence[Happening], each: Collection[Happening] = ()) -> list[Happening]:
    """The same, newest first, with the packages of one command in one row, where it began.

    What happened while it ran stands above it: what it led to, and what it may have broken.

    Args:
        happenings: newest first.
        each: packages of commands that are to be shown one by one.
    """
    found: dict[int, Happening] = {}
    hidden: set[int] = set()
    for group in commands(one for one in happenings if one.deed == PACKAGE):
        if len(group) > 1 and not any(one in each for one in group):
            found[id(group[-1])] = _command(group[::-1])
            hidden.update(id(one) for one in group[:-1])
    return [found.get(id(one), one) for one in happenings if id(one) not in hidden]


def _command(parts: Sequence[Happening]) -> Command:
    first, names = parts[0], [one.about for one in parts[:_LISTED]]
    more = [f"{len(parts) - _LISTED} more"] if len(parts) > _LISTED else []
    return Command(first.at, first.kind, f"{len(parts)} packages: {', '.join((*names, *more))}", first.who,
                   about=summed(parts), deed=PACKAGE, parts=tuple(parts))
