"""The SQL of the outbox: rows in, model types out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from opsconsole.core.text import storable
from opsconsole.notify.model import (
    Delivery,
    Message,
    MessageState,
    Notice,
    NoticeKind,
    Recipient,
    Severity,
    Stored,
    Thread,
    Trouble,
    Unsent,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database, Row, Transaction

    Reader = Database | Transaction

_NOTICE = "seq, kind, thread, severity, title, text, at, category, ladder, channels, tell, word"
_MESSAGE = ("id, channel, contact, lane, severity, created, due, until, state, attempts, unsure, claimed, receipt,"
            " finished, problem")
_THREAD = "thread, severity, title, text, category, ladder, fired, begun, reminded, acknowledged, acknowledged_by, held"
_PARTS = "SELECT p.message FROM outbox_part p JOIN outbox_notice n ON n.seq = p.notice WHERE n.thread = :thread"


def _notice(row: Row) -> Notice:
    return Notice(kind=NoticeKind(row["kind"]), thread=row["thread"], severity=Severity(row["severity"]),
                  title=row["title"], text=row["text"], at=row["at"], category=row["category"], ladder=row["ladder"],
                  channels=msgspec.json.decode(row["channels"], type=tuple[str, ...]),
                  tell=msgspec.json.decode(row["tell"], type=tuple[str, ...]), word=row["word"])


def _names(names: Iterable[str]) -> str:
    return msgspec.json.encode([storable(name) for name in names]).decode()


def _message(row: Row) -> Message:
    return Message(id=row["id"], channel=row["channel"], contact=row["contact"], lane=row["lane"],
                   severity=Severity(row["severity"]), created=row["created"], due=row["due"], until=row["until"],
                   state=MessageState(row["state"]), attempts=row["attempts"], unsure=bool(row["unsure"]),
                   claimed=row["claimed"], receipt=row["receipt"], finished=row["finished"], problem=row["problem"])


def _thread(row: Row) -> Thread:
    return Thread(**{name: row[name] for name in Thread.__struct_fields__ if name != "severity"},
                  severity=Severity(row["severity"]))


# Notices


async def add_notice(tx: Transaction, notice: Notice, planned: Instant | None = None) -> int:
    """Stores a notice; its number. `planned`: when it was decided who is told, None: not yet."""
    (row,) = await tx.rows(
        "INSERT INTO outbox_notice (kind, thread, severity, title, text, at, category, ladder, channels, tell, word,"
        " planned) VALUES (:kind, :thread, :severity, :title, :text, :at, :category, :ladder, :channels, :tell, :word,"
        " :planned)"
        " RETURNING seq",
        {"kind": notice.kind.value, "thread": storable(notice.thread), "severity": notice.severity.value,
         "title": storable(notice.title), "text": storable(notice.text), "at": notice.at,
         "category": storable(notice.category), "ladder": storable(notice.ladder), "planned": planned,
         "channels": _names(notice.channels), "tell": _names(notice.tell), "word": storable(notice.word)})
    return int(row["seq"])


async def unplanned(tx: Transaction, limit: int) -> list[Stored]:
    """The oldest notices of which it is not decided yet who is told."""
    rows = await tx.rows(f"SELECT {_NOTICE} FROM outbox_notice WHERE planned IS NULL ORDER BY seq LIMIT :limit",  # noqa: S608 - fixed parts
                         {"limit": limit})
    return [Stored(row["seq"], _notice(row)) for row in rows]


async def any_unplanned(db: Reader) -> bool:
    """Whether there is a notice of which it is not decided who is told."""
    return await db.row("SELECT seq FROM outbox_notice WHERE planned IS NULL LIMIT 1") is not None


async def set_planned(tx: Transaction, seq: int, now: Instant) -> None:
    """Notes that it is decided who is told."""
    await tx.run("UPDATE outbox_notice SET planned = :now WHERE seq = :seq", {"seq": seq, "now": now})


# Threads


async def threads(db: Reader) -> list[Thread]:
    """All that is not over, oldest first."""
    return [_thread(row) for row in await db.rows(f"SELECT {_THREAD} FROM outbox_thread ORDER BY fired, thread")]  # noqa: S608 - as above


async def thread_of(tx: Transaction, thread: str) -> Thread | None:
    """A thread that is not over."""
    row = await tx.row(f"SELECT {_THREAD} FROM outbox_thread WHERE thread = :thread", {"thread": thread})  # noqa: S608 - as above
    return _thread(row) if row is not None else None


async def save_thread(tx: Transaction, thread: Thread) -> None:
    """Adds or changes a thread."""
    values = msgspec.structs.asdict(thread) | {"severity": thread.severity.value}
    changed = ", ".join(f"{name} = excluded.{name}" for name in values if name != "thread")
    await tx.run(f"INSERT INTO outbox_thread ({_THREAD}) VALUES (:{_THREAD.replace(', ', ', :')})"  # noqa: S608 - as above
                 f" ON CONFLICT (thread) DO UPDATE SET {changed}", values)


async def close_thread(tx: Transaction, thread: str) -> None:
    """Forgets a thread that is over, what it climbed, and who was told."""
    for table in ("outbox_climbed", "outbox_thread", "outbox_told"):
        await tx.run(f"DELETE FROM {table} WHERE thread = :thread", {"thread": thread})  # noqa: S608 - as above


async def climbed(tx: Transaction, thread: str) -> set[tuple[int, int]]:
    """(round, step) of what a thread has climbed."""
    rows = await tx.rows("SELECT round, step FROM outbox_climbed WHERE thread = :thread", {"thread": thread})
    return {(row["round"], row["step"]) for row in rows}


async def add_climbed(tx: Transaction, thread: str, steps: Iterable[tuple[int, int]], now: Instant) -> None:
    """Notes that steps are climbed."""
    await tx.many("INSERT INTO outbox_climbed (thread, round, step, at) VALUES (:thread, :round, :step, :now)"
                  " ON CONFLICT (thread, round, step) DO NOTHING",
                  [{"thread": thread, "round": number, "step": step, "now": now} for number, step in steps])


async def forget_climbed(tx: Transaction, thread: str) -> None:
    """Lets a thread's ladder begin again."""
    await tx.run("DELETE FROM outbox_climbed WHERE thread = :thread", {"thread": thread})


async def told(tx: Transaction, thread: str) -> list[Recipient]:
    """Who got, or may have got, word of a thread."""
    rows = await tx.rows("SELECT channel, contact FROM outbox_told WHERE thread = :thread ORDER BY channel, contact",
                         {"thread": thread})
    return [Recipient(row["channel"], row["contact"]) for row in rows]


async def add_told(tx: Transaction, thread: str, recipient: Recipient, now: Instant) -> None:
    """Notes who got, or may have got, word of a thread, unless it is over."""
    await tx.run("INSERT INTO outbox_told (thread, channel, contact, at) SELECT :thread, :channel, :contact, :now"
                 " WHERE EXISTS (SELECT 1 FROM outbox_thread WHERE thread = :thread)"
                 " ON CONFLICT (thread, channel, contact) DO NOTHING",
                 {"thread": thread, "channel": recipient.channel, "contact": recipient.contact, "now": now})


# Messages


async def sending_threads(tx: Transaction) -> set[str]:
    """The threads of which a message is being sent now."""
    rows = await tx.rows("SELECT DISTINCT n.thread FROM outbox_message m JOIN outbox_part p ON p.message = m.id"
                         " JOIN outbox_notice n ON n.seq = p.notice WHERE m.state = 'sending'")
    return {row["thread"] for row in rows}


async def waiting(tx: Transaction, thread: str) -> list[Message]:
    """The messages that tell of a thread and are not sent."""
    rows = await tx.rows(f"SELECT {_MESSAGE} FROM outbox_message WHERE state = 'waiting' AND id IN ({_PARTS})"  # noqa: S608 - as above
                         " ORDER BY created, id", {"thread": thread})
    return [_message(row) for row in rows]


async def open_message(tx: Transaction, recipient: Recipient, lane: str) -> Message | None:
    """The message to a recipient that nobody has begun to send, so that more can be added to it."""
    row = await tx.row(
        f"SELECT {_MESSAGE} FROM outbox_message WHERE channel = :channel AND contact = :contact AND lane = :lane"  # noqa: S608 - as above
        " AND state = 'waiting' AND attempts = 0 ORDER BY due, id LIMIT 1",
        {"channel": recipient.channel, "contact": recipient.contact, "lane": lane})
    return _message(row) if row is not None else None


async def earlier(tx: Transaction, recipient: Recipient, lane: str, since: Instant, now: Instant) -> list[Instant]:
    """When the messages of a lane to a recipient were made, oldest first; none that a clock made that was ahead."""
    rows = await tx.rows(
        "SELECT created FROM outbox_message WHERE channel = :channel AND contact = :contact AND created > :since"
        " AND created <= :now AND lane = :lane AND state <> 'cancelled' ORDER BY created",
        {"channel": recipient.channel, "contact": recipient.contact, "lane": lane, "since": since, "now": now})
    return [row["created"] for row in rows]


async def add_message(tx: Transaction, recipient: Recipient, lane: str, severity: Severity, now: Instant,
                      due: Instant, until: Instant) -> str:
    """Makes a message without notices; its id."""
    name = os.urandom(6).hex()
    await tx.run("INSERT INTO outbox_message (id, channel, contact, lane, severity, created, due, until, state)"
                 " VALUES (:id, :channel, :contact, :lane, :severity, :now, :due, :until, 'waiting')",
                 {"id": name, "channel": recipient.channel, "contact": recipient.contact, "lane": lane,
                  "severity": severity.value, "now": now, "due": due, "until": until})
    return name


async def hasten(tx: Transaction, message: str, severity: Severity, due: Instant) -> None:
    """Makes a message louder, and due earlier."""
    await tx.run("UPDATE outbox_message SET severity = :severity, due = :due WHERE id = :id",
                 {"id": message, "severity": severity.value, "due": due})


async def add_part(tx: Transaction, message: str, seq: int) -> None:
    """Adds a notice to a message."""
    await tx.run("INSERT INTO outbox_part (message, notice) VALUES (:id, :seq)"
                 " ON CONFLICT (message, notice) DO NOTHING", {"id": message, "seq": seq})


async def parts(tx: Transaction, message: str, thread: str) -> list[tuple[int, NoticeKind]]:
    """(number, kind) of what a message tells of a thread, oldest first; notes stand for themselves and are not here."""
    rows = await tx.rows("SELECT n.seq, n.kind FROM outbox_part p JOIN outbox_notice n ON n.seq = p.notice"
                         " WHERE p.message = :id AND n.thread = :thread AND n.kind <> 'note' ORDER BY n.seq",
                         {"id": message, "thread": thread})
    return [(row["seq"], NoticeKind(row["kind"])) for row in rows]


async def drop_parts(tx: Transaction, message: str, notices: Iterable[int], why: str, now: Instant) -> None:
    """Takes notices out of a message that is not sent; without anything left it is cancelled, and says why."""
    await tx.many("DELETE FROM outbox_part WHERE message = :id AND notice = :seq",
                  [{"id": message, "seq": seq} for seq in notices])
    await tx.run("UPDATE outbox_message SET state = 'cancelled', finished = :now, problem = :why"
                 " WHERE id = :id AND NOT EXISTS (SELECT 1 FROM outbox_part WHERE message = :id)",
                 {"id": message, "now": now, "why": why})


async def deliveries(db: Reader, messages: Sequence[Message]) -> list[Delivery]:
    """Messages with their notices, oldest first."""
    return [Delivery(message, tuple(map(_notice, await db.rows(
        f"SELECT {_NOTICE} FROM outbox_notice WHERE seq IN (SELECT notice FROM outbox_part WHERE message = :id)"  # noqa: S608 - as above
        " ORDER BY seq", {"id": message.id})))) for message in messages]


async def claim(tx: Transaction, channel: str, receipt: str, now: Instant, limit: int) -> list[Delivery]:
    """Takes the messages that are due on a channel, the loudest first; nobody else gets them."""
    rows = await tx.rows(
        f"SELECT {_MESSAGE} FROM outbox_message WHERE channel = :channel AND state = 'waiting' AND due <= :now"  # noqa: S608 - as above
        " ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, due, id LIMIT :limit",
        {"channel": channel, "now": now, "limit": limit})
    update = ("UPDATE outbox_message SET state = 'sending', attempts = attempts + 1, claimed = :now, receipt = :receipt"
              " WHERE id = :id AND state = 'waiting'")
    return await deliveries(tx, [_message(row) for row in rows if await tx.run(
        update, {"id": row["id"], "now": now, "receipt": receipt})])


async def claimed(db: Reader) -> list[Message]:
    """The messages that somebody sends, or began to send and did not come back."""
    return [_message(row) for row in await db.rows(f"SELECT {_MESSAGE} FROM outbox_message WHERE state = 'sending'")]  # noqa: S608 - as above


async def finish(tx: Transaction, message: Message, receipt: str) -> bool:
    """Ends an attempt with what the message now says of itself; False when somebody else ended it before."""
    return bool(await tx.run(
        "UPDATE outbox_message SET state = :state, due = :due, unsure = :unsure, finished = :finished,"
        " problem = :problem, attempts = :attempts, receipt = ''"
        " WHERE id = :id AND state = 'sending' AND receipt = :receipt",
        {"id": message.id, "state": message.state.value, "due": message.due, "unsure": int(message.unsure),
         "finished": message.finished, "problem": storable(message.problem), "attempts": message.attempts,
         "receipt": receipt}))


async def hand_over(tx: Transaction, message: str, to: str, recipient: Recipient) -> int:
    """Gives the notices of a message to another one, but those that were given to its recipient before; how many."""
    return await tx.run(
        "INSERT INTO outbox_part (message, notice) SELECT :to, p.notice FROM outbox_part p WHERE p.message = :id"
        " AND NOT EXISTS (SELECT 1 FROM outbox_part q JOIN outbox_message m ON m.id = q.message"
        " WHERE q.notice = p.notice AND m.channel = :channel AND m.contact = :contact)",
        {"id": message, "to": to, "channel": recipient.channel, "contact": recipient.contact})


async def remove_message(tx: Transaction, message: str) -> None:
    """Forgets a message."""
    await tx.run("DELETE FROM outbox_message WHERE id = :id", {"id": message})


async def next_due(db: Reader) -> dict[str, Instant]:
    """When the first waiting message of each channel is due."""
    rows = await db.rows("SELECT channel, min(due) AS due FROM outbox_message WHERE state = 'waiting' GROUP BY channel")
    return {row["channel"]: row["due"] for row in rows}


async def version(db: Database, topic: str) -> int:
    """A number that grows with each change of a topic."""
    row = await db.row("SELECT version FROM topic WHERE topic = :topic", {"topic": topic})
    return row["version"] if row is not None else 0


# Channels that deliver nothing


async def note_trouble(tx: Transaction, channel: str, problem: str, now: Instant) -> None:
    """Notes that a channel failed."""
    await tx.run("INSERT INTO outbox_trouble (channel, since, problem) VALUES (:channel, :now, :problem)"
                 " ON CONFLICT (channel) DO UPDATE SET problem = excluded.problem",
                 {"channel": channel, "now": now, "problem": storable(problem)})


async def end_trouble(tx: Transaction, channel: str) -> None:
    """Notes that a channel works."""
    await tx.run("DELETE FROM outbox_trouble WHERE channel = :channel", {"channel": channel})


async def troubles(db: Reader) -> list[Trouble]:
    """The channels whose last attempt failed."""
    rows = await db.rows("SELECT channel, since, told, problem FROM outbox_trouble ORDER BY since, channel")
    return [Trouble(row["channel"], row["since"], row["told"], row["problem"]) for row in rows]


async def set_trouble_told(tx: Transaction, channel: str, now: Instant) -> None:
    """Notes that the other channels were told."""
    await tx.run("UPDATE outbox_trouble SET told = :now WHERE channel = :channel", {"channel": channel, "now": now})


# Looking after it


async def unsent(db: Reader, since: Instant) -> Unsent:
    """How many messages wait, were tried in vain, and were given up since then."""
    row = await db.row(
        "SELECT (SELECT count(*) FROM outbox_message WHERE state IN ('waiting', 'sending')) AS open,"
        " (SELECT count(*) FROM outbox_message WHERE state IN ('waiting', 'sending') AND problem <> '') AS late,"
        " (SELECT count(*) FROM outbox_message WHERE state = 'failed' AND finished > :since) AS failed",
        {"since": since})
    return Unsent(row["open"] - row["late"], row["late"], row["failed"]) if row is not None else Unsent(0, 0, 0)


async def overdue(db: Reader, before: Instant) -> int:
    """How many messages were never tried, although they were due before then."""
    row = await db.row("SELECT count(*) AS count FROM outbox_message WHERE state = 'waiting' AND attempts = 0"
                       " AND due < :before", {"before": before})
    return int(row["count"]) if row is not None else 0


async def messages(db: Reader, states: Sequence[MessageState], limit: int) -> list[Delivery]:
    """The newest messages in some states, newest first."""
    names = {f"s{number}": state.value for number, state in enumerate(states)}
    rows = await db.rows(
        f"SELECT {_MESSAGE} FROM outbox_message WHERE state IN (:{', :'.join(names)})"  # noqa: S608 - as above
        " ORDER BY created DESC, id LIMIT :limit", {**names, "limit": limit})
    return await deliveries(db, [_message(row) for row in rows])


async def message_of(tx: Transaction, name: str) -> Message | None:
    """A message by its id."""
    row = await tx.row(f"SELECT {_MESSAGE} FROM outbox_message WHERE id = :id", {"id": name})  # noqa: S608 - as above
    return _message(row) if row is not None else None


async def try_again(tx: Transaction, name: str | None, now: Instant, until: Instant) -> list[str]:
    """Makes one message, or (None) all that were tried in vain or given up, due now; their ids."""
    rows = await tx.rows(
        "UPDATE outbox_message SET state = 'waiting', due = :now, until = :until, finished = NULL"
        " WHERE (state = 'failed' OR (state = 'waiting' AND attempts > 0))"
        " AND (:id IS NULL OR id = :id) RETURNING id", {"id": name, "now": now, "until": until})
    return sorted(row["id"] for row in rows)


async def set_right(tx: Transaction, now: Instant, soon: Instant, far: Instant) -> int:
    """Makes due what a wrong clock put off.

    That is, on the lanes `now` and `alone`, what is due beyond `soon`, or was written down or tried by a clock that was
    ahead and has been set right since; on others, what is due beyond `far`.
    """
    count = await tx.run("UPDATE outbox_message SET due = :now WHERE state = 'waiting' AND due > :now"
                         " AND ((lane IN ('now', 'alone') AND (due > :soon OR created > :now OR claimed > :now))"
                         " OR due > :far)",
                         {"now": now, "soon": soon, "far": far})
    await tx.run("UPDATE outbox_thread SET begun = :now WHERE begun > :now", {"now": now})
    await tx.run("UPDATE outbox_thread SET reminded = :now WHERE reminded > :now", {"now": now})
    return count


async def fail_channel(tx: Transaction, channel: str, problem: str, now: Instant) -> int:
    """Gives up what waits for a channel; how many."""
    return await tx.run("UPDATE outbox_message SET state = 'failed', finished = :now, problem = :problem"
                        " WHERE state = 'waiting' AND channel = :channel",
                        {"channel": channel, "problem": problem, "now": now})


async def prune(tx: Transaction, before: Instant, limit: int) -> int:
    """Forgets some of what ended before then; how much."""
    count = await tx.run("DELETE FROM outbox_message WHERE id IN (SELECT id FROM outbox_message"
                         " WHERE created < :before AND finished < :before LIMIT :limit)",
                         {"before": before, "limit": limit})
    return count + await tx.run(
        "DELETE FROM outbox_notice WHERE seq IN (SELECT seq FROM outbox_notice n WHERE planned < :before"
        " AND NOT EXISTS (SELECT 1 FROM outbox_part WHERE notice = n.seq) LIMIT :limit)",
        {"before": before, "limit": limit})


async def cancel(tx: Transaction, message: str, problem: str, now: Instant) -> None:
    """Ends a message that is not needed any more, and says why."""
    await tx.run("UPDATE outbox_message SET state = 'cancelled', finished = :now, problem = :problem WHERE id = :id",
                 {"id": message, "problem": storable(problem), "now": now})
