"""What an agent may have stored of web-01 at the instant of `samples`: checks, alerts, changes, silences."""

from __future__ import annotations

from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.levels import Level
from opsconsole.health.alerts.machine import Phase
from opsconsole.health.alerts.model import Alert, Detail, Window, WindowKind
from opsconsole.health.board import Stored
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.checks.model import CheckState
from opsconsole.notify.model import Severity
from tests.health.samples import NOW

HELP = ("Look at `journalctl -u redis-server -n 50`. If the configuration is rejected, put back"
        " /etc/redis/redis.conf from the package's copy and restart. The shop works without it, but slowly.")


def well(name: str, text: str, *, label: str = "", kind: str = "http", since: int = 12 * DAY, **more: object,
         ) -> CheckState:
    """A check that found nothing wrong 20 s ago."""
    return CheckState(name, kind, Level.OK, NOW - since, text, NOW - 20_000, label=label, **more)  # type: ignore[arg-type]


QUEUE = well("queue", "124 jobs", kind="redis", label="queue depth", limit="< 1000", uptime=100.0)
WELL = (
    well("home", "200", label="GET /health", values={"latency": 0.084}, p95=0.21, uptime=99.98, group="shop"),
    well("db", "200", label="GET /health/db", values={"latency": 0.012}, p95=0.031, uptime=100.0, group="shop"),
    QUEUE,
    well("redis", "PONG", kind="redis", values={"latency": 0.0008}, p95=0.0021, uptime=99.71),
    well("tls", "expires in 61 d", label="TLS shop", kind="tls", limit="> 21 d", uptime=100.0),
    well("backup", "6 h old, 1.2 GiB", label="last backup", kind="file", limit="< 24 h", uptime=98.4),
    well("nginx", "active since 19 d", label="nginx.service", kind="unit", uptime=100.0),
)
REDIS = CheckState("redis", "redis", Level.CRITICAL, NOW - 4 * MINUTE, "refused", NOW - 15_000, took=0.002,
                   uptime=99.71)
TLS = CheckState("tls", "tls", Level.WARNING, NOW - 9 * HOUR, "certificate expires in 12 d, should be > 21 d",
                 NOW - 15_000, label="TLS shop", limit="> 21 d", uptime=100.0)
BROKEN = (REDIS, TLS, *(one for one in WELL if one.name not in {"redis", "tls"}))
STALE = tuple(replace(one, at=NOW - 50 * MINUTE) for one in WELL)

DOWN = Alert(
    17, "check:redis", "", "redis", "redis", Severity.CRITICAL, Phase.FIRING, NOW - 4 * MINUTE, NOW - 3 * MINUTE,
    "refused", Detail(help=HELP, runbook="Cache problems", category="database", ladder="default", react_within=900.0,
                      names=("redis", "check:redis", "group:shop"), check="redis"), told=True)
VAR = Alert(
    15, "limit:mount:/var", "", "mount:/var", "/var", Severity.WARNING, Phase.FIRING, NOW - 2 * HOUR, NOW - 2 * HOUR,
    "91 %, warning from 80 %", Detail(names=("mount:/var",), limit="< 80 %"), acknowledged_by="ben",
    acknowledged=NOW - HOUR, note="growing logs, cleaning tonight", told=True)
CERTIFICATE = Alert(
    12, "check:tls", "", "tls", "TLS shop", Severity.WARNING, Phase.FIRING, NOW - 9 * HOUR, NOW - 9 * HOUR,
    "certificate expires in 12 d, should be > 21 d",
    Detail(check="tls", names=("tls", "check:tls"), limit="> 21 d"),
    muted_by="silenced by cho until Mon 09:00: new certificate is ordered")
UPGRADE = Change(NOW - 5 * MINUTE, ChangeKind.PACKAGE, "redis-server upgraded 7.0.14 to 7.0.15")
CHANGES = (Change(NOW - 50 * MINUTE, ChangeKind.SIGN_IN, "root from 10.20.0.15"), UPGRADE,
           Change(NOW - 4 * MINUTE - 30_000, ChangeKind.UNIT, "redis-server.service restarted"))

SILENCE = Window(4, WindowKind.SILENCE, "check:tls", "cho", "new certificate is ordered", NOW - 8 * HOUR,
                 NOW + 2 * DAY + 18 * HOUR)
WORK = Window(5, WindowKind.MAINTENANCE, "group:shop", "ana", "upgrade of the shop to 4.2", NOW - 10 * MINUTE,
              NOW + 35 * MINUTE)
PLANNED = Window(6, WindowKind.MAINTENANCE, "mount:/srv/*", "ben", "the disk is being replaced", NOW + 8 * HOUR,
                 NOW + 10 * HOUR)
WINDOWS = (WORK, SILENCE, PLANNED)

INCIDENT = Stored(checks=BROKEN, alerts=(DOWN, CERTIFICATE, VAR), changes=CHANGES, on_call="ben")
ALL_WELL = Stored(checks=WELL)
AGENT_DEAD = Stored(checks=STALE)
_NAMES = ("home", "login", "search", "basket", "order", "invoice", "mail", "queue", "worker", "cron")
MANY = Stored(checks=(REDIS, TLS, *(
    well(f"shop-{number}", "200", label=f"GET /{_NAMES[number % 10]}/{number}",
         values={"latency": 0.01 + number / 300}, p95=0.05 + number / 100, uptime=100 - number / 50)
    for number in range(38))), alerts=(DOWN, CERTIFICATE), changes=CHANGES, on_call="ben")
