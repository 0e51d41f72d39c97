"""The commands of a person's own shell: their history file, read when they ask for it and never else.

What was typed may hold passwords, so nothing of it goes anywhere by itself: the person picks single commands. Bash
(with times where HISTTIMEFORMAT is set), zsh and fish; the file must belong to whoever runs this.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.readfile import Unreadable
from opsconsole.core.text import decode, storable
from opsconsole.logbook.model import Proposal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsconsole.core.clock import Instant

MOST: Final = 50
"""Commands that are shown, the newest."""
MOST_BYTES: Final = 512 * 1024
"""Read from the end of the file."""
MOST_COMMAND: Final = 1_000
"""Characters; a longer one is no command that somebody would put into the log."""
PLACES: Final = (".bash_history", ".zsh_history", ".local/share/fish/fish_history")
_TIME: Final = re.compile(r"#([0-9]{9,11})")
_ZSH: Final = re.compile(r": ([0-9]{9,11}):[0-9]+;(.*)")
_FISH: Final = re.compile(r"- cmd: (.*)")
_ESCAPED: Final = re.compile(r"\\(.)")
_FISH_WHEN: Final = re.compile(r"  when: ([0-9]{9,11})")


class Command(NamedTuple):
    """One command as it was typed."""

    text: str
    at: Instant | None
    """None: the shell keeps no times."""


def own_commands(since: Instant) -> tuple[Proposal, ...]:
    """Those of whoever runs this; see `typed`."""
    return typed(os.environ, Path.home(), since)


def typed(environment: Mapping[str, str], home: Path, since: Instant = 0) -> tuple[Proposal, ...]:
    """The newest commands of the person's shell, each once, oldest first.

    Args:
        environment: HISTFILE and SHELL say which file.
        home: the person's folder.
        since: ms UTC; those typed before are left out, where the shell keeps times.

    Raises:
        Unreadable: there is no such file, or it is not theirs; says why.
    """
    path = _place(environment, home)
    found: dict[str, Command] = {}
    for one in _commands(_tail(path), fish=path.name.startswith("fish")):
        text = storable(one.text).strip()
        if text and len(text) <= MOST_COMMAND and (one.at is None or one.at >= since):
            # One that was typed again counts as typed then.
            found.pop(text, None)
            found[text] = one._replace(text=text)
    return tuple(Proposal(f"command:{_short(one.text)}", "notes", one.text, one.at)
                 for one in list(found.values())[-MOST:])


def _place(environment: Mapping[str, str], home: Path) -> Path:
    """The file: what the shell says, else that of the shell, else whichever is there."""
    named = environment.get("HISTFILE", "")
    if named:
        return Path(named).expanduser() if not named.startswith("~/") else home / named[2:]
    shell = Path(environment.get("SHELL", "")).name
    places = sorted(PLACES, key=lambda place: not Path(place).name.lstrip(".").startswith(f"{shell}_"))
    return next((home / place for place in places if (home / place).exists()), home / places[0])


def _tail(path: Path) -> str:
    """The end of a regular file of this user; symbolic links are followed, as the shell does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable(str(path), "is not a file")
            if found.st_uid != os.getuid():
                raise Unreadable(str(path), "belongs to somebody else")
            file.seek(max(0, found.st_size - MOST_BYTES))
            raw = file.read(MOST_BYTES)
    except FileNotFoundError as error:
        raise Unreadable(str(path), "does not exist: your shell keeps no history there") from error
    except OSError as error:
        raise Unreadable(str(path), f"cannot be read: {error.strerror or error}", error.errno or 0) from error
    text = decode(raw)
    # The first line may have lost its beginning.
    return text.partition("\n")[2] if found.st_size > MOST_BYTES else text


def _commands(text: str, *, fish: bool) -> Iterator[Command]:
    return _of_fish(text) if fish else _of_others(text)


def _of_fish(text: str) -> Iterator[Command]:
    command: Command | None = None
    for line in text.splitlines():
        if match := _FISH.fullmatch(line):
            if command is not None:
                yield command
            command = Command(_ESCAPED.sub(lambda one: "\n" if one[1] == "n" else one[1], match[1]), None)
        elif command is not None and (match := _FISH_WHEN.fullmatch(line)):
            command = command._replace(at=int(match[1]) * 1000)
    if command is not None:
        yield command


def _of_others(text: str) -> Iterator[Command]:
    """Bash and zsh: a line each, with the time before it; in zsh a backslash at the end goes on."""
    at: Instant | None = None
    lines = iter(text.splitlines())
    for line in lines:
        if match := _TIME.fullmatch(line):
            at = int(match[1]) * 1000
            continue
        if match := _ZSH.fullmatch(line):
            at, said = int(match[1]) * 1000, match[2]
            while said.endswith("\\") and (more := next(lines, None)) is not None:
                said = f"{said[:-1]}\n{more}"
            yield Command(said, at)
        else:
            yield Command(line, at)
        at = None


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
