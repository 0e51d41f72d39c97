"""Brings a file to the schema that this program knows: numbered SQL files, each one transaction with its version.

A migration runs with foreign keys off, as rebuilding a table needs (https://www.sqlite.org/lang_altertable.html, 7),
and they are checked before it commits.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from opsconsole.core.clock import SystemClock, utc
from opsconsole.core.database import opening, sentences
from opsconsole.core.database.copying import copy
from opsconsole.core.errors import StorageError, StorageUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsconsole.core.database.schema import Migration, Schema

_OUR_MISTAKES = frozenset({0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_AUTH})


def statements(script: str) -> Iterator[str]:
    """The statements of a script, in order; every statement begins on a line of its own.

    Raises:
        ValueError: the last one has no end.
    """
    pending = ""
    for line in script.splitlines(keepends=True):
        if not pending and (not line.strip() or line.lstrip().startswith("--")):
            continue
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        raise ValueError(f"the last statement has no end: {pending.strip()[:60]}")


def migrate(raw: sqlite3.Connection, path: Path, schema: Schema, timeout: float) -> None:
    """Runs what is missing. Of several processes that try at once, each step is done by one.

    Raises:
        StorageError: a step failed; it left no trace. The copy made before stays only if an earlier step was done.
    """
    saved: Path | None = None
    done = 0
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        while True:
            opening.lock(raw, path, timeout)
            try:
                step = _next(raw, path, schema, timeout)
                if step is None:
                    return
                if done == 0 and step.number > 1:
                    saved = _save(path, step)
                _run(raw, path, schema, step, timeout)
                done += 1
            finally:
                raw.rollback()
    except StorageError:
        if saved is not None and done == 0:
            saved.unlink()
        raise
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _next(raw: sqlite3.Connection, path: Path, schema: Schema, timeout: float) -> Migration | None:
    """What is to be done now; another process may have done it since this one looked."""
    header = opening.patient(lambda: opening.read_header(raw, path), path, timeout)
    steps = schema.migrations()
    opening.judge(header, path, schema, len(steps))
    return steps[header.version] if header.version < len(steps) else None


def _run(raw: sqlite3.Connection, path: Path, schema: Schema, step: Migration, timeout: float) -> None:
    try:
        _apply(raw, step)
        raw.execute(f"PRAGMA application_id={schema.application_id}")
        raw.execute(f"PRAGMA user_version={step.number}")
        opening.patient(lambda: raw.execute("COMMIT"), path, timeout)
    except (sqlite3.Error, OSError, ValueError) as error:
        if isinstance(error, sqlite3.Error) and sentences.primary(error) not in _OUR_MISTAKES:
            raise sentences.translate(error, path) from error
        raise StorageUnusable(
            f"{path} could not be upgraded to schema {step.number}: {error}.",
            "The file is as it was. Use the opsconsole from before the upgrade, and please report this.",
        ) from error


def _apply(raw: sqlite3.Connection, step: Migration) -> None:
    raw.set_authorizer(_keep_transaction)
    try:
        for statement in statements(step.file.read_text(encoding="utf-8")):
            raw.execute(statement)
    finally:
        raw.set_authorizer(None)
    broken = raw.execute("PRAGMA foreign_key_check").fetchone()
    if broken is not None:
        raise ValueError(f"a row of {broken[0]} would refer to nothing")


def _keep_transaction(action: int, *_: str | None) -> int:
    """Refuses COMMIT and ROLLBACK: a step that ends its own transaction could not be undone."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_TRANSACTION else sqlite3.SQLITE_OK


def _save(path: Path, step: Migration) -> Path:
    """Copies the file beside itself while the caller's lock keeps everyone from changing it."""
    stamp = utc(SystemClock().now()).strftime("%Y%m%dT%H%M%S")
    target = path.with_name(f"{path.name}.before-{step.number}.{stamp}")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.before-{step.number}.{stamp}-{number}")
    try:
        copy(path, target)
    except StorageError as error:
        raise type(error)(
            f"{path} was not upgraded, because the copy before the upgrade failed: {error.sentence}", error.todo
        ) from error
    return target
