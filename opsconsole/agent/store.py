"""The agent's SQL: the lease and the runs of the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.agent.model import JobRun, Kind, LeaseState, Process

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Params, Row, Transaction

TOPIC = "agent"
"""Changes when another agent begins or ends; not with each heartbeat."""

_LEASE = "SELECT token, kind, host, boot, space, pid, born, taken, beat, beats, wanted FROM lease WHERE id = 1"
_TAKE = """
INSERT INTO lease (id, token, kind, host, boot, space, pid, born, taken, beat, beats, wanted)
VALUES (1, :token, :kind, :host, :boot, :space, :pid, :born, :now, :now, 1, '')
ON CONFLICT (id) DO UPDATE SET
    token = excluded.token, kind = excluded.kind, host = excluded.host, boot = excluded.boot, space = excluded.space,
    pid = excluded.pid, born = excluded.born, taken = excluded.taken, beat = excluded.beat, beats = lease.beats + 1,
    wanted = ''
WHERE lease.token = :seen_token AND lease.beats = :seen_beats
"""
_RENEW = "UPDATE lease SET beat = :now, beats = beats + 1 WHERE id = 1 AND token = :token RETURNING wanted"
_ASK = """
UPDATE lease SET wanted = :asker
WHERE id = 1 AND token = :token AND beats = :beats AND wanted = ''
"""
_RELEASE = "UPDATE lease SET token = '', beat = :now, beats = beats + 1 WHERE id = 1 AND token = :token"
_JOBS = ("SELECT name, last_due, last_started, last_ended, ok, took, error, runs, failures, missed, skipped FROM job"
         " ORDER BY name")
_FAILING = "SELECT name, error FROM job WHERE failures > 0 AND seen > :since ORDER BY name"
_SAVE = """
INSERT INTO job (name, last_due, last_started, last_ended, ok, took, error, runs, failures, missed, skipped, seen)
VALUES (:name, :last_due, :last_started, :last_ended, :ok, :took, :error, :runs, :failures, :missed, :skipped, :seen)
ON CONFLICT (name) DO UPDATE SET
    last_due = excluded.last_due, last_started = excluded.last_started, last_ended = excluded.last_ended,
    ok = excluded.ok, took = excluded.took, error = excluded.error, runs = excluded.runs,
    failures = excluded.failures, missed = excluded.missed, skipped = excluded.skipped, seen = excluded.seen
"""
_PRUNE = "DELETE FROM job WHERE seen < :before"


async def read_lease(db: Database | Transaction) -> LeaseState | None:
    """Who has the lease, or had it last; None where no agent ever ran.

    Raises:
        StorageError: the database could not be read.
    """
    row = await db.row(_LEASE)
    return None if row is None else _lease(row)


async def take_lease(tx: Transaction, token: str, kind: Kind, process: Process, now: Instant,
                     seen: LeaseState | None) -> bool:
    """Takes the lease if it still is as it was `seen`; whether it did."""
    before: dict[str, Any] = {"seen_token": seen.token if seen else "", "seen_beats": seen.beats if seen else -1}
    taken = await tx.run(_TAKE, {"token": token, "kind": kind, "now": now, **process._asdict(), **before})
    if taken:
        tx.touch(TOPIC)
    return bool(taken)


async def renew_lease(tx: Transaction, token: str, now: Instant) -> str | None:
    """A heartbeat: whose agent asks for the lease (empty: nobody's), or None when it is not ours any more."""
    row = await tx.row(_RENEW, {"token": token, "now": now})
    return None if row is None else str(row["wanted"])


async def ask_for_lease(tx: Transaction, asker: str, seen: LeaseState) -> bool:
    """Asks the holder to end; whether it stands there now."""
    return bool(await tx.run(_ASK, {"asker": asker, "token": seen.token, "beats": seen.beats}))


async def release_lease(tx: Transaction, token: str, now: Instant) -> bool:
    """Gives the lease back; whether it still was ours."""
    released = await tx.run(_RELEASE, {"token": token, "now": now})
    if released:
        tx.touch(TOPIC)
    return bool(released)


async def has_lease(tx: Transaction, token: str) -> bool:
    """Whether the lease is ours, as this transaction sees it."""
    return await tx.row("SELECT 1 FROM lease WHERE id = 1 AND token = :token", {"token": token}) is not None


async def read_runs(db: Database) -> dict[str, JobRun]:
    """The last run of each job, by name."""
    return {row["name"]: _run(row) for row in await db.rows(_JOBS)}


async def read_failing(db: Database, since: Instant) -> dict[str, str]:
    """Why jobs failed that were stored after `since` and have not worked since then, by name.

    Raises:
        StorageError: the database could not be read.
    """
    return {row["name"]: row["error"] for row in await db.rows(_FAILING, {"since": since})}


async def save_runs(tx: Transaction, runs: Iterable[JobRun], now: Instant) -> None:
    """Stores the runs of these jobs."""
    await tx.many(_SAVE, [_params(run, now) for run in runs])


async def prune_runs(tx: Transaction, before: Instant) -> int:
    """Forgets jobs that have not run since `before`, such as those that the configuration has no more; how many."""
    return await tx.run(_PRUNE, {"before": before})


def _lease(row: Row) -> LeaseState:
    token, kind, host, boot, space, pid, born, *rest = row
    return LeaseState(token, Kind(kind), Process(host, boot, space, pid, born), *rest)


def _run(row: Row) -> JobRun:
    run = JobRun(*row)
    return run if run.ok is None else run._replace(ok=bool(run.ok))


def _params(run: JobRun, now: Instant) -> Params:
    return {**run._asdict(), "seen": now}
