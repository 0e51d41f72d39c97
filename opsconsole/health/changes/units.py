"""Services that were started or restarted, from the journal of systemd; a machine without it has none."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from typing import TYPE_CHECKING, Any, Final

from opsconsole.core.programs import plain_environment, run
from opsconsole.health.changes.model import Change, ChangeKind

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant

MOST_LINES: Final = 500
MOST_BYTES: Final = 2_000_000
LIMIT: Final = 5.0
"""Seconds; a journal on a slow disk answers later, and is then left out."""
_STARTED: Final = "39f53479d3a045ac8e11786248231fbf"
_FAILED: Final = "be02cf6855d2428ba40df7e9d022f03d"
_STOPPED: Final = "9d1aaa27d60140bd96365438aad20286"
"""Message ids of systemd's catalog (sd-messages.h): a unit's start ended, failed, its stop ended."""
_WORDS: Final = {_STARTED: "started", _FAILED: "failed to start", _STOPPED: "stopped"}
_UNIT: Final = re.compile(r".+\.(?:service|socket|mount)")
_OURS: Final = re.compile(r"(?:session-|user@|user-runtime-dir@|systemd-|run-)")
"""Units that come and go with each sign-in, and systemd's own."""


async def units(since: Instant, until: Instant, program: str = "journalctl") -> list[Change]:
    """The starts and stops from `since` to `until`, oldest first; a stop and a start of one unit are a restart."""
    path = shutil.which(program)
    if path is None:
        return []
    arguments = [path, "--quiet", "--no-pager", "--output=json", f"--lines={MOST_LINES}",
                 "--output-fields=MESSAGE_ID,UNIT", f"--since=@{since // 1000}", f"--until=@{until // 1000 + 1}",
                 "_PID=1", *(f"MESSAGE_ID={one}" for one in _WORDS)]
    raw = await _output(arguments)
    found: list[Change] = []
    for line in raw.splitlines():
        change = _change(line)
        if change is not None and since <= change.at <= until:
            found.append(change)
    return _restarts(found)


async def _output(arguments: list[str]) -> bytes:
    """What a program prints, up to a limit; nothing when it cannot be run or takes too long."""
    try:
        ran = await run(arguments, {**plain_environment(), "SYSTEMD_COLORS": "0"},
                        deadline=asyncio.get_running_loop().time() + LIMIT, keep=MOST_BYTES, most=MOST_BYTES)
    except OSError:
        return b""
    return b"" if ran.late else ran.output


def _change(line: bytes) -> Change | None:
    try:
        entry: Any = json.loads(line)
        unit, at = entry["UNIT"], int(entry["__REALTIME_TIMESTAMP"]) // 1000
        word = _WORDS.get(entry["MESSAGE_ID"])
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        return None
    if word is None or not isinstance(unit, str) or not _UNIT.fullmatch(unit) or _OURS.match(unit):
        return None
    return Change(at, ChangeKind.UNIT, f"{unit[:200]} {word}")


def _restarts(changes: list[Change]) -> list[Change]:
    """The same with `stopped` directly followed by `started` of one unit as `restarted`."""
    kept: list[Change] = []
    stopped: dict[str, int] = {}
    for change in sorted(changes, key=lambda one: one.at):
        unit, _, word = change.text.partition(" ")
        if word == "stopped":
            stopped[unit] = len(kept)
        elif word == "started" and unit in stopped:
            before = kept[stopped.pop(unit)]
            if change.at - before.at <= 120_000:
                kept[kept.index(before)] = Change(change.at, ChangeKind.UNIT, f"{unit} restarted")
                continue
        kept.append(change)
    return sorted(kept, key=lambda one: one.at)
