"""The composition root of the console: puts the features' screens into the shell and runs it.

Nothing that the first paint does not need is imported before it, and the sampler works in its own thread while
Textual is imported: so its first figures are there when the screen is.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.console.opening import aim, open_named, planned
from opsconsole.console.part import Part, begin, hear
from opsconsole.console.signals import CRASHED, Terminal
from opsconsole.console.storage import Storage
from opsconsole.console.timeline import PART as TIMELINE
from opsconsole.console.timeline import Timeline
from opsconsole.core.errors import OpsError
from opsconsole.core.terminal import colours, require_terminal, speaks_unicode, started_with
from opsconsole.logbook.actions import EMERGENCY
from opsconsole.timeline import sources

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.screen import Screen

    from opsconsole.checklists.naming import Configured
    from opsconsole.checklists.screen.part import Part as Checklists
    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.settings import ConsoleSettings
    from opsconsole.console.shell import OpsConsole
    from opsconsole.console.storage import Opener, TopicFeed
    from opsconsole.console.theme_store import ThemeStore
    from opsconsole.console.topline import Badge, Tab
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.core.invocation import Stage
    from opsconsole.core.paths import Paths
    from opsconsole.health.board import Board, Duty
    from opsconsole.health.watch import Watch
    from opsconsole.logbook.screen.part import LogPart
    from opsconsole.notify.settings import NotifySettings
    from opsconsole.settings import Loaded, Settings
    from opsconsole.tickets.screen import Desk

log = logging.getLogger(__name__)

BEFORE_TEXTUAL = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0", "TEXTUAL_FPS": "120"}
"""Read by Textual when it is imported. The frames are the time that a key waits to be shown, at most 1/120 s."""
ESCAPE_DELAY = "25"
"""Milliseconds after which an escape is a key of its own, where the person has not set ESCDELAY."""
COUNTING = 60.0
"""Seconds between two counts of what is late, while nothing happens to it."""


class ConsoleOptions(NamedTuple):
    """What the command line says about the console; None where the configuration decides."""

    ascii: bool | None = None
    theme: str | None = None
    debug: bool = False


DEFAULTS = ConsoleOptions()


def run(loaded: Loaded, options: ConsoleOptions = DEFAULTS, *,
        tabs: Callable[[], Sequence[Tab]] | None = None, stage: Stage | None = None) -> int:
    """Run the console until it is left.

    Args:
        loaded: the configuration and the paths.
        options: of the command line.
        tabs: the screens; called before Textual is imported. None: those of this version.
        stage: an invented server, which is shown in place of this one; no agent is started.

    Returns:
        the exit status: 0 when left by a key, 128 + n when signal n ended it (129 also when the line was dropped),
        70 after a mistake in the program, whose trace is in the log file.

    Raises:
        UsageError: this is no terminal on which a console can be shown.
    """
    require_terminal(os.environ, interactive=all(map(os.isatty, (0, 1, 2))))
    from opsconsole.core import logfile  # noqa: PLC0415 - not before the terminal is known to be one

    logfile.start(loaded.settings.log, loaded.paths.log, options.debug)
    terminal = Terminal()
    try:
        with ExitStack() as endings:
            app = _console(loaded, options, tabs()) if tabs else _own_console(loaded, options, endings, stage)
            app.owns_process = True
            app.identify = partial(_identify, loaded, stage)
            app.run(mouse=loaded.settings.console.mouse)
    except OpsError:
        raise
    except Exception as error:
        log.critical("stopped by a mistake in the program", exc_info=error)
        terminal.restore()
        return _crashed(error, loaded.paths.log, options)
    app.left()
    if app.crash is not None:
        return _crashed(app.crash, loaded.paths.log, options)
    return app.return_code or 0


def _own_console(loaded: Loaded, options: ConsoleOptions, endings: ExitStack,
                 stage: Stage | None) -> OpsConsole:
    """The console with the screens of this version.

    The watch starts before Textual is imported, so that it has measured twice when the first screen is drawn.
    """
    from opsconsole.checklists.screen.part import Part as Checklists  # noqa: PLC0415
    from opsconsole.checklists.screen.part import emergency_aid  # noqa: PLC0415
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415
    from opsconsole.health.board import Board  # noqa: PLC0415
    from opsconsole.health.watch import Watch  # noqa: PLC0415
    from opsconsole.logbook.screen.part import LogPart  # noqa: PLC0415

    watch: Watch = stage.watch if stage is not None else Watch(
        loaded.settings.health, SystemClock(), loaded.settings.console.refresh)
    watch.start()
    endings.callback(watch.stop)
    board = Board(SystemClock(), loaded.settings.checks, _duty(loaded.settings.notify))
    settings = loaded.settings
    parts = _Parts(_Tickets(settings), Checklists(settings.checklists, settings.logbook,
                                                  partial(_names, loaded.path, settings)),
                   LogPart(settings.logbook, partial(open_named, watch, board)))
    app = _console(loaded, options, own_tabs(watch, board, parts))
    app.context.parts.update(parts._asdict())
    parts.logbook.aid, parts.logbook.notify = emergency_aid, settings.notify
    app.context.features[EMERGENCY] = parts.logbook.emergency
    aim(app.context, settings, watch, board)
    told = app.context.parts[TIMELINE] = Timeline(sources, partial(open_named, watch, board))
    app.heard = partial(hear, parts, app)
    records, metrics = app.context.storage, app.context.metrics
    assert metrics is not None  # noqa: S101 - made with the context
    board.attach(records=lambda: records.db, metrics=lambda: metrics.db)
    app.begun = partial(_begin, app, loaded, options, parts, board, told, agent=stage is None)
    parts.logbook.windows = partial(planned, settings)
    app.read_again = partial(_read_again, loaded, watch, board, parts, app.context, stage)
    if stage is not None:
        app.context.host, app.context.actor = stage.host, stage.actor
    return app


class _Tickets(Part["Desk"]):
    """What the tickets of this console share, made when it is needed first; and their badge in the top line."""

    NAME = "tickets"
    TOPICS = frozenset({"tickets"})

    def make(self) -> Desk:
        """See `Part.make`."""
        from opsconsole.tickets.screen import Desk  # noqa: PLC0415 - after the first paint

        return Desk()

    def fit(self, desk: Desk) -> None:
        """The configuration as it is now; alerts that still fire object to moves."""
        from opsconsole.core.clock import SystemClock  # noqa: PLC0415
        from opsconsole.health.alerts.ticketing import AlertGate  # noqa: PLC0415
        from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415

        settings: Settings = self._settings
        tickets = settings.tickets or TicketSettings()
        desk.use(tickets, settings.notify, (AlertGate(SystemClock(), tickets.closing.green_for),))


class _Parts(NamedTuple):
    """What the features share that have records: their desks and badges."""

    tickets: _Tickets
    checklists: Checklists
    logbook: LogPart

    def use(self, path: Path | None, settings: Settings) -> None:
        """The configuration as it is now, and its file."""
        self.tickets.use(settings)
        self.checklists.use(settings.checklists, settings.logbook, partial(_names, path, settings))
        self.logbook.windows = partial(planned, settings)
        self.logbook.notify = settings.notify
        self.logbook.use(settings.logbook)


def _begin(app: OpsConsole, loaded: Loaded, options: ConsoleOptions, parts: _Parts, board: Board,
           told: Timeline, *, agent: bool) -> None:
    """What the console starts once it is there: an agent, counting what is late, telling what happened meanwhile."""
    from opsconsole.console.agents import look_after_agent  # noqa: PLC0415 - after the first paint
    from opsconsole.health.screen.planning import Reminder  # noqa: PLC0415 - as above
    from opsconsole.reports.screen.visiting import begin_visit  # noqa: PLC0415 - as above

    if agent:
        look_after_agent(app, loaded.settings.agent, loaded.paths.log, loaded.path, debug=options.debug)
    Reminder(board, app).begin()
    begin(parts)
    hear(parts, app)
    app.set_interval(COUNTING, partial(hear, parts, app), name="badges")
    begin_visit(app, told, shown=loaded.settings.console.briefing)


def _duty(settings: NotifySettings | None) -> Callable[[], Duty]:
    """Says who is on call now, in every rotation."""
    from opsconsole.health.board import Duty  # noqa: PLC0415

    if settings is None or not settings.rotations:
        return Duty

    def duty() -> Duty:
        from opsconsole.core.clock import SystemClock  # noqa: PLC0415 - when something is wrong, or it is asked for
        from opsconsole.notify.oncall import on_call  # noqa: PLC0415
        from opsconsole.notify.present import oncall_lines  # noqa: PLC0415
        from opsconsole.notify.routing import Directory  # noqa: PLC0415
        from opsconsole.notify.zones import local_zone  # noqa: PLC0415

        now, zone = SystemClock().now(), local_zone()
        found = [on_call(name, rota, now) for name, rota in Directory(settings, zone).rotas.items()]
        people = dict.fromkeys(filter(None, (one.now.person for one in found)))
        return Duty(", ".join(people), tuple(oncall_lines(found, settings.contacts, now, zone)))

    return duty


def _save_drafts() -> None:
    """What was typed a moment ago reaches the disk before the console ends."""
    keeping = sys.modules.get("opsconsole.core.draftkeeper")
    if keeping is not None:
        # Imported by the first form; without one nobody has typed anything.
        keeping.flush_all()


def _identify(loaded: Loaded, stage: Stage | None) -> Actor:
    """Who runs the console, and from where."""
    if stage is not None:
        return stage.actor
    from opsconsole.core.identity import current_actor  # noqa: PLC0415

    return current_actor(loaded.settings.roles)


def _read_again(loaded: Loaded, watch: Watch, board: Board, parts: _Parts, context: ConsoleContext,
                stage: Stage | None = None) -> tuple[ConsoleSettings, Actor]:
    """The configuration as it is now, of the same file or of one that is there since.

    Raises:
        ConfigError: it is wrong or cannot be read; nothing was changed.
    """
    from opsconsole.settings import load_settings  # noqa: PLC0415 - when it is asked for

    found = load_settings(loaded.path)
    settings = found.settings
    actor = _identify(found, stage)
    watch.use(settings.health, settings.console.refresh)
    board.use(settings.checks)
    board.duty = _duty(settings.notify)
    parts.use(found.path, settings)
    aim(context, settings, watch, board)
    return settings.console, actor


def _names(path: Path | None, settings: Settings) -> Configured | None:
    """What templates of checklists can name of the configuration; None: there is none."""
    from opsconsole.checklists.naming import configured  # noqa: PLC0415 - with the first checklist

    return None if path is None else configured(settings.checks, settings.tickets, settings.notify)


def own_tabs(watch: Watch, board: Board, parts: _Parts) -> Sequence[Tab]:
    """The screens of this version; each is imported when it is first shown, or before that when there is time."""
    from opsconsole.console.topline import Badge, Tab  # noqa: PLC0415
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415

    def health() -> Screen[None]:
        from opsconsole.health.screen import HealthScreen  # noqa: PLC0415

        return HealthScreen(watch, board)

    def badge() -> Badge | None:
        from opsconsole.health.present.troubles import waiting  # noqa: PLC0415 - the screen has it by then

        count, level = waiting(watch.latest, board.stored, SystemClock().now())
        return Badge(count, level) if count else None

    def queue() -> Screen[None]:
        from opsconsole.tickets.screen.queue import QueueScreen  # noqa: PLC0415

        return QueueScreen()

    def rounds() -> Screen[None]:
        from opsconsole.checklists.screen.board import BoardScreen  # noqa: PLC0415

        return BoardScreen()

    def logbook() -> Screen[None]:
        from opsconsole.logbook.screen.log import LogScreen  # noqa: PLC0415

        return LogScreen()

    return (
        Tab("1", "health", "Health", health, badge),
        Tab("2", "tickets", "Tickets", queue, parts.tickets.badge, "opsconsole.tickets.screen.queue"),
        Tab("3", "checklists", "Checklists", rounds, parts.checklists.badge, "opsconsole.checklists.screen.board"),
        Tab("4", "log", "Log", logbook, parts.logbook.badge, "opsconsole.logbook.screen.log"))


def _console(loaded: Loaded, options: ConsoleOptions, tabs: Sequence[Tab]) -> OpsConsole:
    os.environ.update(BEFORE_TEXTUAL)
    os.environ.setdefault("ESCDELAY", ESCAPE_DELAY)
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)
    from opsconsole.console.shell import OpsConsole  # noqa: PLC0415 - brings in Textual
    from opsconsole.console.theme_store import themes_of  # noqa: PLC0415

    themes = themes_of(loaded.paths)
    surroundings, mistake = _surroundings(loaded, options, themes)
    app = OpsConsole(surroundings, tabs, themes)
    if mistake is not None:
        app.tell_when_ready(mistake)
    return app


def _surroundings(loaded: Loaded, options: ConsoleOptions,
                  themes: ThemeStore) -> tuple[ConsoleContext, OpsError | None]:
    from opsconsole.console.context import ConsoleContext  # noqa: PLC0415
    from opsconsole.console.preferences import Preferences  # noqa: PLC0415
    from opsconsole.console.theme_store import look_for  # noqa: PLC0415
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415
    from opsconsole.core.glyphs import ASCII, UNICODE  # noqa: PLC0415
    from opsconsole.core.identity import current_actor  # noqa: PLC0415

    settings, paths = loaded.settings.console, loaded.paths
    preferences = Preferences(paths.preferences)
    there = colours(os.environ)
    wanted = options.theme or preferences.text("theme") or settings.theme
    look, mistake = look_for(wanted, there, themes)
    said = options.ascii if options.ascii is not None else settings.ascii
    plain = said if said is not None else not speaks_unicode(started_with() or os.environ)
    return ConsoleContext(
        settings=settings, paths=paths, clock=SystemClock(),
        actor=current_actor(loaded.settings.roles, with_origin=False), glyphs=ASCII if plain else UNICODE, look=look,
        storage=Storage(_opener(paths, paths.records)), metrics=Storage(_opener(paths, paths.metrics)),
        preferences=preferences, host=os.uname().nodename, colour=there > 0,
        debug=options.debug, leaving=[_save_drafts]), mistake


def _opener(paths: Paths, path: Path) -> Opener:
    async def open_database() -> tuple[Database, TopicFeed]:
        from opsconsole.core.database import METRICS, RECORDS, Database  # noqa: PLC0415 - after the first paint
        from opsconsole.core.feed import Feed  # noqa: PLC0415

        schema = METRICS if path == paths.metrics else RECORDS
        db = await Database.open(path, schema, mode=0o660 if paths.shared else 0o600)
        return db, Feed(db)

    return open_database


def _crashed(error: BaseException, log_file: Path, options: ConsoleOptions) -> int:
    """Say in one sentence where the details are; `--debug` shows them."""
    from opsconsole.core import logfile  # noqa: PLC0415
    from opsconsole.core.text import harmless  # noqa: PLC0415

    where = f"its details are in {harmless(str(log_file))}"
    if problem := logfile.problem():
        where = f"its details could not be written to {harmless(str(log_file))} ({harmless(problem)})"
    if options.debug:
        import traceback  # noqa: PLC0415

        for piece in traceback.format_exception(error):
            sys.stderr.writelines(harmless(row) + "\n" for row in piece.splitlines())
    sys.stderr.write(f"opsconsole: A mistake in the program ended the console; {where}.\n")
    return CRASHED
