"""Alerts in the records: SQL, and nothing but SQL."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from opsconsole.core.clock import DAY, Instant
from opsconsole.core.text import storable
from opsconsole.health.alerts.machine import Phase, State
from opsconsole.health.alerts.model import Alert, Detail, Event, Evidence, Window, WindowKind
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.core.database import Database, Params, Row, Transaction

    Reader = Database | Transaction

LOG = logging.getLogger(__name__)

RECURRED = DAY
"""Within this after its end, an alert that fires again is counted as the same trouble."""
KEEP = 400 * DAY
_RANK = "CASE severity WHEN 'critical' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END"
_PLACE = f"CASE WHEN ended IS NULL THEN {_RANK} ELSE -1 END"
_ALERT = ("id, key, rule, target, title, severity, phase, begun, fired, ended, text, detail, acknowledged,"
          " acknowledged_by, note, flapping, muted_by, told, count, version,"
          " EXISTS (SELECT 1 FROM alert_evidence WHERE alert = alert.id) AS evidence")
_WINDOW = "id, kind, pattern, author, reason, begins, ends, ended, ended_by, warned, version, others, entry"


class Ending(NamedTuple):
    """When an alert ended; None: it has not."""

    id: int
    title: str
    ended: Instant | None


class Machine(NamedTuple):
    """What is remembered of one alert, pending ones too."""

    key: str
    alert: int | None
    state: State
    version: int


async def open_alerts(db: Reader) -> list[Alert]:
    """Those that are not over, worst first, then oldest first."""
    rows = await db.rows(f"SELECT {_ALERT} FROM alert WHERE ended IS NULL ORDER BY {_RANK} DESC, fired, id")  # noqa: S608 - fixed parts
    return [_alert(row) for row in rows]


async def alert(db: Reader, number: int) -> Alert | None:
    """One alert; None when there is none with this id."""
    row = await db.row(f"SELECT {_ALERT} FROM alert WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    return None if row is None else _alert(row)


async def endings(db: Reader, numbers: Sequence[int]) -> list[Ending]:
    """When some alerts ended; those that are not kept any more are left out."""
    if not numbers:
        return []
    names = {f"n{place}": number for place, number in enumerate(numbers)}
    rows = await db.rows(f"SELECT id, title, ended FROM alert WHERE id IN (:{', :'.join(names)}) ORDER BY id", names)  # noqa: S608 - fixed parts
    return [Ending(*row) for row in rows]


async def history(db: Reader, before: int | None, key: str | None, limit: int) -> list[Alert]:
    """The newest alerts, open ones too, newest first; with an id below `before`."""
    rows = await db.rows(
        f"SELECT {_ALERT} FROM alert WHERE (:before IS NULL OR id < :before) AND (:key IS NULL OR key = :key)"  # noqa: S608 - fixed parts
        " ORDER BY id DESC LIMIT :limit", {"before": before, "key": key, "limit": limit})
    return [_alert(row) for row in rows]


async def fired(db: Reader, since: Instant, until: Instant) -> list[Alert]:
    """Those that began to fire from `since` to before `until`, oldest first."""
    rows = await db.rows(f"SELECT {_ALERT} FROM alert WHERE fired >= :since AND fired < :until ORDER BY fired, id",  # noqa: S608 - fixed parts
                         {"since": since, "until": until})
    return [_alert(row) for row in rows]


async def page(db: Reader, offset: int, limit: int) -> list[Alert]:
    """Part of all alerts: those that are open first, worst first; then the newest first."""
    rows = await db.rows(f"SELECT {_ALERT} FROM alert ORDER BY {_PLACE} DESC, id DESC LIMIT :limit OFFSET :offset",  # noqa: S608 - fixed parts
                         {"limit": limit, "offset": offset})
    return [_alert(row) for row in rows]


async def count(db: Reader) -> int:
    """How many alerts are kept."""
    row = await db.row("SELECT count(*) AS number FROM alert")
    return int(row["number"]) if row is not None else 0


async def position(db: Reader, number: int) -> int | None:
    """Where an alert stands in `page`; None when it is not kept any more."""
    found = await db.row(f"SELECT {_PLACE} AS place FROM alert WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    if found is None:
        return None
    row = await db.row("SELECT count(*) AS number FROM alert"  # noqa: S608 - fixed parts
                       f" WHERE {_PLACE} > :place OR ({_PLACE} = :place AND id > :id)",
                       {"place": found["place"], "id": number})
    return int(row["number"]) if row is not None else None


async def count_before(tx: Transaction, key: str, now: Instant) -> int:
    """How often in a row, each within a day of the last end, it fired before."""
    row = await tx.row("SELECT count, ended FROM alert WHERE key = :key AND ended IS NOT NULL"
                       " ORDER BY id DESC LIMIT 1", {"key": key})
    return int(row["count"]) if row is not None and abs(now - row["ended"]) <= RECURRED else 0


async def add_alert(tx: Transaction, made: Alert) -> int:
    """Stores a new alert; its id."""
    row = await tx.row(
        "INSERT INTO alert (key, rule, target, title, severity, phase, begun, fired, text, detail, flapping, muted_by,"
        " told, count) VALUES (:key, :rule, :target, :title, :severity, :phase, :begun, :fired, :text, :detail,"
        " :flapping, :muted_by, :told, :count) RETURNING id",
        {"key": storable(made.key), "rule": storable(made.rule), "target": storable(made.target),
         "title": storable(made.title), "begun": made.begun, "fired": made.fired, "count": made.count,
         "detail": _json(made.detail), **_course(made)})
    assert row is not None  # noqa: S101 - RETURNING gives what was inserted
    return int(row["id"])


async def set_course(tx: Transaction, made: Alert, *, withdrawn: bool) -> None:
    """Stores how an alert goes on; with `withdrawn` nobody has acknowledged it any more."""
    taken = ", acknowledged = NULL, acknowledged_by = '', note = ''" if withdrawn else ""
    await tx.run(
        "UPDATE alert SET severity = :severity, phase = :phase, ended = :ended, text = :text, flapping = :flapping,"  # noqa: S608 - fixed parts
        f" muted_by = :muted_by, told = :told, version = version + 1{taken} WHERE id = :id",
        {"id": made.id, "ended": made.ended, **_course(made)})


async def acknowledge(tx: Transaction, number: int, by: str, note: str, at: Instant | None) -> None:
    """Notes who has taken an alert; with `at` None nobody has."""
    await tx.run("UPDATE alert SET acknowledged = :at, acknowledged_by = :by, note = :note, version = version + 1"
                 " WHERE id = :id", {"id": number, "by": storable(by), "note": storable(note), "at": at})


async def add_event(tx: Transaction, number: int, event: Event) -> None:
    """Adds to the history of an alert."""
    await tx.run("INSERT INTO alert_event (alert, at, kind, actor, text) VALUES (:alert, :at, :kind, :actor, :text)",
                 {"alert": number, "at": event.at, "kind": event.kind, "actor": storable(event.actor),
                  "text": storable(event.text)})


async def events(db: Reader, number: int, limit: int = 500) -> list[Event]:
    """What happened to an alert, oldest first; of very many the newest."""
    rows = await db.rows("SELECT at, kind, actor, text FROM alert_event WHERE alert = :alert"
                         " ORDER BY id DESC LIMIT :limit", {"alert": number, "limit": limit})
    return [Event(*row) for row in reversed(rows)]


async def put_evidence(tx: Transaction, number: int, found: Evidence) -> None:
    """Keeps what was seen; what was kept before stays."""
    await tx.run("INSERT INTO alert_evidence (alert, data) VALUES (:alert, :data) ON CONFLICT (alert) DO NOTHING",
                 {"alert": number, "data": _json(found)})


async def evidence(db: Reader, number: int) -> Evidence | None:
    """What was seen when an alert fired; None when nothing is kept."""
    row = await db.row("SELECT data FROM alert_evidence WHERE alert = :alert", {"alert": number})
    if row is None:
        return None
    try:
        return msgspec.json.decode(row["data"], type=Evidence)
    except msgspec.DecodeError as error:
        LOG.warning("the evidence of alert %d cannot be read: %s", number, error)
        return None


async def machines(db: Reader) -> list[Machine]:
    """What is remembered of every alert; what cannot be read begins anew."""
    found = []
    for row in await db.rows("SELECT key, alert, state, version FROM alert_machine"):
        try:
            state = msgspec.json.decode(row["state"], type=State)
        except msgspec.DecodeError as error:
            LOG.warning("the state of the alert %r cannot be read: %s", row["key"], error)
            state = State()
        found.append(Machine(row["key"], row["alert"], state, row["version"]))
    return found


async def put_machine(tx: Transaction, made: Machine) -> bool:
    """Stores a state whose version was `made.version` before, 0 for a new one; False when somebody else wrote it."""
    return await tx.run(
        "INSERT INTO alert_machine (key, alert, state, version) VALUES (:key, :alert, :state, :version + 1)"
        " ON CONFLICT (key) DO UPDATE SET alert = :alert, state = :state, version = :version + 1"
        " WHERE alert_machine.version = :version",
        {"key": storable(made.key), "alert": made.alert, "state": _json(made.state), "version": made.version}) == 1


async def drop_machine(tx: Transaction, key: str, version: int) -> bool:
    """Forgets a state; False when somebody else wrote it."""
    return await tx.run("DELETE FROM alert_machine WHERE key = :key AND version = :version",
                        {"key": storable(key), "version": version}) == 1


async def windows(db: Reader, now: Instant) -> list[Window]:
    """Silences and maintenance that hold or will hold, the next to end first."""
    rows = await db.rows(f"SELECT {_WINDOW} FROM silence WHERE ended IS NULL AND ends > :now ORDER BY ends, id",  # noqa: S608 - fixed parts
                         {"now": now})
    return [_window(row) for row in rows]


async def past_windows(db: Reader, since: Instant, limit: int) -> list[Window]:
    """Those that began or went on after `since`, newest first."""
    rows = await db.rows(f"SELECT {_WINDOW} FROM silence WHERE ends > :since ORDER BY id DESC LIMIT :limit",  # noqa: S608 - fixed parts
                         {"since": since, "limit": limit})
    return [_window(row) for row in rows]


async def window(db: Reader, number: int) -> Window | None:
    """One of them; None when there is none with this id."""
    row = await db.row(f"SELECT {_WINDOW} FROM silence WHERE id = :id", {"id": number})  # noqa: S608 - fixed parts
    return None if row is None else _window(row)


async def add_window(tx: Transaction, made: Window) -> int:
    """Stores a new one; its id."""
    row = await tx.row(
        "INSERT INTO silence (kind, pattern, author, reason, begins, ends, others, entry)"
        " VALUES (:kind, :pattern, :author, :reason, :begins, :ends, :others, :entry) RETURNING id",
        {"kind": made.kind.value, "pattern": storable(made.pattern), "author": storable(made.author),
         "reason": storable(made.reason), "begins": made.begins, "ends": made.ends, "others": _json(made.others),
         "entry": made.entry})
    assert row is not None  # noqa: S101 - RETURNING gives what was inserted
    return int(row["id"])


async def end_window(tx: Transaction, number: int, by: str, at: Instant) -> bool:
    """Ends one early; False when it is over already."""
    return await tx.run("UPDATE silence SET ended = :at, ended_by = :by, version = version + 1"
                        " WHERE id = :id AND ended IS NULL AND ends > :at",
                        {"id": number, "by": storable(by), "at": at}) == 1


async def extend_window(tx: Transaction, number: int, ends: Instant, at: Instant) -> bool:
    """Lets one end at another time, of which nobody was warned yet; False when it is over already."""
    return await tx.run("UPDATE silence SET ends = :ends, warned = 0, version = version + 1"
                        " WHERE id = :id AND ended IS NULL AND ends > :at AND begins < :ends",
                        {"id": number, "ends": ends, "at": at}) == 1


async def give_window(tx: Transaction, number: int, entry: int) -> None:
    """Lets one that belongs to nothing belong to an entry of the log."""
    await tx.run("UPDATE silence SET entry = :entry, version = version + 1 WHERE id = :id AND entry = 0",
                 {"id": number, "entry": entry})


async def warned(tx: Transaction, number: int) -> bool:
    """Notes that it was said that one runs out; False when that was noted before."""
    return await tx.run("UPDATE silence SET warned = 1 WHERE id = :id AND warned = 0", {"id": number}) == 1


async def not_warned(tx: Transaction, numbers: Iterable[int]) -> None:
    """Notes that it is to be said again that some run out."""
    for number in numbers:
        await tx.run("UPDATE silence SET warned = 0 WHERE id = :id", {"id": number})


async def prune(tx: Transaction, now: Instant) -> int:
    """Forgets what is over for longer than it is kept; how many alerts."""
    await tx.run("DELETE FROM silence WHERE ends < :limit", {"limit": now - KEEP})
    return await tx.run("DELETE FROM alert WHERE ended < :limit", {"limit": now - KEEP})


async def topic_version(db: Reader, topic: str) -> int:
    """How often a topic was touched."""
    row = await db.row("SELECT version FROM topic WHERE topic = :topic", {"topic": topic})
    return 0 if row is None else int(row["version"])


def _alert(row: Row) -> Alert:
    try:
        detail = msgspec.json.decode(row["detail"], type=Detail)
    except msgspec.DecodeError as error:
        LOG.warning("what is kept with alert %d cannot be read: %s", row["id"], error)
        detail = Detail()
    return Alert(
        id=row["id"], key=row["key"], rule=row["rule"], target=row["target"], title=row["title"],
        severity=Severity(row["severity"]), phase=Phase(row["phase"]), begun=row["begun"], fired=row["fired"],
        text=row["text"], detail=detail, ended=row["ended"], acknowledged_by=row["acknowledged_by"],
        acknowledged=row["acknowledged"], note=row["note"], flapping=bool(row["flapping"]), muted_by=row["muted_by"],
        told=bool(row["told"]), count=row["count"], evidence=bool(row["evidence"]), version=row["version"])


def _window(row: Row) -> Window:
    try:
        others = msgspec.json.decode(row["others"], type=tuple[str, ...])
    except msgspec.DecodeError as error:
        LOG.warning("not all names of silence %d can be read: %s", row["id"], error)
        others = ()
    return Window(id=row["id"], kind=WindowKind(row["kind"]), pattern=row["pattern"], author=row["author"],
                  reason=row["reason"], begins=row["begins"], ends=row["ends"], ended=row["ended"],
                  ended_by=row["ended_by"], warned=bool(row["warned"]), version=row["version"], others=others,
                  entry=row["entry"])


def _course(made: Alert) -> Params:
    return {"severity": made.severity.value, "phase": made.phase.value, "text": storable(made.text),
            "flapping": int(made.flapping), "muted_by": storable(made.muted_by), "told": int(made.told)}


def _json(value: object) -> str:
    """JSON that the database can hold; half a character in foreign text becomes its number."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(msgspec.to_builtins(value))).decode()


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_encodable(name): _encodable(part) for name, part in value.items()}
    return [_encodable(part) for part in value] if isinstance(value, list | tuple) else value
