from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core import audit
from opsconsole.core.audit import GENESIS, Chain, Head
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.database.connection import ConstraintError
from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Actor, Role
from tests.core.storage import ANA, raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

COLUMNS = ("seq", "at", "actor", "uid", "origin", "action", "subject", "detail", "previous", "hash")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "x.db", RECORDS) as opened:
        yield opened


async def fill(db: Database, count: int, start: int = 0) -> None:
    async with db.write() as tx:
        for number in range(start, start + count):
            await audit.append(tx, ANA, "ticket.close", f"ticket:{number % 3}", {"why": f"é{number}"}, 1_000 + number)


def unguarded(path: Path, *statements: str) -> None:
    """Changes the file as somebody does who knows how."""
    with raw(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        for guard in audit.GUARDS:
            connection.execute(f"DROP TRIGGER IF EXISTS {guard}")
        for statement in statements:
            connection.execute(statement)


async def test_an_entry_comes_back_as_it_was_given(db: Database) -> None:
    async with db.write() as tx:
        given_entry = await audit.append(tx, ANA, "process.signal", "process:812", {"b": [1, None], "a": "ä"}, 5)
    (stored,) = await audit.entries(db)
    assert stored == given_entry
    assert (stored.seq, stored.at, stored.actor, stored.uid, stored.origin) == (1, 5, "ana", 1000, "192.0.2.7")
    assert (stored.action, stored.subject) == ("process.signal", "process:812")
    assert bytes(stored.detail) == '{"a":"ä","b":[1,null]}'.encode()
    assert await audit.head(db) == Head(1, stored.hash)


async def test_the_hash_is_what_the_documentation_says(db: Database) -> None:
    await fill(db, 2)
    first, second = reversed(await audit.entries(db))
    body = {name: getattr(second, name) for name in ("at", "actor", "uid", "origin", "action", "subject")}
    body["detail"] = bytes(second.detail).decode()
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    expected = hashlib.sha256(b"\x01" + (2).to_bytes(8, "big") + bytes.fromhex(first.hash) + text.encode())
    assert second.hash == expected.hexdigest()
    assert second.previous == first.hash
    assert first.previous == "00" * 32


async def test_entries_are_paged_and_picked_by_subject(db: Database) -> None:
    await fill(db, 7)
    assert [entry.seq for entry in await audit.entries(db, limit=3)] == [7, 6, 5]
    assert [entry.seq for entry in await audit.entries(db, limit=3, before=5)] == [4, 3, 2]
    assert [entry.seq for entry in await audit.entries(db, subject="ticket:0")] == [7, 4, 1]
    assert await audit.entries(db, subject="ticket:9") == []


async def test_a_lost_transaction_leaves_no_gap(db: Database) -> None:
    await fill(db, 2)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what fails
        async with db.write() as tx:
            await audit.append(tx, ANA, "a", "b", None, 1)
            raise ZeroDivisionError
    await fill(db, 1, 2)
    report = await audit.verify(db)
    assert (report.ok, report.count, report.problem) == (True, 3, "")


hostile = st.text(max_size=20)


@given(
    hostile, hostile, hostile, hostile, st.dictionaries(hostile, hostile | st.integers() | st.booleans(), max_size=3)
)
async def test_any_text_can_be_told_and_verifies(
    tmp_path_factory: pytest.TempPathFactory, name: str, origin: str, action: str, subject: str, detail: dict[str, Any]
) -> None:
    async with await Database.open(tmp_path_factory.mktemp("a") / "x.db", RECORDS) as db:
        async with db.write() as tx:
            await audit.append(tx, Actor(name, 4294967295, Role.ADMIN, origin), action, subject, detail, -5)
            await audit.append(tx, ANA, "\udcff", "\x00", None, 1)
        report = await audit.verify(db)
        assert (report.ok, report.count) == (True, 2)
        (stored,) = await audit.entries(db, before=2)
        assert json.loads(bytes(stored.detail)) == detail


@pytest.mark.parametrize("detail", [{"x": float("nan")}, {"x": float("inf")}])
async def test_a_number_that_is_none_is_refused_and_nothing_is_stored(db: Database, detail: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        async with db.write() as tx:
            await audit.append(tx, ANA, "a", "b", detail, 1)
    assert await audit.entries(db) == []


REPLACE = "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 2"
INSERTED = "INSERT INTO audit SELECT {}, at, actor, uid, origin, action, subject, detail, previous, hash FROM audit"
GUARDED = [
    "UPDATE audit SET detail = '{}' WHERE seq = 2",
    "UPDATE OR REPLACE audit SET seq = 3 WHERE seq = 2",
    "DELETE FROM audit WHERE seq = 3",
    "DELETE FROM audit",
    REPLACE,
    REPLACE.replace("INSERT OR REPLACE", "REPLACE"),
    INSERTED.format("seq + 2"),
    INSERTED.format("NULL"),
    INSERTED.format("seq") + " WHERE seq = 2 ON CONFLICT (seq) DO UPDATE SET detail = '{}'",
]


@pytest.mark.parametrize("statement", GUARDED)
async def test_the_guards_refuse(db: Database, statement: str) -> None:
    await fill(db, 3)
    with pytest.raises(ConstraintError, match="audit trail"):
        async with db.write() as tx:
            await tx.run(statement)
    assert (await audit.verify(db)).ok


@pytest.mark.parametrize("statement", GUARDED)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
async def test_the_guards_refuse_other_programs_too(db: Database, statement: str, recursive: str) -> None:
    await fill(db, 3)
    with raw(Path(db.name)) as other:
        other.execute(f"PRAGMA recursive_triggers={recursive}")
        with pytest.raises(sqlite3.IntegrityError, match="audit trail"):
            other.execute(statement)
    assert (await audit.verify(db)).count == 3


@pytest.mark.parametrize(
    ("statement", "bad", "words"),
    [
        ("UPDATE audit SET detail = '{}' WHERE seq = 700", 700, "was changed"),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", 1, "was changed"),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 5", 5, "was changed"),
        ("UPDATE audit SET hash = zeroblob(31) WHERE seq = 5", 5, "was changed"),
        ("UPDATE audit SET previous = zeroblob(32) WHERE seq = 5", 5, "does not follow"),
        ("DELETE FROM audit WHERE seq = 600", 600, "is missing"),
        ("DELETE FROM audit WHERE seq BETWEEN 3 AND 9", 3, "up to 9 are missing"),
        ("DELETE FROM audit WHERE seq = 1", 1, "is missing"),
        (INSERTED.format(-3) + " WHERE seq = 4", -3, "was inserted"),
        (INSERTED.format(1001) + " WHERE seq = 4", 1001, "does not follow"),
        ("UPDATE audit SET actor = CAST(x'ff' AS TEXT) WHERE seq = 750", 750, "not UTF-8"),
        ("UPDATE audit SET actor = actor || char(0) WHERE seq = 750", 750, "was changed"),
    ],
)  # fmt: skip
async def test_it_finds_what_was_done_to_the_file(db: Database, statement: str, bad: int, words: str) -> None:
    await fill(db, 1000)
    unguarded(Path(db.name), statement)
    report = await audit.verify(db)
    assert (report.ok, report.first_bad) == (False, bad)
    assert words in report.problem
    assert report.count == max(bad, 1) - 1


async def test_other_types_are_found_where_the_table_was_rebuilt_without_them(db: Database) -> None:
    await fill(db, 3)
    unguarded(Path(db.name), "ALTER TABLE audit RENAME TO old",
              f"CREATE TABLE audit ({', '.join(COLUMNS)})", "INSERT INTO audit SELECT * FROM old")  # fmt: skip
    assert (await audit.verify(db)).ok
    for value in ("'1001'", "1001.0", "NULL", "x'00'"):
        unguarded(Path(db.name), "DELETE FROM audit", "INSERT INTO audit SELECT * FROM old",
                  f"UPDATE audit SET at = {value} WHERE seq = 2")  # fmt: skip
        report = await audit.verify(db)
        assert (report.ok, report.first_bad) == (False, 2)


async def test_a_cut_tail_is_found_against_a_head(db: Database) -> None:
    await fill(db, 10)
    head = await audit.head(db)
    assert (await audit.verify(db, [head])).ok
    await fill(db, 5, 10)
    assert (await audit.verify(db, [head])).ok
    unguarded(Path(db.name), "DELETE FROM audit WHERE seq > 8")
    assert (await audit.verify(db)).ok
    report = await audit.verify(db, [head])
    assert (report.ok, report.first_bad, report.count) == (False, 9, 8)
    assert "cut off" in report.problem


async def test_a_chain_written_anew_is_found_against_a_head(db: Database, tmp_path: Path) -> None:
    await fill(db, 10)
    heads = [Head(entry.seq, entry.hash) for entry in await audit.entries(db)]
    async with await Database.open(tmp_path / "anew.db", RECORDS) as anew:
        await fill(anew, 3)
        await fill(anew, 9, 4)
        assert (await audit.verify(anew)).ok
        assert (await audit.verify(anew, heads[-3:])).ok
        for known in heads[:-3]:
            report = await audit.verify(anew, [known])
            assert (report.ok, report.first_bad) == (False, known.seq)
            assert "anew" in report.problem
        report = await audit.verify(anew, heads)
        assert (report.first_bad, report.count, report.head.seq) == (4, 3, 3)


async def test_an_empty_trail_is_right_and_has_a_head(db: Database) -> None:
    head = await audit.head(db)
    assert head == Head(0, "0" * 64)
    report = await audit.verify(db, [head])
    assert (report.ok, report.count, report.head) == (True, 0, head)
    await fill(db, 1)
    assert (await audit.verify(db, [head])).ok
    assert not (await audit.verify(db, [Head(0, "1" * 64)])).ok
    assert not (await audit.verify(db, [Head(1, "1" * 64), await audit.head(db)])).ok


@given(st.integers(0, 10**17), st.binary(min_size=32, max_size=32))
def test_a_head_is_read_as_it_is_written(seq: int, sealed: bytes) -> None:
    head = Head(seq, sealed.hex())
    assert Head.parse(str(head)) == head
    assert Head.parse(f" {seq}:{sealed.hex().upper()}\n") == head


ZEROS = "0" * 64
NO_HEADS = ["", ":", "1", "1:", f"x:{ZEROS}", f"1:{ZEROS[1:]}", f"1:{ZEROS[1:]}g", f"-1:{ZEROS}", f"{'9' * 30}:{ZEROS}",
            f"²:{ZEROS}", "1:" + "0 " * 32, "\x1b[31m"]  # fmt: skip


@pytest.mark.parametrize("text", NO_HEADS)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not the head"):
        Head.parse(text)


def chain_of(bodies: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    previous, links = GENESIS, []
    for seq, body in enumerate(bodies, start=1):
        sealed = audit.digest(seq, previous, dict(zip(COLUMNS[1:8], body, strict=True)))
        links.append([seq, *body, previous, sealed])
        previous = sealed
    return links


def check(links: Sequence[Sequence[object]], heads: Sequence[Head] = ()) -> audit.ChainReport:
    chain = Chain(heads)
    all(chain.take(link) for link in links)
    return chain.report()


word = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
number = st.integers(-(2**63), 2**63 - 1)
chains = st.lists(st.tuples(number, word, number, word, word, word, word), min_size=1, max_size=6).map(chain_of)
anything = st.one_of(st.none(), number, word, st.binary(max_size=33), st.floats(allow_nan=False), st.booleans())


def flipped(old: bytes, bit: int) -> bytes:
    return (int.from_bytes(old, "big") ^ (1 << bit)).to_bytes(len(old), "big")


@given(chains, st.data())
def test_any_single_change_of_any_field_is_found(links: list[list[Any]], data: st.DataObject) -> None:
    assert check(links).ok
    row = data.draw(st.integers(0, len(links) - 1))
    column = data.draw(st.integers(0, len(COLUMNS) - 1))
    old = links[row][column]
    near: st.SearchStrategy[object] = st.nothing()
    if isinstance(old, int):
        near = st.sampled_from([old + 1, old - 1, float(old), str(old)])
    elif isinstance(old, str):
        near = st.sampled_from([old + "\0", old + " ", old.upper() + "x", old.encode()])
    elif isinstance(old, bytes):
        near = st.integers(0, 255).map(
            lambda bit: bytes(b ^ (1 << bit % 8 if i == bit // 8 else 0) for i, b in enumerate(old))
        )
    new = data.draw((anything | near).filter(lambda v: type(v) is not type(old) or v != old))
    links[row][column] = new
    report = check(links)
    assert not report.ok
    assert report.first_bad is not None
    assert report.count == row


@given(chains, st.data())
def test_any_missing_doubled_or_swapped_entry_is_found_against_the_head(
    links: list[list[Any]], data: st.DataObject
) -> None:
    head = Head(links[-1][0], links[-1][9].hex())
    assert check(links, [head]).ok
    row = data.draw(st.integers(0, len(links) - 1))
    broken = [
        links[:row] + links[row + 1 :],
        links[: row + 1] + links[row:],
        links[:row],
        *([[*links[:row], links[row + 1], links[row], *links[row + 2 :]]] if row + 1 < len(links) else []),
    ]
    for found in broken:
        assert not check(found, [head]).ok


@given(st.tuples(number, *[st.text()] * 5, number))
def test_the_hash_is_over_canonical_json_whatever_is_in_it(values: tuple[Any, ...]) -> None:
    entry = dict(zip(("at", "actor", "origin", "action", "subject", "detail", "uid"), values, strict=True))
    expected = hashlib.sha256(b"\x01" + (7).to_bytes(8, "big") + GENESIS + audit.canonical(entry).encode())
    assert audit.digest(7, GENESIS, entry) == expected.digest()


leaves = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_canonical_json_means_the_same_and_is_always_utf8(value: object) -> None:
    text = audit.canonical(value)
    assert json.loads(text.encode()) == value
    assert audit.canonical(json.loads(text)) == text


async def test_a_damaged_page_is_in_the_report(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    async with await Database.open(path, RECORDS) as db:
        await fill(db, 3000)
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        # The tables that are empty come first.
        file.seek(pages * 3 // 4 * 4096)
        file.write(b"\xa5" * 4096 * 12)
    async with await Database.open(path, RECORDS) as db:
        report = await audit.verify(db)
    assert not report.ok
    assert report.first_bad == report.count + 1
    assert 0 < report.count < 3000
    assert "cannot be read" in report.problem
    assert "is damaged" in report.problem
