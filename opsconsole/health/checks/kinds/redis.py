"""The kind `redis`: PING, INFO and the length of queues, in the protocol itself (RESP2).

The protocol is the chapter "Redis serialization protocol specification" of its documentation. Servers that come from
Redis, such as Valkey and KeyDB, speak it too. Everything is sent in two pieces, so two round trips answer all of it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as form
from opsconsole.core.levels import Level
from opsconsole.core.text import decode
from opsconsole.health.checks.kinds.dialogue import Line, NoAnswer, Place, dialogue, revealed, trust
from opsconsole.health.checks.kinds.figures import number, share
from opsconsole.health.checks.model import Measured, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ssl import SSLContext

    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.servers import RedisCheck

MOST: Final = 262_144
"""Bytes that an answer may have; INFO has 5,000, and 200 more for each command that failed once."""
_LENGTHS: Final = {"list": "LLEN", "stream": "XLEN", "set": "SCARD", "zset": "ZCARD"}

_SENTENCES: Final = (
    ("WRONGPASS", "wrong user or password"),
    ("ERR invalid password", "wrong password"),
    ("NOAUTH", "asks for a password, and the check has none"),
    ("ERR AUTH <password> called without any password", "the check has a password, and the server asks for none"),
    ("ERR Client sent AUTH, but no password", "the check has a password, and the server asks for none"),
    ("LOADING", "is still loading its data from disk"),
    ("MISCONF", "cannot save its data to disk and refuses to write"),
    ("MASTERDOWN", "has lost its primary and serves no old data"),
    ("READONLY", "is a replica that only reads"),
    ("BUSY", "a script blocks it"),
    ("DENIED", "accepts connections from its own host only (protected mode)"),
    ("ERR max number of clients reached", "no connection is left: the maximum number of clients is reached"),
    ("NOPERM", "the user may not run {what}, or not for this key"),
    ("ERR DB index", "has no database of this number"),
    ("CLUSTERDOWN", "the cluster is down"),
    ("MOVED", "the key is on another node of the cluster"))


class Failure(NamedTuple):
    """An error that the server answered with."""

    text: str

    def meant(self, what: str = "PING") -> NoAnswer:
        """What it means when `what` was asked, or what it says."""
        known = next((words for start, words in _SENTENCES if self.text.startswith(start)), None)
        return NoAnswer(known.format(what=what)) if known else NoAnswer("answers with an error", self.text)


Reply = str | int | Failure | None


async def measure(check: RedisCheck, scope: Scope) -> Measured:
    """See the contract of kinds in `checks.runner`; the values are those of `RedisCheck.VALUES`."""
    password = ""
    try:
        password = revealed(check.password)
        context = trust(scope.memory, check.ca) if check.tls and check.socket is None else None
        return await _measured(check, password, context)
    except NoAnswer as none:
        return Measured({}, "", problem=none.sentence(password))


async def _measured(check: RedisCheck, password: str, context: SSLContext | None) -> Measured:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with dialogue(Place(check.host, check.port, check.socket), context) as line:
        first = _sign_in(check, password)
        types = [("TYPE", key) for key in check.queues]
        line.writer.write(encoded([*first, ("PING",), ("INFO",), *types]))
        for command in first:
            refuse(await reply(line), command[0])
        pong = await reply(line)
        latency = loop.time() - began
        refuse(pong)
        if pong != "PONG":
            raise NoAnswer("is no Redis server: it answers PING with", str(pong))
        info = await reply(line)
        kinds = [await reply(line) for _ in types]
        depths, notes = await _depths(line, check.queues, kinds, password)
    values: dict[str, Value] = {"latency": latency, **(understood(info) if isinstance(info, str) else {}), **depths}
    if isinstance(info, Failure):
        notes = [*notes, info.meant("INFO").sentence(password)]
    unknown = any(depth is None for depth in depths.values())
    return Measured(values, notes[0] if unknown else summary(values),
                    level=Level.UNKNOWN if unknown else Level.OK, output="\n".join(notes))


def _sign_in(check: RedisCheck, password: str) -> list[tuple[str, ...]]:
    first: list[tuple[str, ...]] = []
    if password:
        first.append(("AUTH", check.user, password) if check.user else ("AUTH", password))
    if check.db and check.queues:
        first.append(("SELECT", str(check.db)))
    return first


async def _depths(line: Line, keys: Sequence[str], kinds: Sequence[Reply],
                  password: str) -> tuple[dict[str, Value], list[str]]:
    """`depth.KEY` each and `depth`, None where it is not known, and why it is not."""
    asked = [(_LENGTHS[kind], key) for key, kind in zip(keys, kinds, strict=True) if kind in _LENGTHS]
    line.writer.write(encoded(asked))
    values: dict[str, Value] = {}
    notes: list[str] = []
    known: list[float] = []
    for key, kind in zip(keys, kinds, strict=True):
        answer = await reply(line) if kind in _LENGTHS else 0 if kind == "none" else kind
        if isinstance(answer, int):
            known.append(answer)
            values[f"depth.{key}"] = float(answer)
            continue
        values[f"depth.{key}"] = None
        if isinstance(answer, Failure):
            notes.append(f"{key}: {answer.meant(_LENGTHS.get(str(kind), 'TYPE')).sentence(password)}")
        else:
            notes.append(f"{key}: is a {answer}, which is no queue")
    if keys:
        values["depth"] = None if notes else float(sum(known))
    return values, notes


def encoded(commands: Sequence[Sequence[str]]) -> bytes:
    """Commands as the server reads them: each an array of texts with their lengths."""
    out = bytearray()
    for command in commands:
        out += b"*%d\r\n" % len(command)
        for part in command:
            raw = part.encode("utf-8", "surrogateescape")
            out += b"$%d\r\n%b\r\n" % (len(raw), raw)
    return bytes(out)


async def reply(line: Line) -> Reply:
    """The next answer: a text, a number, nothing, or an error.

    Raises:
        NoAnswer: it is none of these, or too long.
    """
    head = await line.until(b"\r\n")
    kind, rest = head[:1], decode(head[1:-2])
    if kind == b"+":
        return rest
    if kind == b"-":
        return Failure(rest)
    if kind in b":$" and rest.removeprefix("-").isdecimal() and len(rest) < 20:
        length = int(rest)
        if kind == b":":
            return length
        if length == -1:
            return None
        if 0 <= length <= MOST:
            return decode((await line.exactly(length + 2))[:-2])
        raise NoAnswer("answers with more than what was asked")
    raise NoAnswer("does not speak the protocol of Redis: it answers", decode(head[:80]))


def refuse(answer: Reply, what: str = "PING") -> None:
    """Nothing where the server did what it was told.

    Raises:
        NoAnswer: it answered with an error.
    """
    if isinstance(answer, Failure):
        raise answer.meant(what)


def understood(info: str) -> dict[str, Value]:
    """The values in the answer to INFO; what is missing or malformed there is missing here."""
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line and not line.startswith("#"))
    values: dict[str, Value] = {}
    for name, key in (("clients", "connected_clients"), ("clients_max", "maxclients"), ("memory", "used_memory"),
                      ("memory_max", "maxmemory"), ("operations", "instantaneous_ops_per_sec"),
                      ("replicas", "connected_slaves")):
        if (amount := number(facts.get(key, ""))) is not None:
            values[name] = amount
    if not values.get("memory_max"):
        values.pop("memory_max", None)
    values |= {**share(values, "clients"), **share(values, "memory")}
    if version := facts.get("valkey_version") or facts.get("redis_version"):
        values["version"] = f"{'Valkey' if 'valkey_version' in facts else 'Redis'} {version}"
    return {**values, **_replication(facts)}


def _replication(facts: Mapping[str, str]) -> dict[str, Value]:
    """A replica's distance to its primary, or the greatest distance of a primary's replicas."""
    if facts.get("role") == "slave":
        up = facts.get("master_link_status") == "up"
        lag = number(facts.get("master_last_io_seconds_ago" if up else "master_link_down_since_seconds", ""))
        # Before the first contact the server says -1.
        return {"role": "replica", "link": "up" if up else "down",
                "replication_lag": lag if lag is not None and lag >= 0 else None}
    if facts.get("role") != "master":
        return {}
    replicas = [dict(part.split("=", 1) for part in text.split(",") if "=" in part) for key, text in facts.items()
                if key.startswith("slave") and key[5:].isdecimal()]
    lags = [lag for each in replicas if (lag := number(each.get("lag", ""))) is not None and lag >= 0]
    return {"role": "primary", **({"replication_lag": max(lags)} if lags else {})}


def summary(values: Mapping[str, Value]) -> str:
    """What a person reads: the entries that wait, else who uses it."""
    depth, clients, memory = values.get("depth"), values.get("clients"), values.get("memory")
    if isinstance(depth, float):
        return f"{form.count(depth)} {'entry' if depth == 1 else 'entries'}"
    parts = [f"{form.count(clients)} client{'s' * (clients != 1)}" if isinstance(clients, float) else "",
             form.size(memory) if isinstance(memory, float) else ""]
    return ", ".join(part for part in parts if part) or "answers"
