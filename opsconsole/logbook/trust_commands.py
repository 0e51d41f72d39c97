"""The commands of `log` that prove that nothing that was recorded was changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import ExitCode
from opsconsole.printing import JSON, machine_clock, print_json, reading, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.audit import ChainReport, Head
    from opsconsole.core.database import Database
    from opsconsole.core.invocation import Proof


@click.command()
@click.option("--head", "heads", multiple=True, metavar="SEQ:HASH",
              help="A head that `log heads` printed earlier must still be part of the trail; may be given again.")
@click.option("--heads", "files", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
              help="Every head of this file must still be part of the trail; may be given again.")
@JSON
@click.pass_obj
def verify(given: Any, heads: Sequence[str], files: Sequence[Path], as_json: bool) -> int:
    """Read the audit trail and every signed record again; the exit status is 1 where anything was changed.

    The audit trail is a chain of hashes, and signed checklists, entries of the log and messages of emergencies are
    sealed by entries of it. That its end was not cut off, or all of it written anew, is proved by a head that was taken
    earlier and kept elsewhere.
    """
    from opsconsole.core.audit import GENESIS, ChainReport, Head
    from opsconsole.logbook.heads import read_heads

    known = [*map(Head.parse, heads), *(head for file in files for head in read_heads(file))]

    async def read(db: Database) -> tuple[ChainReport, list[Proof]]:
        return await _verified(given, db, known)

    nothing = ChainReport(not any(one.seq for one in known), 0, Head(0, GENESIS.hex()), None,
                          "There are no records here, and the head that was taken earlier names some."
                          if any(one.seq for one in known) else "")
    chain, proofs = reading(given, read, (nothing, []))
    ok = chain.ok and not any(proof.problems for proof in proofs)
    if as_json:
        print_json({"ok": ok, "audit": {"ok": chain.ok, "count": chain.count, "head": str(chain.head),
                                        "first_bad": chain.first_bad, "problem": chain.problem},
                    **{proof.what: {"ok": not proof.problems, "count": proof.checked, "problems": proof.problems}
                       for proof in proofs}})
        return ExitCode.DONE if ok else ExitCode.PROBLEM
    say(f"Audit trail: {chain.count} entries are right, head {chain.head}." if chain.ok else chain.problem)
    for proof in proofs:
        for text in proof.problems:
            say(text)
        if not proof.problems:
            say(f"{proof.what.capitalize()}: {proof.checked} are as they were {proof.deed}.")
    return ExitCode.DONE if ok else ExitCode.PROBLEM


async def _verified(given: Any, db: Database, heads: Sequence[Head]) -> tuple[ChainReport, list[Proof]]:
    from opsconsole.core import audit

    chain = await audit.verify(db, heads)
    return chain, [await verifier(db) for verifier in given.verifiers]


@click.command()
@click.option("--append", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Add it with the time to this file, as the agent does for `logbook.heads`.")
@JSON
@click.pass_obj
def heads(given: Any, file: Path | None, as_json: bool) -> None:
    """Print the head of the audit trail, to be kept where nobody who can write the records can write.

    `opsconsole log verify --head` proves later that it is still part of the trail.
    """
    from opsconsole.core.audit import GENESIS, Head, head

    found: Head = reading(given, head, Head(0, GENESIS.hex()))
    if file is not None:
        _append(file, found)
    if as_json:
        print_json({"head": str(found), "seq": found.seq, "hash": found.hash})
    else:
        say(str(found))


def _append(file: Path, head: Head) -> None:
    from opsconsole.core.errors import StorageUnusable
    from opsconsole.logbook.heads import append_head

    try:
        append_head(file.absolute(), head, machine_clock().now())
    except OSError as problem:
        raise StorageUnusable(f"{file} cannot be written ({problem.strerror or problem}).",
                              "Name a file that you may write.") from None
