"""Where the program starts: without arguments the console, else one command. Errors end here.

A person reads one sentence, the log file gets the rest. A composition root: nothing imports it.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from opsconsole.core.errors import ExitCode, OpsError
from opsconsole.core.invocation import Invocation, Options
from opsconsole.timeline import sources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from opsconsole.checklists.aiding import EmergencyAid
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Transaction
    from opsconsole.core.invocation import Proof, Stage
    from opsconsole.core.sealed import SealedRecord
    from opsconsole.health.alerts.planned import PlannedWork
    from opsconsole.settings import Loaded
    from opsconsole.tickets.model import Phase, Ticket
    from opsconsole.tickets.settings import TicketSettings

PROGRAM = "opsconsole"
COMPLETE = "_OPSCONSOLE_COMPLETE"
"""The variable by which the completion scripts ask."""
INTERRUPTED = 130
BROKEN_PIPE = 141
"""128 and the number of the signal, as shells say it."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process with its exit code."""
    code = run(sys.argv[1:] if arguments is None else arguments)
    if code == BROKEN_PIPE:
        # What is still in the buffer has nowhere to go; without this the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error becomes one sentence on standard error."""
    options = Options(debug="--debug" in arguments)
    try:
        code = _invoke(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except OpsError as error:
        return _failed(error, options)
    except Exception as error:  # noqa: BLE001 - the last place where a mistake of the program can be told
        return _crashed(error, arguments, options)
    return code


def _invoke(arguments: Sequence[str]) -> int:
    if not arguments and COMPLETE not in os.environ:
        return console(Invocation(Options(), load))
    from opsconsole import commandline  # noqa: PLC0415 - the console alone starts without it

    if COMPLETE in os.environ:
        return commandline.complete(os.environ[COMPLETE])
    return commandline.invoke(arguments, commandline.Start(
        load, console, gates, (signed_checklists, signed_entries, told_messages), (checklist_records, log_records),
        sources, windows, aid, show))


def load(options: Options) -> Loaded:
    """The configuration that the options ask for; from now on the log file takes what `logging` is told.

    Raises:
        ConfigError: it is wrong or cannot be read.
    """
    from opsconsole.core import logfile  # noqa: PLC0415 - `--help` needs neither
    from opsconsole.settings import load_settings  # noqa: PLC0415

    loaded = load_settings(options.config)
    logfile.start(loaded.settings.log, loaded.paths.log, options.debug)
    return loaded


def gates(loaded: Loaded, _: Database) -> Sequence[AlertsObject]:
    """Whatever may object to a change that a command makes: alerts, where a ticket is about one."""
    return (AlertsObject(loaded),)


async def signed_checklists(db: Database) -> Proof:
    """Reads every signed checklist again; loaded when somebody wants it."""
    from opsconsole.checklists.verifying import verify_runs  # noqa: PLC0415 - few commands do
    from opsconsole.core.invocation import Proof  # noqa: PLC0415 - as above

    found = await verify_runs(db)
    return Proof("checklists", found.count, tuple(f"Checklist run {one.run}: {one.sentence}" for one in found.altered))


async def signed_entries(db: Database) -> Proof:
    """Reads every signed entry of the log again; as above."""
    from opsconsole.core.invocation import Proof  # noqa: PLC0415 - few commands do
    from opsconsole.logbook.verifying import verify_entries  # noqa: PLC0415 - as above

    found = await verify_entries(db)
    return Proof("log entries", found.count, tuple(f"Log entry {one.entry}: {one.sentence}" for one in found.altered))


async def told_messages(db: Database) -> Proof:
    """Reads every message that was told of emergencies again; as above."""
    from opsconsole.core.invocation import Proof  # noqa: PLC0415 - few commands do
    from opsconsole.logbook.verifying_told import verify_told  # noqa: PLC0415 - as above

    found = await verify_told(db)
    return Proof("emergency messages", found.count,
                 tuple(f"Emergency {one.entry}: {one.sentence}" for one in found.altered), "told")


async def checklist_records(db: Database, since: Instant, until: Instant) -> AsyncIterator[SealedRecord]:
    """Runs of checklists, to be proved elsewhere; as above."""
    from opsconsole.checklists.evidence import sealed_runs  # noqa: PLC0415 - few commands do

    async for one in sealed_runs(db, since, until):
        yield one


async def log_records(db: Database, since: Instant, until: Instant) -> AsyncIterator[SealedRecord]:
    """Entries of the log with their amendments, and what was told of emergencies; as above."""
    from opsconsole.logbook.exchange.records import sealed_entries, sealed_told  # noqa: PLC0415 - few commands do

    for source in (sealed_entries, sealed_told):
        async for one in source(db, since, until):
            yield one


def aid(given: Invocation[Loaded], records: Database) -> EmergencyAid:
    """Who knows the checklist of an emergency; loaded when somebody asks."""
    from opsconsole.checklists.aiding import EmergencyAid  # noqa: PLC0415 - few commands do
    from opsconsole.checklists.commanding import service_of  # noqa: PLC0415 - as above

    return EmergencyAid(service_of(given, records))


def windows(loaded: Loaded, records: Database) -> PlannedWork:
    """Who mutes checks during maintenance; loaded when somebody asks."""
    from opsconsole.core.clock import SystemClock  # noqa: PLC0415 - few commands do
    from opsconsole.core.database import METRICS, Database  # noqa: PLC0415 - as above
    from opsconsole.health.alerts.planned import PlannedWork  # noqa: PLC0415 - as above

    @asynccontextmanager
    async def metrics() -> AsyncIterator[Database | None]:
        path = loaded.paths.metrics
        if not path.exists():
            yield None
            return
        async with await Database.open(path, METRICS, read_only=True) as db:
            yield db

    return PlannedWork(records, SystemClock(), loaded.settings.checks, loaded.settings.rules, metrics)


class AlertsObject:
    """The `AlertGate`, loaded when it is asked; most commands do not."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    async def objection(self, db: Database | Transaction, ticket: Ticket, phase: Phase) -> str:
        """See `AlertGate.objection`."""
        from opsconsole.core.clock import SystemClock  # noqa: PLC0415 - see above
        from opsconsole.health.alerts.ticketing import AlertGate  # noqa: PLC0415
        from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415

        tickets: TicketSettings = self._loaded.settings.tickets or TicketSettings()
        return await AlertGate(SystemClock(), tickets.closing.green_for).objection(db, ticket, phase)


def console(invocation: Invocation[Loaded]) -> int:
    """Open the console.

    Raises:
        UsageError: this is no terminal.
        ConfigError: the configuration is wrong.
    """
    # Until the first paint nothing is thrown away that would be worth the collector's search; the shell enables it.
    gc.disable()
    try:
        loaded = invocation.loaded
        run_console = import_module("opsconsole.console.app").run
        return int(run_console(loaded, invocation.options))
    finally:
        gc.enable()


def show(loaded: Loaded, options: Options, stage: Stage) -> int:
    """Open the console on an invented server.

    Raises:
        UsageError: this is no terminal.
    """
    return int(import_module("opsconsole.console.app").run(loaded, options, stage=stage))


def _failed(error: OpsError, options: Options) -> int:
    """Something that a person can do something about; the configuration's mistakes are a line each, for editors."""
    if options.debug:
        _show_trace(error)
    text = str(error)
    _say("\n".join(map(_shown, text.split("\n"))) if "\n" in text or hasattr(error, "mistakes") else
         f"{PROGRAM}: {_shown(text)}")
    return error.exit_code


def _crashed(error: Exception, arguments: Sequence[str], options: Options) -> int:
    """A mistake of the program, or of the system below it."""
    if options.debug:
        _show_trace(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        _say(f"{PROGRAM}: There is no space left to write the output. Free some, then try again.")
        return ExitCode.STORAGE
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    _say(f"{PROGRAM}: {PROGRAM} failed ({_shown(what)}). {_record(error, arguments, options)}")
    return ExitCode.PROBLEM


def _record(error: Exception, arguments: Sequence[str], options: Options) -> str:
    """Log the stack trace; returns a sentence that says where it is."""
    import logging  # noqa: PLC0415 - only for a mistake

    from opsconsole.core import logfile  # noqa: PLC0415
    from opsconsole.core.paths import make_paths  # noqa: PLC0415
    from opsconsole.core.settings import LogSettings  # noqa: PLC0415

    try:
        if logfile.file() is None:
            logfile.start(LogSettings(), make_paths(None, os.environ).log, options.debug)
    except OpsError as problem:
        return f"There is no log file: {_shown(str(problem))}"
    logging.getLogger(__name__).critical("failed", exc_info=error, extra={"arguments": " ".join(arguments)})
    problem_of_log = logfile.problem()
    if problem_of_log:
        return f"The log file {logfile.file()} cannot be written ({problem_of_log}); `--debug` shows the details."
    return f"The details are in {logfile.file()}."


def _show_trace(error: BaseException) -> None:
    import traceback  # noqa: PLC0415 - only for a mistake

    for line in "".join(traceback.format_exception(error)).splitlines():
        _say(_shown(line))


def _shown(text: str) -> str:
    from opsconsole.core.text import limited  # noqa: PLC0415 - only for a mistake

    return limited(text, 2000)


def _say(text: str) -> None:
    """A line on standard error; when that is gone, there is nobody left to tell."""
    try:
        sys.stderr.write(text + "\n")
    except (OSError, ValueError, AttributeError):
        return
