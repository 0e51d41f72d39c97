"""What `doctor` says of checklists: templates that cannot be used, evidence that is gone, what nobody has explained."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists import store
from opsconsole.core.levels import Level
from opsconsole.core.resources import own_folder
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsconsole.checklists.library import Library
    from opsconsole.core.blobs import Blobs
    from opsconsole.core.database import Database

SAMPLE: Final = 200
"""Files of evidence that are looked at: the newest."""
_NAMED: Final = 5
"""Mistakes, items or runs that are named."""


class ChecklistFinding(NamedTuple):
    """One thing that was looked at: what was found, and what to do, empty when there is nothing."""

    level: Level
    says: str
    todo: str = ""


def template_findings(library: Library, warnings: Iterable[str] = ()) -> Iterator[ChecklistFinding]:
    """What is wrong with templates, a finding for each place; how many can be used.

    Args:
        library: the templates.
        warnings: what they name and the configuration does not have, see `Library.warnings`.
    """
    library.refresh()
    for mistake in library.mistakes:
        yield ChecklistFinding(Level.WARNING, str(mistake),
                               "Correct this place; `opsconsole checklist validate` tries it.")
    yield from _lacking(list(warnings))
    templates = library.templates.values()
    own = sum(not loaded.set for loaded in templates)
    more = f", {own} of them this installation's own" if own else ""
    yield ChecklistFinding(Level.OK if templates or not library.mistakes else Level.CRITICAL,
                           f"{_some(len(templates), 'checklist')} can be used{more}",
                           "" if templates or not library.mistakes else "Correct the places that are named.")


def _lacking(warnings: Sequence[str]) -> Iterator[ChecklistFinding]:
    """What templates name and the configuration does not have: of the program's own in one line."""
    ours = f"{own_folder('checklists')}{os.sep}"
    for warning in warnings:
        if not warning.startswith(ours):
            yield ChecklistFinding(Level.WARNING, warning, "Configure it, or name another one.")
    told = dict.fromkeys(one.rpartition("`: ")[2].rstrip(".") for one in warnings if one.startswith(ours))
    if told:
        more = f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        yield ChecklistFinding(Level.WARNING, "those of the program ask for more than is configured: "
                                              f"{'; '.join(list(told)[:_NAMED])}{more}",
                               "Configure it, or leave it to people; `opsconsole checklist validate` names the places.")


async def run_findings(db: Database, blobs: Blobs) -> list[ChecklistFinding]:
    """What is amiss with runs; nothing where there are none. Only reads.

    Args:
        db: the records.
        blobs: the files of evidence.

    Raises:
        StorageError: the records could not be read.
    """
    row = await db.row("SELECT count(*) AS number, coalesce(sum(ended IS NULL), 0) AS going FROM checklist_run")
    found = [*await _files(db, blobs), *await _missed(db)]
    if not found and row is not None and row["number"]:
        found.append(ChecklistFinding(Level.OK, f"{_some(row['number'], 'run')}, {row['going']} not over, nothing amiss"
                                                " where it was looked"))
    return found


async def _files(db: Database, blobs: Blobs) -> Iterable[ChecklistFinding]:
    """Evidence whose file is not there any more."""
    rows = await db.rows("SELECT sha256, run, item FROM checklist_file WHERE answer > 0 ORDER BY run DESC LIMIT :limit",
                         {"limit": SAMPLE})
    places = [(row["sha256"], f"`{limited(row['item'], 80)}` of run #{row['run']}") for row in rows]
    try:
        gone = await asyncio.to_thread(lambda: [what for sha256, what in places if not blobs.has(sha256)])
    except OSError as problem:
        return (ChecklistFinding(Level.UNKNOWN, f"{blobs.folder} cannot be looked at ({problem.strerror or problem})",
                                 "Ask its owner for access."),)
    if not gone:
        return ()
    more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
    return (ChecklistFinding(
        Level.CRITICAL, f"of the newest {_some(len(places), 'file')} of evidence {len(gone)}"
                        f" {'is' if len(gone) == 1 else 'are'} missing: {', '.join(gone[:_NAMED])}{more}",
        f"Put {'it' if len(gone) == 1 else 'them'} back from a backup of {blobs.folder}."),)


async def _missed(db: Database) -> Iterable[ChecklistFinding]:
    """Runs that were missed and of which nobody has said why."""
    missed = await store.unexplained(db)
    if not missed:
        return ()
    newest = missed[-1]
    return (ChecklistFinding(
        Level.WARNING, f"{_some(len(missed), 'run')} {'was' if len(missed) == 1 else 'were'} missed and nobody has said"
                       f" why, the newest is {limited(newest.slug, 80)} {limited(newest.occurrence, 40)}",
        "Say why in the list of checklists."),)


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
