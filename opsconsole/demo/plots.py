"""What goes on in each preset: who works there, and what has broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ME: Final = "ana"
"""Whoever opens the console: the one on call."""
HOST: Final = "web-1"


class Trouble(NamedTuple):
    """What has broken, and why."""

    unit: str
    """The service that does not run."""
    packages: tuple[str, ...]
    """What was upgraded shortly before."""
    says: str
    """What the check says since."""
    output: str
    """What its client printed."""
    journal: tuple[str, ...]
    """What the service wrote; `{stamp}` and `{host}` stand for the beginning of a line."""
    heard: str
    """What whoever took it wrote first."""
    found: str
    """And then."""


class Plot(NamedTuple):
    """One preset as it is used."""

    cast: Mapping[str, str]
    """Login names of the preset, and those of people here."""
    broken: str
    """The check that is critical."""
    trouble: Trouble
    hit: Mapping[str, str]
    """Checks that warn because of it, and what they say."""
    runbook: str = "emergency"
    """The checklist on demand that somebody walks through because of it."""


_CACHE: Final = Trouble(
    "redis-server.service",
    ("redis-server upgraded 7.0.14 to 7.0.15", "redis-tools upgraded 7.0.14 to 7.0.15",
     "liblzf1 upgraded 3.6-3 to 3.6-4"),
    "refused", "Could not connect to Redis at 127.0.0.1:6379: Connection refused",
    ("systemd[1]: Starting redis-server.service - Advanced key-value store...",
     "redis-server[90121]: *** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***",
     "redis-server[90121]: Reading the configuration file, at line 88",
     "redis-server[90121]: >>> 'bind-source 10.20.0.4'",
     "redis-server[90121]: Bad directive or wrong number of arguments",
     "systemd[1]: redis-server.service: Failed with result 'exit-code'."),
    "Redis does not start. Pages work from the database, but slowly; jobs wait.",
    "It began two minutes after the upgrade to 7.0.15, see the timeline: line 88 of `redis.conf` is refused since. I"
    " compare it with the copy of the package.")
_DATABASE: Final = Trouble(
    "postgresql@15-main.service",
    ("postgresql-15 upgraded 15.9-0 to 15.10-0", "postgresql-client-15 upgraded 15.9-0 to 15.10-0",
     "libpq5 upgraded 15.9-0 to 15.10-0"),
    "sorry, too many clients already", "psql: error: connection to server at \"127.0.0.1\", port 5432 failed:"
    " FATAL:  sorry, too many clients already",
    ("systemd[1]: Started postgresql@15-main.service - PostgreSQL Cluster 15-main.",
     "postgres[88110]: LOG:  configuration file \"postgresql.conf\" was replaced, 100 connections",
     "postgres[88110]: LOG:  database system is ready to accept connections",
     "postgres[88204]: FATAL:  sorry, too many clients already",
     "postgres[88207]: FATAL:  sorry, too many clients already",
     "postgres[88211]: FATAL:  remaining connection slots are reserved for roles with SUPERUSER"),
    "The database takes no more connections. Whoever is signed in stays, nobody new gets in.",
    "It began after the upgrade to 15.10, see the timeline: `postgresql.conf` was replaced, and `max_connections` is"
    " 100 again in place of 300.")
_WEB: Final = Trouble(
    "php8.2-fpm.service",
    ("php8.2-fpm upgraded 8.2.24-1 to 8.2.26-1", "php8.2-common upgraded 8.2.24-1 to 8.2.26-1",
     "php8.2-cli upgraded 8.2.24-1 to 8.2.26-1"),
    "502, should be < 400", "HTTP/1.1 502 Bad Gateway\nserver: nginx",
    ("systemd[1]: Starting php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...",
     "php-fpm8.2[77310]: [pool www] unable to set listen address as it's already used in another pool 'www'",
     "php-fpm8.2[77310]: failed to post process the configuration",
     "php-fpm8.2[77310]: FPM initialization failed",
     "systemd[1]: php8.2-fpm.service: Failed with result 'exit-code'."),
    "The site answers 502: PHP does not start.",
    "It began after the upgrade to 8.2.26, see the timeline: the package brought its own `www.conf` beside ours, so"
    " there are two pools of one name.")
_SLOW: Final = "latency is 3.4 s, should be < 3 s"

PLOTS: Final[Mapping[str, Plot]] = {
    "dashboard": Plot({"agent-1": "ana", "agent-2": "ben", "senior-1": "carla", "senior-2": "dan"}, "redis", _CACHE,
                      {"queue": "refused", "home-page": _SLOW}, "urgent-ticket"),
    "expense-api": Plot({"engineer-1": "ana", "engineer-2": "ben", "lead": "carla"}, "database", _DATABASE,
                        {"health-db": "503, should be < 400", "health": _SLOW}, "critical"),
    "field-service": Plot({"administrator": "ana", "technical-lead": "ben", "project-manager": "carla"}, "database",
                          _DATABASE, {"dashboard": "503, should be < 400", "home-page": _SLOW}),
    "generic": Plot({"ana": "ana"}, "home-page", _WEB, {"sign-in": "502, should be < 400"}),
    "marketing-site": Plot({"agent": "ana", "senior": "ben", "developer-1": "carla", "developer-2": "dan",
                            "management": "sue", "owner": "eva"}, "home-page", _WEB, {"form": "502, should be < 400"},
                           "outage"),
    "shop": Plot({"support": "ana", "developer-1": "ben", "developer-2": "carla", "architect": "dan", "manager": "sue"},
                 "cache", _CACHE, {"queue": "refused", "site": _SLOW})}
"""Each preset."""


def people(plot: Plot) -> tuple[str, ...]:
    """Who works there, whoever opens the console first; at least two, since some things take a second person."""
    found = dict.fromkeys((ME, *plot.cast.values()))
    return tuple(found) if len(found) > 1 else (*found, "ben")
