"""Counts which lines of the program the tests reach, in every process that runs tests; adds up, prints, judges.

    PYTEST_PLUGINS=tests.covering COVERAGE_FOLDER=FOLDER pytest …    each process leaves a file in FOLDER
    python -m tests.covering FOLDER                                  prints what none reached; 2: that is too much

slipcover puts instruments into the program and prints the table. By itself it takes those that have served out after
every fifty further hits, by a walk over every function there is, and lets every worker analyse every file at its end:
that cost as much as a quarter of the tests. Here they are taken out between tests, ever more seldom, and files are
analysed once.
"""

from __future__ import annotations

import json
import os
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import slipcover

ROOT = Path(__file__).parents[1]
FOLDER = "COVERAGE_FOLDER"
"""The variable that names the folder; without it nothing is counted."""
NEVER = 10**9
"""Hits of a line after which slipcover would act by itself."""
FIRST = 10.0
"""Seconds after which instruments are taken out first; each time after twice as long."""


class Settings:
    """What `[tool.slipcover]` of a project says."""

    def __init__(self, root: Path = ROOT) -> None:
        said = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["slipcover"]
        self.source = [str(root / name) for name in said["source"]]
        self.least = float(said["fail-under"])
        self.skip_covered = bool(said["skip-covered"])
        self._exclude = list(said["exclude-also"])

    def cover(self) -> Any:
        """Puts instruments into code, and analyses it."""
        return slipcover.Slipcover(source=self.source, exclude_also=self._exclude, d_miss_threshold=NEVER)


class Counting:
    """Counts the lines that this process reaches, of modules that are imported from now on."""

    def __init__(self, settings: Settings) -> None:
        self._cover = settings.cover()
        self._imports = slipcover.ImportManager(self._cover, slipcover.FileMatcher(sources=settings.source))
        self._imports.__enter__()
        self._wait = FIRST
        self._next = time.monotonic() + FIRST

    def relieve(self) -> None:
        """From time to time: what was reached often need not be counted any more."""
        if time.monotonic() >= self._next:
            self._take_out()
            self._wait *= 2
            self._next = time.monotonic() + self._wait

    def _take_out(self) -> None:
        # From Python 3.12 on each place is told once, and there is nothing to take out.
        if hasattr(self._cover, "deinstrument_seen"):
            self._cover.deinstrument_seen()

    def end(self, path: Path) -> None:
        """Leave what was reached in a file, if anything was."""
        self._imports.__exit__(None, None, None)
        reached = {name: set(lines) for name, lines in self._cover.all_seen.items()}
        for name, lines in self._cover._get_newly_seen().items():
            reached.setdefault(name, set()).update(lines)
        if reached:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({name: sorted(lines) for name, lines in reached.items()}), encoding="utf-8")


def judge(folder: Path, settings: Settings) -> int:
    """Add up what is in a folder, and print what nobody reached; the status to end with."""
    cover = settings.cover()
    found = list(folder.glob("*.json"))
    for path in found:
        for name, lines in json.loads(path.read_text(encoding="utf-8")).items():
            cover.all_seen[name].update(lines)
    covered = cover.get_coverage()
    slipcover.print_coverage(covered, outfile=sys.stdout, skip_covered=settings.skip_covered, missing_width=80)
    percent = covered["summary"]["percent_covered"]
    if percent >= settings.least:
        return 0
    print(f"The tests reach {percent:.1f} % of the lines, {settings.least:g} % are wanted; "
          f"{len(found)} processes were counted.", file=sys.stderr)
    return 2


_counting = Counting(Settings()) if os.environ.get(FOLDER) else None


def pytest_runtest_logfinish() -> None:
    """Between two tests."""
    if _counting is not None:
        _counting.relieve()


def pytest_sessionfinish() -> None:
    """This process runs no more tests."""
    if _counting is not None:
        _counting.end(ROOT / os.environ[FOLDER] / f"{os.getpid()}.json")


if __name__ == "__main__":
    sys.exit(judge(Path(sys.argv[1]), Settings()))
