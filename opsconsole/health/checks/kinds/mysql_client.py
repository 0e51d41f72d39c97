"""Figures of a MySQL or MariaDB server through its own client: what it is asked, and what its output means."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.core import format as form
from opsconsole.core.levels import Level
from opsconsole.health.checks.kinds.dialogue import authorities, said
from opsconsole.health.checks.kinds.figures import NO_NUMBER, connections, elapsed, number, plain, share
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.health.checks.kinds.client import Ran
    from opsconsole.health.checks.settings.servers import MysqlCheck

SENTENCES: Final = {
    1040: "no connection is left: too many connections",
    1045: "wrong user or password",
    1129: "blocks this host after too many failed connections; unblock it with FLUSH HOSTS",
    1203: "no connection is left for this user",
    1226: "no connection is left for this user",
    1698: "wrong user or password",
    2005: "the name of the host cannot be resolved",
    2006: "ended the connection in the middle of an answer",
    2007: "does not speak the protocol of MySQL",
    2013: "ended the connection in the middle of an answer"}
"""What its error numbers mean, by the error references of MySQL and MariaDB."""
_LATE: Final = (1969, 3024)
_LOST: Final = (2006, 2013)
UNREACHABLE: Final = (2002, 2003)
"""No connection; the client gives no usable reason."""

_MARK: Final = "opsconsole-"
_SESSIONS: Final = (
    "SELECT 'opsconsole-sessions' AS mark, COUNT(*), SUM(USER <> SUBSTRING_INDEX(USER(), '@', 1)),"
    " COALESCE(MAX(CASE WHEN COMMAND IN ('Query', 'Execute') AND ID <> CONNECTION_ID() THEN TIME END), 0)"
    " FROM information_schema.PROCESSLIST;")
_SIZE: Final = (
    "SELECT 'opsconsole-size' AS mark, SUM(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.TABLES"
    " WHERE TABLE_SCHEMA = DATABASE();")
# What stands in /*! */ runs from that version of MySQL on, in /*M! */ from that version of MariaDB on.
_FIGURES: Final = (
    "SELECT 'opsconsole-server' AS mark, VERSION(), @@max_connections;",
    "SET SESSION TRANSACTION READ ONLY;",
    "/*!50708 SET SESSION max_execution_time = {milliseconds} */;",
    "/*M!100101 SET SESSION max_statement_time = {seconds} */;",
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Threads_running', 'Slow_queries');",
    _SESSIONS,
    _SIZE,
    "/*!80022 SHOW REPLICA STATUS */;",
    "/*M!100501 SHOW REPLICA STATUS */;")
_NOW: Final = "SELECT 'opsconsole-{}' AS mark, UNIX_TIMESTAMP(SYSDATE(6));"


def find() -> tuple[str, bool] | None:
    """Where the client is, and whether it is MariaDB's, which names some options differently."""
    if found := shutil.which("mariadb"):
        return found, True
    found = shutil.which("mysql")
    return (found, "mariadb" in Path(found).resolve().name) if found else None


def named(version: str) -> str:
    """`MariaDB 10.11.6` or `MySQL 8.0.36` from what the server calls its version."""
    found = re.match(r"(?:5\.5\.5-)?([0-9][0-9.]*)", version)
    return f"{'MariaDB' if 'mariadb' in version.lower() else 'MySQL'} {found[1] if found else said(version)}"


def command(check: MysqlCheck, program: str, seconds: float, *, is_mariadb: bool) -> list[str]:
    """The arguments of the client; the statements come by its standard input.

    There it takes them in binary mode, in which nothing in a query is a command to the client itself.
    """
    modes = {
        "prefer": [], "off": ["--skip-ssl" if is_mariadb else "--ssl-mode=DISABLED"],
        "verify": ["--ssl", "--ssl-verify-server-cert"] if is_mariadb else ["--ssl-mode=VERIFY_IDENTITY"]}
    ca = [f"--ssl-ca={check.ca or authorities()}"] if check.tls == "verify" else []
    where = [f"--socket={check.socket}"] if check.socket is not None else [
        "--protocol=tcp", f"--host={check.host}", f"--port={check.port}"]
    database = [f"--database={check.database}"] if check.database is not None else []
    return [program, "--no-defaults", "--batch", "--unbuffered", "--force", "--comments", "--binary-mode",
            "--default-character-set=utf8mb4", f"--connect-timeout={math.ceil(seconds) + 2}", *where,
            *modes[check.tls], *ca, f"--user={check.user}", *database]


def script(check: MysqlCheck, seconds: float) -> str:
    """The statements, one line each, then the query."""
    lines = [line.format(milliseconds=int(seconds * 1000), seconds=f"{seconds:.3f}") for line in _FIGURES]
    if check.query is not None:
        # On a line of its own, because a comment may be the end of the query.
        lines += [_NOW.format("begin"), check.query.rstrip().rstrip(";"), ";", _NOW.format("end")]
    return "\n".join(lines) + "\n"


class Complaint(NamedTuple):
    """An error as the client prints it."""

    code: int
    text: str
    line: int
    """Of the script; 0: before the first."""

    def sentence(self, secrets: Sequence[str]) -> str:
        """What it means, or what the client says."""
        return SENTENCES.get(self.code) or said(self.text, secrets)


def complaints(errors: str) -> list[Complaint]:
    """`ERROR 1045 (28000) at line 3: Access denied …`, each; one in another is taken out of it."""
    found = re.finditer(r"^ERROR (\d{1,9}) \(\w+\)(?: at line (\d{1,9}))?: (.*)$", errors, re.MULTILINE)
    return [_unwrapped(Complaint(int(each[1]), each[3], int(each[2] or 0))) for each in found]


def _unwrapped(complaint: Complaint) -> Complaint:
    """A refusal before TLS begins comes as the text of another: `… cannot be verified: 1040 - Too many connections`."""
    inner = re.fullmatch(r"Received error packet before.*?: (\d{4}) - (.*)", complaint.text)
    return Complaint(int(inner[1]), inner[2], complaint.line) if inner else complaint


Rows = list[list[str]]
"""Lines of output, each with its fields."""


def judged(check: MysqlCheck, ran: Ran, seconds: float, slow: Mapping[str, Value], secrets: Sequence[str]) -> Measured:
    """What the client printed, or why it did not, in words; `slow` is what the caller knows of slow queries."""
    rows = rows_of(ran.output)
    errors = complaints(ran.errors)
    facts = _marked(rows)
    if "server" not in facts or ran.first is None:
        reason = errors[0].sentence(secrets) if errors else said(ran.errors, secrets)
        return Measured({}, "", problem=reason or f"the client ended with status {ran.status}")
    values: dict[str, Value] = {"latency": ran.first, **figures(facts, rows), **slow}
    trouble = said(_replication_error(rows), secrets)
    lost = next((each for each in errors if each.code in _LOST), None)
    if check.query is None:
        return Measured(values, connections(values), problem=lost.sentence(secrets) if lost else "", output=trouble)
    wrong = lost or next((each for each in errors if each.line > len(_FIGURES) + 1), None)
    if wrong is not None:
        late = wrong.code in _LATE
        reason = f"took longer than {form.duration(seconds)}" if late else f"failed: {said(wrong.text, secrets)}"
        return Measured(values, "", problem=f"the query {reason}", output=trouble)
    values["value"] = value = _answer(rows)
    values["query_time"] = elapsed("".join(facts.get("begin", [])), "".join(facts.get("end", [])))
    if value is None:
        return Measured(values, NO_NUMBER, level=Level.UNKNOWN, output=trouble)
    return Measured(values, plain(value), output=trouble)


def rows_of(output: str) -> Rows:
    """The lines with their fields, heads of tables among them."""
    return [line.split("\t") for line in output.split("\n")]


def slow_queries(rows: Rows, memory: dict[str, Any], now: float) -> dict[str, Value]:
    """How many there were since the server's start, and how many a second since the run before, kept in `memory`."""
    count = next((number(row[1]) for row in rows if len(row) == 2 and row[0] == "Slow_queries"), None)
    if count is None:
        return {}
    before, then = memory.get("slow", (None, now))
    memory["slow"] = (count, now)
    if before is None or count < before or now <= then:
        return {"slow_queries": count}
    return {"slow_queries": count, "slow_queries_rate": (count - before) / (now - then)}


def figures(facts: Mapping[str, Sequence[str]], rows: Rows) -> dict[str, Value]:
    """The values in what was printed; what the server does not tell this user is missing."""
    status = {row[0]: number(row[1]) for row in rows if len(row) == 2}
    sessions = [number(field) for field in facts.get("sessions", ())]
    connected, running = status.get("Threads_connected"), status.get("Threads_running")
    found: dict[str, Value] = {
        "version": named(facts["server"][0]), "connections": connected,
        "connections_max": number(facts["server"][-1]), "size": number("".join(facts.get("size", ()))),
        "running": max(running - 1, 0.0) if running is not None else None}
    if len(sessions) == 3:
        seen, others, slowest = sessions
        # Who may not see other users' sessions sees only their own, and no slow one of anybody else.
        if others or (seen is not None and connected is not None and seen >= connected):
            found["slowest"] = slowest
    values = {name: value for name, value in found.items() if value is not None}
    return {**values, **share(values, "connections"), **_replication(rows)}


def _marked(rows: Rows) -> dict[str, list[str]]:
    """The rows that a mark begins, by it."""
    return {row[0].removeprefix(_MARK): row[1:] for row in rows if row[0].startswith(_MARK) and len(row) > 1}


def _answer(rows: Rows) -> float | None:
    """The number that is all of the query's answer: one row of one field, under its name."""
    marks = [row[0] for row in rows]
    if f"{_MARK}begin" not in marks or f"{_MARK}end" not in marks:
        return None
    # The row before `end` is the head of that one.
    answer = rows[marks.index(f"{_MARK}begin") + 1:marks.index(f"{_MARK}end") - 1]
    return number(answer[1][0]) if len(answer) == 2 and len(answer[1]) == 1 else None


def _replication(rows: Rows) -> dict[str, Value]:
    """Whether replication runs, and the greatest lag of its channels; nothing where this is no replica."""
    channels = _channels(rows)
    if not channels:
        return {}
    lags = [number(each.get("Seconds_Behind_Source", each.get("Seconds_Behind_Master", ""))) for each in channels]
    stopped = any(each.get(f"{name}_{part}_Running", "Yes") != "Yes" for each in channels
                  for name in ("Replica", "Slave") for part in ("IO", "SQL"))
    known = [lag for lag in lags if lag is not None]
    return {"replication": "stopped" if stopped else "running",
            "replication_lag": max(known) if len(known) == len(lags) else None}


def _channels(rows: Rows) -> list[dict[str, str]]:
    """The rows of SHOW REPLICA STATUS by the names of its columns, which differ by server and version."""
    head: list[str] = []
    channels = []
    for row in rows:
        if "Seconds_Behind_Master" in row or "Seconds_Behind_Source" in row:
            head = row
        elif head and len(row) == len(head):
            channels.append(dict(zip(head, row, strict=True)))
        else:
            head = []
    return channels


def _replication_error(rows: Rows) -> str:
    return next((each[key] for each in _channels(rows) for key in ("Last_IO_Error", "Last_SQL_Error") if each.get(key)),
                "")
