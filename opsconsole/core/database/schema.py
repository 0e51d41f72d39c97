"""What a database file is: its mark, its migrations, how hard it holds on to a commit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, NamedTuple

from opsconsole.core.errors import StorageUnusable

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


class Migration(NamedTuple):
    """One numbered SQL file; `number` is the schema version that it leads to."""

    number: int
    file: Path


class Schema(NamedTuple):
    """One kind of database file.

    `application_id` stands in the file's header and tells it from every other program's files.
    `synchronous` FULL survives a power cut without losing a commit; NORMAL may lose the last ones, never the file.
    """

    name: str
    application_id: int
    folder_of_migrations: Path
    synchronous: Literal["FULL", "NORMAL"]

    def migrations(self) -> tuple[Migration, ...]:
        """The migrations that this program knows, numbered 1, 2, 3 … without a gap.

        Raises:
            StorageUnusable: the installation lacks them.
            ValueError: a file is wrongly named or a number is missing or twice there.
        """
        try:
            files = sorted(path for path in self.folder_of_migrations.iterdir() if path.suffix == ".sql")
        except OSError as error:
            raise self._incomplete() from error
        if not files:
            raise self._incomplete()
        found = []
        for expected, file in enumerate(files, start=1):
            match = _NAME.fullmatch(file.name)
            if match is None or int(match[1]) != expected:
                raise ValueError(f"{file} should be migration {expected:04d}_<name>.sql")
            found.append(Migration(expected, file))
        return tuple(found)

    def _incomplete(self) -> StorageUnusable:
        return StorageUnusable(
            f"This installation of opsconsole lacks its database migrations ({self.folder_of_migrations}).",
            "Install it again.",
        )


RECORDS = Schema("records", int.from_bytes(b"OpsR", "big"), _MIGRATIONS / "records", "FULL")
"""`opsconsole.db`: what people enter."""

METRICS = Schema("metrics", int.from_bytes(b"OpsM", "big"), _MIGRATIONS / "metrics", "NORMAL")
"""`metrics.db`: what machines measure."""
