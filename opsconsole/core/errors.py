"""The errors that a person is told about, and the exit codes that scripts read.

Every message is one sentence that says what failed, on what, and what to do.
Stack traces go to the log file.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command's exit status means."""

    DONE = 0
    PROBLEM = 1
    USAGE = 2
    PERMISSION = 3
    STORAGE = 4


class OpsError(Exception):
    """Something went wrong that a person can do something about.

    Args:
        sentence: what failed, on what; ends with a full stop.
        todo: what to do about it; may be empty.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.PROBLEM

    def __init__(self, sentence: str, todo: str = "") -> None:
        super().__init__(f"{sentence} {todo}".strip())
        self.sentence = sentence
        self.todo = todo


class UsageError(OpsError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class ConfigError(OpsError):
    """The configuration, a theme or a template is wrong; `core.config` adds the places."""

    exit_code = ExitCode.USAGE


class PermissionDenied(OpsError):
    """The actor's role, or the kernel, does not allow this."""

    exit_code = ExitCode.PERMISSION


class StorageError(OpsError):
    """A record could not be read or written; nothing was changed."""

    exit_code = ExitCode.STORAGE


class StorageBusy(StorageError):
    """Another process held the database for longer than the time limit; trying again may work."""


class StorageFull(StorageError):
    """No space left for the record; it works again when there is space."""


class StorageUnusable(StorageError):
    """The file is newer, foreign, corrupt, read-only or badly placed; trying again does not help."""
