"""From any screen to the emergency: to the one that goes on, or to a new one after one line of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.page_screen import page_view
from opsconsole.console.storage import opened
from opsconsole.core.errors import OpsError
from opsconsole.core.identity import Role
from opsconsole.core.text import limited
from opsconsole.logbook.model import MOST_TITLE
from opsconsole.logbook.screen.desk import service_or_none
from opsconsole.logbook.screen.emergency import EmergencyScreen

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.logbook.model.emergency import Standing

ANOTHER = "another"


def open_emergency(screen: ConsoleScreen) -> None:
    """The key that works everywhere."""
    screen.run_worker(_opened(screen), group="emergency", exclusive=True)


async def _opened(screen: ConsoleScreen) -> None:
    await opened(screen.context)
    service = service_or_none(screen)
    if service is None:
        return
    try:
        going = await service.emergencies()
    except OpsError as error:
        screen.console.notify_error(error)
        return
    here = screen.number if isinstance(screen, EmergencyScreen) else 0
    rest = [one for one in going if one.emergency.entry != here]
    if not here and len(rest) == 1:
        screen.app.push_screen(EmergencyScreen(rest[0].emergency.entry))
        return
    chosen = await _chosen(screen, rest, "Which emergency?") if rest else ANOTHER
    if chosen == ANOTHER:
        await _declared(screen, {one.emergency.entry for one in going})
    elif chosen is not None:
        screen.app.push_screen(EmergencyScreen(int(chosen)))


async def _chosen(screen: ConsoleScreen, going: Sequence[Standing], question: str) -> str | None:
    """Which one, where several go on; None: none after all."""
    view = page_view(screen)
    options = [Option(str(one.emergency.entry), f"#{one.emergency.entry} {limited(one.entry.title, 60)}",
                      f"for {view.since(one.emergency.begun)}") for one in going]
    return await screen.app.push_screen_wait(Choose(
        question, [*options, Option(ANOTHER, "another one", "declares it")], done="open",
        glyphs=screen.context.glyphs))


async def _declared(screen: ConsoleScreen, known: Collection[int]) -> None:
    """What is wrong, in one line or none; then its clock runs.

    Args:
        screen: from which it is declared.
        known: those that go on already: whoever was called together may declare the same one at the same time.
    """
    actor = screen.context.actor
    if actor.role < Role.OPERATOR:
        screen.console.say(f"To declare an emergency needs the role {Role.OPERATOR.word};"
                           f" {actor.name} is {actor.role.word}.")
        return
    title = await screen.app.push_screen_wait(Ask(
        "EMERGENCY: what is wrong?", done="declare it, and start the clock", glyphs=screen.context.glyphs,
        hint=f"platform down, data lost {screen.context.glyphs.ellipsis}",
        check=lambda text: f"At most {MOST_TITLE} characters." if len(text.strip()) > MOST_TITLE else None))
    service = service_or_none(screen)
    if title is None or service is None:
        return
    try:
        fresh = [one for one in await service.emergencies() if one.emergency.entry not in known]
        chosen = await _chosen(screen, fresh, "One was declared meanwhile. Is it the same?") if fresh else ANOTHER
        if chosen != ANOTHER:
            if chosen is not None:
                screen.app.push_screen(EmergencyScreen(int(chosen)))
            return
        standing = await service.declare(actor, title)
    except OpsError as error:
        screen.console.notify_error(error)
        return
    screen.app.push_screen(EmergencyScreen(standing.emergency.entry, begin=True))
