"""`python -m tests.benchmarks.bench_agent`: what a real agent costs that records, checks, judges and keeps history.

About 60 series every 10 s, 30 checks every 30 s against servers on loopback, some rules. Prints processor time in % of
one core, memory and its course, what is written, how often it wakes; then the memory of a console beside it, and of a
console that started its own. Budget: 1 % of a core and 40 MiB; console 50 MiB, console with its agent 90 MiB.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil

from tests.benchmarks.costs import Costs, costs, mebibytes
from tests.benchmarks.programs import own_command
from tests.benchmarks.report import machine
from tests.benchmarks.services import RULES, Services
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STARTING = 20.0
"""Seconds that are told apart: everything is run for the first time, and imported."""


class Setting(NamedTuple):
    """Where it happens."""

    folder: Path
    config: Path
    environment: Mapping[str, str]

    def command(self, *arguments: str) -> list[str]:
        """The program with the configuration of this measurement."""
        return [*own_command("--config", str(self.config)), *arguments]


def prepared(folder: Path, services: Services) -> Setting:
    """A configuration and an environment of its own."""
    config = folder / "opsconsole.yaml"
    # JSON is YAML too.
    config.write_text(json.dumps({"data": str(folder / "data"), **services.settings()}, indent=1))
    config.chmod(0o600)
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return Setting(folder, config, {**kept, "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
                                    "COLORTERM": "truecolor",
                                    **{f"XDG_{name}_HOME": str(folder / name.lower())
                                       for name in ("CONFIG", "DATA", "STATE", "CACHE")}})


@contextmanager
def running_agent(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[int]:
    """A permanent agent's process while it works; it is ended by SIGTERM.

    Raises:
        RuntimeError: it ended by itself; what it said.
    """
    log = folder / "agent.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   env=dict(environment), cwd=folder)
        try:
            yield process.pid
        except psutil.NoSuchProcess:
            raise RuntimeError(f"the agent ended: {log.read_text(errors='replace')[-2000:]}") from None
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def show(label: str, used: Costs, seconds: float) -> None:
    """One line of figures."""
    own, children = 100 * used.own / seconds, 100 * used.children / seconds
    print(f"  {label:<12} {own + children:5.2f} %  {own:5.2f} %  {children:5.2f} %  "
          f"{used.switches / seconds:7.1f} /s  {used.written / seconds:9,.0f} B/s  {used.stored / seconds:9,.0f} B/s",
          flush=True)


def observe(pid: int, minutes: float) -> None:
    """Prints what the agent costs, minute by minute, and all in all."""
    print(f"  {'':<12} {'processor':>9}  {'agent':>7}  {'others':>7}  {'wakes':>10}  {'written':>13}  {'to disk':>13}")
    time.sleep(STARTING)
    first = costs(pid)
    show(f"first {STARTING:.0f} s", first, STARTING)
    begun = time.monotonic()
    course = [mebibytes(pid)]
    before, at = first, begun
    while (left := begun + 60 * minutes - time.monotonic()) > 0:
        time.sleep(min(60.0, left))
        now, moment = costs(pid), time.monotonic()
        show(f"minute {len(course)}", now.since(before), moment - at)
        before, at = now, moment
        course.append(mebibytes(pid))
    show("all minutes", before.since(first), at - begun)
    process = psutil.Process(pid)
    print(f"  PSS of the agent {memory_of(pid):.1f} MiB, of its tree at the end {course[-1]:.1f} MiB; each minute "
          + " ".join(f"{one:.1f}" for one in course))
    print(f"  {process.num_threads()} threads, {process.num_fds()} descriptors, "
          f"{len(process.children(recursive=True))} children")


def memory_of(pid: int) -> float:
    """Proportional set size of one process alone, MiB."""
    return float(psutil.Process(pid).memory_full_info().pss) / 2**20


def stored(setting: Setting) -> None:
    """Prints what is in the databases."""
    data = setting.folder / "data"
    with closing(sqlite3.connect(data / "metrics.db")) as raw:
        series = raw.execute("SELECT count(*) FROM series").fetchone()[0]
        samples = raw.execute("SELECT count(*) FROM sample").fetchone()[0]
        bad = raw.execute("SELECT name, text FROM check_state WHERE level <> 0").fetchall()
    sizes = "  ".join(f"{path.name} {path.stat().st_size / 1e6:.2f} MB" for path in sorted(data.glob("*.db")))
    print(f"  {series} series, {samples} samples; {sizes}")
    for name, text in bad:
        print(f"  not well: {name}: {text}")


def console(setting: Setting, label: str, idle: float, *, own_agent: bool) -> None:
    """Prints what a console costs, with a running agent beside it or with one that it starts itself."""
    with Terminal(setting.command(), env=setting.environment, cwd=setting.folder) as terminal:
        terminal.wait_for("PROCESSES", 60)
        if own_agent:
            terminal.wait_until(lambda: len(terminal.processes()) > 1, "an agent", 30)
        terminal.settle(0.5, 5)
        terminal.idle(STARTING)
        before = costs(terminal.pid)
        found = terminal.idle(idle)
        used = costs(terminal.pid).since(before)
        print(f"  {label:<28} {mebibytes(terminal.pid):5.1f} MiB (the console alone {memory_of(terminal.pid):5.1f})  "
              f"{100 * used.own / idle:5.2f} % of a core alone, {found.cpu_percent:5.2f} % with all it started  "
              f"{found.bytes_per_second:6,.0f} B/s to the terminal  {used.switches / idle:5.1f} wakes/s", flush=True)


def main(minutes: float, idle: float) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch, Services(Path(scratch)) as services:
        setting = prepared(Path(scratch), services)
        print(f"Agent: {len(services.checks)} checks every 30 s ({services.mix}), {len(RULES)} rules; {machine()}")
        for reason in services.missing:
            print(f"Not here: {reason}")
        with running_agent(setting.command("agent"), setting.environment, setting.folder) as pid:
            observe(pid, minutes)
            stored(setting)
            print("Console, proportional set size after some time:")
            console(setting, "with the agent running", idle, own_agent=False)
        console(setting, "with an agent of its own", idle, own_agent=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_agent", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="of watching the agent (default %(default)s)")
    parser.add_argument("--idle", type=float, default=30, help="seconds of watching a console (default %(default)s)")
    given = parser.parse_args()
    try:
        main(given.minutes, given.idle)
    except KeyboardInterrupt:
        sys.exit(130)
