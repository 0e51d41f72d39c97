"""Services that were started or restarted, from the journal of systemd; a machine without it has none."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

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
    """What a program prints, up to a limit; nothing when it fails or takes too long."""
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0"},
            start_new_session=True)
    except OSError:
        return b""
    assert process.stdout is not None  # noqa: S101 - it is a pipe, as asked for
    try:
        async with asyncio.timeout(LIMIT):
            raw = b""
            while len(raw) < MOST_BYTES and (part := await process.stdout.read(65_536)):
                raw += part
            return raw
    except TimeoutError:
        return b""
    finally:
        # The whole group: a program that it started would keep the pipe open, and with it this call.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


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
