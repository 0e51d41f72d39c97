"""What one-shot commands share: printing lines, words and JSON, and using the records as whoever runs them."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from opsconsole.core.clock import Clock, Instant
    from opsconsole.core.database import Database
    from opsconsole.core.glyphs import Glyphs
    from opsconsole.core.identity import Actor
    from opsconsole.core.lines import Line

NO_TERMINAL = 100
"""Cells of a line when the output is no terminal."""
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")

_COLOURS = {"muted": "90", "faint": "90", "accent": "94", "ok": "32", "warning": "33", "critical": "91",
            "unknown": "35", "inverse": "7"}
"""SGR codes of the 16 base colours; ordinary text has none, so that it fits light and dark terminals."""


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines, in colour on a terminal."""
    colours = colourful()
    for one in lines:
        click.echo(drawn(one, colours=colours))


def print_json(value: object) -> None:
    """Print JSON for scripts."""
    from opsconsole.core.jsontext import to_json  # noqa: PLC0415 - for scripts only

    click.echo(to_json(value, indent=2))


def say(text: str, *, err: bool = False) -> None:
    """Print a sentence; what is foreign in it does nothing."""
    from opsconsole.core.text import harmless  # noqa: PLC0415 - where words are printed

    click.echo(harmless(text), err=err)


def drawn(line: Line, *, colours: bool) -> str:
    """A line as text, without spaces at its end."""
    if not colours:
        return line.text.rstrip()
    parts: list[str] = []
    for span in line.spans:
        code = _COLOURS.get(span.style, "")
        codes = ";".join(part for part in ("1" if span.strong else "", code) if part)
        parts.append(f"\x1b[{codes}m{span.text}\x1b[0m" if codes and span.text.strip() else span.text)
    return "".join(parts).rstrip()


def colourful() -> bool:
    """Whether standard output takes colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Cells of a line on standard output."""
    if not sys.stdout.isatty():
        return NO_TERMINAL
    return max(40, shutil.get_terminal_size((NO_TERMINAL, 24)).columns)


def glyphs(given: Any) -> Glyphs:
    """The signs to draw with: ASCII when asked for, or when the output cannot take anything else."""
    from opsconsole.core.glyphs import ASCII, UNICODE  # noqa: PLC0415 - where lines are drawn

    wanted = given.options.ascii
    if wanted is None:
        wanted = given.loaded.settings.console.ascii
    if wanted is None:
        try:
            "".join(str(part) for part in UNICODE).encode(sys.stdout.encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            wanted = True
    return ASCII if wanted else UNICODE


def machine_clock() -> Clock:
    """The machine's clock."""
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415 - `--help` needs none

    return SystemClock()


def hand_out(text: str, output: Path | None, said: str, *, foreign: bool = True) -> None:
    """Write a document: to a file, in place of one that is there, or to standard output.

    Args:
        text: the whole of it.
        output: the file; None: standard output.
        said: what is said after the file was written.
        foreign: whether on a terminal something in it could act, which is then made harmless.

    Raises:
        StorageError: the file cannot be written.
    """
    raw = text.encode("utf-8", "backslashreplace")
    if output is None:
        if not foreign or not sys.stdout.isatty():
            click.echo(raw, nl=False)
            return
        from opsconsole.core.text import harmless_lines  # noqa: PLC0415 - only on a terminal

        for one in harmless_lines(raw.decode(), limit=1_000_000):
            click.echo(one)
        return
    from opsconsole.core.replacefile import replace_file  # noqa: PLC0415 - only for a file

    try:
        replace_file(output.absolute(), raw)
    except OSError as problem:
        raise unwritten(output, problem) from None
    say(said)


def unwritten(output: Path, problem: OSError) -> StorageError:
    """That a file cannot be written."""
    return StorageError(f"{output} cannot be written ({problem.strerror or problem}).",
                        "Name a file in a folder that you may write.")


def milliseconds(text: str) -> int:
    """A length of time from the command line.

    Raises:
        UsageError: it is none.
    """
    from opsconsole.core.units import Duration  # noqa: PLC0415 - only where one is given

    try:
        length = round(Duration.parse(text) * 1000)
    except ValueError as problem:
        raise UsageError(f"`{text}` is no length of time.", f"Give {problem}.") from problem
    if not length:
        raise UsageError("The time is empty.", "Give a length such as 2h.")
    return length


def moment(text: str) -> Instant:
    """A wall clock time of this machine's zone.

    Raises:
        UsageError: it is none.
    """
    from datetime import datetime  # noqa: PLC0415 - only where one is given

    from opsconsole.core.clock import instant  # noqa: PLC0415 - as above

    try:
        return instant(datetime.fromisoformat(text).astimezone())
    except (ValueError, OverflowError, OSError) as problem:
        raise UsageError(f"`{text}` is no time.", "Give a date and a time, such as `2026-03-02 18:00`.") from problem


def reading(given: Any, read: Callable[[Database], Awaitable[Any]], nothing: Any) -> Any:
    """What `read` returns of the records; `nothing` where nothing was ever stored.

    Raises:
        StorageError: they cannot be read.
    """
    import asyncio  # noqa: PLC0415 - `--help` needs none

    from opsconsole.core.database import RECORDS, Database  # noqa: PLC0415 - as above

    paths = given.loaded.paths

    async def main() -> Any:
        if not paths.records.exists():
            return nothing
        async with await Database.open(paths.records, RECORDS, read_only=True) as db:
            return await read(db)

    return asyncio.run(main())


def changing(given: Any, change: Callable[[Database, Actor], Awaitable[Any]]) -> Any:
    """What `change` returns, which is done in the records by whoever runs this.

    Raises:
        StorageError: they cannot be written.
    """
    import asyncio  # noqa: PLC0415 - `--help` needs none

    from opsconsole.core.database import RECORDS, Database  # noqa: PLC0415 - as above
    from opsconsole.core.identity import current_actor  # noqa: PLC0415 - as above

    loaded = given.loaded
    actor = current_actor(loaded.settings.roles)
    mode = 0o660 if loaded.paths.shared else 0o600

    async def main() -> Any:
        async with await Database.open(loaded.paths.records, RECORDS, mode=mode) as db:
            return await change(db, actor)

    return asyncio.run(main())
