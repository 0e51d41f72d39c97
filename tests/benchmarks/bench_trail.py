"""How fast a long audit trail is proved, bundled, and proved again elsewhere; run it by hand.

    python -m tests.benchmarks.bench_trail --trail 200000

The trail is that of signed entries of the log and, most of it, of small deeds. What a person waits for is each a
process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import aiosqlite  # noqa: F401 - what it takes to load belongs to no figure

from opsconsole.core.audit import COLUMNS, canonical, digest
from opsconsole.core.clock import SystemClock
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.identity import Actor, Role
from opsconsole.logbook.exchange import verifier
from opsconsole.logbook.model import EntryType, Point
from opsconsole.logbook.service import LogService
from tests.logbook.chains import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ANA = Actor("ana", 1000, Role.ADMIN, "192.0.2.7")
_INSERT = f"INSERT INTO audit ({COLUMNS}) VALUES ({', '.join('?' * (COLUMNS.count(',') + 1))})"


async def filled(path: Path, trail: int, entries: int) -> None:
    """Records with a trail of so many entries, of which some are of signed entries of the log."""
    async with await Database.open(path, RECORDS) as db:
        log = LogService(db, SystemClock())
        for number in range(entries):
            made = await log.new(ANA, EntryType.DAILY, f"Morning check {number}", {
                "tasks": tuple(Point(f"Task {place}") for place in range(12)), "notes": "All as always.\n" * 10})
            await log.sign(ANA, made.id)
    with closing(opened(path)) as raw:
        seq, previous = raw.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        raw.execute("BEGIN")
        raw.executemany(_INSERT, links(seq, previous, trail - seq))
        raw.execute("COMMIT")


def links(seq: int, previous: bytes, count: int) -> Iterator[tuple[object, ...]]:
    """Further rows of the trail."""
    now = SystemClock().now()
    for number in range(seq + 1, seq + 1 + count):
        detail = canonical({"from": "open", "to": "in progress", "title": f"Printer on floor {number % 40} is on fire"})
        entry: dict[str, str | int] = {"at": now + number, "actor": "ana", "uid": 1000, "origin": "192.0.2.7",
                                       "action": "ticket.move", "subject": f"ticket:{number % 5000}", "detail": detail}
        sealed = digest(number, previous, entry)
        yield (number, *entry.values(), previous, sealed)
        previous = sealed


def commands(home: Path) -> None:
    """What a person waits for: the commands, and the verifier of a bundle."""
    env = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    program = (sys.executable, "-m", "opsconsole", "log")
    bundle, alone = home / "evidence.zip", home / "verify.py"
    alone.write_bytes(Path(verifier.__file__).read_bytes())
    for name, command in (("opsconsole log verify", (*program, "verify")),
                          ("opsconsole log bundle", (*program, "bundle", "-o", str(bundle))),
                          ("python3 -I verify.py", (sys.executable, "-I", str(alone), str(bundle)))):
        begun = time.perf_counter()
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        tell(name, begun, f"status {done.returncode}, so far {peak:.0f} MiB at most")
        if done.returncode:
            print(done.stdout[-500:], done.stderr[-500:])
    print(f"{'the bundle':<24} {bundle.stat().st_size / 1e6:8.1f} MB")


def tell(name: str, begun: float, more: str) -> None:
    """Prints a line."""
    print(f"{name:<24} {time.perf_counter() - begun:8.2f} s   {more}", flush=True)


def main() -> None:
    """Make the trail, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_trail", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trail", type=int, default=200_000, help="entries of the audit trail")
    parser.add_argument("--entries", type=int, default=1_000, help="signed entries of the log")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "data/opsconsole/opsconsole.db"
        path.parent.mkdir(parents=True)
        begun = time.perf_counter()
        asyncio.run(filled(path, given.trail, given.entries))
        tell("making it", begun, f"{given.trail:,} entries, {path.stat().st_size / 1e6:,.0f} MB")
        commands(Path(scratch))


if __name__ == "__main__":
    main()
