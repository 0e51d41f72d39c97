"""The ticket of an alert, from the panel and from the alert itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from opsconsole.core.clock import MINUTE
from opsconsole.core.identity import Role
from opsconsole.tickets.service import TicketService
from tests.health.samples import NOW, HandClock
from tests.health.screen_app import settled
from tests.health.stored_app import ANA
from tests.health.stored_samples import DOWN, VAR
from tests.health.test_screen_doing import records, running, shown, told, until

if TYPE_CHECKING:
    from pathlib import Path


async def test_t_makes_a_ticket_and_then_opens_it(tmp_path: Path) -> None:
    there = records(tmp_path)
    async with running(there) as (app, pilot, others):
        app.screen.panel.stand_on(f"alert:{there.ids['redis']}")  # type: ignore[attr-defined]
        await pilot.press("t")
        await until(pilot, lambda: type(app.screen).__name__ == "TicketScreen")
        assert app.screen.title == "Ticket #1"
        assert (await TicketService(others._db, HandClock()).get(1)).title.startswith("redis")
        assert "Ticket #1 is about redis." in told(app)
        alert = await others.one(there.ids["redis"])
        assert (alert.ticket, alert.ticket_assignee) == (1, "")
        await TicketService(others._db, HandClock()).take(ANA, 1)
        await pilot.press("escape")
        await until(pilot, lambda: "#1 ana" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "#1 ana" in shown(app) and "HISTORY" in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: type(app.screen).__name__ == "TicketScreen")
        rows = await others._db.rows("SELECT number FROM ticket")
        assert len(rows) == 1


async def test_a_viewer_makes_no_ticket(tmp_path: Path) -> None:
    there = records(tmp_path)
    async with running(there, Role.VIEWER) as (app, pilot, others):
        app.screen.panel.stand_on(f"alert:{there.ids['redis']}")  # type: ignore[attr-defined]
        await pilot.press("t")
        await settled(pilot)
        assert "It has no ticket, and to make one takes the role operator." in told(app)
        await pilot.press("enter")
        await until(pilot, lambda: "HISTORY" in shown(app))
        app.clear_notifications()
        await pilot.press("t")
        await settled(pilot)
        assert "to make one takes the role operator" in told(app)
        assert (await others.one(there.ids["redis"])).ticket == 0


async def test_what_is_no_alert_has_no_ticket(tmp_path: Path) -> None:
    async with running(records(tmp_path)) as (app, pilot, _):
        app.screen.panel.stand_on("cpu")  # type: ignore[attr-defined]
        await pilot.press("t")
        await settled(pilot)
        assert "Put the cursor on an alert of the agent first." in told(app)


async def test_an_alert_that_is_over_keeps_its_ticket(tmp_path: Path) -> None:
    there = records(tmp_path, replace(DOWN, ended=NOW - MINUTE), VAR)
    async with running(there) as (app, pilot, others):
        await pilot.press("A")
        await until(pilot, lambda: app.screen.list.count == 2)  # type: ignore[attr-defined]
        await pilot.press("G", "enter")
        await until(pilot, lambda: "RESOLVED" in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: type(app.screen).__name__ == "TicketScreen")
        assert (await others.one(there.ids["redis"])).ticket == 1
