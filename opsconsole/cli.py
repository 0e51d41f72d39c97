"""The root command: without a subcommand the console, else one command of one feature, loaded only when called.

A composition root: nothing imports it. Errors end here: a person reads one sentence, the log file gets the rest.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

from opsconsole import __version__
from opsconsole.core.errors import ExitCode, OpsError, UsageError
from opsconsole.core.invocation import Invocation, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

    from opsconsole.settings import Loaded

PROGRAM = "opsconsole"
COMPLETE = "_OPSCONSOLE_COMPLETE"
"""The variable by which the completion scripts ask."""
INTERRUPTED = 130
BROKEN_PIPE = 141
"""128 and the number of the signal, as shells say it."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Entry(NamedTuple):
    """A command that is not loaded yet: `module:attribute`, and its line in the overview."""

    target: str
    help: str


COMMANDS = {
    "backup-db": Entry("opsconsole.admin.commands:backup_db", "Copy the database while it is in use."),
    "completion": Entry("opsconsole.admin.commands:completion", "Print the script that completes commands in a shell."),
    "config": Entry("opsconsole.admin.commands:config", "Check or show the configuration, or print its schema."),
    "doctor": Entry("opsconsole.admin.commands:doctor", "Examine the installation and say what to do."),
    "help": Entry("opsconsole.admin.commands:manual", "Show the manual page of a command."),
    "init": Entry("opsconsole.admin.commands:init", "Write a commented configuration file."),
    "status": Entry("opsconsole.health.commands:status", "Show the state of this host as text."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    @property
    def summaries(self) -> dict[str, str]:
        """Each command's line in the overview."""
        return {name: entry.help for name, entry in COMMANDS.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """See `click.Group`."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """See `click.Group`."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of commands, from the table; options as every command completes them."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only for a shell that asks

        names = [CompletionItem(name, help=COMMANDS[name].help) for name in self.list_commands(ctx)
                 if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(self, ctx: click.Context,
                        args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As `click.Group`, but an unknown command is told with the nearest known one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

            ctx.fail(f"There is no command `{args[0]}`{nearest(args[0], COMMANDS)}.".replace("?.", "?"))
        return super().resolve_command(ctx, args)


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


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Use this configuration file.")
@click.option("--theme", metavar="NAME", help="Use this theme, this time.")
@click.option("--ascii/--no-ascii", default=None, help="Use only ASCII signs, or all of Unicode.")
@click.option("--debug", is_flag=True, help="Record everything in the log file, and show stack traces.")
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s", help="Show the version and exit.")
@click.pass_context
def root(context: click.Context, config: Path | None, theme: str | None, ascii: bool | None,  # noqa: A002
         debug: bool) -> int | None:
    """Watch this host and its services from one terminal window.

    Without a command, the console opens.
    """
    context.obj = Invocation(Options(config, theme, ascii, debug), load)
    return console(context.obj) if context.invoked_subcommand is None else None


def console(invocation: Invocation[Loaded]) -> int:
    """Open the console.

    Raises:
        UsageError: this is no terminal.
        ConfigError: the configuration is wrong.
    """
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        raise UsageError("The console needs a terminal for its input and its output.",
                         f"In scripts use `{PROGRAM} status`.")
    loaded = invocation.loaded
    run_console = import_module("opsconsole.console.app").run
    return int(run_console(loaded, invocation.options))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process with its exit code."""
    code = run(sys.argv[1:] if arguments is None else arguments)
    if code == BROKEN_PIPE:
        # What is still in the buffer has nowhere to go; without this the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error becomes one sentence on standard error."""
    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only for a shell that asks

        return shell_complete(root, {}, PROGRAM, COMPLETE, os.environ[COMPLETE])
    options = Options(debug="--debug" in arguments)
    try:
        code = _invoke(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except click.ClickException as error:
        return _refused(error)
    except OpsError as error:
        return _failed(error, options)
    except Exception as error:  # noqa: BLE001 - the last place where a mistake of the program can be told
        return _crashed(error, arguments, options)
    return code


def _invoke(arguments: Sequence[str]) -> int:
    try:
        with root.make_context(PROGRAM, list(arguments)) as context:
            result: Any = root.invoke(context)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    return int(result) if result is not None else ExitCode.DONE


def _refused(error: click.ClickException) -> int:
    """The command line was wrong."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f" Try `{context.command_path} --help`." if context is not None else ""
    _say(f"{PROGRAM}: {_shown(error.format_message())}{hint}")
    return ExitCode.USAGE


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
        click.echo(text, err=True)
    except (OSError, ValueError, AttributeError):
        return


def _is_terminal(stream: Any) -> bool:
    try:
        return stream is not None and os.isatty(stream.fileno())
    except (OSError, ValueError):
        return False
