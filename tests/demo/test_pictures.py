"""The pictures in docs/ show what the program shows, and each screen of a demo has something to show."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.demo.demos import made
from tests.demo.pictures import DOCS, PICTURES, take

if TYPE_CHECKING:
    from pathlib import Path


def test_pictures_are_up_to_date_and_small_screens_are_filled(tmp_path: Path) -> None:
    """One test, since all screens are walked through in one console."""
    taken = asyncio.run(take(made(tmp_path / "demo")))
    assert [*taken] == [one.name for one in PICTURES]
    for name, one in taken.items():
        lines = one.small.splitlines()
        assert lines[0].startswith(" demo web-1 "), name
        assert sum(bool(line.strip()) for line in lines) > 12, name
    changed = [name for name, one in taken.items() if (DOCS / f"{name}.svg").read_text(encoding="utf-8") != one.svg]
    assert changed == [], "run `make docs` and look at these pictures"
