"""What a name opens, in the parts of the console that belong to other features."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.console.opening import open_source


class Seen:
    """A screen that notes what is opened from it."""

    def __init__(self) -> None:
        self.opened: list[Any] = []
        self.app = SimpleNamespace(push_screen=self.opened.append)
        self.console = SimpleNamespace(go_to=self.opened.append)

    def action_timeline(self) -> None:
        self.opened.append("timeline")


@pytest.mark.parametrize(("target", "opens"), [
    ("check:site", "CheckScreen"), ("line:mount:/srv", "TrendScreen"), ("uptime", "UptimeScreen"),
    ("alerts", "AlertsScreen"), ("checklists", "KeptScreen"), ("run:5", "WalkScreen"), ("ticket:17", "TicketScreen"),
    ("tickets", "StatisticsScreen"), ("tickets:priority:urgent", "StatisticsScreen"), ("log", "4"),
    ("timeline", "timeline")])
async def test_each_source_of_a_number_is_opened(target: str, opens: str) -> None:
    screen = Seen()
    open_source(SimpleNamespace(), SimpleNamespace(), screen, target)  # type: ignore[arg-type]
    (opened,) = screen.opened
    assert (opened if isinstance(opened, str) else type(opened).__name__) == opens


async def test_figures_of_tickets_are_of_this_month_and_of_those_that_the_target_is_about() -> None:
    screen = Seen()
    open_source(SimpleNamespace(), SimpleNamespace(), screen, "tickets:priority:urgent")  # type: ignore[arg-type]
    assert screen.opened[0].looked == (1, 0, "priority:urgent")
