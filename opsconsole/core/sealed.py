"""A record that is sealed, as it leaves the records to prove itself elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database


class SealedRecord(msgspec.Struct, frozen=True):
    """One record, with the very object that its seal is over, altered or not."""

    kind: str
    """`entry`, `amendment`, `checklist` or `message`: what the seal begins with, see the verifier of bundles."""
    id: int
    title: str = ""
    """Foreign text."""
    seal: str = ""
    """As its row has it, or, of a message, the audit trail; empty: it is not signed."""
    sealed: dict[str, Any] = {}
    """What the seal is over; plain."""
    files: tuple[str, ...] = ()
    """The hashes of the files that belong to it."""
    more: dict[str, Any] = {}
    """What is needed besides to prove it or to read it: of a checklist its `template`."""
    problem: str = ""
    """Why it cannot be read; then the rest is empty."""


SealedSource = Callable[["Database", "Instant", "Instant"], AsyncIterator[SealedRecord]]
"""Yields the records of a feature that belong to a time: from the first instant up to and without the second."""
