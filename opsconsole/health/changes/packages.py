"""Packages that were installed, upgraded or removed, from the logs of dpkg, dnf and yum."""

from __future__ import annotations

import gzip
import re
import zlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import DAY, Instant, instant, local
from opsconsole.health.changes.model import Change, ChangeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES: Final = 4_000_000
"""Read from the end of one log; a longer one has older changes than anybody asks for."""
MOST_LINE: Final = 2_000

_DPKG: Final = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (install|upgrade|remove|purge) ([^ :]+)(?::\S+)? (\S+) (\S+)")
"""`2026-11-20 14:26:01 upgrade redis-server:amd64 5:7.0.14-1 5:7.0.15-1`: in the machine's own time."""
_DNF: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) \S+ "
    r"(Installed|Upgrade|Upgraded|Removed|Erase|Erased|Downgrade|Downgraded): (\S+)")
"""`2026-11-20T14:26:01+0000 SUBDEBUG Upgrade: redis-7.0.15-1.el9.x86_64`."""
_YUM: Final = re.compile(r"([A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d) (Installed|Updated|Erased): (\S+)")
"""`Nov 20 14:26:01 Updated: redis-7.0.15-1.el7.x86_64`: without a year."""
_WORDS: Final = {"install": "installed", "upgrade": "upgraded", "remove": "removed", "purge": "purged",
                 "updated": "upgraded", "erase": "removed", "erased": "removed", "downgrade": "downgraded"}


def packages(since: Instant, until: Instant, logs: Path) -> list[Change]:
    """The changes from `since` to `until`, oldest first; a log that cannot be read has none.

    Args:
        since: ms UTC, included.
        until: ms UTC, included; also the year that `yum.log` does not say is taken from it.
        logs: the folder of the system's logs.
    """
    found = [change for path in _with_rotated(logs / "dpkg.log", since) for change in _of_dpkg(path)]
    found += [change for path in _with_rotated(logs / "dnf.rpm.log", since) for change in _of_dnf(path)]
    found += [change for path in _with_rotated(logs / "yum.log", since) for change in _of_yum(path, until)]
    return sorted((one for one in dict.fromkeys(found) if since <= one.at <= until), key=lambda one: one.at)


def _with_rotated(path: Path, since: Instant) -> Iterator[Path]:
    """The log and those before it, as far back as they can hold anything."""
    for candidate in (path, *(Path(f"{path}.{number}{end}") for number in range(1, 13) for end in ("", ".gz"))):
        try:
            changed = candidate.stat().st_mtime * 1000
        except OSError:
            continue
        if changed >= since - DAY:
            yield candidate


def _lines(path: Path) -> Iterator[str]:
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                raw = packed.read(MOST_BYTES)
        else:
            with path.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - MOST_BYTES))
                raw = file.read(MOST_BYTES)
    except (OSError, EOFError, zlib.error):
        return
    for line in raw.splitlines():
        if len(line) <= MOST_LINE:
            yield line.decode("utf-8", "replace")


def _of_dpkg(path: Path) -> Iterator[Change]:
    for line in _lines(path):
        if (match := _DPKG.match(line)) and (at := _own_time(match[1], "%Y-%m-%d %H:%M:%S")) is not None:
            what, name, before, after = match[2], match[3], match[4], match[5]
            versions = {"upgrade": f" {_version(before)} to {_version(after)}", "install": f" {_version(after)}"}
            yield Change(at, ChangeKind.PACKAGE, f"{name} {_WORDS[what]}{versions.get(what, '')}")


def _of_dnf(path: Path) -> Iterator[Change]:
    for line in _lines(path):
        if match := _DNF.match(line):
            try:
                at = instant(datetime.fromisoformat(match[1]))
            except ValueError:
                continue
            word = match[2].lower()
            if word != "upgraded":
                # dnf tells of an upgrade twice: the new package, then the old one as upgraded.
                yield Change(at, ChangeKind.PACKAGE, f"{match[3]} {_WORDS.get(word, word)}")


def _of_yum(path: Path, until: Instant) -> Iterator[Change]:
    year = local(until).year
    for line in _lines(path):
        if match := _YUM.match(line):
            text = " ".join(match[1].split())
            at = _own_time(f"{year} {text}", "%Y %b %d %H:%M:%S")
            if at is not None and at > until:
                at = _own_time(f"{year - 1} {text}", "%Y %b %d %H:%M:%S")
            if at is not None:
                word = match[2].lower()
                yield Change(at, ChangeKind.PACKAGE, f"{match[3]} {_WORDS.get(word, word)}")


def _version(text: str) -> str:
    """Without the epoch, which nobody knows a version by."""
    epoch, colon, rest = text.partition(":")
    return rest if colon and epoch.isdigit() else text


def _own_time(text: str, form: str) -> Instant | None:
    """A time of the machine's own zone as an instant; None when it is none."""
    try:
        return instant(datetime.strptime(text, form).astimezone())
    except (ValueError, OverflowError, OSError):
        return None
