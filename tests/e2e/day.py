"""The place of a day: a configuration made of a preset, servers that it asks, people, and one clock for all of them."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from contextlib import ExitStack, suppress
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Final, Self

from opsconsole.core.identity import current_actor
from opsconsole.core.settings import RoleSettings
from opsconsole.settings import load_settings
from tests.agent.agents import Agents, Place
from tests.e2e.moved_clock import MovedClock
from tests.e2e.people import People
from tests.e2e.program import ROOT, command, console, eventually
from tests.e2e.watched import NOTHING_ELSE, Journal, Redis, Sink, redis, rows, web_channel
from tests.servers.mail import Mail, smtp_sink
from tests.servers.web import Asked, reply, slowly, web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from email.message import EmailMessage
    from pathlib import Path
    from types import TracebackType

    from tests.terminal import Terminal

SLOW: Final = 3.2
"""Seconds that the home page takes while it is slow: no alert yet, but more than the 3 s of the morning check."""
STEP: Final = 3.0
"""Seconds by which time goes on at once without being noticed as a jump."""
LOGS: Final = ("field-service/app.log", "field-service/audit.log", "nginx/access.log", "fail2ban.log", "backup.log",
               "dpkg.log")
ACCESS: Final = '192.0.2.9 - - [13/May/2031:07:00:00 +0200] "GET / HTTP/1.1" 200 512 "-" "test" 0.100\n'
OWN: Final = """\
data: {data}
console: {{refresh: 10s}}
roles:
  operator: {{users: [ana]}}
  supervisor: {{users: [ben]}}
  admin: {{users: [{login}]}}
"""
SESSIONS: Final = """\
  redis:
    kind: redis
    host: 127.0.0.1
    port: {port}
    every: 5s
    label: Sessions
    group: platform
    help: What changed before it? Nobody can sign in while it is gone.

  sign-ins:
"""
RULE: Final = """\
  check:redis: {react_within: 0s, ladder: escalation, ticket: technical}
  check:backup:"""


class Day:
    """Everything of it, from `with` to its end.

    Args:
        folder: an empty one, where all of it is kept.
        begin: local time at the beginning.
    """

    def __init__(self, folder: Path, begin: str) -> None:
        self.folder, self.logs, self.backups = folder, folder / "log", folder / "backup"
        self.config, self.data = folder / "opsconsole.yaml", folder / "data"
        self.people = People(folder / "people", ("ana", "ben"))
        self.clock = MovedClock(folder / "clock", begin)
        self.journal = Journal(folder / "bin")
        self.pager = Sink(folder / "pager.jsonl")
        self.slow = False
        self._agents = Agents(Place(folder))
        self._running = ExitStack()
        self.redis: Redis
        self.mails: list[Mail]

    def __enter__(self) -> Self:
        with ExitStack() as running:
            running.callback(self._agents.end)
            self.redis = running.enter_context(redis())
            mail = running.enter_context(smtp_sink())
            self.mails = mail.mails
            phone = running.enter_context(web_channel(self.pager))
            site = running.enter_context(web(self._page))
            self._machine()
            self._configured(f"http://127.0.0.1:{site.port}", mail.port, phone)
            self._running = running.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._running.close()

    # -- what it stands on ------------------------------------------------------------------------------------------

    def _page(self, asked: Asked) -> bytes | AsyncIterator[bytes]:
        page = reply(200, b"all is well")
        return slowly(SLOW, page) if self.slow and asked.target == "/" else page

    def _machine(self) -> None:
        """Logs of a machine on which nothing happens, and yesterday's backup."""
        self.backups.mkdir()
        for name in LOGS:
            (self.logs / name).parent.mkdir(parents=True, exist_ok=True)
            (self.logs / name).write_text(ACCESS if name == "nginx/access.log" else "")
        self.backed_up()

    def _configured(self, site: str, smtp: int, phone: dict[str, object]) -> None:
        """What `init` writes, with all that is marked changed as somebody would change it."""
        self.run("init", "--preset", "field-service", "--site", site, "--path", self.config, config=False)
        address = self.folder / "mail-url"
        address.write_text(f"mailto://127.0.0.1:{smtp}/?to=ana@example.org&from=console@example.org&mode=insecure")
        address.chmod(0o600)
        login = current_actor(RoleSettings()).name
        text = self.config.read_text(encoding="utf-8")
        for old, new in (
                ("# Preset", OWN.format(data=self.data, login=login) + "# Preset"), ("/var/log/", f"{self.logs}/"),
                ("/srv/backup/field-service/", f"{self.backups}/"), ("/srv/backup", str(self.backups)),
                ("mail: {kind: log}", f'mail: {{kind: apprise, url: "file:{address}"}}'),
                ("phone: {kind: log}", f"phone: {json.dumps(phone)}"),
                ("  sign-ins:\n", SESSIONS.format(port=self.redis.port)), ("  check:backup:", RULE),
                ("kind: postgres\n", "kind: postgres\n    enabled: false\n"),
                ("kind: tls\n", "kind: tls\n    enabled: false\n"),
                ("use: [field-service]", "use: [field-service]\n  off: [status-daily]"),
                ("  goals:\n", "  closing: {root_cause: [urgent]}\n  goals:\n"),
                ("{warning: 80%, critical: 95%}", "{warning: null, critical: null}"),
                ("health:\n", f"health:\n  logs: {self.logs}\n  {_limits()}\n")):
            assert old in text, old
            text = text.replace(old, new)
        for old, new in (("administrator", "ana"), ("technical-lead", "ben")):
            text = re.sub(rf"(?<![a-z] ){old}\b(?! \()", new, text)
        self.config.write_text(re.sub(r" +# CHANGE.*", "", text), encoding="utf-8")

    def arrives(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a message, which itself waits for more that is to be told: time goes on meanwhile, step by step."""
        def passed() -> bool:
            found = condition()
            if not found:
                self.clock.go_on(STEP)
                time.sleep(STEP / 6)
            return found

        eventually(passed, what, 60)

    def backed_up(self) -> None:
        """The backup of this night is there."""
        file = self.backups / f"{self.clock.shows('%Y-%m-%d')}.gz"
        file.write_bytes(os.urandom(4096))
        self.touched(file)
        self.touched(self.backups)

    def touched(self, file: Path) -> None:
        """It was written now, by the clock of this day."""
        os.utime(file, ns=(self.clock.nanoseconds(),) * 2)

    def upgraded(self, package: str, before: str, after: str) -> None:
        """Dpkg has upgraded a package, as its log says it, and systemd restarted its unit."""
        log = self.logs / "dpkg.log"
        with log.open("a") as out:
            out.write(f"{self.clock.shows('%Y-%m-%d %H:%M:%S')} upgrade {package}:amd64 {before} {after}\n")
        self.touched(log)
        self.journal.restarted(f"{package}.service", self.clock.now())

    # -- who acts ---------------------------------------------------------------------------------------------------

    def console(self, name: str) -> Terminal:
        """The console of one of the people, at 80x24, not yet started."""
        return console("--config", str(self.config), before=self.people.before(name), columns=80, rows=24,
                       env={**self.clock.env(ROOT), **self.people.env(name)})

    def run(self, *arguments: str | Path, by: str = "", stdin: str = "", status: int = 0, config: bool = True) -> str:
        """What a command says; by one of the people, or by whoever runs the tests, as root's jobs are."""
        words = command(*(["--config", str(self.config)] if config else []), *map(str, arguments))
        env = {**os.environ, **self.clock.env(ROOT), **(self.people.env(by) if by else {})}
        done = subprocess.run([*(self.people.before(by) if by else ()), *words], input=stdin, capture_output=True,
                              text=True, timeout=120, check=False, env=env)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str | Path) -> Any:
        """What a command says, as data."""
        return json.loads(self.run(*arguments, "--json"))

    def agent(self) -> None:
        """The permanent agent starts."""
        words = command("--config", str(self.config), "agent")
        path = os.pathsep.join((str(self.journal.folder), os.environ["PATH"]))
        self._agents.run(words, env={**self.clock.env(ROOT), "PATH": path}, pipe=False)

    def agent_ends(self) -> None:
        """As when its unit is stopped."""
        last = self._agents.all[-1]
        last.send(signal.SIGTERM)
        assert last.ended() == 0, last.said()

    @property
    def said(self) -> str:
        """The agent's log."""
        return "".join(one.said() for one in self._agents.all)

    # -- what there is ----------------------------------------------------------------------------------------------

    def records(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Rows of what people entered and were told, read by another program."""
        return rows(self.data / "opsconsole.db", query, *arguments)

    def metrics(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Rows of what was measured, the same way."""
        return rows(self.data / "metrics.db", query, *arguments)

    def looks(self, *names: str) -> None:
        """Wait until checks have run since now: these, else all."""
        since, checks = self.clock.now(), load_settings(self.config).settings.checks or {}
        wanted = set(names or (name for name, one in checks.items() if one.enabled))

        def looked() -> bool:
            with suppress(sqlite3.OperationalError):
                return wanted <= {name for (name,) in self.metrics("SELECT name FROM check_state WHERE at >= ?", since)}
            # The agent is about to make the tables.
            return False

        eventually(looked, "the look of each check", 60)

    @property
    def subjects(self) -> list[str]:
        """Of the mails that came."""
        return [self.subject(one) for one in self.mails]

    def subject(self, mail: Mail) -> str:
        """As a person reads it."""
        return str(self.read(mail)["Subject"])

    def text(self, mail: Mail) -> str:
        """The same of its text, in one line."""
        return " ".join(str(self.read(mail).get_content()).split())

    def read(self, mail: Mail) -> EmailMessage:
        """With all of its headers."""
        return message_from_bytes(mail.content, policy=policy.default)


def _limits() -> str:
    """Limits that the machine of the tests never reaches, beside the two that the preset has."""
    return "\n  ".join(f"{name}: {json.dumps(value)}" for name, value in NOTHING_ELSE.items()
                       if name not in ("memory", "space"))
