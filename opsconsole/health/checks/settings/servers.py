"""The settings of checks that ask a data service: Redis, PostgreSQL, MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping  # noqa: TC003 - msgspec reads the annotations
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from opsconsole.core.units import Secret
from opsconsole.health.checks.settings.base import Check

_Name = Annotated[str, Meta(min_length=1, max_length=80)]
_Host = Annotated[str, Meta(min_length=1, max_length=253, description="Name or address of the server.")]
_Port = Annotated[int, Meta(ge=1, le=65_535, description="Its TCP port.")]
_Password = Annotated[Secret | None, Meta(description="Where the password comes from; null: none.")]
_Ca = Annotated[str | None, Meta(
    description="File with the certificate authorities to trust; null: those of the system.")]
_Query = Annotated[Annotated[str, Meta(min_length=1, max_length=10_000)] | None, Meta(
    description="A question in SQL of your own with one number as its answer, which is `value`. It runs in a "
                "transaction that may only read; needs `user`.")]

_DATABASE: dict[str, str] = {
    "latency": "seconds", "version": "text", "connections": "number", "connections_max": "number",
    "connections_percent": "percent", "running": "number", "slowest": "seconds", "replication_lag": "seconds",
    "size": "bytes", "value": "number", "query_time": "seconds"}


def _absolute(key: str, path: str | None) -> Iterable[tuple[str, str]]:
    if path is not None and not path.startswith("/"):
        yield key, f"the path must be absolute, not `{path}`"


def _asks_as_somebody(user: str | None, password: Secret | None, query: str | None) -> Iterable[tuple[str, str]]:
    if user is None and password is not None:
        yield "password", "a password needs a `user`"
    if user is None and query is not None:
        yield "query", "a query needs a `user` who asks it"
    if query is not None and query.lstrip().startswith("\\"):
        yield "query", "it must be SQL, not a command of the client"


class RedisCheck(Check, frozen=True, kw_only=True, tag="redis"):
    """Asks a Redis server, or one that speaks like it, with PING and INFO, and for the length of queues."""

    MAIN: ClassVar[str] = "latency"
    VALUES: ClassVar[Mapping[str, str]] = {
        "latency": "seconds", "version": "text", "role": "text", "clients": "number", "clients_max": "number",
        "clients_percent": "percent", "operations": "per second", "memory": "bytes", "memory_max": "bytes",
        "memory_percent": "percent", "link": "text", "replication_lag": "seconds", "replicas": "number",
        "depth": "number", "depth.*": "number"}

    host: _Host = "127.0.0.1"
    port: _Port = 6379
    socket: Annotated[str | None, Meta(
        description="Path of its Unix socket; then host and port mean nothing.")] = None
    tls: Annotated[bool, Meta(description="Whether it is asked through TLS; its certificate must be valid.")] = False
    ca: _Ca = None
    user: Annotated[str | None, Meta(description="Who signs in; null: the default user.")] = None
    password: _Password = None
    db: Annotated[int, Meta(ge=0, le=1_000_000, description="Number of the database with the queues.")] = 0
    queues: Annotated[tuple[str, ...], Meta(
        max_length=100,
        description="Keys of lists, streams, sets or sorted sets. The number of their entries is `depth.KEY` each and "
                    "`depth` together; a key that does not exist counts as empty.")] = ()

    @property
    def main(self) -> str:
        """The value that stands beside the check: the length of the queues where there are some."""
        return "depth" if self.queues else self.MAIN

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """What fits no server, or would be measured twice."""
        yield from super().mistakes()
        yield from _absolute("socket", self.socket)
        yield from _absolute("ca", self.ca)
        if self.ca is not None and not self.tls:
            yield "ca", "it needs `tls: true`"
        if self.user is not None and self.password is None:
            yield "user", "a user needs a `password`"
        if len(set(self.queues)) < len(self.queues):
            yield "queues", "a queue is named twice"
        if any(not name for name in self.queues):
            yield "queues", "a queue without a name"


class PostgresCheck(Check, frozen=True, kw_only=True, tag="postgres"):
    """Asks a PostgreSQL server whether it accepts connections; with a user, for figures through psql."""

    MAIN: ClassVar[str] = "latency"
    VALUES: ClassVar[Mapping[str, str]] = {**_DATABASE, "role": "text", "waiting": "number"}

    host: _Host = "127.0.0.1"
    port: _Port = 5432
    socket: Annotated[str | None, Meta(
        description="Folder of its Unix socket, as /var/run/postgresql; then host means nothing.")] = None
    tls: Annotated[Literal["off", "prefer", "require", "verify"], Meta(
        description="Whether the connection is encrypted: never, where the server can, always, or always and only with "
                    "a valid certificate for this host.")] = "prefer"
    ca: _Ca = None
    user: Annotated[_Name | None, Meta(
        description="Who asks for figures, needs psql; membership in pg_monitor shows all. null: only whether "
                    "it accepts connections.")] = None
    password: _Password = None
    database: Annotated[_Name, Meta(description="The database that is asked.")] = "postgres"
    query: _Query = None

    @property
    def main(self) -> str:
        """The value that stands beside the check: the answer to its own query where it has one."""
        return "value" if self.query is not None else self.MAIN

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """What fits no server."""
        yield from super().mistakes()
        yield from _absolute("socket", self.socket)
        yield from _absolute("ca", self.ca)
        yield from _asks_as_somebody(self.user, self.password, self.query)
        if self.ca is not None and self.tls != "verify":
            yield "ca", "it needs `tls: verify`"


class MysqlCheck(Check, frozen=True, kw_only=True, tag="mysql"):
    """Asks a MySQL or MariaDB server whether it accepts connections; with a user, for figures through its client."""

    MAIN: ClassVar[str] = "latency"
    VALUES: ClassVar[Mapping[str, str]] = {
        **_DATABASE, "slow_queries": "number", "slow_queries_rate": "per second", "replication": "text"}

    host: _Host = "127.0.0.1"
    port: _Port = 3306
    socket: Annotated[str | None, Meta(
        description="Path of its Unix socket; then host and port mean nothing.")] = None
    tls: Annotated[Literal["off", "prefer", "verify"], Meta(
        description="Whether the connection is encrypted: never, as the client does by itself, or always and only "
                    "with a valid certificate for this host.")] = "prefer"
    ca: _Ca = None
    user: Annotated[_Name | None, Meta(
        description="Who asks for figures, needs the client mariadb or mysql; with the privileges PROCESS and "
                    "REPLICATION CLIENT it sees all. null: only whether it accepts connections.")] = None
    password: _Password = None
    database: Annotated[_Name | None, Meta(description="The database that `query` is asked in; null: none.")] = None
    query: _Query = None

    @property
    def main(self) -> str:
        """The value that stands beside the check: the answer to its own query where it has one."""
        return "value" if self.query is not None else self.MAIN

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """What fits no server."""
        yield from super().mistakes()
        yield from _absolute("socket", self.socket)
        yield from _absolute("ca", self.ca)
        yield from _asks_as_somebody(self.user, self.password, self.query)
        if self.ca is not None and self.tls != "verify":
            yield "ca", "it needs `tls: verify`"
