"""The SQL of the outbox: rows in, model types out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from opsconsole.notify.model import Notice, NoticeKind, Severity, Stored

if TYPE_CHECKING:
    from opsconsole.core.database import Row, Transaction

_NOTICE = "seq, kind, thread, severity, title, text, at, category, ladder, channels"


def _storable(text: str) -> str:
    """Text as given; a lone surrogate, which no database can hold, spelled out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


async def add_notice(tx: Transaction, notice: Notice) -> int:
    """Stores a notice; its number."""
    (row,) = await tx.rows(
        "INSERT INTO outbox_notice (kind, thread, severity, title, text, at, category, ladder, channels)"
        " VALUES (:kind, :thread, :severity, :title, :text, :at, :category, :ladder, :channels) RETURNING seq",
        {"kind": notice.kind.value, "thread": _storable(notice.thread), "severity": notice.severity.value,
         "title": _storable(notice.title), "text": _storable(notice.text), "at": notice.at,
         "category": _storable(notice.category), "ladder": _storable(notice.ladder),
         "channels": msgspec.json.encode([_storable(name) for name in notice.channels]).decode()})
    return int(row["seq"])


def _notice(row: Row) -> Notice:
    return Notice(kind=NoticeKind(row["kind"]), thread=row["thread"], severity=Severity(row["severity"]),
                  title=row["title"], text=row["text"], at=row["at"], category=row["category"], ladder=row["ladder"],
                  channels=msgspec.json.decode(row["channels"], type=tuple[str, ...]))


async def unplanned(tx: Transaction, limit: int) -> list[Stored]:
    """The oldest notices of which it is not decided yet who is told."""
    rows = await tx.rows(f"SELECT {_NOTICE} FROM outbox_notice WHERE planned IS NULL ORDER BY seq LIMIT :limit",  # noqa: S608 - fixed parts
                         {"limit": limit})
    return [Stored(row["seq"], _notice(row)) for row in rows]
