"""A morning on a desk, made once and copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY, MINUTE
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.screen.case import PAGE
from tests.health.samples import NOW
from tests.tickets.desk import ANA
from tests.tickets.screen.ticket_app import Morning, morning

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opsconsole.tickets.service import TicketService


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The morning itself."""
    return morning(tmp_path_factory.mktemp("morning")).folder


@pytest.fixture
def there(made: Path, tmp_path: Path) -> Morning:
    """The morning, for this test alone."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Morning(tmp_path)


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After the morning, one ticket with a long story."""
    async def happen(at: Callable[[int], TicketService]) -> None:
        await at(NOW - DAY).create(ANA, New("a long one", route=False))
        for each in range(4 * PAGE):
            await at(NOW - DAY + each * MINUTE).note(ANA, 4, f"note {each}")

    return morning(tmp_path_factory.mktemp("long"), happen).folder


@pytest.fixture
def long(told: Path, tmp_path: Path) -> Morning:
    """That, for this test alone."""
    shutil.copytree(told, tmp_path, dirs_exist_ok=True)
    return Morning(tmp_path, 4)
