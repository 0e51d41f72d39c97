"""Watches for an agent, and starts one where none works; a part of the composition root."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opsconsole.core.levels import Level

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.agent.model import LeaseState
    from opsconsole.agent.settings import AgentSettings
    from opsconsole.console.shell import OpsConsole


def look_after_agent(app: OpsConsole, settings: AgentSettings | None, log: Path, config: Path | None, *,
                     debug: bool) -> None:
    """Watch for an agent, and start one where none works; it ends with this process, since its input does.

    Args:
        app: the console.
        settings: what the configuration says about the agent; None: the defaults.
        log: of the console; that of its agent lies beside it.
        config: the file of the configuration; None: there is none.
        debug: whether everything is recorded.
    """
    from opsconsole.agent.child import ChildAgent, describe  # noqa: PLC0415 - after the first paint
    from opsconsole.agent.failing import Failing  # noqa: PLC0415
    from opsconsole.agent.settings import AgentSettings  # noqa: PLC0415
    from opsconsole.agent.store import read_lease  # noqa: PLC0415

    context = app.context
    settings = settings or AgentSettings()
    failing = Failing(context.clock, partial(app.say, level=Level.WARNING))

    async def read() -> LeaseState | None:
        await failing.look(context.storage.db)
        return await read_lease(context.storage.db)

    child = ChildAgent(read, clock=context.clock, log=log.with_name("agent.log"), config=config, debug=debug,
                       may_start=settings.child)
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
