"""Those who work without a console: scripts that call commands, a mail server, a world that breaks and is mended."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from opsconsole.notify.model import TELLING
from tests.hostile import CORPUS
from tests.soak.house import DOORS, ITEMS

if TYPE_CHECKING:
    from tests.soak.house import House

FIRES: Final = frozenset(kind.value for kind in TELLING)
"""What says that something is wrong: where the first word of it waits, a later one takes its place."""
STATUS: Final = frozenset({0, 1, 2, 3, 4, 75})
"""How a command may end; a signal, which is negative, only by a fault."""
MAIL: Final = """From: {name} <{name}@example.net>
To: support@example.com
Subject: {subject}
Message-ID: <{word}@example.net>
{more}
{text}
"""


class Worker(threading.Thread):
    """Does one thing after another until the soak is over.

    Args:
        house: where.
        name: who, in the table.
        seed: of what is done.
    """

    def __init__(self, house: House, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.house, self.books = house, house.books
        self.chance = random.Random(seed)

    def run(self) -> None:
        """See above."""
        while not self.house.over.is_set():
            try:
                self.work()
            except Exception as error:  # noqa: BLE001 - told in the end, and the others go on
                self.books.problem(f"{self.name} could not go on: {type(error).__name__}: {error}")
                self.house.over.wait(1.0)

    def work(self) -> None:
        """One thing."""
        raise NotImplementedError

    def call(self, *arguments: str, stdin: str = "") -> str | None:
        """What a command printed; None where it says that nothing was stored."""
        status, out, errors = self.house.run(*arguments, stdin=stdin)
        self.books.count("commands" if status >= 0 else "commands ended by a fault")
        if status >= 0 and status not in STATUS:
            self.books.problem(f"`{' '.join(arguments)[:100]}` ended with {status}: {errors[-300:]}")
        elif status > 0:
            self.books.count(f"commands that said why not (status {status})")
            if not errors.strip() and not out.strip():
                self.books.problem(f"`{' '.join(arguments)[:100]}` ended with {status} and said nothing")
        return out if status == 0 else None


class Clerk(Worker):
    """Calls commands, as scripts and people in a shell do."""

    def work(self) -> None:
        """One command or two."""
        self.chance.choice((self.ticket, self.note, self.reply, self.tag, self.entry, self.round, self.look))()
        self.house.over.wait(self.chance.uniform(0.0, 1.0))

    def _number(self) -> str:
        top = self.house.rows("SELECT max(number) FROM ticket")
        return str(self.chance.randint(1, top[0][0])) if top and top[0][0] else ""

    def ticket(self) -> None:
        """A new one; its title may hold anything."""
        word = self.books.word("ticket", self.name)
        title = f"{word} {self.chance.choice(CORPUS)}" if self.chance.random() < 0.3 else f"{word} by command"
        title = title.replace("\0", "").encode("utf-8", "replace").decode()
        out = self.call("ticket", "new", "--text", "", "--mail", f"{word}@example.net", "--json", "--", title)
        if out is not None:
            self.books.acknowledge(word, json.loads(out)["tickets"][0]["number"])

    def note(self) -> None:
        """From standard input, as `df | opsconsole ticket note` does."""
        word = self.books.word("message", self.name)
        if (number := self._number()) and self.call("ticket", "note", number, stdin=f"{word}\nand more\n") is not None:
            self.books.acknowledge(word)

    def reply(self) -> None:
        """One that leaves by mail."""
        word = self.books.word("message", self.name)
        if (number := self._number()) and self.call("ticket", "reply", number, "--text", f"{word} is done") is not None:
            self.books.acknowledge(word)

    def tag(self) -> None:
        """A tag that nothing else has."""
        word = self.books.word("tag", self.name)
        if (number := self._number()) and self.call("ticket", "tag", number, word) is not None:
            self.books.acknowledge(word)

    def entry(self) -> None:
        """An entry, sometimes signed at once."""
        word, sign = self.books.word("entry", self.name), self.chance.random() < 0.5
        out = self.call("log", "add", f"{word} by command", "--task", "looked", *(["--sign"] if sign else []), "--json")
        if out is not None:
            self.books.acknowledge(word)
            if sign:
                self.books.sign(json.loads(out)["id"])

    def round(self) -> None:
        """Answers in the round that all are at; then it is signed, where that can be."""
        self.call("checklist", "start", "round")
        for item in self.chance.sample(range(ITEMS), 3):
            word = self.books.word("answer", self.name)
            if self.call("checklist", "answer", "round", f"i{item:02}", f"{word} seen") is not None:
                self.books.acknowledge(word)
        self.call("checklist", "propose", "round")
        if self.chance.random() < 0.5:
            self.call("checklist", "answer", "round", "asked")
            self.call("checklist", "sign", "round")

    def look(self) -> None:
        """Something that only reads."""
        command = self.chance.choice((
            ["ticket", "list", "--json"], ["log", "list"], ["log", "verify"], ["alert", "history"], ["check", "list"],
            ["doctor"], ["log", "timeline", "--since", "1h"], ["briefing"], ["checklist", "list"], ["notify", "outbox"],
            ["report", "list"], ["handover", "list"], ["ticket", "stats"], ["status"]))
        status, out, errors = self.house.run(*command)
        self.books.count("commands that read")
        if command == ["log", "verify"] and status == 1:
            self.books.problem(f"log verify: {out[-500:]}{errors[-500:]}")


class MailServer(Worker):
    """Hands mails to `ticket mail`; what is not taken is handed over again, with the same Message-ID."""

    def __init__(self, house: House, name: str, seed: int) -> None:
        super().__init__(house, name, seed)
        self.waiting: list[tuple[str, str]] = []
        """Word and text of what was not taken yet."""

    def work(self) -> None:
        """One mail, a new one or one that waits."""
        if not self.waiting or self.chance.random() < 0.6:
            self.waiting.append(self._made())
        self.deliver()
        self.house.over.wait(self.chance.uniform(0.5, 3.0))

    def deliver(self) -> bool:
        """Hand over what has waited longest; False: it goes on waiting."""
        word, text = self.waiting[0]
        if self.call("ticket", "mail", stdin=text) is None:
            self.waiting.append(self.waiting.pop(0))
            return False
        self.waiting.pop(0)
        self.books.acknowledge(word)
        return True

    def _made(self) -> tuple[str, str]:
        word = self.books.word("mail", self.name)
        known = self.house.rows("SELECT message_id FROM ticket_mail_id ORDER BY random() LIMIT 1")
        more = f"In-Reply-To: {known[0][0]}\n" if known and self.chance.random() < 0.4 else ""
        hostile = "".join(sign for sign in self.chance.choice(CORPUS) if sign.isprintable()) or "slow"
        subject = f"{word} {hostile}".encode("ascii", "ignore").decode()
        return word, MAIL.format(name=word, subject=subject, word=word, more=more, text="It is slow.\n" * 3)


class World(Worker):
    """What is watched breaks, is told, is mended, is told."""

    told: Final = 240.0
    """Seconds within which somebody must be told, whatever faults there are meanwhile."""

    def work(self) -> None:
        """One outage from its begin to the word of its end."""
        door = self.chance.choice(DOORS)
        before = self._told(door)
        self.house.door(door).unlink()
        seen = self._wait(door, "firing", before["firing"] + 1)
        self.house.door(door).touch()
        if seen:
            self.books.count("outages told")
            if self._wait(door, "resolved", before["resolved"] + 1):
                self.books.count("ends of outages told")
        self.house.over.wait(self.chance.uniform(1.0, 15.0))

    def _told(self, door: str) -> Counter[str]:
        """Of how many alerts of a check was told that they fire, and that they are over."""
        told = {(notice["thread"], notice["kind"] if notice["kind"] not in FIRES else "firing")
                for message in self.house.sink.got for notice in message["notices"]
                if re.search(rf"\b{door}\b", notice["title"])}
        return Counter(kind for _, kind in told)

    def _wait(self, door: str, kind: str, times: int) -> bool:
        until = time.monotonic() + self.told
        while time.monotonic() < until:
            if self._told(door)[kind] >= times:
                return True
            if self.house.over.wait(0.5):
                # Whether it comes is seen at the end.
                return False
        self.books.problem(f"nobody was told within {self.told:g} s that {door} is {kind}")
        return False
