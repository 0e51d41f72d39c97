"""The templates that there are: read from the program's folders and from the one beside the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from opsconsole.checklists.settings import ChecklistSettings
    from opsconsole.checklists.template import Template
    from opsconsole.core.config import Mistake


class Loaded(NamedTuple):
    """A template and where it came from; its `slug` is never empty."""

    template: Template
    path: Path
    hash: str
    """SHA-256 of `template.encoded`."""
    set: str
    """The set of the program that it belongs to; empty: it is the installation's own."""


class Library:
    """Templates by slug; read when first asked, and again by `refresh` when files have changed.

    A file that is wrong hides no other one: its mistakes are in `mistakes`, and where a version of it was good before,
    that one stays in use until the file is mended or removed.

    Args:
        settings: which sets are used, which slugs are off.
        own: the folder of the installation's own templates; it need not exist.
        program: the folder that holds the sets; None: the program's.
    """

    def __init__(self, settings: ChecklistSettings, own: Path | None = None, program: Path | None = None) -> None:
        raise NotImplementedError

    def refresh(self) -> bool:
        """Reads what was changed, added or removed since; whether anything was. Costs a few microseconds else."""
        raise NotImplementedError

    @property
    def templates(self) -> Mapping[str, Loaded]:
        """All that can be used, by slug."""
        raise NotImplementedError

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What is wrong, in the order of files, lines and columns."""
        raise NotImplementedError

    def get(self, slug: str) -> Loaded | None:
        """One template; None: there is none."""
        raise NotImplementedError

    def warnings(self, checks: Iterable[str], categories: Iterable[str], ladders: Iterable[str],
                 rotations: Iterable[str], calendars: Iterable[str]) -> list[str]:
        """What templates name and the configuration does not have, a line each with file, line and column."""
        raise NotImplementedError
