"""The composition root of the console: puts the features' screens into the shell and runs it.

Nothing that the first paint does not need is imported before it, and the sampler works in its own thread while
Textual is imported: so its first figures are there when the screen is.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.console.signals import CRASHED, Terminal
from opsconsole.console.storage import Storage
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.terminal import colours, require_terminal, speaks_unicode, started_with

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.screen import Screen

    from opsconsole.agent.model import LeaseState
    from opsconsole.checklists.screen.part import Part as Checklists
    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.settings import ConsoleSettings
    from opsconsole.console.shell import OpsConsole
    from opsconsole.console.storage import Opener, TopicFeed
    from opsconsole.console.theme_store import ThemeStore
    from opsconsole.console.topline import Badge, Tab
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.core.paths import Paths
    from opsconsole.health.board import Board, Duty
    from opsconsole.health.watch import Watch
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
        tabs: Callable[[], Sequence[Tab]] | None = None) -> int:
    """Run the console until it is left.

    Args:
        loaded: the configuration and the paths.
        options: of the command line.
        tabs: the screens; called before Textual is imported. None: those of this version.

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
            app = _console(loaded, options, tabs()) if tabs else _own_console(loaded, options, endings)
            app.owns_process = True
            app.identify = partial(_identify, loaded)
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


def _own_console(loaded: Loaded, options: ConsoleOptions, endings: ExitStack) -> OpsConsole:
    """The console with the screens of this version.

    The watch starts before Textual is imported, so that it has measured twice when the first screen is drawn.
    """
    from opsconsole.checklists.screen.part import Part  # noqa: PLC0415
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415
    from opsconsole.health.board import Board  # noqa: PLC0415
    from opsconsole.health.watch import Watch  # noqa: PLC0415

    watch = Watch(loaded.settings.health, SystemClock(), loaded.settings.console.refresh)
    watch.start()
    endings.callback(watch.stop)
    board = Board(SystemClock(), loaded.settings.checks, _duty(loaded.settings.notify))
    tickets, checklists = _Tickets(loaded), Part(loaded.settings.checklists, loaded.settings.logbook)
    app = _console(loaded, options, own_tabs(watch, board, tickets, checklists))
    app.context.parts.update(tickets=tickets, checklists=checklists)
    app.heard = partial(_hear, app, tickets, checklists)
    records, metrics = app.context.storage, app.context.metrics
    assert metrics is not None  # noqa: S101 - made with the context
    board.attach(records=lambda: records.db, metrics=lambda: metrics.db)
    app.begun = partial(_begin, app, loaded, options, tickets, checklists)
    app.read_again = partial(_read_again, loaded, watch, board, tickets, checklists)
    return app


class _Tickets:
    """What the tickets of this console share, made when it is needed first; and their badge in the top line."""

    def __init__(self, loaded: Loaded) -> None:
        self._settings = loaded.settings
        self._desk: Desk | None = None
        self.begun = False

    def __call__(self) -> Desk:
        """What their screens share."""
        if self._desk is None:
            from opsconsole.tickets.screen import Desk  # noqa: PLC0415 - after the first paint

            self._desk = Desk()
            self.use(self._settings)
        return self._desk

    def use(self, settings: Settings) -> None:
        """The configuration as it is now."""
        self._settings = settings
        if self._desk is not None:
            from opsconsole.core.clock import SystemClock  # noqa: PLC0415
            from opsconsole.health.alerts.ticketing import AlertGate  # noqa: PLC0415
            from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415

            tickets = settings.tickets or TicketSettings()
            self._desk.use(tickets, settings.notify, (AlertGate(SystemClock(), tickets.closing.green_for),))

    def badge(self) -> Badge | None:
        """What is late, or has nobody."""
        if self._desk is None:
            return None
        from opsconsole.tickets.screen import badge_of  # noqa: PLC0415 - it is there by then

        return badge_of(self._desk.counts)

    def hear(self, app: OpsConsole, topics: frozenset[str] = frozenset({"tickets"})) -> None:
        """Count again: something happened to tickets, or time went on."""
        if "tickets" in topics and self.begun:
            app.run_worker(self._count(app), group="tickets-badge", exclusive=True)

    async def _count(self, app: OpsConsole) -> None:
        from opsconsole.tickets.screen import recount  # noqa: PLC0415 - after the first paint

        with suppress(OpsError):
            if await recount(app.context):
                app.refresh_bars()


def _hear(app: OpsConsole, tickets: _Tickets, checklists: Checklists, topics: frozenset[str] | None = None) -> None:
    """Something happened, or time went on: count again what that is about."""
    for part in (tickets, checklists):
        part.hear(app) if topics is None else part.hear(app, topics)


def _begin(app: OpsConsole, loaded: Loaded, options: ConsoleOptions, tickets: _Tickets,
           checklists: Checklists) -> None:
    """What the console starts once it is there: an agent, and counting what is late."""
    _look_after_agent(app, loaded, options)
    tickets.begun = checklists.begun = True
    _hear(app, tickets, checklists)
    app.set_interval(COUNTING, partial(_hear, app, tickets, checklists), name="badges")


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


def _look_after_agent(app: OpsConsole, loaded: Loaded, options: ConsoleOptions) -> None:
    """Watch for an agent, and start one where none works; it ends with this process, since its input does."""
    from opsconsole.agent.child import ChildAgent, describe  # noqa: PLC0415 - after the first paint
    from opsconsole.agent.failing import Failing  # noqa: PLC0415
    from opsconsole.agent.settings import AgentSettings  # noqa: PLC0415
    from opsconsole.agent.store import read_lease  # noqa: PLC0415

    context = app.context
    settings: AgentSettings = loaded.settings.agent or AgentSettings()

    failing = Failing(context.clock, partial(app.say, level=Level.WARNING))

    async def read() -> LeaseState | None:
        await failing.look(context.storage.db)
        return await read_lease(context.storage.db)

    child = ChildAgent(read, clock=context.clock, log=loaded.paths.log.with_name("agent.log"), config=loaded.path,
                       debug=options.debug, may_start=settings.child)
    child.start()

    told = ""

    def said() -> str:
        nonlocal told
        if child.problem != told:
            told = child.problem
            if told:
                app.call_later(app.say, told, Level.WARNING)
        starting = child.pid is not None and not child.working
        return "agent starts" if starting else describe(child.lease, context.clock.now(), len(failing.jobs))

    app.agent = said
    app.reloaded = child.reload


def _save_drafts() -> None:
    """What was typed a moment ago reaches the disk before the console ends."""
    drafts = sys.modules.get("opsconsole.core.drafts")
    if drafts is not None:
        # Imported by the first form; without one nobody has typed anything.
        drafts.flush_all()


def _identify(loaded: Loaded) -> Actor:
    """Who runs the console, and from where."""
    from opsconsole.core.identity import current_actor  # noqa: PLC0415

    return current_actor(loaded.settings.roles)


def _read_again(loaded: Loaded, watch: Watch, board: Board, tickets: _Tickets,
                checklists: Checklists) -> tuple[ConsoleSettings, Actor]:
    """The configuration as it is now, of the same file or of one that is there since.

    Raises:
        ConfigError: it is wrong or cannot be read; nothing was changed.
    """
    from opsconsole.core.identity import current_actor  # noqa: PLC0415 - when it is asked for
    from opsconsole.settings import load_settings  # noqa: PLC0415

    settings = load_settings(loaded.path).settings
    actor = current_actor(settings.roles)
    watch.use(settings.health, settings.console.refresh)
    board.use(settings.checks)
    board.duty = _duty(settings.notify)
    tickets.use(settings)
    checklists.use(settings.checklists, settings.logbook)
    return settings.console, actor


def own_tabs(watch: Watch, board: Board, tickets: _Tickets, checklists: Checklists) -> Sequence[Tab]:
    """The screens of this version; each is imported when it is first shown."""
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

    return (Tab("1", "health", "Health", health, badge), Tab("2", "tickets", "Tickets", queue, tickets.badge),
            Tab("3", "checklists", "Checklists", rounds, checklists.badge))


def _console(loaded: Loaded, options: ConsoleOptions, tabs: Sequence[Tab]) -> OpsConsole:
    os.environ.update(BEFORE_TEXTUAL)
    os.environ.setdefault("ESCDELAY", ESCAPE_DELAY)
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)
    from opsconsole.console.shell import OpsConsole  # noqa: PLC0415 - brings in Textual

    themes = _themes(loaded.paths)
    surroundings, mistake = _surroundings(loaded, options, themes)
    app = OpsConsole(surroundings, tabs, themes)
    if mistake is not None:
        app.tell_when_ready(mistake)
    return app


def _themes(paths: Paths) -> ThemeStore:
    from opsconsole.console.theme_store import ThemeStore  # noqa: PLC0415
    from opsconsole.core.resources import folder, own_folder  # noqa: PLC0415

    own = [] if paths.config is None else [paths.config.parent / "themes"]

    def files() -> list[Path]:
        return folder("themes", own)

    return ThemeStore(files, own_folder("themes") / "dark.yaml")


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
