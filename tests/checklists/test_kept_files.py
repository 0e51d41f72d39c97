"""Files that are evidence stay for as long as something refers to them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opsconsole.checklists import store
from opsconsole.checklists.model import Answer, Evidence, Proposal, Verdict
from opsconsole.checklists.template import encoded
from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import DAY
from opsconsole.tickets.settings import TicketSettings
from tests.checklists.made import run, template
from tests.checklists.made import tick as item
from tests.tickets.keeping import START, World, world

if TYPE_CHECKING:
    from pathlib import Path


def seen(blobs: Blobs, data: bytes) -> Evidence:
    """Evidence whose file was kept long ago."""
    blob = blobs.put(data)
    os.utime(blobs.path(blob.sha256), ((START - 2 * DAY) / 1000, (START - 2 * DAY) / 1000))
    return Evidence("command", "df", sha256=blob.sha256, size=blob.size)


async def put(desk: World, *evidence: Evidence) -> None:
    async with desk.db.write() as tx:
        await store.put_proposals(tx, [Proposal(1, "disk", desk.clock.at, Verdict.OK, evidence=evidence)])


async def test_evidence_stays_and_what_was_proposed_before_goes(tmp_path: Path) -> None:
    async with world(tmp_path, TicketSettings()) as desk:
        blobs = Blobs(tmp_path / "blobs")
        names = ("answered", "both", "earlier", "proposed", "orphan")
        found = {name: seen(blobs, name.encode()) for name in names}
        async with desk.db.write() as tx:
            await store.pin(tx, "0" * 64, "morning", encoded(template(item("disk"))), START)
            assert await store.add(tx, run()) is not None
            await store.add_answer(tx, "morning", Answer(
                1, 1, "disk", START, "ana", evidence=(found["answered"], found["both"], Evidence("check", "home"))))
        await put(desk, found["earlier"], found["both"])
        desk.clock.at += 1
        await put(desk, found["proposed"], Evidence("metric", "cpu.busy"))
        desk.clock.at -= 1
        await desk.agent.run("tickets.sweep")
        assert [name for name in names if blobs.has(found[name].sha256)] == ["answered", "both", "proposed"]
