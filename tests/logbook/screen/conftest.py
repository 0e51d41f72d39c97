"""Some days of a log, made once and copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.logbook.screen.house import Days, happened

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The days themselves."""
    days = Days(tmp_path_factory.mktemp("days"))
    days.done(happened)
    return days.folder


@pytest.fixture
def days(made: Path, tmp_path: Path) -> Days:
    """The days, for this test alone."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Days(tmp_path)
