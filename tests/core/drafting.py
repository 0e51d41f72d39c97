"""A console's drafts in a folder of their own, by a clock turned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.drafts import Drafts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Clock:
    """Time turned by hand."""

    def __init__(self) -> None:
        self.at = 1_000

    def now(self) -> int:
        self.at += 1
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Not made yet."""
    return tmp_path / "state" / "drafts"


@pytest.fixture
def mine(folder: Path, clock: Clock) -> Iterator[Drafts]:
    console = Drafts(folder, clock)
    yield console
    console.close()


def fields_of(drafts: Drafts, form: str = "ticket", key: str = "") -> dict[str, str] | None:
    draft = drafts.load(form, key).draft
    return None if draft is None else draft.fields
