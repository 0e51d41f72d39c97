"""One soak from its beginning to the balance of its books."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from email import message_from_bytes
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.soak.books import balance
from tests.soak.clerk import FIRES, Clerk, MailServer, World
from tests.soak.faults import Faults
from tests.soak.house import House, may_mount
from tests.soak.memory import Life, Memory
from tests.soak.person import Person
from tests.soak.plan import Fault, Kind, plan

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.mail import Sink as MailSink
    from tests.soak.clerk import Worker

SETTLING: Final = 240.0
"""Seconds in which all that waits must have left, once nothing disturbs it any more."""
_RAISED: Final = r"^(?:\w+\.)*(\w+(?:Error|Exception|Full|Busy|Unusable|Lost)): ?(.{0,80})"
"""The last line of a stack trace."""


class Wanted(NamedTuple):
    """What is to be soaked."""

    seconds: float = 1800
    seed: int = 1
    consoles: int = 4
    faults: int = 200


class Outcome(NamedTuple):
    """How it went."""

    wanted: Wanted
    took: float
    mounted: bool
    inflicted: Counter[Kind]
    missed: Counter[Kind]
    counts: Counter[str]
    wrong: list[str]
    odd: list[str]
    lives: list[Life]
    sums: dict[str, int]


def soak(wanted: Wanted, folder: Path, keep: Path | None = None) -> Outcome:
    """Runs it in a new folder, which is removed afterwards.

    Args:
        wanted: how long, how many.
        folder: of which one inside is made.
        keep: where the records, what was told and the agent's log go if the books do not balance.
    """
    folder.mkdir(exist_ok=True)
    house = House(folder / "house", mounted=may_mount(folder / "probe"))
    begun = time.monotonic()
    with house.open() as mail:
        crew = _Crew(house, mail, wanted)
        try:
            crew.work()
            wrong = crew.close()
        finally:
            crew.end()
        if wrong and keep is not None:
            house.keep(keep)
        return Outcome(wanted, time.monotonic() - begun, house.mounted, crew.faults.done, crew.faults.missed,
                       house.books.counts, wrong, house.books.odd, crew.memory.longest(), crew.sums)


class _Crew:
    """All who work in a house."""

    def __init__(self, house: House, mail: MailSink, wanted: Wanted) -> None:
        self.house, self.mail, self.wanted = house, mail, wanted
        seed = 1000 * wanted.seed
        self.people = [Person(house, f"console {number + 1}", seed + number) for number in range(wanted.consoles)]
        self.server = MailServer(house, "mail server", seed + 100)
        clerks = [Clerk(house, f"script {number + 1}", seed + 200 + number) for number in range(2)]
        self.workers: list[Worker] = [self.server, World(house, "world", seed + 101), *clerks]
        faults: list[Fault] = plan(wanted.seed, wanted.seconds, wanted.faults)
        self.faults = Faults(house, faults, self.people, mail)
        self.memory = Memory(house, self.people)
        self.keeper = threading.Thread(target=house.keep_agent, name="keeper", daemon=True)
        self.sums: dict[str, int] = {}

    def work(self) -> None:
        """Until the time is over."""
        self.house.run("log", "add", "the beginning", "--sign")
        threads = [self.keeper, *self.people, *self.workers, self.memory, self.faults]
        for thread in threads:
            thread.start()
        end = time.monotonic() + self.wanted.seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
        self.faults.join()
        self.house.over.set()
        for one in (*self.people, *self.workers):
            one.join(180)
            if one.is_alive():
                self.house.books.problem(f"{one.name} did not come to an end")

    def close(self) -> list[str]:
        """Let everything leave that waits, then balance the books."""
        house = self.house
        house.over.clear()
        keeper = threading.Thread(target=house.keep_agent, name="keeper", daemon=True)
        self.keeper.join(10)
        house.end_agent()
        keeper.start()
        self._mend()
        until = time.monotonic() + SETTLING
        while time.monotonic() < until:
            while self.server.waiting and self.server.deliver():
                pass
            if not self.server.waiting and not self._waiting() and house.agent_works():
                break
            time.sleep(1.0)
        wrong = [f"still waiting: {what}" for what in self._waiting()]
        wrong += [f"the mail server still has {word}" for word, _ in self.server.waiting]
        house.over.set()
        keeper.join(10)
        if (status := house.end_agent()) != 0:
            wrong.append(f"the agent ended with {status}")
        return house.books.problems + wrong + self._balance()

    def _mend(self) -> None:
        for check in ("door", "gate", "roof"):
            self.house.door(check).touch()

    def _waiting(self) -> list[str]:
        """What is not told, sent or over yet."""
        asked = {
            "notices without a plan": "SELECT count(*) FROM outbox_notice WHERE planned IS NULL",
            "messages": "SELECT count(*) FROM outbox_message WHERE state IN ('waiting', 'sending')",
            "mails": "SELECT count(*) FROM ticket_mail WHERE state IN ('waiting', 'sending')",
            "alerts that fire": "SELECT count(*) FROM alert WHERE ended IS NULL"}
        found = {what: self.house.rows(sql) for what, sql in asked.items()}
        return [f"{rows[0][0] if rows else '?'} {what}" for what, rows in found.items() if not rows or rows[0][0]]

    # -- the balance --------------------------------------------------------------------------------------------------

    def _balance(self) -> list[str]:
        house = self.house
        wrong = balance(house.books, house.rows, house.drafts())
        for name in ("opsconsole.db", "metrics.db"):
            with closing(sqlite3.connect(house.data / name)) as raw:
                for pragma in ("integrity_check", "foreign_key_check"):
                    if (said := raw.execute(f"PRAGMA {pragma}").fetchall()) not in ([("ok",)], []):
                        wrong.append(f"{pragma} of {name}: {said[:3]}")
        for arguments in (["log", "verify"], ["log", "verify", "--heads", str(house.heads)]):
            if arguments[-1] != str(house.heads) or house.heads.exists():
                status, out, errors = house.run(*arguments)
                if status != 0:
                    wrong.append(f"{' '.join(arguments)} ended with {status}: {out}{errors}")
        self._count_raised()
        return wrong + self._told() + self._mailed()

    def _told(self) -> list[str]:
        """Every alert was told, its end too, and no message came twice."""
        house, wrong = self.house, []
        times = Counter(message["id"] for message in house.sink.got)
        repeats = {message["id"] for message in house.sink.got if message["repeat"]}
        for one, count in times.items():
            if count > 1 and one not in repeats:
                wrong.append(f"message {one} came {count} times and does not say that it may be a repeat")
        notices = [notice for message in house.sink.got for notice in message["notices"]]
        told = {(notice["thread"], "firing" if notice["kind"] in FIRES else notice["kind"]) for notice in notices}
        # Of what was over before anybody could be told, one line says that it was, and since when.
        at_once = {notice["thread"] for notice in notices if notice["untold_since"] is not None}
        for number, key in house.rows("SELECT id, key FROM alert"):
            missing = [kind for kind in ("firing", "resolved") if (f"alert:{number}", kind) not in told]
            if missing and not (missing == ["firing"] and f"alert:{number}" in at_once):
                wrong.append(f"nobody was told of alert {number} ({key}): {' and '.join(missing)}")
        failed = house.rows("SELECT count(*) FROM outbox_message WHERE state = 'failed'")[0][0]
        if failed:
            wrong.append(f"{failed} messages were given up")
        self.sums |= {"alerts": house.rows("SELECT count(*) FROM alert")[0][0], "messages": len(times),
                      "alerts that were over before they could be told, and told so": len(at_once),
                      "messages that came again, and said so": sum(count - 1 for count in times.values())}
        return wrong

    def _mailed(self) -> list[str]:
        """Every reply with a recipient left once; again only where nobody knew whether it had."""
        wrong = []
        times = Counter(str(message_from_bytes(mail.content)["Message-ID"]).strip() for mail in self.mail.mails)
        unsure = 0
        for message_id, state, doubt in self.house.rows("SELECT message_id, state, unsure FROM ticket_mail"):
            came = times.get(message_id, times.get(f"<{message_id}>", 0))
            unsure += max(0, came - 1)
            if state == "sent" and came == 0:
                kind = self.house.rows("SELECT kind FROM ticket_mail WHERE message_id = :id", {"id": message_id})
                wrong += [f"a mail counts as sent and never came: {message_id}"] if kind != [("survey",)] else []
            if came > 1 + doubt:
                wrong.append(f"the mail {message_id} came {came} times")
        self.sums |= {"mails that left": len(times), "mails that left again, nobody knew": unsure}
        return wrong

    def _count_raised(self) -> None:
        """Mistakes of the program that only its log tells."""
        places = [*self.house.state.glob("opsconsole/*.log*"), self.house.folder / "agent.log"]
        text = "".join(path.read_text(errors="replace") for path in places if path.exists())
        kinds = Counter(re.findall(_RAISED, text, re.MULTILINE))
        for (name, said), count in kinds.most_common(12):
            self.house.books.counts[f"log: {name}: {said}"] += count

    def end(self) -> None:
        """Whatever still runs."""
        self.house.over.set()
        self.house.end_agent()
        for one in self.people:
            if one.terminal is not None:
                one.terminal.stop()
        for process in list(self.house.commands.values()):
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
