"""How checks of this machine itself are configured: units, processes, ports, files, logs, plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping  # noqa: TC003 - msgspec reads the annotations
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta, field

from opsconsole.core.units import Secret, Size
from opsconsole.health.checks.settings.base import Check

CATEGORIES: Final = ("authentication", "validation", "database", "external_service", "unknown")
"""What errors in logs are sorted into, unless the settings say more."""
_NAME: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"
_LONGEST: Final = 2_000

Pattern = Annotated[str, Meta(max_length=_LONGEST)]
"""A regular expression as Python's `re` reads it."""
UnitName = Annotated[str, Meta(
    min_length=1, max_length=255, pattern=r"^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*$",
    description="Name of the unit, as `nginx.service`.")]


def _wrong_pattern(text: str) -> str:
    """Why a text is no regular expression; empty when it is one."""
    import re  # noqa: PLC0415 - only a file with patterns has them compiled
    import warnings  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
    except (re.error, RecursionError, OverflowError) as problem:
        return f"this is no regular expression: {problem}"
    return ""


def _wrong_path(text: str) -> str:
    return "" if text.startswith("/") else f"the path must be absolute, not `{text}`"


class UnitCheck(Check, frozen=True, kw_only=True, tag="unit"):
    """The state of a systemd unit."""

    unit: UnitName
    user: Annotated[bool, Meta(description="Whether it belongs to this user's own systemd.")] = False

    MAIN: ClassVar[str] = "age"
    VALUES: ClassVar[Mapping[str, str]] = {
        "active": "bool", "state": "text", "substate": "text", "age": "seconds", "restarts": "number",
        "result": "text", "memory": "bytes"}
    CRITICAL: ClassVar[tuple[str, ...]] = ("active == true",)
    WARNING: ClassVar[tuple[str, ...]] = ()


class TimerCheck(Check, frozen=True, kw_only=True, tag="timer"):
    """When a systemd timer ran last, how that ended, and when it runs next."""

    unit: UnitName
    user: Annotated[bool, Meta(description="Whether it belongs to this user's own systemd.")] = False

    MAIN: ClassVar[str] = "last"
    VALUES: ClassVar[Mapping[str, str]] = {
        "active": "bool", "last": "seconds", "next": "seconds", "result": "text", "running": "bool"}
    CRITICAL: ClassVar[tuple[str, ...]] = ("active == true", 'result == "success"')
    WARNING: ClassVar[tuple[str, ...]] = ()


class ProcessCheck(Check, frozen=True, kw_only=True, tag="process"):
    """Processes by name, command line or user; those count that fit all that is given."""

    name: Annotated[str, Meta(
        max_length=255, description="Name of the program, as `postgres`; empty: any.")] = ""
    pattern: Annotated[Pattern, Meta(
        description="Regular expression that is found in the command line; empty: any.")] = ""
    user: Annotated[str, Meta(max_length=255, description="Name or number of the user; empty: any.")] = ""

    MAIN: ClassVar[str] = "count"
    VALUES: ClassVar[Mapping[str, str]] = {
        "count": "number", "memory": "bytes", "cpu": "percent", "age": "seconds"}
    CRITICAL: ClassVar[tuple[str, ...]] = ("count >= 1",)
    WARNING: ClassVar[tuple[str, ...]] = ()

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """Nothing to look for, or a pattern that is none."""
        yield from super().mistakes()
        if not (self.name or self.pattern or self.user):
            yield "", "one of `name`, `pattern` and `user` must say which processes are meant"
        if wrong := _wrong_pattern(self.pattern):
            yield "pattern", wrong


class PortCheck(Check, frozen=True, kw_only=True, tag="port"):
    """Whether anything on this machine listens on a port."""

    port: Annotated[int, Meta(ge=1, le=65_535, description="Number of the port.")]
    protocol: Annotated[Literal["tcp", "udp"], Meta(description="What is spoken there.")] = "tcp"
    address: Annotated[str, Meta(
        description="Address at which it must listen, as `127.0.0.1`; empty: any.")] = ""

    MAIN: ClassVar[str] = "count"
    VALUES: ClassVar[Mapping[str, str]] = {
        "listening": "bool", "count": "number", "address": "text", "owner": "text"}
    CRITICAL: ClassVar[tuple[str, ...]] = ("listening == true",)
    WARNING: ClassVar[tuple[str, ...]] = ()

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """An address that is none."""
        yield from super().mistakes()
        import ipaddress  # noqa: PLC0415 - only for a check that names an address

        if self.address:
            try:
                ipaddress.ip_address(self.address)
            except ValueError:
                yield "address", f"this must be an IP address such as 127.0.0.1 or ::1, not `{self.address}`"


class FileCheck(Check, frozen=True, kw_only=True, tag="file"):
    """Age, size and growth of a file, or of the newest of several."""

    path: Annotated[str, Meta(
        min_length=1, max_length=4_000,
        description="The file or folder; with `*`, `?` or `[…]` the newest file of that form; `**` is any depth.")]

    MAIN: ClassVar[str] = "age"
    VALUES: ClassVar[Mapping[str, str]] = {
        "exists": "bool", "age": "seconds", "size": "bytes", "count": "number", "total": "bytes",
        "growth": "bytes per second"}
    CRITICAL: ClassVar[tuple[str, ...]] = ("exists == true",)
    WARNING: ClassVar[tuple[str, ...]] = ()

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """A path that depends on where the program is started."""
        yield from super().mistakes()
        if wrong := _wrong_path(self.path):
            yield "path", wrong


class LogCheck(Check, frozen=True, kw_only=True, tag="log"):
    """How many lines of a log are errors, per minute and sorted, since the run before."""

    path: Annotated[str, Meta(
        max_length=4_000, description="The log file, or several by `*`; rotation is followed.")] = ""
    journal: Annotated[tuple[str, ...], Meta(
        description="Instead of files: units whose messages in the systemd journal are read; `*` is all of it.")] = ()
    pattern: Annotated[Pattern, Meta(
        description="Regular expression of the lines that count; empty: what looks like an error.")] = ""
    ignore: Annotated[Pattern, Meta(
        description="Regular expression of lines that never count; empty: none.")] = ""
    categories: Annotated[dict[Annotated[str, Meta(max_length=60, pattern=_NAME)], Pattern], Meta(
        description="Regular expressions by category, the first that fits counts; a line that fits one counts even"
                    " where `pattern` does not fit. The built-in ones come after these: authentication, validation,"
                    " database, external_service, unknown.")] = field(default_factory=dict)
    most: Annotated[Size, Meta(
        description="Bytes that one run reads. It says so when there are more and it skips some: of files the oldest,"
                    " of the journal the newest.",
        extra={"at_least": "64KB", "at_most": "1GB"})] = Size(16_000_000)

    MAIN: ClassVar[str] = "rate"
    VALUES: ClassVar[Mapping[str, str]] = {
        "rate": "number", **{f"rate.{name}": "number" for name in CATEGORIES}, "rate.*": "number",
        "failed_sign_ins": "number", "lines": "number", "matches": "number", "skipped": "bytes", "last": "text"}
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    WARNING: ClassVar[tuple[str, ...]] = ()

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """No log, two kinds of log, or a pattern that is none."""
        yield from super().mistakes()
        if bool(self.path) == bool(self.journal):
            yield "", "exactly one of `path` and `journal` must say where the lines are"
        if self.path and (wrong := _wrong_path(self.path)):
            yield "path", wrong
        for key, text in (("pattern", self.pattern), ("ignore", self.ignore),
                          *[(f"categories.{name}", text) for name, text in self.categories.items()]):
            if wrong := _wrong_pattern(text):
                yield key, wrong


class AccessLogCheck(Check, frozen=True, kw_only=True, tag="access-log"):
    """Requests, errors and latency from a web server's access log, since the run before."""

    path: Annotated[str, Meta(
        min_length=1, max_length=4_000, description="The log file, or several by `*`; rotation is followed.")]
    format: Annotated[str, Meta(
        max_length=_LONGEST,
        description="Empty: common, combined or JSON is recognised. Else the line as nginx's `log_format` or Apache's"
                    " `LogFormat` has it.")] = ""
    latency_unit: Annotated[Literal["auto", "s", "ms", "us"], Meta(
        description="Unit of the logged time; auto: what the name or the form of the field says.")] = "auto"
    ignore: Annotated[Pattern, Meta(
        description="Regular expression of paths that do not count, as `^/health`; empty: none.")] = ""
    most: Annotated[Size, Meta(
        description="Bytes that one run reads. It says so when there are more and it skips the oldest.",
        extra={"at_least": "64KB", "at_most": "1GB"})] = Size(32_000_000)

    MAIN: ClassVar[str] = "requests"
    VALUES: ClassVar[Mapping[str, str]] = {
        "requests": "per second", "count": "number", "errors_4xx": "percent", "errors_5xx": "percent",
        "error_rate": "percent", "p50": "seconds", "p95": "seconds", "p99": "seconds", "slowest": "seconds",
        "bytes": "bytes per second", "unreadable": "number", "skipped": "bytes"}
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    WARNING: ClassVar[tuple[str, ...]] = ()

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """A path that depends on where the program is started, a pattern that is none, a format without status."""
        yield from super().mistakes()
        if wrong := _wrong_path(self.path):
            yield "path", wrong
        if wrong := _wrong_pattern(self.ignore):
            yield "ignore", wrong
        if self.format:
            from opsconsole.health.checks.kinds.worker.formats import compiled  # noqa: PLC0415 - few have one

            try:
                compiled(self.format)
            except ValueError as problem:
                yield "format", str(problem)


class CommandCheck(Check, frozen=True, kw_only=True, tag="command"):
    """A program that keeps the convention of Nagios plugins: 0 ok, 1 warning, 2 critical, 3 unknown."""

    command: Annotated[tuple[str, ...], Meta(
        min_length=1, max_length=500,
        description="The program and its arguments, each an item; no shell reads it. Whoever lists processes sees"
                    " them, so secrets belong into `secrets`.")]
    env: Annotated[dict[str, str], Meta(
        description="Its environment, besides PATH, HOME and the like.")] = field(default_factory=dict)
    secrets: Annotated[dict[str, Secret], Meta(
        description="More of its environment, from `${NAME}` or `file:/path`; removed from its output.",
    )] = field(default_factory=dict)
    folder: Annotated[str, Meta(description="Folder in which it is started.")] = "/"

    MAIN: ClassVar[str] = "value"
    VALUES: ClassVar[Mapping[str, str]] = {"status": "number", "value": "", "*": ""}
    CRITICAL: ClassVar[tuple[str, ...]] = ()
    WARNING: ClassVar[tuple[str, ...]] = ()

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """What the kernel would refuse."""
        yield from super().mistakes()
        if not self.command[0] or self.command[0].startswith("-"):
            yield "command", f"its first item must be a program, not `{self.command[0]}`"
        if wrong := _wrong_path(self.folder):
            yield "folder", wrong
        for key, names in (("env", self.env), ("secrets", self.secrets)):
            for name in names:
                if not name.isidentifier() or not name.isascii():
                    yield key, f"`{name}` cannot be the name of a variable"
        for name in self.env.keys() & self.secrets.keys():
            yield "secrets", f"`{name}` is in `env` too"
