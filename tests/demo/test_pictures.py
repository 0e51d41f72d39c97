"""The pictures in docs/ show what the program shows, and each screen of a demo has something to show."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.demo.demos import made
from tests.demo.pictures import DOCS, PICTURES, take

if TYPE_CHECKING:
    from tests.demo.pictures import Taken

NAMES = [one.name for one in PICTURES]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Taken]:
    return asyncio.run(take(made(tmp_path_factory.mktemp("pictures") / "demo")))


@pytest.mark.parametrize("name", NAMES)
def test_picture_is_up_to_date(name: str, taken: dict[str, Taken]) -> None:
    kept = (DOCS / f"{name}.svg").read_text(encoding="utf-8")
    assert taken[name].svg == kept, "run `make docs` and look at it"


@pytest.mark.parametrize("name", NAMES)
def test_screen_is_filled_in_a_small_terminal(name: str, taken: dict[str, Taken]) -> None:
    lines = taken[name].small.splitlines()
    assert lines[0].startswith(" demo web-1 ")
    assert sum(bool(line.strip()) for line in lines) > 12
