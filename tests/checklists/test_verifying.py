"""Signed runs in real files that somebody changed who knows how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.checklists import store
from opsconsole.checklists.model import Answer, Event, EventKind, Given, Run, Signature, Verdict
from opsconsole.checklists.sealing import ACTION, DETAIL, fingerprints, hash_of, subject_of
from opsconsole.checklists.template import NumberItem, encoded
from opsconsole.checklists.verifying import Altered, RunsReport, verify_runs
from opsconsole.core import audit
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.identity import Actor, Role
from tests.checklists.made import START, run, template, tick
from tests.core.storage import raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opsconsole.core.database import Transaction

ANA = Actor("ana", 1000, Role.OPERATOR, "local")
TEMPLATE = encoded(template(tick("look"), NumberItem(id="users", title="Users", max=1000)))


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "x.db", RECORDS) as opened:
        yield opened


async def signed(tx: Transaction, number: int, *, persons: int = 1) -> Run:
    """A run that was answered and signed."""
    await store.pin(tx, hash_of(TEMPLATE), "morning", TEMPLATE, START)
    made = await store.add(tx, run(0, occurrence=f"#{number}", template=hash_of(TEMPLATE)))
    assert made is not None
    for item, verdict, value in (("look", Verdict.FAILED, None), ("look", Verdict.OK, None),
                                 ("users", Verdict.OK, 212.0)):
        await store.add_answer(tx, "morning", Answer(
            0, made.id, item, START + number, "ana", "local", Given.CONSOLE, verdict, value, note="né\ud800"))
    signatures = []
    for place, kind in enumerate((EventKind.SIGNED, EventKind.COUNTERSIGNED)[:persons]):
        signatures.append(Signature("ana", START + 9, "local"))
        await store.add_event(tx, Event(0, made.id, START + 9, kind, "ana", "", {"draft": {"seconds": 1.5}}))
        if place < persons - 1:
            await audit.append(tx, ANA, ACTION, subject_of(made.id), {"slug": "morning"}, START + 9)
    done = replace(made, ended=START + 9, outcome="done", performers=("ana",), signatures=tuple(signatures), total=2,
                   answered=2, persons=persons, version=4)
    marks = fingerprints(done, await store.answers(tx, made.id), await store.events(tx, made.id))
    done = replace(done, seal=marks["seal"])
    await store.put_seal(tx, done, 60.0, timely=True)
    await audit.append(tx, ANA, ACTION, subject_of(made.id), {"slug": "morning", DETAIL: marks}, START + 9)
    return done


async def three(db: Database) -> None:
    """Two signed runs and one that goes on."""
    async with db.write() as tx:
        await signed(tx, 1)
        await signed(tx, 2, persons=2)
        going = await store.add(tx, run(0, occurrence="#3", template=hash_of(TEMPLATE)))
        assert going is not None
        await store.add_answer(tx, "morning", Answer(0, going.id, "look", START, "ana"))


def unguarded(path: Path, *statements: str) -> None:
    """Changes the file as somebody does who knows how."""
    with raw(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount


async def test_what_was_signed_is_found_as_it_was(db: Database) -> None:
    assert await verify_runs(db) == RunsReport(0, ())
    await three(db)
    report = await verify_runs(db)
    assert report == RunsReport(2, ())
    assert report.ok


async def test_what_may_follow_a_signature_is_no_change(db: Database) -> None:
    await three(db)
    async with db.write() as tx:
        await store.add_event(tx, Event(0, 1, START + 99, EventKind.CHECKED, "cleo"))
        row = await store.get(tx, 1)
        assert row is not None
        await store.put_after(tx, replace(row, marks=("fast",), version=9))
    assert (await verify_runs(db)).ok


ANSWER = ("INSERT INTO checklist_answer (id, run, item, at, actor, origin, given, verdict, value, number, unit, bounds,"
          " note, evidence, ticket, proposed, seconds, undoes) SELECT 99, run, item, at, actor, origin, given, verdict,"
          " value, number, unit, bounds, note, evidence, ticket, proposed, seconds, undoes FROM checklist_answer"
          " WHERE id = 1")


@pytest.mark.parametrize(("change", "sentence"), [
    ("UPDATE checklist_answer SET note = 'na' WHERE id = 2", "Answer 2 to `look` was changed."),
    ("UPDATE checklist_answer SET value = '213.0', number = 213 WHERE id = 3", "Answer 3 to `users` was changed."),
    ("UPDATE checklist_answer SET number = 213 WHERE id = 3", "The figure of answer 3 was changed."),
    ("UPDATE checklist_answer SET verdict = 'ok' WHERE id = 1", "Answer 1 to `look` was changed."),
    ("UPDATE checklist_answer SET verdict = 'fine' WHERE id = 1", "Answer 1 of checklist run 1 cannot be read"),
    ("UPDATE checklist_answer SET value = '{' WHERE id = 1", "Answer 1 of checklist run 1 cannot be read"),
    ("UPDATE checklist_answer SET seconds = 9e999 WHERE id = 1", "It holds a value that nothing can be."),
    ("UPDATE checklist_answer SET run = 3 WHERE id = 2", "Answer 2 was removed."),
    ("DELETE FROM checklist_answer WHERE id = 1", "Answer 1 was removed."), (ANSWER, "Answer 99 to `look` was added."),
    ("UPDATE checklist_current SET answer = 1 WHERE run = 1 AND item = 'look'",
     "Which of its answers count was changed."),
    ("DELETE FROM checklist_event WHERE run = 1", "Event 1 was removed."),
    ("UPDATE checklist_event SET data = '{}' WHERE run = 1", "Event 1, signed, was changed."),
    ("UPDATE checklist_run SET late = late + 1 WHERE id = 1", "Its `late` was changed."),
    ("UPDATE checklist_run SET failed = 1 WHERE id = 1", "Its `failed` was changed."),
    ("UPDATE checklist_run SET category = 'weekly' WHERE id = 1", "Its `category` was changed."),
    ("UPDATE checklist_run SET category = 'x' WHERE id = 1", "Checklist run 1 cannot be read"),
    ("UPDATE checklist_run SET signatures = '[]' WHERE id = 1", "Its signatures were changed."),
    ("UPDATE checklist_run SET seal = '' WHERE id = 1", "Its seal was replaced."),
    ("UPDATE checklist_run SET outcome = '' WHERE id = 1", "Its `outcome` was changed."),
    ("UPDATE checklist_run SET outcome = '', seal = '' WHERE id = 1", "It was signed, and its row says nothing of it."),
    ("DELETE FROM checklist_run WHERE id = 1", "It was signed, and is not there any more."),
    ("DELETE FROM audit WHERE seq = 1", "The audit trail knows of no last signature under it."),
    ("UPDATE audit SET detail = '{' WHERE seq = 1", "The audit trail knows of no last signature under it.")])
async def test_a_change_is_found_and_named(db: Database, tmp_path: Path, change: str, sentence: str) -> None:
    await three(db)
    unguarded(tmp_path / "x.db", change)
    report = await verify_runs(db)
    (found,) = report.altered
    assert found.run == 1
    assert found.sentence.startswith(sentence)
    assert not report.ok


async def test_a_changed_template_is_found_in_each_of_its_runs(db: Database, tmp_path: Path) -> None:
    await three(db)
    unguarded(tmp_path / "x.db", "UPDATE checklist_template SET data = replace(data, '1000', '9000')")
    assert (await verify_runs(db)).altered == (Altered(1, "Its template was changed."),
                                               Altered(2, "Its template was changed."))
    unguarded(tmp_path / "x.db", "DELETE FROM checklist_template")
    assert {one.sentence for one in (await verify_runs(db)).altered} == {"Its template is missing."}


async def test_a_change_with_a_seal_that_fits_it_is_found_by_the_audit_trail(db: Database, tmp_path: Path) -> None:
    await three(db)
    unguarded(tmp_path / "x.db", "UPDATE checklist_answer SET note = 'as it should be' WHERE id = 2")
    row = await store.get(db, 1)
    assert row is not None
    forged = fingerprints(row, await store.answers(db, 1), await store.events(db, 1))
    unguarded(tmp_path / "x.db", f"UPDATE checklist_run SET seal = '{forged['seal']}' WHERE id = 1")
    assert (await verify_runs(db)).altered == (Altered(1, "Answer 2 to `look` was changed."),)
    # Nor does it help to sign again in the trail: what was sealed first counts.
    async with db.write() as tx:
        await audit.append(tx, ANA, ACTION, subject_of(1), {DETAIL: forged}, START + 99)
    assert (await verify_runs(db)).altered == (Altered(1, "Answer 2 to `look` was changed."),)
    assert (await audit.verify(db)).ok


async def test_every_changed_run_is_named_in_order(db: Database, tmp_path: Path) -> None:
    await three(db)
    unguarded(tmp_path / "x.db", "DELETE FROM checklist_answer WHERE run = 2", "DELETE FROM checklist_run WHERE id = 1")
    report = await verify_runs(db)
    assert report.count == 1
    assert report.altered == (Altered(1, "It was signed, and is not there any more."),
                              Altered(2, "Answer 4 was removed."))


async def test_a_run_that_is_done_without_a_seal_is_found(db: Database, tmp_path: Path) -> None:
    await three(db)
    unguarded(tmp_path / "x.db", "UPDATE checklist_run SET outcome = 'done', ended = 1 WHERE id = 3")
    assert (await verify_runs(db)).altered == (Altered(3, "The audit trail knows of no last signature under it."),)


async def test_many_runs_are_read_in_pages(db: Database, tmp_path: Path) -> None:
    async with db.write() as tx:
        for number in range(1, 232):
            await signed(tx, number)
    assert await verify_runs(db) == RunsReport(231, ())
    unguarded(tmp_path / "x.db", "UPDATE checklist_answer SET actor = 'eve' WHERE run IN (7, 230)")
    assert [one.run for one in (await verify_runs(db)).altered] == [7, 230]
