"""Template files: how each stands on the disk, and what was read from it."""

from __future__ import annotations

import hashlib
import os
import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from opsconsole.checklists.template import Template, encoded
from opsconsole.checklists.template.base import id_mistake
from opsconsole.core.config import ConfigMistakes, Mistake, decode
from opsconsole.core.readfile import Unreadable, read_regular
from opsconsole.core.resources import SUFFIXES
from opsconsole.core.text import limited
from opsconsole.core.typewords import sentence
from opsconsole.core.yamlplaces import place_of
from opsconsole.core.yamltree import MOST_BYTES, read_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_FILES: Final = 500
"""Of one folder; whoever has more has named the wrong one."""
COARSE: Final = 2_000_000_000
"""Nanoseconds within which two times of a file may be told apart by no file system."""
_ESCAPED: Final = re.compile(rb"\\[xuU\r\n]")


class Loaded(NamedTuple):
    """A template and where it came from; its `slug` is never empty."""

    template: Template
    path: Path
    hash: str
    """SHA-256 of `template.encoded`."""
    set: str
    """The set of the program that it belongs to; empty: it is the installation's own."""


class Stamp(NamedTuple):
    """What of a file changes with whatever is done to it."""

    modified: int
    changed: int
    size: int
    device: int
    inode: int
    mode: int


def stamp_of(path: Path) -> Stamp | None:
    """How a file stands, where it is a link what that names; None: there is nothing of that name."""
    try:
        seen = path.stat()
    except (OSError, ValueError):
        # A link that leads nowhere is to be told of; so is one that may not be followed.
        try:
            seen = path.lstat()
        except (OSError, ValueError):
            return None
    return Stamp(seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_dev, seen.st_ino, seen.st_mode)


def listed(folder: Path) -> list[str]:
    """The names in a folder that are those of template files, in order.

    Raises:
        OSError: it cannot be read.
    """
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries
                      if entry.name.endswith(SUFFIXES) and not entry.name.startswith("."))


class Source:
    """One file. `good` is the newest version of it that could be read, even where a newer one cannot.

    Args:
        path: the file.
        set_name: the set that it belongs to; empty: none.
        stamp: how it stands.
    """

    def __init__(self, path: Path, set_name: str, stamp: Stamp) -> None:
        self.path, self.set, self.stamp = path, set_name, stamp
        self.name = limited(str(path), 200)
        self.good: Loaded | None = None
        self.mistakes: tuple[Mistake, ...] = ()
        self._good_raw = b""
        self._read = self._understood = self._unsure = False
        self._raw, self._why = b"", ""

    def look(self, stamp: Stamp) -> bool:
        """Takes note of how the file stands now; whether there is something else in it."""
        if stamp == self.stamp and not self._unsure:
            return False
        self.stamp = stamp
        return self._read and self._fetch()

    def may_be(self, slug: str) -> bool:
        """Whether the template may have this slug; False only where it cannot."""
        if not self._read:
            self._fetch()
        said = b"slug" in self._raw and slug.encode(errors="replace") in self._raw
        return self.path.stem == slug or said or _ESCAPED.search(self._raw) is not None

    def understand(self) -> None:
        """Reads the file, where that was not done since it was changed."""
        if not self._read:
            self._fetch()
        if self._understood:
            return
        self._understood = True
        self.mistakes = ()
        wrong = self._why or ("The file is empty: a template needs a `title` and `sections`."
                              if not self._raw.strip() else "")
        if wrong:
            self.mistakes = (Mistake(self.name, 1, 1, wrong),)
            return
        try:
            template = decode(self._raw, Template, source=str(self.path), env=None)
        except ConfigMistakes as problem:
            self.mistakes = problem.mistakes
            return
        self._take(template)

    def place(self, keys: Sequence[str]) -> tuple[int, int]:
        """Line and column of a key of the good version."""
        return _place(self._good_raw, keys)

    def _take(self, template: Template) -> None:
        """Keeps a version that could be read, unless its name is wrong."""
        stem = self.path.stem
        if not template.slug:
            if wrong := id_mistake(stem):
                self.mistakes = (Mistake(self.name, 1, 1, sentence(
                    f"the file's name without its ending, `{stem}`, cannot be its slug: {wrong}; rename the file, or"
                    " say a `slug`")),)
                return
            template = msgspec.structs.replace(template, slug=stem)
            self.mistakes = tuple(
                Mistake(self.name, *_place(self._raw, keys), sentence(f"`{'.'.join(keys)}`: {message}"))
                for keys, message in template.of_itself())
            if self.mistakes:
                return
        self._good_raw = self._raw
        self.good = Loaded(template, self.path, hashlib.sha256(encoded(template)).hexdigest(), self.set)

    def _fetch(self) -> bool:
        """Reads the bytes; whether they are not those of before."""
        before = self._raw, self._why
        # Bytes that were written just before the file was looked at may be followed by others at the same time.
        self._unsure = time.time_ns() - self.stamp.modified < COARSE
        try:
            self._raw, self._why = read_regular(str(self.path), MOST_BYTES), ""
        except Unreadable as problem:
            nowhere = problem.missing and self.path.is_symlink()
            self._raw, self._why = b"", sentence(f"It {'is a link that leads nowhere' if nowhere else problem.why}")
        other = not self._read or before != (self._raw, self._why)
        self._read = True
        if other:
            self._understood = False
        return other


def _place(raw: bytes, keys: Sequence[str]) -> tuple[int, int]:
    root = read_tree(raw).root
    if root is None:
        return 1, 1
    node = place_of(root, keys)
    return node.line, node.column
