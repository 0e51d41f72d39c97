"""What the screens of checklists do to whole runs, and how they ask; each function has to run in a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsconsole.checklists.model import RunState
from opsconsole.checklists.screen.desk import service_of
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.dialogs.fill import Fill
from opsconsole.console.widgets.field import Field
from opsconsole.core.errors import OpsError
from opsconsole.core.text import harmless, limited
from opsconsole.core.units import Duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opsconsole.checklists.cases.types import Row
    from opsconsole.checklists.model import Run
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.console.screen import ActingScreen

WAIT: Final = "4h"
"""For how long routine rounds are put off at first."""
PUT_OFF: Final = "It is put off; D takes it up again."
_ROUTINE: Final = frozenset({RunState.OPEN, RunState.DUE, RunState.LATE, RunState.RUNNING})


def service_or_none(screen: ActingScreen[Any]) -> ChecklistService | None:
    """The use cases; None while the records cannot be used, which is told."""
    try:
        return service_of(screen.context)
    except OpsError as error:
        screen.console.notify_error(error)
        return None


async def carry_out(screen: ActingScreen[Any], work: Awaitable[object], said: str = "") -> bool:
    """Wait for a change; tell what was done, or why it was not."""
    try:
        await work
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    if said:
        screen.console.say(said)
    return True


def needed(sentence: str) -> Callable[[str], str | None]:
    """The check of a field that must not be empty."""
    return lambda text: None if text.strip() else sentence


def named(title: str) -> str:
    """A foreign title within a sentence."""
    return harmless(limited(title, 60))


async def ask_reason(screen: ActingScreen[Any], question: str, done: str) -> str | None:
    """A reason, which must be there."""
    text = await screen.app.push_screen_wait(Ask(question, check=needed("Say why; others will read it."), done=done,
                                                 glyphs=screen.context.glyphs))
    return text.strip() if text is not None else None


async def explain(screen: ActingScreen[Any], run: Run) -> bool:
    """Say why a run was missed."""
    service = service_or_none(screen)
    reason = await ask_reason(screen, f"Why was {named(run.title)} {run.occurrence} missed?", "record it")
    return reason is not None and service is not None and await carry_out(
        screen, service.explain(screen.context.actor, run.id, reason), "Why it was missed is recorded.")


async def waive(screen: ActingScreen[Any], run: Run) -> bool:
    """Let a run be."""
    service = service_or_none(screen)
    reason = await ask_reason(screen, f"Why need {named(run.title)} {run.occurrence} not be done?", "waive")
    return reason is not None and service is not None and await carry_out(
        screen, service.waive(screen.context.actor, run.id, reason), f"{named(run.title)} is waived.")


async def resume(screen: ActingScreen[Any], run: Run) -> bool:
    """It is put off no more."""
    service = service_or_none(screen)
    return service is not None and await carry_out(screen, service.resume(screen.context.actor, run.id),
                                                   f"{named(run.title)} is taken up again.")


async def defer(screen: ActingScreen[Any], runs: Sequence[Run], because: str = "") -> bool:
    """Put runs off, all of them or none."""
    service = service_or_none(screen)
    if service is None or not runs:
        return False
    what = named(runs[0].title) if len(runs) == 1 else f"{len(runs)} rounds"
    fields = (Field("long", "For how long", value=WAIT, check=_long),
              Field("reason", "Why", value=because, required=True))
    entered = await screen.app.push_screen_wait(Fill(f"Put {what} off?", fields, details=[named(one.title) for one in
                                                     runs[:8]] if len(runs) > 1 else (), done="put off",
                                                     glyphs=screen.context.glyphs))
    if entered is None:
        return False
    until = screen.context.clock.now() + round(float(Duration.parse(entered["long"].strip())) * 1000)
    return await carry_out(screen, service.defer(screen.context.actor, [one.id for one in runs], until,
                                                 entered["reason"].strip()),
                           f"{what} put off for {entered['long'].strip()}; D takes one up again.")


def _long(text: str) -> str | None:
    try:
        return None if Duration.parse(text.strip()) > 0 else "Say how long: 4h, 90m, 1d."
    except ValueError:
        return "Say how long: 4h, 90m, 1d."


def routine(service: ChecklistService, rows: Sequence[Row], emergency: Sequence[Run]) -> list[Run]:
    """The rounds that may wait for an emergency: those that go on, are not signed, and whose template allows it."""
    emergencies = {one.id for one in emergency}
    found = []
    for row in rows:
        loaded = service.library.get(row.slug)
        if (row.run is not None and row.state in _ROUTINE and row.run.id not in emergencies
                and row.run.category.value not in ("emergency", "security")
                and loaded is not None and loaded.template.defer):
            found.append(row.run)
    return found


async def offer_deferring(screen: ActingScreen[Any], run: Run) -> bool:
    """While an emergency goes on, routine rounds may wait."""
    service = service_or_none(screen)
    if service is None:
        return False
    try:
        board = await service.board()
    except OpsError:
        return False
    runs = routine(service, board.today, [run])
    if not runs:
        return False
    names = [named(one.title) for one in runs[:8]]
    yes = await screen.app.push_screen_wait(Confirm(
        "Put routine rounds off while this goes on?", names, yes="put off", glyphs=screen.context.glyphs))
    return bool(yes) and await defer(screen, runs, f"{named(run.title)} {run.occurrence}")
