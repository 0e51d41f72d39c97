"""The public holidays of countries, kept as small files; the library of them costs each process 12 MiB and 180 ms.

A process that ends at once asks the library, for ten years; what it says is kept in the folder of caches until another
library is installed. Where that does not work, the library is asked directly: it is slower, and the days are the same.
"""

from __future__ import annotations

import logging
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from opsconsole.tickets.calendars import official_days

LOG = logging.getLogger(__name__)
YEARS: Final = 10
"""Years that are asked for at once."""
_PATIENCE: Final = 20.0
_PROGRAM: Final = """
import json, sys
import holidays
country, region, first, years = sys.argv[1:]
found = getattr(holidays, country)(subdiv=region or None, years=range(int(first), int(first) + int(years)))
print(json.dumps(sorted(day.isoformat() for day in found)))
"""


class _Kept(msgspec.Struct, frozen=True):
    library: str
    """Which library said it."""
    days: frozenset[date]


class DaysOff:
    """The holidays of a country's region around a year; a `calendars.Official`.

    Args:
        cache: the folder of caches of this person.
    """

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "holidays"
        self._known: dict[tuple[str, str, int], frozenset[date]] = {}

    def __call__(self, country: str, region: str, year: int) -> frozenset[date]:
        """All holidays of that year, and of the years that are kept with it."""
        key = country, region, year // YEARS * YEARS
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._found(*key)
        return found

    def _found(self, country: str, region: str, first: int) -> frozenset[date]:
        library = _library()
        path = self._folder / f"{country}-{region.encode().hex()}-{first}.json"
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        except (OSError, ValueError):
            kept = None
        if kept is not None and kept.library == library:
            return kept.days
        days = _asked(country, region, first)
        self._keep(path, _Kept(library, days))
        return days

    def _keep(self, path: Path, kept: _Kept) -> None:
        """Keeps it for the next process; where nothing can be written, each one asks again."""
        from opsconsole.core.replacefile import replace_file  # noqa: PLC0415 - once in ten years

        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, msgspec.json.encode(kept))
        except OSError as problem:
            LOG.info("holidays are not kept: %s", problem)


def _library() -> str:
    """What changes when another library of holidays is installed; to ask for its version would cost 20 ms."""
    spec = find_spec("holidays")
    try:
        status = Path(spec.origin or "").stat() if spec is not None else None
    except OSError:
        status = None
    return "" if status is None else f"{status.st_mtime_ns}-{status.st_size}"


def _asked(country: str, region: str, first: int) -> frozenset[date]:
    """What the library says, asked in a process of its own, else in this one."""
    import subprocess  # noqa: PLC0415 - as above

    # Without -P, a file of this name in the folder that somebody is in would be run in place of the library.
    command = [sys.executable, "-P", "-c", _PROGRAM, country, region, str(first), str(YEARS)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=True)
        return msgspec.json.decode(done.stdout, type=frozenset[date])
    except (OSError, ValueError, subprocess.SubprocessError) as problem:
        LOG.info("holidays are asked for in this process: %s", problem)
        return frozenset().union(*(official_days(country, region, first + ahead) for ahead in range(YEARS)))
