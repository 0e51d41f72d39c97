"""A house with templates for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checklists.screen.house import House

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
