"""Examines the installation: what is well, what is not, and what to do about it.

Every part returns findings and raises nothing that it can foresee: a doctor who faints helps nobody. Nothing is
changed, created or upgraded by looking.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsconsole import __version__
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.terminal import HELPLESS, SMALLEST, colours, locale_variable, speaks_unicode
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opsconsole.checklists.library import Library
    from opsconsole.core.backup import StorageReport
    from opsconsole.core.database import Schema
    from opsconsole.core.paths import Paths
    from opsconsole.settings import Loaded, Settings
    from opsconsole.tickets.settings import TicketSettings

LONGEST = 400
"""Characters of one sentence: what is quoted in it may be endless."""
COLOURS = {0: "without colour, as NO_COLOR asks", 16: "16 colours", 256: "256 colours", 2**24: "16 million colours"}
WORDS = {Level.OK: "ok", Level.UNKNOWN: "unknown", Level.WARNING: "warning", Level.CRITICAL: "problem"}


class Finding(NamedTuple):
    """One thing that was looked at: `says` is what was found, `todo` what to do, empty when there is nothing."""

    level: Level
    what: str
    says: str
    todo: str = ""


def examine(load: Callable[[], Loaded], fallback: Callable[[], Paths], env: Mapping[str, str]) -> list[Finding]:
    """Look at everything.

    Args:
        load: reads the configuration.
        fallback: the paths that hold while the configuration cannot be read.
        env: the environment, as this process got it.
    """
    found, settings = [program()], None
    try:
        loaded = load()
    except OpsError as error:
        found += unusable_configuration(error)
        try:
            paths = fallback()
        except OpsError as second:
            return [*found, _told(Level.CRITICAL, "folders", second), *terminal(env), clock()]
    else:
        paths, settings = loaded.paths, loaded.settings
        found.append(configuration(loaded.path))
    tickets = None if settings is None else settings.tickets
    for part in (permissions(paths), storage(paths), work(paths, tickets), themes(paths),
                 checklists(paths, settings, env), terminal(env)):
        found += part
    return [*found, clock()]


def program() -> Finding:
    """Which program this is, and what runs it."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(Level.OK, "program", f"opsconsole {__version__}, Python {version} ({sys.executable or 'embedded'})")


def configuration(path: Path | None) -> Finding:
    """A configuration that could be read."""
    if path is None:
        return Finding(Level.OK, "configuration", "there is no file, so the defaults are in effect")
    return Finding(Level.OK, "configuration", f"{path} is valid")


def unusable_configuration(error: OpsError) -> Iterator[Finding]:
    """One finding for each mistake in the configuration."""
    mistakes: Iterable[object] = getattr(error, "mistakes", ())
    told = [Finding(Level.CRITICAL, "configuration", _short(str(mistake)), "Correct this place.")
            for mistake in mistakes]
    yield from told or [_told(Level.CRITICAL, "configuration", error)]


def permissions(paths: Paths) -> Iterator[Finding]:
    """The configuration, the folders and the log file: whether they can be used, and by too many."""
    if paths.config is not None:
        yield _file("configuration", paths.config, secret=not paths.shared)
    yield _folder("data folder", paths.data, shared=paths.shared)
    yield _folder("state folder", paths.state, shared=False)
    # Where its folder may not be looked into, the finding about that folder says so already.
    if os.path.exists(paths.log):  # noqa: PTH110 - Path.exists raises where permission is missing
        yield _file("log file", paths.log, secret=True)


def storage(paths: Paths) -> Iterator[Finding]:
    """Both databases, as `core.backup.inspect` sees them."""
    from opsconsole.core.database import METRICS, RECORDS  # noqa: PLC0415 - SQLite, for this part only

    yield from database(paths.records, RECORDS)
    yield from database(paths.metrics, METRICS)


def work(paths: Paths, tickets: TicketSettings | None = None) -> Iterator[Finding]:
    """The agent, its jobs, the outbox and tickets, of which the configuration says so much."""
    from opsconsole.admin.working import working  # noqa: PLC0415 - as above

    return (Finding(*found) for found in working(paths, tickets))


def database(path: Path, schema: Schema) -> Iterator[Finding]:
    """One database: all problems and warnings, and a line of figures when it is sound."""
    from opsconsole.core.backup import inspect  # noqa: PLC0415 - as above

    what = f"database {path.name}"
    try:
        report = inspect(path, schema)
    except OpsError as error:
        yield _told(Level.CRITICAL, what, error)
        return
    for level, sentences in ((Level.CRITICAL, report.problems), (Level.WARNING, report.warnings)):
        for sentence in sentences:
            says, todo = _parted(sentence)
            yield Finding(level, what, says, todo)
    if report.ok:
        yield Finding(Level.OK, what, _figures(report))


def themes(paths: Paths) -> Iterator[Finding]:
    """Every theme file, those beside the configuration too."""
    from opsconsole.core.resources import folder  # noqa: PLC0415 - for this part only
    from opsconsole.core.themes import read_theme  # noqa: PLC0415

    try:
        files = folder("themes", [] if paths.config is None else [paths.config.parent / "themes"])
    except OpsError as error:
        yield _told(Level.CRITICAL, "themes", error)
        return
    wrong = 0
    for file in files:
        try:
            read_theme(file)
        except OpsError as error:
            wrong += 1
            places = [str(mistake) for mistake in getattr(error, "mistakes", ())] or [str(error)]
            for place in places:
                yield Finding(Level.WARNING, "themes", _short(place), "Correct this theme, or use another one.")
    sound = len(files) - wrong
    yield Finding(Level.OK if sound else Level.CRITICAL, "themes", f"{sound} of {len(files)} can be used",
                  "" if sound else "Install opsconsole again.")


def checklists(paths: Paths, settings: Settings | None, env: Mapping[str, str]) -> Iterator[Finding]:
    """Every template, those beside the configuration too; what they name is looked for where that could be read."""
    from opsconsole.checklists.findings import template_findings  # noqa: PLC0415 - for this part only
    from opsconsole.checklists.library import Library  # noqa: PLC0415
    from opsconsole.checklists.settings import ChecklistSettings  # noqa: PLC0415
    from opsconsole.core.paths import beside_config  # noqa: PLC0415
    from opsconsole.core.resources import own_folder  # noqa: PLC0415

    chosen = (settings.checklists if settings is not None else None) or ChecklistSettings()
    try:
        own_folder("checklists")
        library = Library(chosen, beside_config("checklists", paths, env))
        found = list(template_findings(library, () if settings is None else _unknown_names(library, settings)))
    except OpsError as error:
        yield _told(Level.CRITICAL, "checklists", error)
        return
    yield from (Finding(one.level, "checklists", _short(one.says), one.todo) for one in found)


def _unknown_names(library: Library, settings: Settings) -> list[str]:
    """What templates name and the configuration does not have."""
    from opsconsole.notify.settings import NotifySettings  # noqa: PLC0415 - as above
    from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415

    tickets, notify = settings.tickets or TicketSettings(), settings.notify or NotifySettings()
    return library.warnings(settings.checks or {}, tickets.all_categories, notify.ladders, notify.rotations,
                            tickets.calendars, tickets.teams)


def terminal(env: Mapping[str, str], size: tuple[int, int] | None = None) -> Iterator[Finding]:
    """What the console could show here; `size` is columns and rows, None asks the terminal."""
    kind = env.get("TERM", "")
    if not any(os.isatty(descriptor) for descriptor in (0, 1, 2)) and size is None:
        yield Finding(Level.UNKNOWN, "terminal", "this command was not run on one")
    elif kind in HELPLESS:
        yield Finding(Level.CRITICAL, "terminal", f"its type is not known (TERM is {_short(kind) or 'empty'})",
                      "Set TERM to what the terminal is, as `xterm-256color`.")
    else:
        columns, rows = size or _size()
        says = f"{_short(kind)}, {COLOURS[colours(env)]}, {columns}×{rows}"  # noqa: RUF001 - the sign of multiplication
        small = columns < SMALLEST[0] or rows < SMALLEST[1]
        yield Finding(Level.WARNING if small else Level.OK, "terminal", says,
                      f"Make it at least {SMALLEST[0]} columns by {SMALLEST[1]} rows." if small else "")
    yield locale(env)


def locale(env: Mapping[str, str]) -> Finding:
    """Whether the locale says UTF-8."""
    variable = locale_variable(env)
    if speaks_unicode(env):
        return Finding(Level.OK, "locale", f"{variable} is {_short(env[variable])}")
    says = f"{variable} is {_short(env[variable])}, which is not UTF-8" if variable else "no locale is set"
    return Finding(Level.WARNING, "locale", f"{says}, so only ASCII signs are used",
                   "Set LANG to a UTF-8 locale, as `C.UTF-8`, if the terminal shows Unicode.")


def clock() -> Finding:
    """Whether somebody keeps the clock right: due times and records stand on it."""
    from opsconsole.health.sampling.facts import clock_synchronised, in_container  # noqa: PLC0415 - for this part only

    if in_container():
        return Finding(Level.UNKNOWN, "clock", "it is the host's, and a container cannot see who keeps it right")
    synchronised = clock_synchronised()
    if synchronised is None:
        return Finding(Level.UNKNOWN, "clock", "the kernel does not say whether it is synchronised")
    if not synchronised:
        return Finding(Level.WARNING, "clock", "it is not synchronised",
                       "Start a time service; `timedatectl status` names it.")
    return Finding(Level.OK, "clock", "synchronised")


def _file(what: str, path: Path, *, secret: bool) -> Finding:
    try:
        status = path.stat()
    except OSError as error:
        return _unreadable(what, path, error)
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o022:
        return Finding(Level.CRITICAL, what, f"others may change {path} (mode {mode:04o})", f"Run: chmod go-w '{path}'")
    if secret and mode & 0o004:
        return Finding(Level.WARNING, what, f"everyone may read {path} (mode {mode:04o})", f"Run: chmod o= '{path}'")
    return Finding(Level.OK, what, f"{path} has mode {mode:04o}")


def _folder(what: str, path: Path, *, shared: bool) -> Finding:
    """A folder, which the first use creates; `shared` ones may be open to a group."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return _missing(what, path)
    except OSError as error:
        return _unreadable(what, path, error)
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISDIR(status.st_mode):
        return Finding(Level.CRITICAL, what, f"{path} is not a folder", "Move that file away.")
    if not os.access(path, os.W_OK | os.X_OK):
        return Finding(Level.CRITICAL, what, f"this user may not write to {path} (mode {mode:04o})",
                       "Ask its owner for access.")
    if mode & (0o002 if shared else 0o022):
        return Finding(Level.CRITICAL, what, f"others may change what is in {path} (mode {mode:04o})",
                       f"Run: chmod {'o-w' if shared else 'go-w'} '{path}'")
    if mode & 0o005:
        return Finding(Level.WARNING, what, f"everyone may look into {path} (mode {mode:04o})",
                       f"Run: chmod o= '{path}'")
    return Finding(Level.OK, what, f"{path} has mode {mode:04o}")


def _missing(what: str, path: Path) -> Finding:
    nearest = next((parent for parent in path.parents if os.path.lexists(parent)), Path("/"))
    if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK | os.X_OK):  # noqa: PTH112 - as above
        return Finding(Level.CRITICAL, what, f"{path} does not exist, and this user may not create it in {nearest}",
                       f"Create it, or ask for access to {nearest}.")
    return Finding(Level.OK, what, f"{path} does not exist yet; the first use creates it")


def _unreadable(what: str, path: Path, error: OSError) -> Finding:
    return Finding(Level.CRITICAL, what, f"{path} cannot be looked at ({error.strerror or error})",
                   "Ask its owner for access.")


def _figures(report: StorageReport) -> str:
    from opsconsole.core.format import size  # noqa: PLC0415 - with figures only

    if not report.exists:
        says = "does not exist yet; the first use creates it"
    else:
        says = f"sound, {size(report.size or 0)}, schema {report.version or 0} of {report.known_version}"
        if report.audit is not None:
            says += f", audit trail whole ({report.audit.count} entries)"
    place = f"{report.file_system} at {report.mount_point}" if report.file_system else "an unknown file system"
    free = f", {size(report.free)} free" if report.free is not None else ""
    return f"{says}; on {place}{free}"


def _size() -> tuple[int, int]:
    for descriptor in (0, 1, 2):
        try:
            columns, rows = os.get_terminal_size(descriptor)
        except OSError:
            continue
        # Serial lines and some containers say 0 by 0 and mean that they do not know.
        return (columns or 80, rows or 24)
    return (80, 24)


def _told(level: Level, what: str, error: OpsError) -> Finding:
    return Finding(level, what, _short(error.sentence), error.todo)


def _parted(sentence: str) -> tuple[str, str]:
    """What was found and what to do, of sentences that say both."""
    found, separator, todo = sentence.partition(". ")
    return (f"{found}{separator.strip()}", todo)


def _short(text: str) -> str:
    return limited(text, LONGEST)
