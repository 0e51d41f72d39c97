"""Mail in the records: SQL, and nothing but SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.clock import HOUR, MINUTE, Instant
from opsconsole.core.text import storable
from opsconsole.tickets.mail.matching import Place
from opsconsole.tickets.model import Attachment, Record
from opsconsole.tickets.store.rows import ATTACHMENT, SPAN, attachment_of, named

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from opsconsole.core.database import Database, Row, Transaction

    Reader = Database | Transaction

_KEPT: Final = "id, at, reason, sender, subject, size, sha256, looked_at, looked_by"
_MAIL: Final = ("m.id, m.ticket, m.seq, m.kind, m.message_id, m.recipients, m.created, m.due, m.attempts, m.claimed,"
                " m.unsure")
_RECENT: Final = 500
"""Events of a ticket that are asked who is on it."""


class KeptMail(Record, frozen=True):
    """A mail that became no ticket and no message; its bytes lie beside the database."""

    id: int
    at: Instant
    reason: str
    sender: str
    subject: str
    size: int
    sha256: str
    looked_at: Instant | None = None
    """When somebody dealt with it."""
    looked_by: str = ""


class Waiting(Record, frozen=True):
    """A mail that is to leave, and was taken for that."""

    id: int
    ticket: int
    seq: int
    """Of the event that it is about."""
    kind: str
    """`reply`, `confirm` or `survey`."""
    message_id: str
    recipients: tuple[str, ...]
    created: Instant
    due: Instant
    attempts: int
    """With this one."""
    claimed: Instant
    unsure: int
    """How many attempts ended in such a way that nobody knows whether it left."""


# What came


async def known(db: Reader, ids: Sequence[str]) -> dict[str, Place]:
    """What Message-IDs belong to; those that nobody knows are left out."""
    found: dict[str, Place] = {}
    for places, params in named(list(ids)):
        rows = await db.rows(
            "SELECT i.message_id, i.ticket, i.seq, m.id IS NOT NULL AND EXISTS (SELECT 1 FROM ticket_mail s"  # noqa: S608 - names of parameters
            " WHERE s.ticket = m.ticket AND s.created = m.created AND s.kind = 'survey' AND s.state <> 'cancelled')"
            " AS survey FROM ticket_mail_id i LEFT JOIN ticket_mail m ON m.message_id = i.message_id"
            f" WHERE i.message_id IN ({places})", params)
        found |= {row["message_id"]: Place(row["ticket"], row["seq"], bool(row["survey"])) for row in rows}
    return found


async def remember(tx: Transaction, ids: Sequence[str], ticket: int, seq: int) -> None:
    """Notes what Message-IDs belong to; what is known stays."""
    await tx.many("INSERT INTO ticket_mail_id (message_id, ticket, seq) VALUES (:id, :ticket, :seq)"
                  " ON CONFLICT (message_id) DO NOTHING",
                  [{"id": one, "ticket": ticket, "seq": seq} for one in dict.fromkeys(ids) if one])


async def people(db: Reader, numbers: Sequence[int]) -> dict[int, set[str]]:
    """Who is on tickets, as addresses in lower case: the requester, whoever wrote, whoever was written to."""
    found: dict[int, set[str]] = {}
    for number in numbers:
        row = await db.row("SELECT requester_mail FROM ticket WHERE number = :number", {"number": number})
        if row is None:
            continue
        on = found[number] = {row["requester_mail"].lower()}
        for event in await db.rows(
                "SELECT data FROM ticket_event WHERE id > :ticket * 1048576 AND id < (:ticket + 1) * 1048576"
                " AND party = 'requester' ORDER BY id DESC LIMIT :limit", {"ticket": number, "limit": _RECENT}):
            on.add(str(msgspec.json.decode(event["data"]).get("mail", "")).lower())
        for mail in await db.rows("SELECT DISTINCT recipients FROM ticket_mail WHERE ticket = :ticket"
                                  " AND state <> 'cancelled'", {"ticket": number}):
            on |= {one.lower() for one in msgspec.json.decode(mail["recipients"], type=list[str])}
        on.discard("")
    return found


async def count_of(tx: Transaction, sender: str, now: Instant) -> int:
    """How many mails this sender sent within an hour, with this one, which is noted."""
    await tx.run("DELETE FROM ticket_mail_in WHERE at < :old", {"old": now - HOUR})
    await tx.run("INSERT INTO ticket_mail_in (sender, at) VALUES (:sender, :now)", {"sender": sender, "now": now})
    row = await tx.row("SELECT count(*) AS number FROM ticket_mail_in WHERE sender = :sender", {"sender": sender})
    return int(row["number"]) if row is not None else 0


async def sent_mail(db: Reader, ids: Collection[str]) -> Waiting | None:
    """The mail of ours that has one of these Message-IDs; None: there is none."""
    for places, params in named(list(ids)):
        row = await db.row(f"SELECT {_MAIL} FROM ticket_mail m WHERE m.message_id IN ({places})"  # noqa: S608 - fixed parts
                           " ORDER BY m.id DESC", params)
        if row is not None:
            return _waiting(row)
    return None


# What was kept


async def keep(tx: Transaction, made: KeptMail) -> int:
    """Notes a mail that was kept; its number."""
    row = await tx.row("INSERT INTO ticket_mail_kept (at, reason, sender, subject, size, sha256)"
                       " VALUES (:at, :reason, :sender, :subject, :size, :sha256) RETURNING id",
                       {"at": made.at, "reason": storable(made.reason), "sender": storable(made.sender),
                        "subject": storable(made.subject), "size": made.size, "sha256": made.sha256})
    assert row is not None  # noqa: S101 - RETURNING gives what was inserted
    return int(row["id"])


async def kept_lately(tx: Transaction, sender: str, reason: str, since: Instant) -> bool:
    """Whether a mail of this sender was kept for this reason since then."""
    row = await tx.row("SELECT 1 FROM ticket_mail_kept WHERE sender = :sender AND reason = :reason AND at >= :since"
                       " LIMIT 1", {"sender": storable(sender), "reason": storable(reason), "since": since})
    return row is not None


async def kept(db: Reader, *, everything: bool = False, limit: int = 200) -> list[KeptMail]:
    """Kept mails, the newest first; without `everything` only those that nobody has dealt with."""
    rows = await db.rows(f"SELECT {_KEPT} FROM ticket_mail_kept WHERE :all = 1 OR looked_at IS NULL"  # noqa: S608 - fixed parts
                         " ORDER BY id DESC LIMIT :limit", {"all": int(everything), "limit": limit})
    return [KeptMail(*row) for row in rows]


async def kept_mail(db: Reader, number: int) -> KeptMail | None:
    """One of them; None: there is none with this number."""
    row = await db.row(f"SELECT {_KEPT} FROM ticket_mail_kept WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    return None if row is None else KeptMail(*row)


async def dealt_with(tx: Transaction, number: int, by: str, now: Instant) -> bool:
    """Notes that somebody dealt with a kept mail; False: somebody had."""
    return await tx.run("UPDATE ticket_mail_kept SET looked_at = :now, looked_by = :by WHERE id = :id"
                        " AND looked_at IS NULL", {"id": number, "by": storable(by), "now": now}) == 1


# What leaves


_OPEN: Final = "m.state IN ('waiting', 'sending')"
"""As the index has it, so that it is used."""
_READY: Final = ("m.state = 'waiting' AND NOT (m.kind = 'survey' AND EXISTS (SELECT 1 FROM ticket_mail r"
                 " WHERE r.ticket = m.ticket AND r.created = m.created AND r.kind = 'reply'"
                 " AND r.state IN ('waiting', 'sending')))")
"""The question about satisfaction goes with the reply that was written with it, so it waits for that one."""


_AHEAD: Final = (f"CASE WHEN m.state = 'sending' THEN m.claimed WHEN m.attempts = 0 THEN m.created"
                 f" ELSE m.due - {HOUR} END > :now + {MINUTE}")
"""Whether it was written down by a clock that was ahead, and has been set right since: its time would come far too
late. Attempts are an hour apart at most."""


async def next_due(db: Reader, patience: int, now: Instant) -> Instant | None:
    """When there is something to do: a mail is due, or one was taken `patience` ms ago; None: nothing waits."""
    row = await db.row(
        f"SELECT min(CASE WHEN {_AHEAD} THEN :now WHEN m.state = 'sending' THEN m.claimed + :patience"  # noqa: S608 - fixed parts
        f" ELSE m.due END) AS due FROM ticket_mail m WHERE {_OPEN} AND (m.state = 'sending' OR {_READY})",
        {"patience": patience, "now": now})
    return None if row is None else row["due"]


async def claim(tx: Transaction, now: Instant) -> Waiting | None:
    """Takes the mail that has waited longest; nobody else gets it; None: none is due."""
    row = await tx.row(f"SELECT m.id FROM ticket_mail m WHERE {_OPEN} AND {_READY}"  # noqa: S608 - fixed parts
                       f" AND (m.due <= :now OR {_AHEAD}) ORDER BY m.due, m.id LIMIT 1", {"now": now})
    if row is None:
        return None
    taken = await tx.row("UPDATE ticket_mail AS m SET state = 'sending', attempts = attempts + 1, claimed = :now"  # noqa: S608 - fixed parts
                         f" WHERE m.id = :id AND m.state = 'waiting' RETURNING {_MAIL.replace('m.', '')}",
                         {"id": row["id"], "now": now})
    if taken is None:
        return None
    mail = _waiting(taken)
    await remember(tx, [mail.message_id], mail.ticket, mail.seq)
    return mail


async def left_behind(db: Reader, before: Instant, now: Instant) -> list[Waiting]:
    """Mails that were taken before then, by somebody who did not say how it ended."""
    rows = await db.rows(f"SELECT {_MAIL} FROM ticket_mail m WHERE {_OPEN} AND m.state = 'sending'"  # noqa: S608 - fixed parts
                         f" AND (m.claimed < :before OR {_AHEAD}) ORDER BY m.due", {"before": before, "now": now})
    return [_waiting(row) for row in rows]


async def finish(tx: Transaction, mail: Waiting, state: str, problem: str, now: Instant, *, due: Instant = 0,
                 unsure: bool = False) -> bool:
    """Notes how an attempt ended; False: somebody else did before.

    Args:
        tx: the transaction.
        mail: as it was taken.
        state: `sent`, `failed`, or `waiting` for another attempt.
        problem: what went wrong; empty: nothing.
        now: the present.
        due: when the next attempt is made.
        unsure: whether it may have left.
    """
    return await tx.run(
        "UPDATE ticket_mail SET state = :state, problem = :problem, due = :due, unsure = unsure + :unsure,"
        " finished = :finished WHERE id = :id AND state = 'sending' AND claimed = :claimed AND attempts = :attempts",
        {"id": mail.id, "state": state, "problem": storable(problem), "due": due or mail.due, "unsure": int(unsure),
         "finished": None if state == "waiting" else now, "claimed": mail.claimed, "attempts": mail.attempts}) == 1


async def bounced(tx: Transaction, mail: int, problem: str) -> None:
    """Notes that a mail which had left came back."""
    await tx.run("UPDATE ticket_mail SET state = 'failed', problem = :problem WHERE id = :id AND state = 'sent'",
                 {"id": mail, "problem": storable(problem)})


async def thread(db: Reader, ticket: int, last: int) -> list[tuple[str, bool]]:
    """The Message-IDs of a ticket's mail up to an event and with it, and whether each came from outside, in order."""
    rows = await db.rows(
        "SELECT i.message_id AS id, m.id IS NULL AS came FROM ticket_mail_id i"
        " LEFT JOIN ticket_mail m ON m.message_id = i.message_id WHERE i.ticket = :ticket AND i.seq <= :last"
        " AND i.message_id NOT LIKE '<%' ORDER BY i.seq, came DESC", {"ticket": ticket, "last": last})
    return [(row["id"], bool(row["came"])) for row in rows]


async def with_message(db: Reader, ticket: int, batch: int) -> list[Attachment]:
    """The public files that were attached together with a message."""
    if not batch:
        return []
    columns = ", ".join(f"a.{name}" for name in ATTACHMENT.split(", "))
    rows = await db.rows(
        f"SELECT {columns} FROM ticket_attachment a JOIN ticket_event e ON e.id = a.ticket * 1048576 + a.seq"  # noqa: S608 - fixed parts
        " WHERE a.ticket = :ticket AND e.batch = :batch AND a.public = 1 AND a.deleted IS NULL ORDER BY a.id",
        {"ticket": ticket, "batch": batch})
    return [attachment_of(row) for row in rows]


async def writer(db: Reader, ticket: int, seq: int) -> str:
    """Who of the team wrote the event that a mail is about; empty: nobody did."""
    row = await db.row("SELECT actor FROM ticket_event WHERE id = :id AND party = 'staff'", {"id": ticket * SPAN + seq})
    return "" if row is None else str(row["actor"])


async def beside(db: Reader, mail: Waiting, kind: str, states: Sequence[str]) -> Waiting | None:
    """The mail of another kind that was queued at once with this one, in one of some states; None: there is none."""
    row = await db.row(f"SELECT {_MAIL} FROM ticket_mail m WHERE m.ticket = :ticket AND m.created = :created"  # noqa: S608 - fixed parts
                       " AND m.kind = :kind AND m.id <> :id AND instr(:states, m.state) > 0",
                       {"ticket": mail.ticket, "created": mail.created, "kind": kind, "id": mail.id,
                        "states": " ".join(states)})
    return None if row is None else _waiting(row)


def _waiting(row: Row) -> Waiting:
    return Waiting(row["id"], row["ticket"], row["seq"], row["kind"], row["message_id"],
                   msgspec.json.decode(row["recipients"], type=tuple[str, ...]), row["created"], row["due"],
                   row["attempts"], row["claimed"] or 0, row["unsure"])
