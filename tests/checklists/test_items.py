"""The line of an item on which the cursor stands: which key confirms what the machine proposes, and what opposes it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from opsconsole.checklists.model import Proposal, Verdict
from opsconsole.checklists.present.items import Around, item_line
from opsconsole.checklists.template import AutoItem, EvidenceItem
from opsconsole.checklists.walk import Step
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.view import View
from tests.checklists.made import START

if TYPE_CHECKING:
    from opsconsole.checklists.template import Item

PAGE = AutoItem(id="page", title="Pages load in less than 3 s", check="home", value="latency", expect=("< 3s",))
BACKUP = EvidenceItem(id="backup", title="The backup restores", command=("restore",))
WELL = Proposal(1, "it", START, Verdict.OK, 0.1, "100 ms", limit="< 3s")
SLOW = Proposal(1, "it", START, Verdict.FAILED, 3.3, "3.3 s, should be < 3 s", limit="< 3s")


@pytest.mark.parametrize(("item", "proposal", "cells", "said"), [
    (PAGE, WELL, 78, "100 ms  ← enter ok, f disputes"),
    (PAGE, WELL, 118, "100 ms  ← proposed, enter confirms, f disputes"),
    (PAGE, SLOW, 78, "✖ 3.3 s, should be < 3 s  ← enter confirms"),
    (PAGE, SLOW, 118, "✖ 3.3 s, should be < 3 s  limit < 3s  ← proposed, enter confirms, v corrects"),
    (BACKUP, SLOW, 118, "✖ 3.3 s, should be < 3 s  limit < 3s  ← proposed, enter confirms")])
def test_the_keys_for_what_is_proposed(item: Item, proposal: Proposal, cells: int, said: str) -> None:
    line = item_line(Step(item, 0, shown=True, proposal=proposal), Around(here=True), View(cells, UNICODE, START, UTC))
    assert line.text.rstrip().endswith(said)
