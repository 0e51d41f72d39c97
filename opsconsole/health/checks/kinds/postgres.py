"""The kind `postgres`: whether a server accepts connections and, for a user, figures through psql.

The messages are in the chapter "Message Formats" of its manual. Without a user a connection is begun and left when the
server asks for a password, which it does not log. Signing in needs SCRAM, TLS as libpq does it and a parser of rows;
psql has all of that and costs 10 ms of processor time.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.core import format as form
from opsconsole.core.levels import Level
from opsconsole.core.text import decode
from opsconsole.health.checks.kinds import client
from opsconsole.health.checks.kinds.dialogue import (
    LIMIT,
    Line,
    NoAnswer,
    Place,
    authorities,
    dialogue,
    revealed,
    said,
    trust,
)
from opsconsole.health.checks.kinds.figures import NO_NUMBER, connections, elapsed, number, plain, share
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.servers import PostgresCheck

_SSL_REQUEST: Final = struct.pack(">II", 8, 80_877_103)
_PROTOCOL: Final = 196_608
_FOREIGN: Final = "does not speak the protocol of PostgreSQL"
_RESOURCES: Final = ("53", "57", "58", "XX")
"""Classes of refusals that are about the server's own state; any other is about who asks, and is an answer."""
_MODES: Final = {"off": "disable", "prefer": "prefer", "require": "require", "verify": "verify-full"}
_SENTENCES: Final = {
    "password authentication failed": "wrong user or password",
    "sorry, too many clients": "no connection is left",
    "remaining connection slots are reserved": "no connection is left for this user",
    "fe_sendauth: no password supplied": "asks for a password, and the check has none"}
"""Most of what libpq says is a good sentence; it comes after this check has seen that the server answers."""
_SEPARATOR: Final = "\x1f"

_FIGURES: Final = """\
BEGIN READ ONLY;
SET LOCAL statement_timeout = {limit};
WITH sessions AS (
    SELECT * FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
), seen AS (SELECT pg_has_role(current_user, 'pg_read_all_stats', 'usage') AS everything)
SELECT current_setting('server_version'),
    CASE WHEN pg_is_in_recovery() THEN 'replica' ELSE 'primary' END,
    (SELECT count(*) + 1 FROM sessions),
    current_setting('max_connections'),
    CASE WHEN everything THEN (SELECT count(*) FROM sessions WHERE state = 'active') END,
    CASE WHEN everything THEN (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0)
                               FROM sessions WHERE state = 'active') END,
    CASE WHEN everything THEN (SELECT count(*) FROM sessions WHERE wait_event_type = 'Lock') END,
    CASE WHEN NOT pg_is_in_recovery() THEN (SELECT max(extract(epoch FROM replay_lag)) FROM pg_stat_replication)
         WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
         ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END,
    pg_database_size(current_database()),
    extract(epoch FROM clock_timestamp())
FROM seen"""
_NAMES: Final = ("connections", "connections_max", "running", "slowest", "waiting", "replication_lag", "size")
_END: Final = "SELECT extract(epoch FROM clock_timestamp()); ROLLBACK"


async def measure(check: PostgresCheck, scope: Scope) -> Measured:
    """See the contract of kinds in `checks.runner`; the values are those of `PostgresCheck.VALUES`."""
    password = ""
    try:
        password = revealed(check.password)
        latency = await _latency(check, scope)
        if check.user is None:
            return Measured({"latency": latency}, "accepts connections")
        psql = find()
        if psql is None:
            return Measured({"latency": latency}, "answers; figures need psql, which is not installed",
                            level=Level.UNKNOWN)
        limit = _time_left(scope)
        ran = await client.run(command(psql, check.query, limit), _environment(check, check.user, password))
        return judged(check, ran, latency, limit, [password])
    except NoAnswer as none:
        return Measured({}, "", problem=none.sentence(password))


def find() -> str | None:
    """Where psql is; what Debian has on the PATH is a script that takes 20 ms to find the real one."""
    for pattern in ("usr/lib/postgresql/*/bin/psql", "usr/pgsql-*/bin/psql"):
        if found := list(Path("/").glob(pattern)):
            return str(max(found, key=lambda path: [int(part) for part in re.findall("[0-9]+", str(path))]))
    return shutil.which("psql")


def _time_left(scope: Scope) -> int:
    """Milliseconds that one statement may take, so that the server itself ends it before the check is over."""
    return max(50, int((scope.deadline - asyncio.get_running_loop().time()) * 900))


async def _latency(check: PostgresCheck, scope: Scope) -> float:
    """Seconds until the server answers: the request for TLS for who signs in later, else the request to sign in.

    Raises:
        NoAnswer: it does not, or cannot take connections.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with dialogue(_place(check)) as line:
        encrypted = b"N"
        if check.user is not None or check.tls != "off":
            line.writer.write(_SSL_REQUEST)
            encrypted = await line.exactly(1)
        if encrypted == b"E":
            raise NoAnswer("", refusal(await _message(line))[1])
        if encrypted not in b"SN":
            raise NoAnswer(_FOREIGN)
        if check.user is None:
            if encrypted == b"S":
                await line.encrypt(trust(scope.memory, check.ca, verify=check.tls == "verify"), check.host)
            elif check.tls in ("require", "verify") and check.socket is None:
                raise NoAnswer("does not offer TLS")
            await _begin(line, check.database)
    return loop.time() - began


async def _begin(line: Line, database: str) -> None:
    """Ask to sign in as `postgres`, who exists nearly everywhere, and see that the server would go on.

    Raises:
        NoAnswer: it is in no state to take connections.
    """
    facts = {"user": "postgres", "database": database, "application_name": "opsconsole"}
    body = b"".join(f"{name}\0{value}\0".encode() for name, value in facts.items()) + b"\0"
    line.writer.write(struct.pack(">II", 8 + len(body), _PROTOCOL) + body)
    kind = await line.exactly(1)
    if kind not in b"REv":
        raise NoAnswer(_FOREIGN)
    message = await _message(line)
    if kind == b"E":
        code, text = refusal(message)
        if code.startswith(_RESOURCES):
            raise NoAnswer("no connection is left") if code == "53300" else NoAnswer("", text)
    elif message == bytes(4):
        line.writer.write(b"X\0\0\0\4")


async def _message(line: Line) -> bytes:
    """The rest of a message whose type has been read.

    Raises:
        NoAnswer: its length cannot be.
    """
    (length,) = struct.unpack(">I", await line.exactly(4))
    if not 4 <= length <= LIMIT:
        raise NoAnswer(_FOREIGN)
    return await line.exactly(length - 4)


def refusal(message: bytes) -> tuple[str, str]:
    """SQLSTATE and text of an error message."""
    fields = {part[:1]: decode(part[1:]) for part in message.split(b"\0") if part}
    return fields.get(b"C", ""), fields.get(b"M", "")


def _place(check: PostgresCheck) -> Place:
    path = f"{check.socket}/.s.PGSQL.{check.port}" if check.socket is not None else None
    return Place(check.host, check.port, path)


def _environment(check: PostgresCheck, user: str, password: str) -> dict[str, str]:
    """What psql is told, where no other account can read it, and where nothing is taken for an option."""
    return {"PGHOST": check.socket or check.host, "PGPORT": str(check.port), "PGUSER": user,
            "PGDATABASE": check.database, "PGSSLMODE": _MODES[check.tls], "PGAPPNAME": "opsconsole",
            "PGCLIENTENCODING": "UTF8", **({"PGPASSWORD": password} if password else {}),
            **({"PGSSLROOTCERT": check.ca or authorities()} if check.tls == "verify" else {})}


def command(psql: str, query: str | None, limit: int) -> list[str]:
    """The arguments of psql; `limit` is what one statement may take in milliseconds.

    All of it is one transaction that may only read: settings of the session would stay in the connection of a pooler.
    """
    statements = [_FIGURES.format(limit=limit), *([query] if query is not None else []), _END]
    options = ["--no-psqlrc", "--no-password", "--quiet", "--no-align", "--tuples-only",
               f"--field-separator={_SEPARATOR}", "--set=ON_ERROR_STOP=1"]
    return [psql, *options, *(f"--command={statement}" for statement in statements)]


def judged(check: PostgresCheck, ran: client.Ran, latency: float, limit: int, secrets: Sequence[str]) -> Measured:
    """What psql printed, or why it did not, in words."""
    first, *answer = ran.output.splitlines() or [""]
    fields = first.split(_SEPARATOR)
    complaint = complained(ran.errors, secrets)
    if len(fields) != len(_NAMES) + 3:
        if ran.status == 2 or not complaint:
            return Measured({}, "", problem=complaint or f"psql ended with status {ran.status}")
        return Measured({"latency": latency}, f"answers, but gives no figures: {complaint}", level=Level.UNKNOWN)
    values = figures(fields, latency)
    if ran.status != 0:
        late = "statement timeout" in complaint
        reason = f"took longer than {form.duration(limit / 1000)}" if late else f"failed: {complaint}"
        return Measured(values, "", problem=f"the {'query' if check.query is not None else 'transaction'} {reason}")
    if check.query is None:
        return Measured(values, connections(values))
    values["query_time"] = elapsed(fields[-1], answer[-1] if answer else "")
    values["value"] = value = number(answer[0]) if len(answer) == 2 else None
    if value is None:
        return Measured(values, NO_NUMBER, level=Level.UNKNOWN)
    return Measured(values, plain(value))


def complained(errors: str, secrets: Sequence[str] = ()) -> str:
    """The reason in what psql prints, without where and to whom: `password authentication failed for user "x"`."""
    lines = [line for line in errors.splitlines() if re.search("error:|FATAL:|ERROR:", line)] or [errors]
    text = re.sub(r"^psql: (error: )?", "", lines[0])
    text = re.sub(r"^(connection to server|could not connect)\b.*? failed: ", "", text)
    text = re.sub(r"^(FATAL|ERROR): +", "", text)
    return next((words for start, words in _SENTENCES.items() if text.startswith(start)), "") or (
        said(text, secrets))


def figures(fields: Sequence[str], latency: float) -> dict[str, Value]:
    """The values in the first row; what the server does not tell this user is missing."""
    values: dict[str, Value] = {
        "latency": latency, "version": f"PostgreSQL {fields[0].partition(' ')[0]}", "role": fields[1]}
    for name, text in zip(_NAMES, fields[2:-1], strict=True):
        if (amount := number(text)) is not None:
            values[name] = max(amount, 0.0)
    return {**values, **share(values, "connections")}
