"""Real agents in processes of their own, with a job that tells when it may work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.agent.model import Timing

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
QUICK = Timing(beat=0.4, dead=1.6, margin=0.4, look=0.15, patience=1.0)
"""A tenth, about."""

PROGRAM = """
import asyncio, json, sys
from contextlib import asynccontextmanager
from pathlib import Path
from opsconsole.agent import journal, runner, shift
from opsconsole.agent.app import Agent, AgentOptions
from opsconsole.agent.model import Kind, Timing
from opsconsole.agent.parent import bound_to_parent
from opsconsole.agent.service import ServiceManager
from opsconsole.settings import load_settings

given = json.loads(sys.argv[1])
config = Path(given["config"])
read = lambda: load_settings(config)
kind = Kind(given["kind"])

@asynccontextmanager
async def free(wishes):
    yield

async def main():
    agent = Agent(read(), AgentOptions(kind, once=given["once"]), ServiceManager(), read=read,
                  timing=Timing(**given["timing"]), providers=given["providers"])
    async with (bound_to_parent if kind is Kind.CHILD else free)(agent.wishes):
        return await agent.work()

import os
shift.RETRIES = (0.3,)
journal.start("info", os.environ, as_json=False, debug=False)
sys.exit(runner.run(main()))
"""


class Place(NamedTuple):
    """A folder for one group of agents."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "opsconsole.yaml"

    @property
    def records(self) -> Path:
        return self.folder / "data" / "opsconsole.db"

    @property
    def told(self) -> Path:
        """What the probe jobs wrote."""
        return self.folder / "told"

    def write(self, text: str = "") -> None:
        self.config.write_text(f"data: {self.folder / 'data'}\n{text}", encoding="utf-8")


def make_place(folder: Path) -> Place:
    place = Place(folder)
    place.write()
    return place


class Started:
    """An agent that was started."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self, limit: float = 20.0) -> int:
        """Its exit status, when it has ended by itself."""
        return self.process.wait(limit)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(20)
        if self.process.stdin is not None:
            self.process.stdin.close()


class Agents:
    """Starts agents at one place, and ends them with the test."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.all: list[Started] = []

    def start(self, *, kind: str = "permanent", once: bool = False, timing: Timing = QUICK,
              providers: tuple[str, ...] = ("tests.agent.probes:holding",), env: dict[str, str] | None = None,
              ) -> Started:
        given = {"config": str(self.place.config), "kind": kind, "once": once, "timing": timing._asdict(),
                 "providers": providers}
        return self.run([sys.executable, "-W", "error", "-c", PROGRAM, json.dumps(given)], env=env,
                        pipe=kind == "child")

    def command(self, *arguments: str, env: dict[str, str] | None = None, pipe: bool = False) -> Started:
        """The real command line."""
        return self.run([sys.executable, "-m", "opsconsole", "--config", str(self.place.config), *arguments], env=env,
                        pipe=pipe)

    def run(self, command: list[str], *, env: dict[str, str] | None, pipe: bool) -> Started:
        log = self.place.folder / f"log{len(self.all)}"
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE if pipe else subprocess.DEVNULL, stdout=file, stderr=file, cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PROBE": str(self.place.told), **(env or {})})
        started = Started(process, log)
        self.all.append(started)
        return started

    def end(self) -> None:
        for one in self.all:
            one.kill()


class Told(NamedTuple):
    """One line of a probe: this process believed that it may work."""

    at: float
    pid: int
    token: str


def told(place: Place) -> list[Told]:
    """What the probes wrote, in order of time."""
    if not place.told.exists():
        return []
    lines = [line.split() for line in place.told.read_text().splitlines()]
    return sorted(Told(float(line[0]), int(line[1]), line[2]) for line in lines if len(line) == 3)


def wait_for(condition: Callable[[], object], limit: float = 30.0) -> None:
    """Until it is true; a test that waits longer has found something."""
    until = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.03)


def never_two_at_once(lines: list[Told]) -> None:
    """Each shift is over when the next one begins."""
    shifts: list[str] = []
    for line in lines:
        if not shifts or shifts[-1] != line.token:
            assert line.token not in shifts, f"process {line.pid} worked while another one did"
            shifts.append(line.token)
