"""What a filter finds among many entries: the same whichever way it is looked for, and whatever of it is asked for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import DAY, MINUTE
from opsconsole.core.database import RECORDS, Database
from opsconsole.logbook.cases.base import words
from opsconsole.logbook.model import Entry, EntryState, EntryType, Found, Status
from opsconsole.logbook.service import LogService
from opsconsole.logbook.store import finding
from opsconsole.logbook.verifying import verify_entries
from tests.core.storage import raw
from tests.logbook.generator import NOW, generate
from tests.tickets.desk import ANA, HandClock

if TYPE_CHECKING:
    from pathlib import Path

Holds = Callable[[Entry, list[str]], bool]
ENTRIES = 300
RECENT = NOW - 365 * DAY
FILTERS: dict[str, Holds] = {
    "": lambda _, __: True,
    "disk ": lambda _, said: "disk" in said,
    "disk restarted ": lambda _, said: {"disk", "restarted"} <= set(said),
    "re": lambda _, said: any(word.startswith("re") for word in said),
    '"restarted disk"': lambda _, said: " restarted disk " in f" {' '.join(said)} ",
    '-"disk"': lambda _, said: "disk" not in said,
    '-"disk" -"mail" fan ': lambda _, said: "fan" in said and not {"disk", "mail"} & set(said),
    '-"disk" -by:ana': lambda one, said: "disk" not in said and "ana" not in one.performed_by,
    "by:ana": lambda one, _: "ana" in one.performed_by,
    "by:ana,ben -tag:disk": lambda one, _: bool({"ana", "ben"} & set(one.performed_by)) and "disk" not in one.tags,
    "by:ana by:ben": lambda one, _: {"ana", "ben"} <= set(one.performed_by),
    "type:daily": lambda one, _: one.type is EntryType.DAILY,
    "type:daily disk ": lambda one, said: one.type is EntryType.DAILY and "disk" in said,
    '-type:daily -"disk" since:365d': lambda one, said: (one.type is not EntryType.DAILY and "disk" not in said
                                                         and one.begun >= RECENT),
    "is:open": lambda one, _: one.state is EntryState.OPEN,
    "is:open,waiting disk ": lambda one, said: one.state is EntryState.OPEN and "disk" in said,
    "-is:open status:issues": lambda one, _: one.state is not EntryState.OPEN and one.status is Status.ISSUES,
    "is:running": lambda one, _: one.ended is None,
    "is:amended,running": lambda one, _: one.ended is None or one.id % 50 == 0,
    "run:0": lambda one, _: one.run == 0,
    "run:9,12": lambda one, _: one.run in (9, 12),
    "nobody-wrote-that": lambda _, __: False,
    '""': lambda _, __: True,
}
"""Each with what an entry that it finds is like; dropped ones are left out anyway."""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The order of their numbers is not that of their times, and an amendment opened the end of a signed one again."""
    path = tmp_path_factory.mktemp("log") / "x.db"
    generate(path, ENTRIES)
    with raw(path) as connection:
        connection.execute(f"UPDATE log_entry SET begun = begun - {400 * DAY} WHERE id IN (7, 290)")
        connection.execute(f"UPDATE log_entry SET begun = begun + {400 * DAY} WHERE id IN (3, 100, 150)")
        connection.execute(f"UPDATE log_entry SET begun = {NOW - 30 * MINUTE} WHERE id IN (17, 18)")
        connection.execute("UPDATE log_entry SET ended = NULL WHERE id = 250")
        connection.commit()
    return path


async def oracle(db: Database, service: LogService) -> list[tuple[Entry, list[str]]]:
    """All entries that were not dropped with their words, as the list shows them, newest first."""
    shown = {row["id"]: row for row in await db.rows("SELECT id, begun, ended FROM log_entry")}
    found = []
    for number in range(1, ENTRIES + 1):
        entry = await service.entry(number)
        if entry.state is not EntryState.DROPPED:
            said = words(await service.original(number), await service.amendments(number), ())
            as_listed = {"begun": shown[number]["begun"], "ended": shown[number]["ended"]}
            found.append((Entry(**{**{name: getattr(entry, name) for name in entry.__struct_fields__}, **as_listed}),
                          re.findall("[a-z0-9]+", said.lower())))
    return sorted(found, key=lambda one: (-one[0].begun, -one[0].id))


@pytest.mark.parametrize("few", [0, finding.FEW])
async def test_every_way_finds_the_same(records: Path, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(finding, "FEW", few)
    async with await Database.open(records, RECORDS) as db:
        service = LogService(db, HandClock(NOW), zone=UTC)
        entries = await oracle(db, service)
        for text, holds in FILTERS.items():
            expected = [one.id for one, said in entries if holds(one, said)]
            for first in (None, 1, 7, 1000):
                found = await service.find(text, first)
                known = list(found.numbers)
                assert (found.count, known) == (len(expected), expected[:len(known)]), text
                assert len(known) >= min(first if first is not None else ENTRIES, found.count), text
                assert list((await service.rest(found)).numbers) == expected, text


async def test_words_written_before_beginnings_of_words_were_kept_are_found(tmp_path: Path) -> None:
    folder, path = tmp_path / "steps", tmp_path / "x.db"
    folder.mkdir()
    for step in RECORDS.migrations():
        if step.file.name < "0016":
            shutil.copy(step.file, folder)
    async with await Database.open(path, RECORDS._replace(folder_of_migrations=folder)) as db:
        service = LogService(db, HandClock(NOW), zone=UTC)
        async with db.write() as tx:
            await tx.run("CREATE TABLE log_pieces (title, work)")  # What is written today needs it.
        await service.sign(ANA, (await service.new(ANA, EntryType.CHANGE, "Größe of the array")).id)
        async with db.write() as tx:
            await tx.run("DROP TABLE log_pieces")
    async with await Database.open(path, RECORDS) as db:
        service = LogService(db, HandClock(NOW), zone=UTC)
        await service.new(ANA, EntryType.CHANGE, "another array")
        found = {text: list((await service.find(text)).numbers) for text in ("ar", "gro", "array ", "an", "arr x")}
        assert found == {"ar": [2, 1], "gro": [1], "array ": [2, 1], "an": [2, 1], "arr x": []}
        assert (await verify_entries(db)).ok


async def test_times_count_from_when_it_was_asked(records: Path) -> None:
    async with await Database.open(records, RECORDS) as db:
        clock = HandClock(NOW)
        service = LogService(db, clock, zone=UTC)
        found = await service.find("since:30m")
        assert list(found.numbers) == [18, 17]
        clock.go(MINUTE)
        part = Found(found.numbers[:1], found.filter, found.count, found.at)
        assert list((await service.rest(part)).numbers) == [18, 17]
        assert (await service.find("since:30m")).count == 0
