"""The command `agent`: the process that runs every feature's jobs, and its installation as a service."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from opsconsole.core.errors import UsageError

if TYPE_CHECKING:
    from opsconsole.core.invocation import Invocation
    from opsconsole.settings import Loaded

    Given = Invocation[Loaded]


@click.group(invoke_without_command=True)
@click.option("--once", is_flag=True, help="Run every job once, then end.")
@click.option("--child", is_flag=True, hidden=True, help="End when standard input ends; the console uses it.")
@click.option("--log-json", is_flag=True, help="Write the log as JSON, one object per line.")
@click.pass_context
def agent(context: click.Context, once: bool, child: bool, log_json: bool) -> int | None:
    """Run every feature's jobs without a console.

    One agent works at a time; others wait until it ends. SIGTERM ends it after what is running, SIGHUP makes it read
    the configuration again. The log goes to standard error. With --once, the exit status is 1 when a job failed or
    another agent works.
    """
    if context.invoked_subcommand is not None:
        if once or child or log_json:
            raise UsageError("These options are for the agent itself.", f"Try `{context.command_path} --help`.")
        return None
    if once and child:
        raise UsageError("An agent runs every job once or is a child, not both.")
    return _run(context.find_root().obj, once=once, child=child, log_json=log_json)


@agent.command()
@click.option("--user", is_flag=True, help="For this user's own service manager instead of the system's.")
@click.option("--print", "only_print", is_flag=True, help="Print the unit file and write nothing.")
@click.pass_context
def install(context: click.Context, user: bool, only_print: bool) -> None:
    """Write a systemd unit for the agent and say what to run.

    A unit that is there already and differs is not changed. Exit status 3: this user may not write it.
    """
    from opsconsole.agent import install as installing
    from opsconsole.agent.unit import unit_text
    from opsconsole.core.text import harmless

    service = installing.describe(context.find_root().obj.loaded, os.environ, user=user)
    if only_print:
        click.echo(unit_text(service), nl=False)
        return
    for line in installing.install(service, installing.path_of_unit(os.environ, user=user)):
        click.echo(harmless(line))


def _run(given: Given, *, once: bool, child: bool, log_json: bool) -> int:
    from opsconsole.agent import journal, runner
    from opsconsole.agent.app import Agent, AgentOptions
    from opsconsole.agent.model import Kind
    from opsconsole.agent.service import ServiceManager
    from opsconsole.core import logfile
    from opsconsole.settings import load_settings

    loaded, debug = given.loaded, given.options.debug
    level = loaded.settings.log.level
    if child:
        # The console's own log file; `logfile` begins a new one where it grows too long.
        journal.set_level(level, debug=debug)
    else:
        logfile.stop()
        journal.start(level, os.environ, as_json=log_json, debug=debug)
    manager = ServiceManager()
    options = AgentOptions(Kind.CHILD if child else Kind.PERMANENT, once=once, debug=debug)

    async def main() -> int:
        made = Agent(loaded, options, manager, read=lambda: load_settings(given.options.config))
        if not child:
            return await made.work()
        from opsconsole.agent.parent import bound_to_parent

        async with bound_to_parent(made.wishes):
            return await made.work()

    try:
        return runner.run(main())
    finally:
        manager.close()
