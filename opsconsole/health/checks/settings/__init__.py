"""The part of the configuration that says which services are checked."""

from __future__ import annotations

from opsconsole.health.checks.settings.local import (
    AccessLogCheck,
    CommandCheck,
    FileCheck,
    LogCheck,
    PortCheck,
    ProcessCheck,
    TimerCheck,
    UnitCheck,
)
from opsconsole.health.checks.settings.net import (
    DnsCheck,
    HttpCheck,
    ImapCheck,
    SmtpCheck,
    SshCheck,
    TcpCheck,
    TlsCheck,
)
from opsconsole.health.checks.settings.own import HeartbeatCheck, MetricCheck
from opsconsole.health.checks.settings.servers import MysqlCheck, PostgresCheck, RedisCheck

Checks = dict[
    str,
    HttpCheck | TcpCheck | DnsCheck | TlsCheck | SmtpCheck | ImapCheck | SshCheck
    | RedisCheck | PostgresCheck | MysqlCheck
    | UnitCheck | TimerCheck | ProcessCheck | PortCheck | FileCheck | LogCheck | AccessLogCheck | CommandCheck
    | HeartbeatCheck | MetricCheck,
]
"""Name to check."""
