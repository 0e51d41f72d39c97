"""What the commands of `log` share: their arguments, the use cases as configured, and fields from options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from opsconsole.core.errors import UsageError
from opsconsole.printing import changing, machine_clock, milliseconds, moment, reading

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model import Entry, EntryType
    from opsconsole.logbook.service import LogService
    from opsconsole.logbook.settings import LogbookSettings

MOST: Final = 2**43 - 1
"""The highest number that an entry can have."""
TYPES: Final = ("daily", "weekly", "monthly", "quarterly", "annual", "emergency", "change", "incident")
NUMBER = click.argument("number", type=click.IntRange(1, MOST))
REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; others will read it.")
_LISTS: Final = {"task": "tasks", "found": "found", "resolved": "resolved", "escalated": "escalated"}
_NAMES: Final = {"by": "performed_by", "check": "checks", "tag": "tags"}
_FIELDS: Final = (
    click.option("--type", "type_", type=click.Choice(TYPES), metavar="TYPE",
                 help="What kind of work: daily, weekly, monthly, quarterly, annual, emergency, change or incident."),
    click.option("--begun", metavar="WHEN", help="When it began: a time, or how long ago, such as 2h."),
    click.option("--ended", metavar="WHEN", help="When it ended, in the same forms; `-` while it goes on."),
    click.option("--status", type=click.Choice(["normal", "issues"]), help="How it went."),
    click.option("--by", multiple=True, metavar="NAME", help="Who performed it; may be given again."),
    click.option("--task", multiple=True, metavar="TEXT",
                 help="A task that was completed; `#17` at its end is a ticket. It may be given again."),
    click.option("--found", multiple=True, metavar="TEXT", help="An issue that was found; may be given again."),
    click.option("--resolved", multiple=True, metavar="TEXT", help="An issue that was resolved; may be given again."),
    click.option("--escalated", multiple=True, metavar="TEXT", help="An issue that was escalated; may be given again."),
    click.option("--next", "next_", multiple=True, metavar="TEXT",
                 help="What is to be done next, such as `order a disk @ben 2027-01-11`; may be given again."),
    click.option("--notes", metavar="TEXT", help="Notes in Markdown; `-` is standard input."),
    click.option("--spent", metavar="TIME", help="Time spent, such as 1h30m."),
    click.option("--check", multiple=True, metavar="NAME", help="A check that it affects; may be given again."),
    click.option("--tag", multiple=True, metavar="TAG", help="A tag; may be given again."))


def fields(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command an option for each field of an entry but its title."""
    for option in reversed(_FIELDS):
        command = option(command)
    return command


def settings(given: Any) -> LogbookSettings:
    """What the configuration says about the log."""
    from opsconsole.logbook.settings import LogbookSettings  # noqa: PLC0415 - `--help` needs none

    found: LogbookSettings | None = given.loaded.settings.logbook
    return found if found is not None else LogbookSettings()


def service_of(given: Any, db: Database) -> LogService:
    """The use cases of the log, as configured."""
    from opsconsole.core.blobs import Blobs  # noqa: PLC0415 - `--help` needs none
    from opsconsole.logbook.service import LogService  # noqa: PLC0415 - as above

    return LogService(db, machine_clock(), settings(given), blobs=Blobs(given.loaded.paths.data / "blobs"),
                      windows=given.windows)


def read_log(given: Any, read: Callable[[LogService], Awaitable[Any]], nothing: Any) -> Any:
    """What `read` returns; `nothing` where nothing was ever stored."""
    return reading(given, lambda db: read(service_of(given, db)), nothing)


def change_log(given: Any, change: Callable[[LogService, Actor], Awaitable[Any]]) -> Any:
    """What `change` returns, which is done by whoever runs this."""
    return changing(given, lambda db, actor: change(service_of(given, db), actor))


def name_of(entry: Entry) -> str:
    """An entry in a sentence: `Entry 17 (change: swapped disk 3)`."""
    from opsconsole.core.text import limited  # noqa: PLC0415 - only where one is named

    return f"Entry {entry.id} ({entry.type.value}: {limited(entry.title, 80)})"


def given_fields(options: dict[str, Any], now: Instant) -> dict[str, Any]:
    """The fields that options give, in the types of the model; those that were not given are left out.

    Raises:
        UsageError: a value cannot be.
    """
    from opsconsole.logbook.model import EntryType, Status  # noqa: PLC0415 - `--help` needs none
    from opsconsole.logbook.wording import action_of, point_of  # noqa: PLC0415 - as above

    found: dict[str, Any] = {}
    if options["type_"] is not None:
        found["type"] = EntryType(options["type_"])
    if options["status"] is not None:
        found["status"] = Status(options["status"])
    for name in ("begun", "ended"):
        if options[name] is not None:
            found[name] = None if options[name] == "-" and name == "ended" else when(options[name], now)
    for option, name in _LISTS.items():
        if options[option]:
            found[name] = tuple(point_of(text) for text in options[option])
    for option, name in _NAMES.items():
        if options[option]:
            found[name] = tuple(options[option])
    if options["next_"]:
        found["actions"] = tuple(action_of(text) for text in options["next_"])
    if options["notes"] is not None:
        found["notes"] = piped() if options["notes"] == "-" else options["notes"]
    if options["spent"] is not None:
        found["seconds"] = milliseconds(options["spent"]) / 1000
    return found


def added(entry: Entry, wanted: dict[str, Any]) -> dict[str, Any]:
    """Fields as wanted, lists and notes behind what stands in them."""
    found: dict[str, Any] = {}
    for name, value in wanted.items():
        now = getattr(entry, name)
        if isinstance(now, tuple):
            found[name] = (*now, *(one for one in value if one not in now))
        elif name == "notes" and now:
            found[name] = f"{now}\n\n{value}"
        elif name == "seconds":
            found[name] = now + value
        else:
            found[name] = value
    return found


def when(text: str, now: Instant) -> Instant:
    """A time, or how long ago it was.

    Raises:
        UsageError: it is neither.
    """
    if text == "now":
        return now
    try:
        return now - milliseconds(text)
    except UsageError:
        return moment(text)


def piped() -> str:
    """What comes through standard input; no more than notes can hold, and a little, is read.

    Raises:
        UsageError: it is too long.
    """
    import sys  # noqa: PLC0415 - only where it is wanted

    from opsconsole.core.text import decode  # noqa: PLC0415 - as above
    from opsconsole.logbook.model import MOST_TEXT  # noqa: PLC0415 - as above

    stream = getattr(sys.stdin, "buffer", None)
    raw: bytes = b"" if stream is None else stream.read(4 * MOST_TEXT + 1)
    text = decode(raw)
    if len(text) > MOST_TEXT:
        raise UsageError(f"Notes hold at most {MOST_TEXT} characters.", "Attach the rest: `opsconsole log attach`.")
    return text.strip("\r\n")


def kind_of(name: str | None) -> EntryType:
    """A kind of entry; `change` where nobody said one."""
    from opsconsole.logbook.model import EntryType  # noqa: PLC0415 - `--help` needs none

    return EntryType(name or "change")


def one_of(entries: Sequence[Any], number: int) -> Any:
    """What was read of an entry.

    Raises:
        NoEntry: nothing was ever stored.
    """
    from opsconsole.logbook.errors import NoEntry  # noqa: PLC0415 - only for a mistake

    if not entries:
        raise NoEntry(f"There is no log entry {number}.", "None was ever written here.")
    return entries
