"""`python -m tests.benchmarks`: measures opsconsole beside other programs, all in one run, and prints tables.

Figures only: what is fast enough is decided by a reader, since machines differ; what it is to be stands beside them.
Programs take turns, run by run, so that whatever else the machine does meets all of them; each figure is a median.
Every program has one run that is not counted, for its caches. An agent runs beside the console, as it does on a server.
Lists, tickets, the agent, its history and a week of it follow, each a program of its own; that takes an hour, or
`--quick`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks.bench_agent import running_agent
from tests.benchmarks.measuring import Conditions, Figures, measure, median_of, seconds
from tests.benchmarks.programs import ROOT, Missing, Program, own_command, programs
from tests.benchmarks.report import HEADINGS, machine, row, table
from tests.terminal import NotSeenError

COMMANDS = {
    "python -c 'import sqlite3'": (sys.executable, "-c", "import sqlite3"),
    "opsconsole --version": own_command("--version"),
    "opsconsole --help": own_command("--help"),
    "opsconsole config check": own_command("config", "check"),
    "opsconsole doctor": own_command("doctor"),
    "opsconsole status --json": own_command("status", "--json"),
    "opsconsole ticket list --json": own_command("ticket", "list", "--json"),
}


BUDGET = ("To be: opsconsole's first paint 1.4×, ready 1.7× that of one widget; idle 0.8× glances; 1,500 B/s; 50 MiB; "  # noqa: RUF001 - the sign is meant
          "a command 8× the first.")  # noqa: RUF001
PARTS = {
    "bench_virtual_list": "To be: any key 50 ms.",
    "bench_tickets": "To be: any key 50 ms, a filter or a search 100 ms, the console 50 MiB.",
    "bench_checklists": "To be: any key 50 ms, opening a run of 300 items 50 ms, the console 50 MiB.",
    "bench_agent": "To be: the agent 1 % of a core, 40 MiB; a console beside it 50 MiB, with its own agent 90 MiB.",
    "bench_history": "To be: a year 500 MB, any chart 100 ms.",
    "bench_trail": "Without a budget: how long it takes to prove a trail of 200,000 entries.",
    "bench_week": "To be: no more memory after the first day.",
}
LONG = frozenset(PARTS) - {"bench_virtual_list", "bench_tickets", "bench_checklists"}


def arguments() -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each program (default %(default)s)")
    parser.add_argument("--idle", type=float, default=10, metavar="SECONDS", help="idle time (default %(default)s)")
    parser.add_argument("--size", default="120x40", metavar="COLUMNSxROWS", help="terminal (default %(default)s)")
    parser.add_argument("--only", action="append", metavar="NAME", help="measure this program only; may be repeated")
    parser.add_argument("--markdown", action="store_true", help="print for a document")
    parser.add_argument("--no-install", action="store_true", help="leave out peers that are not installed yet")
    parser.add_argument("--quick", action="store_true", help="leave out the agent, its history and its week")
    return parser.parse_args()


def environment(home: Path) -> dict[str, str]:
    """The same surroundings for each program, with a home folder of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "data"),
            "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"), "LC_ALL": "C.UTF-8",
            "LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}


def say(text: str) -> None:
    """Tell how far it is, apart from the result."""
    print(text, file=sys.stderr, flush=True)


def measure_programs(chosen: list[Program], conditions: Conditions,
                     runs: int) -> tuple[dict[str, Figures], list[Missing]]:
    """Medians by program name, and the programs that did not show what they should."""
    figures: dict[str, list[Figures]] = {program.name: [] for program in chosen}
    failed: list[Missing] = []
    for turn in range(runs + 1):
        for program in [program for program in chosen if program.name in figures]:
            say(f"{'warm-up' if turn == 0 else f'run {turn} of {runs}'}: {program.name}")
            try:
                result = measure(program, conditions._replace(idle=0.5) if turn == 0 else conditions)
            except NotSeenError as error:
                say(str(error))
                failed.append(Missing(program.name, str(error).splitlines()[0]))
                del figures[program.name]
                continue
            if turn:
                figures[program.name].append(result)
    return {name: median_of(found) for name, found in figures.items()}, failed


def measure_commands(conditions: Conditions, runs: int) -> tuple[list[tuple[str, ...]], list[Missing]]:
    """Rows of the table of one-shot commands, and those that failed."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    failed: list[Missing] = []
    for turn in range(runs + 1):
        for name in list(times):
            try:
                elapsed = seconds(COMMANDS[name], conditions)
            except RuntimeError as error:
                failed.append(Missing(name, str(error).splitlines()[0]))
                del times[name]
                continue
            if turn:
                times[name].append(elapsed)
    base = median(times[next(iter(COMMANDS))])
    return [(name, f"{1000 * median(found):.0f} ms", f"{median(found) / base:.1f}×")  # noqa: RUF001 - the sign is meant
            for name, found in times.items()], failed


def run_parts(*, quick: bool) -> list[Missing]:
    """Runs the programs that measure one thing each; those that failed."""
    failed = []
    for name, budget in PARTS.items():
        if quick and name in LONG:
            continue
        print(f"\n{budget}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], cwd=ROOT, check=False)
        if done.returncode:
            failed.append(Missing(name, f"it ended with {done.returncode}"))
    return failed


def main() -> int:
    """Measure and print; 1 when opsconsole itself could not be measured."""
    wanted = arguments()
    columns, rows = (int(part) for part in wanted.size.split("x"))
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        sample = home / "sample.log"
        sample.write_text("".join(f"2025-01-01 00:00:00 line {number}\n" for number in range(10_000)), encoding="utf-8")
        conditions = Conditions(columns, rows, wanted.idle, environment(home), home)
        found = [entry for entry in programs(sample, install=not wanted.no_install)
                 if not wanted.only or entry.name in wanted.only]
        chosen = [entry for entry in found if isinstance(entry, Program)]
        missing = [entry for entry in found if isinstance(entry, Missing)]
        with running_agent(own_command("agent"), conditions.environment, home):
            figures, failed = measure_programs(chosen, conditions, wanted.runs)
        commands, failed_commands = measure_commands(conditions, 2 * wanted.runs) if not wanted.only else ([], [])
    beside = figures.get("one Textual widget")
    names = {program.name: f"{program.name} {program.version}".strip() for program in chosen}
    print(table(HEADINGS, [row(names[name], entry, beside if name == "opsconsole" else None)
                           for name, entry in figures.items()], markdown=wanted.markdown))
    if commands:
        print("\n" + table(("command", "time", "beside the first"), commands, markdown=wanted.markdown))
    print(f"\nMedians of {wanted.runs} runs ({2 * wanted.runs} of each command), programs in turns; "
          f"{columns} columns, {rows} rows; idle for {wanted.idle:g} s; {machine()}.")
    print(BUDGET, flush=True)
    failed += run_parts(quick=wanted.quick) if not wanted.only else []
    for entry in [*missing, *failed, *failed_commands]:
        print(f"Not measured: {entry.name}: {entry.reason}")
    return 0 if "opsconsole" in figures or wanted.only else 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
