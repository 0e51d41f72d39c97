"""What `doctor` says of checklists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists import store
from opsconsole.checklists.findings import run_findings, template_findings
from opsconsole.checklists.library import Library
from opsconsole.checklists.model import Answer, Evidence, Verdict
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.checklists.template import encoded
from opsconsole.core.blobs import Blobs
from opsconsole.core.levels import Level
from opsconsole.core.paths import beside_config, make_paths
from opsconsole.tickets.settings import TicketSettings
from tests.checklists.made import run, template, tick
from tests.checklists.templates import SHORT
from tests.tickets.keeping import START, world

if TYPE_CHECKING:
    from pathlib import Path


def test_broken_templates_are_told_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(SHORT.format(title="Good"), encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("title: Bad\nsections: []\n", encoding="utf-8")
    library = Library(ChecklistSettings(use=()), tmp_path)
    broken, warned, sound = template_findings(library, ["bad.yaml:1:1: a name"])
    assert (broken.level, warned.level, sound.level) == (Level.WARNING, Level.WARNING, Level.OK)
    assert "bad.yaml:2:11" in broken.says or "bad.yaml:2:" in broken.says
    assert broken.todo
    assert warned.todo
    assert sound.says == "1 checklist can be used, 1 of them this installation's own"


def test_where_none_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("title: [\n", encoding="utf-8")
    *_, last = template_findings(Library(ChecklistSettings(use=()), tmp_path))
    assert (last.level, last.says) == (Level.CRITICAL, "0 checklists can be used")
    assert last.todo


def test_what_the_shipped_ones_lack_is_one_line(tmp_path: Path) -> None:
    library = Library(ChecklistSettings(use=("generic",)), tmp_path)
    (tmp_path / "own.yaml").write_text(SHORT.format(title="Own") + "who: {rotation: nobody}\n", encoding="utf-8")
    library.refresh()
    warnings = library.warnings([], [], [], [], [])
    own, shipped, _ = template_findings(library, warnings)
    assert len(warnings) > 5
    assert "own.yaml" in own.says
    assert shipped.says.startswith("those of the program ask for more than is configured: there is no check `")
    assert shipped.says.count("`backup`") == shipped.says.count("`home-page`") == 1


def test_the_shipped_ones_are_sound() -> None:
    (found,) = template_findings(Library(ChecklistSettings()))
    assert found.level is Level.OK


async def test_missing_evidence_and_runs_that_nobody_explained(tmp_path: Path) -> None:
    async with world(tmp_path, TicketSettings()) as desk:
        blobs = Blobs(tmp_path / "blobs")
        assert await run_findings(desk.db, blobs) == []
        kept, gone = blobs.put(b"kept").sha256, blobs.put(b"gone").sha256
        async with desk.db.write() as tx:
            await store.pin(tx, "0" * 64, "morning", encoded(template(tick("disk"))), START)
            assert await store.add(tx, run()) is not None
            await store.add_answer(tx, "morning", Answer(1, 1, "disk", START, "ana", verdict=Verdict.OK, evidence=(
                Evidence("command", "df", sha256=kept), Evidence("command", "du", sha256=gone))))
        (sound,) = await run_findings(desk.db, blobs)
        assert (sound.level, sound.says) == (Level.OK, "1 run, 1 not over, nothing amiss where it was looked")
        blobs.remove(gone)
        (missing,) = await run_findings(desk.db, blobs)
        assert missing.level is Level.CRITICAL
        assert missing.says == "of the newest 2 files of evidence 1 is missing: `disk` of run #1"
        blobs.put(b"gone")
        async with desk.db.write() as tx:
            assert await store.add(tx, run(2, ended=START, outcome="missed")) is not None
        (missed,) = await run_findings(desk.db, blobs)
        assert missed.level is Level.WARNING
        assert missed.says == "1 run was missed and nobody has said why, the newest is morning #2"


def test_the_installation_s_own_templates_lie_beside_its_configuration(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert beside_config("checklists", make_paths(tmp_path / "a" / "opsconsole.yaml", env), env) == (
        tmp_path / "a" / "checklists")
    assert beside_config("checklists", make_paths(None, env), env) == tmp_path / "config" / "opsconsole" / "checklists"
