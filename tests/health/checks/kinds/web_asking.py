"""Asks a web server once, and judges what it said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.clock import SystemClock
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.judge import judge
from opsconsole.health.checks.kinds import address as web_address
from opsconsole.health.checks.settings.net import HttpCheck
from tests.health.checks.kinds.reaching import left, timed

if TYPE_CHECKING:

    from opsconsole.health.checks.model import Measured, Outcome


SOON = Duration(0.5)


def judged(check: HttpCheck, measured: Measured) -> Outcome:
    return judge(check, measured, SystemClock().now(), 0.1, "shop")


async def problem(url: str, **settings: Any) -> str:
    """Why there is no answer."""
    check = HttpCheck(url=url, **settings)
    async with left(web_address.read(url).port):
        measured = await timed(check)
    assert judged(check, measured).level is Level.CRITICAL
    return measured.problem
