"""What was changed in the records is found by `log verify` and by the verifier in a bundle alike."""

from __future__ import annotations

import ast
import asyncio
import io
import random
import shutil
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole import cli
from opsconsole.core import audit
from opsconsole.core.blobs import Blobs
from opsconsole.core.clock import SystemClock
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.periods import Period
from opsconsole.logbook.exchange import records as sealed_records
from opsconsole.logbook.exchange import verifier
from opsconsole.logbook.exchange.bundle import Made, write_bundle
from opsconsole.logbook.exchange.sheet import Sheet
from opsconsole.logbook.service import LogService
from tests.logbook.chains import BEGIN, DAMAGES, END, make, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.core.audit import Head

VERIFIER = Path(verifier.__file__)
SOURCE = VERIFIER.read_bytes()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    asyncio.run(make(folder))
    return folder


@pytest.fixture
def copy(records: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(records, tmp_path / "records"))


async def bundled(folder: Path) -> tuple[bytes, Made]:
    made = io.BytesIO()
    async with await Database.open(folder / "opsconsole.db", RECORDS, read_only=True) as db:
        service = LogService(db, SystemClock(), blobs=Blobs(folder / "blobs"))
        sheet = Sheet((), Period(BEGIN, END), END, None, "web1")
        done = await write_bundle(made, db, service, (cli.checklist_records, cli.log_records), sheet=sheet,
                                  blobs=Blobs(folder / "blobs"))
    return made.getvalue(), done


async def verified(folder: Path, *heads: Head) -> tuple[bool, str]:
    """What `log verify` says: whether all is right, and the first sentence about the trail."""
    async with await Database.open(folder / "opsconsole.db", RECORDS, read_only=True) as db:
        chain = await audit.verify(db, heads)
        proofs = [await cli.signed_checklists(db), await cli.signed_entries(db), await cli.told_messages(db)]
    return chain.ok and not any(proof.problems for proof in proofs), chain.problem


async def head_of(folder: Path) -> Head:
    async with await Database.open(folder / "opsconsole.db", RECORDS, read_only=True) as db:
        return await audit.head(db)


def unpacked(raw: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        archive.extractall(folder)
    return folder


def proved(place: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", place / "verify.py", *arguments], capture_output=True, text=True,
                          check=False, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout


def asked(raw: bytes, folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The same in this process."""
    (folder / "b.zip").write_bytes(raw)
    return verifier.main([str(folder / "b.zip"), *arguments]), capsys.readouterr().out


def test_the_verifier_needs_but_an_old_python() -> None:
    source = SOURCE.decode()
    ast.parse(source, feature_version=(3, 8))
    found = {name.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for name in node.names}
    assert found == {"argparse", "hashlib", "json", "struct", "sys", "zipfile", "zlib"}
    for name in ("removeprefix", "removesuffix", "zip(strict", " match ", ":= "):
        assert name not in source.replace("# ", ""), name


async def test_what_nobody_changed(copy: Path, tmp_path: Path) -> None:
    raw, made = await bundled(copy)
    head = await head_of(copy)
    assert made.records == {"entry": 5, "amendment": 2, "checklist": 2, "message": 3}
    assert (made.files, made.missing, made.head) == (1, (), str(head))
    place = unpacked(raw, tmp_path / "bundle")
    code, said = proved(place, "--head", str(head), "--heads", str(place / "heads.txt"))
    assert code == 0, said
    assert f"Audit trail: {head.seq} entries are right, head {head}." in said
    assert "Amendments: 2 are as they were signed." in said
    assert "Checklists: 2 are as they were signed." in said
    assert "Entries: 3 are as they were signed." in said
    assert "Messages of emergencies: 3 are as they were told." in said
    assert await verified(copy, head) == (True, "")
    assert (place / "verify.py").read_bytes() == SOURCE
    page = (place / "log.html").read_text()
    assert "Swapped disk 4" in page
    assert "Not signed yet" in page
    (tmp_path / "b.zip").write_bytes(raw)
    assert proved(place, str(tmp_path / "b.zip"))[0] == 0


async def test_the_records_are_the_same_however_many_are_read_at_once(copy: Path,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    files = []
    for page in (1, 3, 100):
        monkeypatch.setattr(sealed_records, "_PAGE", page)
        with zipfile.ZipFile(io.BytesIO((await bundled(copy))[0])) as archive:
            files.append((archive.read("records/entries.jsonl"), archive.read("records/amendments.jsonl")))
    assert files[0] == files[1] == files[2]
    assert [part.count(b"\n") for part in files[0]] == [5, 2]


SEEDS = [(name, seed) for name in DAMAGES for seed in range(14)]


@pytest.mark.parametrize(("name", "seed"), SEEDS)
async def test_damage_is_found_by_both(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str,
                                       seed: int) -> None:
    head = await head_of(copy)
    with closing(opened(copy / "opsconsole.db")) as db:
        DAMAGES[name](db, random.Random(f"{name} {seed}"))
    right, problem = await verified(copy, head)
    assert not right
    raw, _ = await bundled(copy)
    code, said = asked(raw, tmp_path, capsys, "--head", str(head))
    assert code == 1, said
    if problem:
        assert problem in said
    else:
        assert "Audit trail: " in said
    if not seed:
        assert proved(unpacked(raw, tmp_path / "bundle"), "--head", str(head)) == (code, said)


async def test_only_a_head_finds_what_was_cut_off(copy: Path, tmp_path: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    head = await head_of(copy)
    with closing(opened(copy / "opsconsole.db")) as db:
        db.execute("DELETE FROM audit WHERE seq = ?", (head.seq,))
    assert (await verified(copy))[0], "the last one is of an entry that nobody signed"
    raw, _ = await bundled(copy)
    assert asked(raw, tmp_path, capsys)[0] == 0
    (tmp_path / "heads").write_text(f"2026-11-20T00:00:00Z {head}\n")
    for arguments in (("--head", str(head)), ("--heads", str(tmp_path / "heads"))):
        code, said = asked(raw, tmp_path, capsys, *arguments)
        assert code == 1
        assert "the end of the trail was cut off" in said


def altered(raw: bytes, changes: dict[str, Callable[[bytes], bytes | None]]) -> bytes:
    """A bundle in which some files are others."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = changes.get(name, bytes)(old.read(name))
            if content is not None:
                new.writestr(name, content)
    return made.getvalue()


async def test_a_byte_anywhere_in_a_bundle(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, _ = await bundled(copy)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = [name for name in archive.namelist() if archive.getinfo(name).file_size and name != "manifest.json"]
    chance = random.Random(7)

    def turned(content: bytes) -> bytes:
        place = chance.randrange(len(content))
        return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1:]

    for wanted in names:
        for _ in range(8):
            code, said = asked(altered(raw, {wanted: turned}), tmp_path, capsys)
            assert code == 1, wanted
            assert f"{wanted} was changed." in said
        code, said = asked(altered(raw, {wanted: lambda content: None}), tmp_path, capsys)
        assert code in (1, 2)
        assert wanted in said
    for _ in range(60):
        code, said = asked(altered(raw, {"manifest.json": turned}), tmp_path, capsys)
        assert code in (0, 1, 2), "whatever stands in it, it is told"
        assert said
    with zipfile.ZipFile(added_file := io.BytesIO(altered(raw, {})), "a") as archive:
        archive.writestr("more\x1b[31m.txt", "x")
    code, said = asked(added_file.getvalue(), tmp_path, capsys)
    assert (code, "\x1b" in said) == (1, False)
    assert "is not in the manifest." in said


async def test_a_byte_anywhere_in_the_zip_file(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, _ = await bundled(copy)
    chance = random.Random(11)
    found = []
    for _ in range(150):
        place = chance.randrange(len(raw))
        other = bytes([raw[place] ^ 1 << chance.randrange(8)])
        code, said = asked(raw[:place] + other + raw[place + 1:], tmp_path, capsys)
        assert said
        found.append(code)
    # What stands beside the files, such as their times, proves nothing and is not looked at.
    assert found.count(0) < 15
    for length in range(0, len(raw), len(raw) // 20):
        assert asked(raw[:length], tmp_path, capsys)[0] == 2


async def test_a_file_that_is_gone(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kept,) = [path for path in (copy / "blobs").rglob("*") if path.is_file()]
    kept.unlink()
    raw, made = await bundled(copy)
    assert len(made.missing) == 1
    code, said = asked(raw, tmp_path, capsys)
    assert code == 0
    assert f"Note: the file {made.missing[0]} was not there" in said


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET detail = CAST(x'7bff7d' AS TEXT) WHERE seq = 5", "UPDATE log_entry SET data = '{' WHERE id = 1",
    "UPDATE log_entry SET data = CAST(x'7bff7d' AS TEXT) WHERE id = 1",
    "UPDATE log_entry SET seal = '', state = 'open' WHERE id = 1",
    "UPDATE checklist_run SET seal = '', outcome = '' WHERE id = 1",
    "UPDATE checklist_run SET category = 'nonsense' WHERE seal <> ''",
    "UPDATE checklist_run SET title = CAST(x'ff' AS TEXT) WHERE id = 1",
    "UPDATE checklist_template SET data = CAST(x'ff' AS TEXT)",
    "UPDATE log_told SET message = CAST(x'ff' AS TEXT) WHERE seq = 1",
    "UPDATE log_amendment SET changes = '[' WHERE seq = 1"])
async def test_what_cannot_even_be_read(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                        statement: str) -> None:
    with closing(opened(copy / "opsconsole.db")) as db:
        assert db.execute(statement).rowcount
    assert not (await verified(copy))[0]
    raw, _ = await bundled(copy)
    assert asked(raw, tmp_path, capsys)[0] == 1


@pytest.mark.parametrize(("arguments", "says"), [
    (("--head", "x"), "is no head"), (("--heads", "nowhere"), "cannot be read"), (("nowhere.zip",), "cannot be read")])
def test_what_is_no_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...],
                           says: str) -> None:
    assert verifier.main(list(arguments) if arguments[0] == "nowhere.zip" else [str(tmp_path), *arguments]) == 2
    assert says in capsys.readouterr().out
    assert verifier.main([str(tmp_path)]) == 2
