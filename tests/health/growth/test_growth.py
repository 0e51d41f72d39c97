"""What grew on a disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psutil
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.database import METRICS, Database
from opsconsole.health.growth.measure import THRESHOLD, measure
from opsconsole.health.growth.model import LEAST, Growth, Sizes, growth
from opsconsole.health.growth.store import KEEP, GrowthStore
from opsconsole.health.growth.watching import Watcher, due

if TYPE_CHECKING:
    from pathlib import Path

GB = 1_000_000_000
BEFORE = Sizes("/var", 0, {"/var": 10 * GB, "/var/log": 2 * GB, "/var/log/nginx": GB, "/var/lib": 8 * GB})
NOW = Sizes("/var", DAY, {"/var": 14 * GB, "/var/log": 5 * GB, "/var/log/nginx": 4 * GB, "/var/lib": 9 * GB})


def test_the_deepest_folder_that_explains_it() -> None:
    assert growth(BEFORE, NOW) == Growth("/var", "/var/log/nginx", 3 * GB, 0, DAY)


def test_what_grew_everywhere_is_the_mount_itself() -> None:
    now = Sizes("/var", DAY, {"/var": 14 * GB, "/var/log": 4 * GB, "/var/lib": 10 * GB})
    assert growth(BEFORE, now) == Growth("/var", "/var", 4 * GB, 0, DAY)


def test_little_is_nothing() -> None:
    assert growth(BEFORE, Sizes("/var", DAY, {"/var": 10 * GB + LEAST - 1})) is None
    assert growth(NOW, BEFORE) is None
    assert growth(Sizes("/", 0, {}), Sizes("/", DAY, {})) is None


def test_the_root_has_folders_too() -> None:
    found = growth(Sizes("/", 0, {"/": 1, "/srv": 1}), Sizes("/", DAY, {"/": GB, "/srv": GB, "/srv/a": GB}))
    assert found is not None
    assert (found.path, found.bytes, found.seconds) == ("/srv/a", GB, DAY / 1000)


PATHS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=4).map(lambda parts: "/".join(["/m", *parts]))
FOLDERS = st.dictionaries(PATHS, st.integers(0, 10**10), max_size=12)


@given(FOLDERS, FOLDERS)
def test_what_is_named_is_there_and_grew(one: dict[str, int], other: dict[str, int]) -> None:
    found = growth(Sizes("/m", 0, one), Sizes("/m", 1, other))
    if found is not None:
        assert found.bytes == other[found.path] - one.get(found.path, 0) >= LEAST


async def test_du_measures_a_real_folder(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/large").write_bytes(b"x" * (THRESHOLD + 1000))
    (tmp_path / "small").mkdir()
    found = await measure(str(tmp_path), 7)
    assert found is not None
    assert set(found.folders) == {str(tmp_path), str(tmp_path / "log")}
    assert found.folders[str(tmp_path / "log")] >= THRESHOLD
    assert found.at == 7


async def test_what_cannot_be_measured_is_not_known(tmp_path: Path) -> None:
    assert await measure(str(tmp_path / "gone"), 0) is None
    assert await measure(str(tmp_path), 0, program="no-such-du") is None
    slow = tmp_path / "du"
    slow.write_text("#!/bin/sh\nsleep 30\n")
    slow.chmod(0o755)
    assert await measure(str(tmp_path), 0, limit=0.2, program=str(slow)) is None
    slow.write_text("#!/bin/sh\nexec yes\n")
    assert await measure(str(tmp_path), 0, limit=20, program=str(slow)) is None


async def test_a_measurement_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    slow = tmp_path / "du"
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep 30\n")
    slow.chmod(0o755)
    task = asyncio.create_task(measure(str(tmp_path), 0, program=str(slow)))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    async with asyncio.timeout(20):
        # It is killed, and is gone as soon as the kernel gets round to it.
        while runs(int((tmp_path / "pid").read_text())):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_the_store_compares_with_a_day_ago(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        store = GrowthStore(db)
        assert await store.growth("/var") is None
        for hours, size in ((0, 1), (6, 2), (24, 4), (30, 7)):
            await store.add(Sizes("/var", hours * HOUR, {"/var": size * GB, "/var/\udcff\x1b".encode(
                "utf-8", "backslashreplace").decode(): size * GB}))
        found = await store.growth("/var")
        assert found is not None
        assert (found.since, found.until, found.bytes) == (6 * HOUR, 30 * HOUR, 5 * GB)
        assert await store.all() == [found]
        await store.add(Sizes("/var", 40 * HOUR + KEEP, {"/var": GB}))
        assert await store.measured("/var") == [40 * HOUR + KEEP]
        assert await store.growth("/var") is None


def test_a_disk_that_fills_is_measured_more_often() -> None:
    last = {"/": 0, "/var": 0, "/new": HOUR * 9}
    assert due(["/", "/var", "/srv"], {"/var"}, last, 6 * HOUR, HOUR) == ["/var", "/srv"]
    assert due(["/", "/var"], set(), last, 6 * HOUR, 6 * HOUR) == ["/", "/var"]
    assert due(["/new"], set(), last, 6 * HOUR, HOUR) == ["/new"], "the clock was put back"


async def test_the_watcher_measures_and_remembers(tmp_path: Path) -> None:
    class Clock:
        at = 0

        def now(self) -> int:
            return self.at

        def monotonic(self) -> float:
            return 0.0

    folder = tmp_path / "disk"
    folder.mkdir()
    (folder / "file").write_bytes(b"x" * (THRESHOLD + 1000))
    clock, mount = Clock(), str(folder)
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        store = GrowthStore(db)
        watcher = Watcher(store, clock, 6 * 3600)
        assert await watcher.look([mount, str(tmp_path / "gone")], ()) == 2
        assert await watcher.look([mount, str(tmp_path / "gone")], ()) == 0
        # More than the least by some blocks: sizes are those of whole blocks.
        (folder / "file").write_bytes(b"x" * (THRESHOLD + LEAST + 100_000))
        clock.at = HOUR
        assert await Watcher(store, clock, 6 * 3600).look([mount], {mount}) == 1
        found = await store.growth(mount)
        assert found is not None
        assert found.bytes >= LEAST
