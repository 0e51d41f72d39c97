"""Signed entries in real files that somebody changed who knows how: each change is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.logbook import verifying
from opsconsole.logbook.model import Action, Amendment, EntryType, Point
from opsconsole.logbook.sealing import check, check_amendments, fingerprints, seal, seal_of_amendment
from opsconsole.logbook.settings import LogbookSettings
from opsconsole.logbook.verifying import EntriesReport, verify_entries
from tests.logbook.entries import FILE, FULL
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, BEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.logbook.logdesk import LogDesk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[LogDesk]:
    """Three entries: one with all that there is, one signed by two, one that goes on."""
    async with logdesk(tmp_path, LogbookSettings(two_persons=(EntryType.EMERGENCY,))) as made:
        await made.new("né", tasks=(Point("swap", 17),), actions=(Action("order", "ben", "2027-01-04"),), seconds=60)
        await made.service.attach(ANA, 1, "a.txt", b"a")
        await made.service.sign(ANA, 1)
        await made.service.amend(BEN, 1, {"notes": "first"}, "forgot")
        await made.service.amend(ANA, 1, {"notes": "second", "tags": ("x",)}, "forgot again")
        await made.new("power", EntryType.EMERGENCY)
        await made.service.sign(ANA, 2)
        await made.service.sign(BEN, 2)
        await made.new("goes on")
        yield made


async def test_what_was_signed_is_found_as_it_was(desk: LogDesk) -> None:
    report = await verify_entries(desk.db)
    assert report == EntriesReport(2, ())
    assert report.ok


async def test_an_empty_log_is_right(tmp_path: Path) -> None:
    async with logdesk(tmp_path) as desk:
        assert await verify_entries(desk.db) == EntriesReport(0, ())


async def test_what_may_follow_a_signature_is_no_change(desk: LogDesk) -> None:
    await desk.service.finish_action(BEN, 1, 0)
    await desk.service.amend(BEN, 2, {"begun": 5, "type": EntryType.INCIDENT, "performed_by": ("zoe",)}, "later")
    await desk.check()


DATA = "UPDATE log_entry SET data = replace(data, {}) WHERE id = 1"
AMENDMENT = ("INSERT INTO log_amendment SELECT 9, {}, 3, at, actor, reason, changes, seal FROM log_amendment"
             " WHERE id = 2")


@pytest.mark.parametrize(("change", "sentence"), [
    (DATA.format("'swap', 'swop'"), "Its `tasks` was changed."),
    (DATA.format("'né', 'ne'"), "Its `title` was changed."),
    (DATA.format("'\"ana\"', '\"zoe\"'"), "Its `performed_by` was changed."),
    (DATA.format("'192.0.2.7', '192.0.2.8'"), "Its `signatures` was changed."),
    (DATA.format("'60.0', '61.0'"), "Its `seconds` was changed."),
    (DATA.format("'{', ''"), "Log entry 1 cannot be read"),
    (DATA.format("'60.0', '9e999'"), "Log entry 1 cannot be read"),
    ("UPDATE log_entry SET data = json_set(data, '$.created_by', 'ben') WHERE id = 1", "Its `created_by` was changed."),
    ("UPDATE log_entry SET seal = 'ab' WHERE id = 1", "Its seal was replaced."),
    ("UPDATE log_entry SET seal = '' WHERE id = 1", "Its seal was replaced."),
    ("UPDATE log_entry SET seal = '', state = 'open' WHERE id = 1", "It was signed, and its row says nothing of it."),
    ("UPDATE log_entry SET state = 'dropped' WHERE id = 1", "It was signed, and its row says nothing of it."),
    ("UPDATE log_entry SET state = 'gone' WHERE id = 1", "Log entry 1 cannot be read"),
    ("DELETE FROM log_entry WHERE id = 1", "It was signed, and is not there any more."),
    ("UPDATE log_entry SET title = 'x' WHERE id = 1", "Its `title` was changed where it is listed."),
    ("UPDATE log_entry SET status = 'issues' WHERE id = 1", "Its `status` was changed where it is listed."),
    ("UPDATE log_entry SET begun = begun - 1 WHERE id = 1", "Its `begun` was changed where it is listed."),
    ("UPDATE log_entry SET performers = '[]' WHERE id = 1", "Its `performers` was changed where it is listed."),
    ("UPDATE log_entry SET run = 5 WHERE id = 1", "Its `run` was changed where it is listed."),
    ("UPDATE log_entry SET created = 5 WHERE id = 1", "Its `created` was changed where it is listed."),
    ("UPDATE log_entry SET amended = 1 WHERE id = 1", "Its `amended` was changed where it is listed."),
    ("UPDATE log_action SET due = '2028-01-04'", "Its next actions were changed where they are looked for."),
    ("DELETE FROM log_action", "Its next actions were changed where they are looked for."),
    ("DELETE FROM log_mention WHERE kind = 'ticket'", "The names by which it is found were changed."),
    ("UPDATE log_text SET text = 'x' WHERE rowid = 1", "The words by which it is found were changed."),
    ("UPDATE log_pieces SET title = 'x' WHERE rowid = 1", "The words by which it is found were changed."),
    ("DELETE FROM log_pieces WHERE rowid = 1", "The words by which it is found were changed."),
    ("UPDATE log_attachment SET sha256 = replace(hex(zeroblob(32)), '0', 'a')", "Attachment 1 `a.txt` was changed."),
    ("DELETE FROM log_attachment", "Attachment 1 was removed."),
    ("INSERT INTO log_attachment SELECT 2, entry, 'b', size, type, sha256, by, at FROM log_attachment",
     "Attachment 2 `b` was added."),
    ("UPDATE log_amendment SET reason = 'x' WHERE id = 1", "Amendment 1 was changed."),
    ("UPDATE log_amendment SET changes = '{\"notes\":\"x\"}' WHERE id = 2", "Amendment 2 was changed."),
    ("UPDATE log_amendment SET changes = '{' WHERE id = 2", "Amendment 2 of log entry 1 cannot be read"),
    ("UPDATE log_amendment SET seal = 'x' WHERE id = 2", "Amendment 2 was changed."),
    ("DELETE FROM log_amendment WHERE id = 1", "Amendment 1 was removed."),
    ("DELETE FROM log_amendment WHERE id = 2", "Amendment 2 was removed."),
    (AMENDMENT.format(1), "Amendment 3 was added"),
    ("UPDATE audit SET detail = '{}' WHERE action = 'log.sign' AND subject = 'log:1'",
     "The audit trail knows of no last signature"),
    ("UPDATE audit SET detail = '[' WHERE action = 'log.sign' AND subject = 'log:1'",
     "The audit trail knows of no last signature")])
async def test_each_change_is_named(desk: LogDesk, change: str, sentence: str) -> None:
    desk.unguarded(change)
    altered = await desk.altered()
    assert [number for number, _ in altered] == [1]
    assert altered[0][1].startswith(sentence)


@pytest.mark.parametrize(("change", "entry", "sentence"), [
    (AMENDMENT.format(3), 3, "It is not signed, and has amendments."),
    (AMENDMENT.format(77), 77, "It is not signed, and has amendments."),
    ("UPDATE log_entry SET state = 'signed', seal = 'ab' WHERE id = 3", 3,
     "The audit trail knows of no last signature"),
    ("UPDATE log_entry SET state = 'signed' WHERE id = 3", 3, "The audit trail knows of no last signature")])
async def test_what_was_never_signed_is_named(desk: LogDesk, change: str, entry: int, sentence: str) -> None:
    desk.unguarded(change)
    altered = await desk.altered()
    assert [number for number, _ in altered] == [entry]
    assert altered[0][1].startswith(sentence)


async def test_more_entries_than_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_PAGE", 10)
    async with logdesk(tmp_path) as desk:
        for number in range(25):
            await desk.signed(f"entry {number}")
        desk.unguarded("UPDATE log_entry SET title = 'x' WHERE id IN (10, 11, 25)")
        report = await verify_entries(desk.db)
        assert (report.count, [one.entry for one in report.altered]) == (25, [10, 11, 25])


def test_seals_say_what_differs() -> None:
    kept = fingerprints(FULL, (FILE,))
    sealed = replace(FULL, seal=kept["seal"])
    assert check(sealed, (FILE,), kept) == ""
    assert seal(replace(sealed, version=99, updated=1), (FILE,)) == kept["seal"]
    assert check(sealed, (FILE,), None) == "The audit trail knows of no last signature under it."
    assert check(sealed, (FILE,), {}) == "Its `id` was changed."
    assert check(sealed, (), kept) == "Attachment 1 was removed."
    assert check(replace(sealed, run=42), (FILE,), kept) == "Its `run` was changed."
    assert seal(sealed, ()) != kept["seal"]


def test_amendments_are_a_chain() -> None:
    entry = replace(FULL, seal="5e" * 32)
    made, last = [], entry.seal
    for number in range(1, 4):
        one = Amendment(number, 7, number, 5, "ana", f"because {number}", {"notes": "x"})
        last = seal_of_amendment(one, last)
        made.append(replace(one, seal=last))
    seals = [one.seal for one in made]
    assert len(set(seals)) == 3
    assert check_amendments(entry, made, seals) == ""
    assert check_amendments(entry, [], []) == ""
    assert check_amendments(entry, made[1:], seals) == "Amendment 1 was removed."
    assert check_amendments(entry, [made[0], made[2]], seals) == "Amendment 2 was removed."
    assert check_amendments(entry, made[:2], seals) == "Amendment 3 was removed."
    assert check_amendments(entry, made, seals[:2]).startswith("Amendment 3 was added")
    assert check_amendments(entry, [replace(made[0], actor="zoe"), *made[1:]], seals) == "Amendment 1 was changed."
