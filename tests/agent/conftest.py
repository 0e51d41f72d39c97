"""What the tests of the agent share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.agent.agents import Agents, make_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[Agents]:
    """Starts agents in processes of their own, and ends them with the test."""
    started = Agents(make_place(tmp_path))
    yield started
    started.end()
