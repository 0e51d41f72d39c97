"""Ending a process from a screen: a question that y answers, then the service, then what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.core.errors import OpsError
from opsconsole.core.text import harmless, limited
from opsconsole.health.service import HealthService, Signal

if TYPE_CHECKING:
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.health.model import Process

MOST_COMMAND = 180
"""Characters of the command line in the question: three lines, enough to know it again."""
WHAT_HAPPENS = {
    Signal.TERMINATE: "It gets SIGTERM and may clean up before it ends.",
    Signal.KILL: "It gets SIGKILL and ends at once; what it has not saved is lost.",
}
SENT = {Signal.TERMINATE: "was asked to end.", Signal.KILL: "was killed."}


async def ask_and_end(screen: ConsoleScreen, process: Process, how: Signal) -> None:
    """Ask, and do it on y. Needs to run in a worker, because it waits for an answer."""
    name = limited(harmless(process.name), 40)
    question = f"{how.value.capitalize()} {name}, process {process.pid}?"
    details = [limited(harmless(process.command), MOST_COMMAND),
               f"It belongs to {limited(harmless(process.user), 40)}. {WHAT_HAPPENS[how]}",
               "The audit trail records who did it."]
    context = screen.context
    if not await screen.app.push_screen_wait(Confirm(question, details, yes=how.value, destructive=True,
                                                     glyphs=context.glyphs)):
        return
    service = HealthService(lambda: context.storage.db, context.clock)
    try:
        await service.signal_process(context.actor, process, how)
    except OpsError as error:
        screen.console.notify_error(error)
    else:
        screen.console.say(f"Process {process.pid} ({name}) {SENT[how]}")
