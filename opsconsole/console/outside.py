"""Programs that take over the terminal for a while: an editor for a text, a pager for a file.

The console goes on working behind them; it only draws nothing and reads no key until they end.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from opsconsole.core.errors import OpsError
from opsconsole.core.text import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual.app import App

EDITORS = ("sensible-editor", "nano", "vim", "vi")
"""Tried in this order where the person has chosen none."""
PAGERS = ("less", "more")
LONGEST = 8 * 1024 * 1024
"""Bytes that come back from an editor."""


def editor(env: Mapping[str, str]) -> list[str]:
    """The person's editor with its arguments: `$VISUAL`, `$EDITOR`, else one that is there.

    Raises:
        OpsError: there is none.
    """
    found = _chosen((env.get("VISUAL", ""), env.get("EDITOR", "")), EDITORS)
    if found is None:
        raise OpsError("There is no editor.", "Set EDITOR to the one that you like.")
    return found


def pager(env: Mapping[str, str], configured: Sequence[str] = ()) -> list[str]:
    """The program that shows a text: the configured one, `$PAGER`, else one that is there.

    Raises:
        OpsError: there is none.
    """
    if configured:
        return list(configured)
    found = _chosen((env.get("PAGER", ""),), PAGERS)
    if found is None:
        raise OpsError("There is no pager.", "Set PAGER to the one that you like.")
    return found


def _chosen(wishes: Sequence[str], usual: Sequence[str]) -> list[str] | None:
    for wish in wishes:
        try:
            words = shlex.split(wish)
        except ValueError:
            continue
        if words:
            return words
    return next(([path] for name in usual if (path := shutil.which(name)) is not None), None)


async def edit(app: App[Any], text: str, *, suffix: str = ".md") -> str:
    """A text after the person has changed it in their editor; as it was, if the editor says that it failed.

    Raises:
        OpsError: there is no editor, it cannot be started or failed, or the text became too long.
    """
    command = editor(os.environ)
    with tempfile.TemporaryDirectory(prefix="opsconsole-") as folder:
        path = Path(folder) / f"text{suffix}"
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
        status = await run(app, [*command, str(path)])
        if status:
            raise OpsError(f"{command[0]} ended with status {status}; the text is as it was.")
        try:
            raw = await asyncio.to_thread(_read, path)
        except OSError as problem:
            raise OpsError(f"What {command[0]} wrote cannot be read: {problem.strerror}; the text is as it was."
                           ) from problem
    if len(raw) > LONGEST:
        raise OpsError("The text became longer than 8 MiB; it is as it was.", "Attach it as a file.")
    # Editors end a text with a line break; who wrote one line wants one line.
    return decode(raw).removesuffix("\n")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST + 1)


async def show(app: App[Any], text: str, configured: Sequence[str] = ()) -> None:
    """Show a text in the person's pager. It must be harmless: a pager may hand it to the terminal as it is.

    Raises:
        OpsError: there is no pager, or it cannot be started.
    """
    command = pager(os.environ, configured)
    with tempfile.TemporaryDirectory(prefix="opsconsole-") as folder:
        path = Path(folder) / "text.txt"
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
        # `less` of a person may pass escapes on; none are here, and it shall run no program over the file.
        await run(app, [*command, str(path)], {"LESSOPEN": "", "LESSSECURE": "1"})


async def run(app: App[Any], command: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Give the terminal to a program until it ends; its exit status.

    Raises:
        OpsError: it cannot be started, or the terminal cannot be lent.
    """
    try:
        with app.suspend():
            # Nothing may be raised in here, or the console would not take its terminal back.
            outcome = await _ended(command, env)
    except SuspendNotSupported:
        raise OpsError(f"This terminal cannot be lent to {command[0]}.") from None
    if isinstance(outcome, OSError):
        raise OpsError(f"{command[0]} cannot be started: {outcome.strerror or outcome}.") from outcome
    return outcome


async def _ended(command: Sequence[str], env: Mapping[str, str] | None) -> int | OSError:
    try:
        process = subprocess.Popen(command, env={**os.environ, **(env or {})})  # noqa: ASYNC220 - it starts at once
    except OSError as problem:
        return problem
    # Started before the signals are ignored: so ctrl+c reaches the program, and only the program.
    with _deaf():
        return await asyncio.to_thread(process.wait)


@contextmanager
def _deaf() -> Iterator[None]:
    """Keys that end a program are meant for the one that has the terminal."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    for number in before:
        signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
