"""The reports that there are: files in the program's folders, and in the one beside the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.settings import SETS
from opsconsole.checklists.template.base import id_mistake
from opsconsole.core.config import decode, nearest
from opsconsole.core.errors import ConfigError, UsageError
from opsconsole.core.readfile import Unreadable, read_regular
from opsconsole.core.resources import SUFFIXES
from opsconsole.core.text import limited
from opsconsole.core.yamltree import MOST_BYTES
from opsconsole.reports.definition import Definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHIPPED: Final = Path(__file__).parent / "shipped"
"""The reports that come with the program, a folder for each set."""
MOST_FILES: Final = 500
"""Of one folder; whoever has more has named the wrong one."""


class Named(NamedTuple):
    """A report that there is; its file is read when it is wanted."""

    name: str
    """`field-service/weekly`, or `weekly` of the installation's own."""
    path: Path

    @property
    def set(self) -> str:
        """The set of the program that it belongs to; empty: it is the installation's own."""
        return self.name.rpartition("/")[0]

    @property
    def short(self) -> str:
        """Its name within its set."""
        return self.name.rpartition("/")[2]

    def read(self) -> Definition:
        """What it says.

        Raises:
            ConfigMistakes: something in it is wrong.
            ConfigError: it cannot be read.
        """
        try:
            raw = read_regular(str(self.path), MOST_BYTES)
        except Unreadable as problem:
            raise ConfigError(f"{problem.sentence}.", "Look at its name and place.") from problem
        return decode(raw, Definition, source=str(self.path), env=None)


class Library:
    """Reports by name.

    Args:
        used: the sets in use; of reports with the same short name that of the set named last counts.
        own: the folder of the installation's own reports, which count first; it need not exist.
        program: the folder that holds the sets.
    """

    def __init__(self, used: Sequence[str], own: Path | None = None, program: Path = SHIPPED) -> None:
        self._used = [name for name in dict.fromkeys(used) if name in SETS]
        self._own, self._program = own, program

    def all(self) -> list[Named]:
        """Every report, those of sets that are not in use too; own ones first.

        Raises:
            ConfigError: a folder cannot be read.
        """
        own = list(_files(self._own, "")) if self._own is not None else []
        return [*own, *(one for name in SETS for one in _files(self._program / name, f"{name}/"))]

    def used(self) -> list[Named]:
        """Those that a short name finds, by that name."""
        found: dict[str, Named] = {}
        order = {name: place for place, name in enumerate(["generic", *self._used, ""])}
        for one in sorted(self.all(), key=lambda one: order.get(one.set, -1)):
            if one.set in ("", *self._used):
                found[one.short] = one
        return [found[name] for name in sorted(found)]

    def find(self, name: str) -> Named:
        """A report by its name, `field-service/weekly`, or by its short name, `weekly`.

        Raises:
            UsageError: there is none; names what is near.
        """
        every, used = self.all(), self.used()
        known = {one.name: one for one in every} | {one.short: one for one in used}
        if name not in known:
            raise UsageError(f"There is no report `{limited(name, 80)}`{nearest(name, known) or '.'}",
                             "`opsconsole report list --all` names those that there are.")
        return known[name]


def _files(folder: Path, before: str) -> Iterator[Named]:
    try:
        entries = sorted(folder.iterdir())[:MOST_FILES]
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as problem:
        raise ConfigError(f"The folder {limited(str(folder), 200)} cannot be read: {problem.strerror or problem}.",
                          "Ask its owner for permission to read it.") from problem
    for entry in entries:
        if entry.suffix in SUFFIXES and not id_mistake(entry.stem) and not entry.is_dir():
            yield Named(before + entry.stem, entry)
