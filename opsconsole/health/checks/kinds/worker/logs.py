"""Reads logs for the kinds `log` and `access-log`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.health.checks.kinds.worker.following import ending, follow
from opsconsole.health.checks.kinds.worker.matching import Matcher, TimeLimit
from opsconsole.health.checks.kinds.worker.places import Place
from opsconsole.health.checks.kinds.worker.state import read_state, write_state

if TYPE_CHECKING:
    from collections.abc import Callable

_BYTES_PER_SECOND = 4_000_000
"""Of processor time, that any access log is read with; slower is a pattern's fault."""


def read(path: str, state: str, before: dict[str, Any] | None, now: int, most: int, **patterns: Any) -> dict[str, Any]:
    """Counts the new lines of log files.

    Args:
        path: path or pattern.
        state: the file in which the next start finds where to go on.
        before: `at` and `kept` of the run before; None for what `state` says.
        now: ms UTC.
        most: bytes that are read.
        patterns: see `Matcher`.

    Returns:
        first (whether there was no run before; then the counts are those of the log's end), since (ms UTC), at, kept,
        skipped (bytes), files (how many can be read), said (sentences), slow (whether patterns took too long); and what
        `Matcher.result` says.
    """
    matcher = Matcher(**patterns)
    with TimeLimit(matcher.take) as limit:
        found = _follow(path, state, before, now, most, limit.take)
    return found | matcher.result()


def read_units(units: list[str], state: str, before: dict[str, Any] | None, now: int, most: int,
               **patterns: Any) -> dict[str, Any]:
    """The same for units in the systemd journal; `problem` says why it could not be read."""
    from opsconsole.health.checks.kinds.worker.journal import read_journal  # noqa: PLC0415 - only for these

    matcher = Matcher(**patterns)
    source = f"journal:{','.join(units)}"
    known = before or read_state(state, source)
    with TimeLimit(matcher.take) as limit:
        notes = read_journal(units, str(known["kept"]) if known else None, known["at"] if known else now, most,
                             limit.take)
    said = list(notes.said)
    if not notes.problem and (problem := write_state(state, source, now, notes.cursor)):
        said.append(problem)
    found = {"first": known is None, "since": known["at"] if known else now, "at": now, "kept": notes.cursor,
             "skipped": 0, "more": notes.more, "files": 1, "said": said, "slow": notes.slow, "problem": notes.problem}
    return found | matcher.result()


def read_access(path: str, state: str, before: dict[str, Any] | None, now: int, most: int,
                **settings: Any) -> dict[str, Any]:
    """The same for access logs; see `access.Requests` for the settings and for what is returned."""
    from opsconsole.health.checks.kinds.worker.access import Requests  # noqa: PLC0415 - only for these

    requests = Requests(**settings)
    with TimeLimit(requests.take, max(3.0, most / _BYTES_PER_SECOND)) as limit:
        found = _follow(path, state, before, now, most, limit.take)
    return found | requests.result()


def _follow(path: str, state: str, before: dict[str, Any] | None, now: int, most: int,
            take: Callable[[list[str]], None]) -> dict[str, Any]:
    known = before or read_state(state, path)
    places = _places(known["kept"]) if known else None
    since = known["at"] if known else now
    notes = follow(path, places, since, now, most, take)
    if places is None:
        ending(path, take)
    said = list(notes.said)
    if problem := write_state(state, path, now, notes.places):
        said.append(problem)
    return {"first": places is None, "since": since, "at": now, "kept": notes.places, "skipped": notes.skipped,
            "files": notes.files, "said": said, "slow": notes.slow}


def _places(kept: Any) -> list[Place] | None:
    """What was kept as places; None when it is nonsense."""
    try:
        places = [Place(*place) for place in kept]
    except TypeError:
        return None
    sound = all(isinstance(text, str) for place in places for text in place[:2]) and all(
        isinstance(number, int) for place in places for number in place[2:])
    return places if sound else None
