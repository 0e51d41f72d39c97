"""Finds the files that come with the program: themes, checklists and presets.

An installed package carries them inside itself; in a checkout themes and checklists are folders beside the package.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from opsconsole.core.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Sequence

Name = Literal["themes", "checklists", "presets"]
SUFFIXES = (".yaml", ".yml")
PACKAGE = Path(__file__).resolve().parent.parent


def own_folder(name: Name, package: Path = PACKAGE) -> Path:
    """The program's own folder of that name.

    Raises:
        OpsError: the installation lacks it.
    """
    inside = package / name
    # In a checkout a feature of that name stands there, with nothing but its code.
    if _has_files(inside):
        return inside
    beside = package.parent / name
    # In an environment's library, a folder beside the package would be somebody else's.
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    raise OpsError(f"The installation in {package} lacks its folder `{name}`.", "Install opsconsole again.")


def _has_files(place: Path) -> bool:
    return any(each.suffix in SUFFIXES for pattern in ("*", "*/*") for each in place.glob(pattern))


def folder(name: Name, extra: Sequence[Path] = (), package: Path = PACKAGE) -> list[Path]:
    """The YAML files of the program and of `extra` folders, ordered by name.

    Of files with the same name, without its ending, the one in the latest folder counts. A folder that does not exist
    is empty; one that may not be read is reported to the log. What is in a file is its reader's matter, and so is a
    link that leads nowhere.

    Raises:
        OpsError: the installation lacks its own folder.
    """
    found: dict[str, Path] = {}
    for place in (own_folder(name, package), *extra):
        try:
            entries = sorted(place.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            logging.getLogger(__name__).warning("folder not read", extra={"path": str(place), "error": str(error)})
            continue
        for entry in entries:
            if entry.suffix in SUFFIXES and not entry.name.startswith(".") and not entry.is_dir():
                found[entry.stem] = entry
    return [found[stem] for stem in sorted(found)]
