"""An outbox with a clock that is turned by hand, for the tests of planning and delivery."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from opsconsole.core.clock import Instant, instant
from opsconsole.core.config import decode
from opsconsole.core.database import RECORDS, Database, Transaction
from opsconsole.core.jobs import Due, Job
from opsconsole.notify import service, store
from opsconsole.notify.jobs import make_jobs
from opsconsole.notify.model import MessageState, Notice, NoticeKind, Severity
from opsconsole.notify.settings import NotifySettings

if TYPE_CHECKING:
    from datetime import datetime

    from opsconsole.notify.model import Delivery

BERLIN = ZoneInfo("Europe/Berlin")
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


class HandClock:
    """Goes only when it is told to."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000


class Holder:
    """A guard that has the lease as long as the test says so."""

    def __init__(self) -> None:
        self.mine = True

    def holds(self) -> bool:
        return self.mine

    async def confirm(self, tx: Transaction) -> None:
        if not self.mine:
            raise RuntimeError("the lease is lost")


def read(text: str, **env: str) -> NotifySettings:
    """Settings from YAML, as a user writes them."""
    return decode(text, NotifySettings, source="opsconsole.yaml", env=env)


def at(text: str, zone: ZoneInfo = BERLIN) -> Instant:
    """An instant from a wall-clock time."""
    from opsconsole.core.walltime import at_wall
    from opsconsole.notify.moments import read_moment

    return at_wall(read_moment(text), zone)


def aware(moment: datetime) -> Instant:
    return instant(moment)


def notice(thread: str = "alert:1", kind: str = "firing", severity: str = "critical", title: str = "redis down",
           at: Instant = 0, **more: Any) -> Notice:
    return Notice(kind=NoticeKind(kind), thread=thread, severity=Severity(severity), title=title,
                  text=more.pop("text", "redis refuses connections"), at=at, **more)


SINK = """
import json, os, sys
message = json.load(sys.stdin)
with open(sys.argv[1], "a") as file:
    file.write(json.dumps(message | {"pid": os.getpid()}) + "\\n")
sys.exit(int(open(sys.argv[2]).read() or 0) if len(sys.argv) > 2 and os.path.exists(sys.argv[2]) else 0)
"""


class Sink:
    """A program that writes down what it gets; it fails while the file `fails` holds another number than 0."""

    def __init__(self, folder: Path, name: str = "sink") -> None:
        self._file = folder / f"{name}.jsonl"
        self._fails = folder / f"{name}.fails"

    @property
    def yaml(self) -> str:
        command = [sys.executable, "-S", "-c", SINK, str(self._file), str(self._fails)]
        return json.dumps({"kind": "exec", "command": command})

    @property
    def got(self) -> list[dict[str, Any]]:
        if not self._file.exists():
            return []
        return [json.loads(line) for line in self._file.read_text().splitlines()]

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.got]

    def fail(self, code: int) -> None:
        self._fails.write_text(str(code))


class Bench:
    """The whole way from a notice to a sink, without the agent."""

    def __init__(self, db: Database, folder: Path, settings: NotifySettings, start: Instant) -> None:
        self.db = db
        self.folder = folder
        self.clock = HandClock(start)
        self.guard = Holder()
        self.settings = settings
        self.jobs: dict[str, Job] = {}
        self.restart(settings)

    @classmethod
    async def open(cls, folder: Path, settings: str | NotifySettings = "", start: str = "2026-03-04 10:00",
                   **env: str) -> Bench:
        db = await Database.open(folder / "opsconsole.db", RECORDS)
        return cls(db, folder, read(settings, **env) if isinstance(settings, str) else settings, at(start))

    def restart(self, settings: NotifySettings | str | None = None) -> None:
        """A new agent, which knows nothing but what is stored."""
        if settings is not None:
            self.settings = read(settings) if isinstance(settings, str) else settings
        made = make_jobs(self.db, self.settings, self.clock, self.guard, host="web-01", receipts=self.folder / "outbox")
        self.jobs = {job.name: job for job in made}

    async def run(self, name: str) -> None:
        await self.jobs[name].run(Due(self.clock.at))

    async def put(self, *notices: Notice) -> None:
        async with self.db.write() as tx:
            for each in notices:
                await service.put(tx, each)

    async def fire(self, thread: str = "alert:1", kind: str = "firing", severity: str = "critical",
                   title: str = "redis down", **more: Any) -> None:
        await self.put(notice(thread, kind, severity, title, self.clock.at, **more))

    async def acknowledge(self, thread: str = "alert:1", by: str = "ana") -> None:
        async with self.db.write() as tx:
            await service.acknowledge(tx, thread, by, "", self.clock.at)

    async def turn(self, what: str, thread: str = "alert:1") -> None:
        """`give_back`, `hold`, `free`."""
        async with self.db.write() as tx:
            await getattr(service, what)(tx, thread, "ana", self.clock.at)

    async def beat(self) -> None:
        """One round of the agent."""
        await self.run("notify.plan")
        for name in self.jobs:
            if name.startswith("notify.deliver."):
                await self.run(name)

    async def go(self, *steps: int) -> None:
        """Lets time pass, with a round of the agent after each step (ms)."""
        for step in steps or (0,):
            self.clock.at += step
            await self.beat()

    async def settle(self) -> None:
        """Beyond the grouping window, until nothing more happens."""
        await self.go(0, 31 * SECOND, SECOND)

    async def messages(self, *states: MessageState) -> list[Delivery]:
        return list(reversed(await store.messages(self.db, states or tuple(MessageState), 1000)))

    async def db_run(self, sql: str) -> None:
        async with self.db.write() as tx:
            await tx.run(sql)

    async def close(self) -> None:
        await self.db.close()


def quiet_environment() -> dict[str, str]:
    """What a child of a test gets."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def to(sink: Sink, more: str = "group: 0s\n") -> str:
    return f"channels: {{team: {sink.yaml}}}\n{more}"


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
