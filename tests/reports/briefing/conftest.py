"""Two days on a server, made once and copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.reports.briefing.console import Returned
from tests.reports.briefing.house import House, happened

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The days themselves, and a hand-over."""
    async def both(at: House) -> None:
        await happened(at)
        await at.handed()

    days = Returned(tmp_path_factory.mktemp("away"))
    days.done(both)
    return days.folder


@pytest.fixture
def back(made: Path, tmp_path: Path) -> Returned:
    """The days, for this test alone."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Returned(tmp_path)
