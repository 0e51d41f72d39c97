"""The command line: the commands by name, each imported only when it is called, and their global options.

Only `cli` imports this, and only when there are arguments: click costs what a twentieth of the console's start costs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from opsconsole import __version__
from opsconsole.core.errors import ExitCode, UsageError
from opsconsole.core.invocation import Invocation, Options
from opsconsole.lazygroup import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from click.shell_completion import CompletionItem

    from opsconsole.core.database import Database
    from opsconsole.core.invocation import Proof, Stage
    from opsconsole.core.sealed import SealedSource
    from opsconsole.core.timeline import Source

PROGRAM = "opsconsole"
COMPLETE = "_OPSCONSOLE_COMPLETE"
"""The variable by which the completion scripts ask."""


class Start(NamedTuple):
    """What the root command begins with: how settings are read, and how the console is opened."""

    load: Callable[[Options], Any]
    console: Callable[[Invocation[Any]], int]
    gates: Callable[[Any, Database], Sequence[Any]] | None = None
    """See `Invocation`."""
    verifiers: Sequence[Callable[[Database], Awaitable[Proof]]] = ()
    """As above."""
    sealed: Sequence[SealedSource] = ()
    """As above."""
    timeline: Callable[[Database, Database | None], Sequence[Source]] | None = None
    """As above."""
    windows: Callable[[Any, Database], Any] | None = None
    """As above."""
    aid: Callable[[Invocation[Any], Database], Any] | None = None
    """As above."""
    show: Callable[[Any, Options, Stage], int] | None = None
    """As above."""


class Entry(NamedTuple):
    """A command that is not loaded yet: `module:attribute`, and its line in the overview."""

    target: str
    help: str


COMMANDS = {
    "agent": Entry("opsconsole.agent.commands:agent", "Run every feature's jobs without a console."),
    "alert": Entry("opsconsole.health.alert_commands:alert", "Show alerts, acknowledge or silence them."),
    "backup-db": Entry("opsconsole.admin.commands:backup_db", "Copy the database while it is in use."),
    "briefing": Entry("opsconsole.reports.briefing_commands:briefing", "Show what happened since your last visit."),
    "check": Entry("opsconsole.health.check_commands:check", "Run checks of services, or show what they found."),
    "checklist": Entry("opsconsole.checklists.commands:checklist", "List, walk through, sign and export checklists."),
    "completion": Entry("opsconsole.admin.commands:completion", "Print the script that completes commands in a shell."),
    "config": Entry("opsconsole.admin.commands:config", "Check or show the configuration, or print its schema."),
    "demo": Entry("opsconsole.demo.commands:demo", "Open the console on an invented server."),
    "doctor": Entry("opsconsole.admin.commands:doctor", "Examine the installation and say what to do."),
    "handover": Entry("opsconsole.reports.briefing_commands:handover", "Hand over to the next one, or take over."),
    "help": Entry("opsconsole.admin.commands:manual", "Show the manual page of a command."),
    "init": Entry("opsconsole.admin.preset_commands:init", "Write a configuration to begin with."),
    "log": Entry("opsconsole.logbook.commands:log", "Write, sign and export the maintenance log, and prove it."),
    "maintenance": Entry("opsconsole.health.alert_commands:maintenance", "Plan work that counts as no downtime."),
    "metrics": Entry("opsconsole.health.metrics_commands:metrics", "Export, list or show what was recorded."),
    "metric": Entry("opsconsole.health.report_commands:metric", "Send a number, such as orders today or active users."),
    "notify": Entry("opsconsole.notify.commands:notify", "Test channels, show what was sent, or send it again."),
    "oncall": Entry("opsconsole.notify.commands:oncall", "Show who is on call now and next."),
    "ping": Entry("opsconsole.health.report_commands:ping", "Report that a job starts, went well or failed."),
    "preset": Entry("opsconsole.admin.preset_commands:preset", "List and show presets, or compare one with yours."),
    "report": Entry("opsconsole.reports.commands:report", "Fill in reports of a day, week, month, quarter or year."),
    "rule": Entry("opsconsole.health.rule_commands:rule", "Try rules on the past."),
    "status": Entry("opsconsole.health.commands:status", "Show the state of this host as text."),
    "targets": Entry("opsconsole.reports.targets_commands:targets", "Show every target beside what was reached."),
    "ticket": Entry("opsconsole.tickets.commands:ticket", "List, answer, move, import and export tickets."),
}


class _Root(LazyGroup):
    """All commands; their overview comes from the table alone."""

    @property
    def summaries(self) -> dict[str, str]:
        """Each command's line in the overview."""
        return {name: entry.help for name, entry in COMMANDS.items()}

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


@click.group(cls=_Root, places={name: entry.target for name, entry in COMMANDS.items()}, invoke_without_command=True,
             context_settings={"help_option_names": ["-h", "--help"]})
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
    start = context.obj
    context.obj = Invocation(Options(config, theme, ascii, debug), start.load, start.gates, start.verifiers,
                             start.sealed, start.timeline, start.windows, start.aid, show=start.show)
    return int(start.console(context.obj)) if context.invoked_subcommand is None else None


def invoke(arguments: Sequence[str], start: Start) -> int:
    """Run one command and return its exit code.

    Raises:
        UsageError: the command line is wrong.
        OpsError: what the command says.
        KeyboardInterrupt: it was interrupted.
    """
    try:
        with root.make_context(PROGRAM, list(arguments), obj=start) as context:
            result: Any = root.invoke(context)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.Abort as ending:
        raise KeyboardInterrupt from ending
    except click.ClickException as error:
        at = error.ctx if isinstance(error, click.UsageError) else None
        todo = f"Try `{at.command_path} --help`." if at is not None else ""
        raise UsageError(error.format_message(), todo) from error
    return int(result) if result is not None else ExitCode.DONE


def complete(instruction: str) -> int:
    """Answer a shell that completes a command line."""
    from click.shell_completion import shell_complete  # noqa: PLC0415 - only for a shell that asks

    return shell_complete(root, {}, PROGRAM, COMPLETE, instruction)
