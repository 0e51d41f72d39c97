"""Files are kept once, whole or not at all, and whatever goes wrong is a sentence."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.blobs import Blob, Blobs, TooLarge
from opsconsole.core.errors import ExitCode, StorageFull, StorageUnusable
from tests.core.storage import NOBODY, ROOT, as_root, listing, make_read_only, mode, python, small_disk

if TYPE_CHECKING:
    from pathlib import Path

HELLO = hashlib.sha256(b"hello").hexdigest()


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_same_content_is_kept_once_and_found_by_its_hash(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    assert not blobs.has(HELLO)
    assert blobs.put(b"hello") == blobs.put(BytesIO(b"hello"), 5) == Blob(HELLO, 5)
    assert files(tmp_path) == [f"blobs/{HELLO[:2]}/{HELLO[2:]}"]
    assert blobs.path(HELLO) == tmp_path / "blobs" / HELLO[:2] / HELLO[2:]
    assert blobs.has(HELLO)
    with blobs.open(HELLO) as file:
        assert file.read() == b"hello"
    assert blobs.put(b"") == Blob(hashlib.sha256(b"").hexdigest(), 0)


@given(st.binary(max_size=2_000), st.integers(0, 2_000))
def test_what_is_read_is_what_was_put_or_nothing_was(content: bytes, limit: int) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        blobs = Blobs(Path(name))
        if len(content) > limit:
            with pytest.raises(TooLarge):
                blobs.put(content, limit)
            assert files(Path(name)) == []
        else:
            with blobs.open(blobs.put(BytesIO(content), limit).sha256) as file:
                assert file.read() == content


def test_more_than_the_limit_is_refused_while_it_is_read(tmp_path: Path) -> None:
    class Endless(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return b"x" * (size or 1)

    with pytest.raises(TooLarge, match=r"The file is larger than 25MB.* Make it smaller") as problem:
        Blobs(tmp_path).put(Endless(), 25_000_000)
    assert problem.value.exit_code is ExitCode.USAGE
    assert files(tmp_path) == []


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input"):
        Blobs(tmp_path).put(Broken())
    assert files(tmp_path) == []


def test_modes_are_those_of_the_folder_above(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        for name, bits, of_file, of_folder in (("own", 0o700, 0o600, 0o700), ("shared", 0o2770, 0o660, 0o2770)):
            above = tmp_path / name
            above.mkdir()
            above.chmod(bits)
            blobs = Blobs(above / "blobs")
            path = blobs.path(blobs.put(b"hello").sha256)
            assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (of_file, of_folder, of_folder)
    finally:
        os.umask(old)


def test_a_removed_file_is_a_sentence(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.put(b"hello")
    assert blobs.remove(HELLO)
    assert not blobs.remove(HELLO)
    assert not blobs.check(HELLO)
    assert listing(tmp_path) == ["new"]
    with pytest.raises(StorageUnusable, match=r"is gone\. It was removed") as problem:
        blobs.open(HELLO)
    assert problem.value.exit_code is ExitCode.STORAGE


def test_one_of_two_files_of_a_folder_is_removed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.put(b"hello")
    (tmp_path / HELLO[:2] / ("0" * 62)).write_bytes(b"other")
    assert blobs.remove(HELLO)
    assert files(tmp_path) == [f"{HELLO[:2]}/{'0' * 62}"]


def test_a_damaged_file_is_found_and_healed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.put(b"hello")
    assert blobs.check(HELLO)
    blobs.path(HELLO).write_bytes(b"hullo")
    assert not blobs.check(HELLO)
    blobs.put(b"hello")
    assert blobs.check(HELLO)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", HELLO.upper(), HELLO[:-1], HELLO + "\n", "/" * 64,
                                  "\x1b]0;x\x07"])
def test_no_other_name_reaches_the_disk(tmp_path: Path, name: str) -> None:
    blobs = Blobs(tmp_path)
    for use in (blobs.path, blobs.open, blobs.remove, blobs.check, blobs.has):
        with pytest.raises(StorageUnusable, match="is not the hash of a kept file") as problem:
            use(name)
        assert str(problem.value).isprintable()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    (tmp_path / "secret").write_bytes(b"secret")
    path = blobs.path(HELLO)
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(StorageUnusable, match="Cannot read"):
        blobs.open(HELLO)
    blobs.put(b"hello")
    assert blobs.check(HELLO)
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_a_folder_or_a_file_in_the_way_is_a_sentence(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    blobs.path(HELLO).mkdir(parents=True)
    with pytest.raises(StorageUnusable, match="is a folder, where a kept file should be"):
        blobs.put(b"hello")
    with pytest.raises(StorageUnusable, match="is a folder, where a kept file should be"):
        blobs.remove(HELLO)
    with pytest.raises(StorageUnusable, match="is a folder, where a kept file should be"):
        blobs.check(HELLO)
    blobs.path(HELLO).rmdir()
    blobs.path(HELLO).parent.rmdir()
    blobs.path(HELLO).parent.write_bytes(b"")
    with pytest.raises(StorageUnusable, match="A file is in the way of the folder"):
        blobs.put(b"hello")
    assert not blobs.remove(HELLO)
    assert files(tmp_path) == [f"blobs/{HELLO[:2]}"]
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "blobs"):
        with pytest.raises(StorageUnusable, match="is in the way of the folder"):
            Blobs(folder).put(b"hello")


def test_a_folder_that_goes_while_a_file_comes_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path as Real

    blobs, replace, times = Blobs(tmp_path), Real.replace, 2

    def removed_before(self: Path, target: Path) -> Path:
        nonlocal times
        if times:
            times -= 1
            target.parent.rmdir()
        return replace(self, target)

    monkeypatch.setattr(Real, "replace", removed_before)
    blobs.put(b"hello")
    assert blobs.check(HELLO)
    blobs.remove(HELLO)
    times = 3
    with pytest.raises(StorageUnusable, match="Cannot write"):
        blobs.put(b"hello")


def test_what_was_never_finished_is_taken_away_when_it_is_old(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert blobs.sweep(time.time()) == 0
    assert list(blobs.kept(time.time())) == []
    blobs.put(b"hello")
    for name, age in (("old", 7_200), ("young", 0)):
        (tmp_path / "new" / name).write_bytes(b"hel")
        os.utime(tmp_path / "new" / name, (time.time() - age,) * 2)
    assert blobs.sweep(time.time() - 3_600) == 1
    assert listing(tmp_path / "new") == ["young"]
    assert list(blobs.kept(time.time() - 3_600)) == []
    assert list(blobs.kept(time.time() + 60)) == [HELLO]


@as_root
def test_a_full_disk_is_a_sentence_and_it_works_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        blobs = Blobs(disk / "blobs")
        blobs.put(b"hello")
        with pytest.raises(StorageFull, match=r"There is no space left to write .* what was stored before is safe"):
            blobs.put(b"x" * 2_000_000)
        assert files(disk) == [f"blobs/{HELLO[:2]}/{HELLO[2:]}"]
        assert blobs.check(HELLO)
        assert blobs.put(b"x" * 500_000).size == 500_000
    with small_disk(tmp_path / "names", "1m,nr_inodes=2") as disk:
        (disk / "one").touch()
        with pytest.raises(StorageFull, match="no space left to make the folder"):
            Blobs(disk / "blobs").put(b"hello")


@as_root
def test_a_disk_that_may_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        blobs = Blobs(disk / "blobs")
        blobs.put(b"hello")
        make_read_only(disk)
        with pytest.raises(StorageUnusable, match="read-only"):
            blobs.put(b"other")
        with pytest.raises(StorageUnusable, match="read-only"):
            blobs.remove(HELLO)
        assert blobs.check(HELLO)


@as_root
def test_no_permission_is_a_sentence(tmp_path: Path) -> None:
    program = f"""
import os, sys
from pathlib import Path
from opsconsole.core.blobs import Blobs
from opsconsole.core.errors import StorageUnusable
import opsconsole.core.database.place
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
blobs = Blobs(Path(sys.argv[1]))
for use in (lambda: blobs.put(b"other"), lambda: blobs.open("{HELLO}"), lambda: blobs.check("{HELLO}"),
            lambda: blobs.remove("{HELLO}")):
    try:
        use()
    except StorageUnusable as problem:
        print(problem.sentence)
"""
    blobs = Blobs(tmp_path / "blobs")
    blobs.put(b"hello")
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(0o755)
    for folder in (tmp_path / "blobs", tmp_path / "blobs" / "new", blobs.path(HELLO).parent):
        folder.chmod(0o755)
    ended = python(program, tmp_path / "blobs")
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout.splitlines()
    assert [line.split(str(tmp_path))[0] for line in told] == [
        "You may not write ", "You may not read ", "You may not read ", "You may not remove "]


def test_two_who_keep_the_same_at_once_both_have_it(tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    start = threading.Barrier(4)
    results: list[Blob] = []

    def put() -> None:
        start.wait()
        results.extend(Blobs(tmp_path).put(content) for _ in range(5))

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 20
    assert len(set(results)) == 1
    assert len(files(tmp_path)) == 1
    assert Blobs(tmp_path).check(results[0].sha256)


def test_whoever_is_killed_leaves_no_half_file_under_a_hash(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from opsconsole.core.blobs import Blobs

class Stream:
    left = 3
    def read(self, size):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * size

Blobs(Path(sys.argv[1])).put(Stream())
"""
    ended = subprocess.run([sys.executable, "-c", program, tmp_path], cwd=ROOT, check=False, capture_output=True)
    assert ended.returncode == -9
    assert listing(tmp_path) == ["new"]
    assert Blobs(tmp_path).sweep(time.time() + 60) == 1
    assert files(tmp_path) == []
