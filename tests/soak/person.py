"""Somebody at a console: writes tickets, notes, replies, answers and entries, presses keys without sense between."""

from __future__ import annotations

import random
import re
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tests.terminal import NotSeenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.soak.house import House
    from tests.terminal import Terminal

SIZES: Final = ((80, 24), (120, 40))
SENSELESS: Final = ("j", "k", "g", "G", "<ctrl+d>", "<ctrl+u>", "[", "]", "T", "1", "2", "3", "4", "?", "<esc>",
                    "<tab>", "<enter>", "<left>", "<right>", "h", "l", "<ctrl+r>", "O", "i", "d", "N")
"""Keys that end no process, mute nothing, take nothing back and confirm nothing."""
SCREENS: Final = {"1": r"CPU\b.*\d+ ?%", "2": r"^ [Oo]pen \d+ +[Mm]ine", "3": "START WHEN NEEDED|TODAY",
                  "4": "^ Entries"}
STEP: Final = 20.0
"""Seconds that a step may take: a locked database keeps a write waiting for five."""
DRAFTED: Final = 1.5
"""Seconds after which what was typed must be on disk; the machine is busy, so more than the one that is promised."""
EXPECTED: Final = {"killed": 128 + signal.SIGKILL, "dropped": 128 + signal.SIGHUP}


class Person(threading.Thread):
    """One console after another, until the soak is over.

    Args:
        house: where.
        name: who, in the table.
        seed: of what they do.
    """

    def __init__(self, house: House, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.house, self.books = house, house.books
        self.chance = random.Random(seed)
        self.doom = ""
        """What was done to the console, when somebody ends it."""
        self.terminal: Terminal | None = None
        self.age = 0.0
        """When this console was started, by `time.monotonic`."""
        self._typed: tuple[str, float] | None = None
        """What stands in a form now, and since when it was seen there."""
        self._numbers: set[str] = set()

    def run(self) -> None:
        """See above."""
        while not self.house.over.is_set():
            try:
                self.session()
            except Exception as error:  # noqa: BLE001 - told in the end, and the others go on
                self.books.problem(f"{self.name} could not go on: {type(error).__name__}: {error}")
                self.house.over.wait(1.0)

    def session(self) -> None:
        """One console from its start to its end."""
        self.doom, self._typed = "", None
        with self.house.console(*self.chance.choice(SIZES)) as terminal:
            self.terminal, self.age = terminal, time.monotonic()
            self.books.count("console started")
            with suppress(NotSeenError):
                self.go_to("1", 60)
            while terminal.status is None and not self.house.over.is_set():
                self._one(terminal)
            if terminal.status is None:
                self.leave(terminal)
            self.judge(terminal)
            self.terminal = None

    def _one(self, terminal: Terminal) -> None:
        """Something is done, well or not."""
        errand = self.chance.choice((self.ticket, self.note, self.reply, self.entry, self.answer, self.senseless))
        try:
            errand(terminal)
            self.books.count(f"console: {errand.__name__}")
        except NotSeenError as error:
            if terminal.status is None and not self.house.over.is_set():
                self.books.count("console: given up")
                self._gave_up(terminal, errand.__name__, error)

    def _gave_up(self, terminal: Terminal, errand: str, error: NotSeenError) -> None:
        # While the disk is in trouble a write may fail; else something is odd, or the machine is slow.
        if self.house.quiet_for() > 2 * STEP:
            self.books.count(f"console: given up without trouble ({errand})")
            self.books.odd.append(f"{self.name}, {errand}: {str(error).partition('last bytes')[0]}")
        with suppress(NotSeenError):
            self.go_to("1")

    def leave(self, terminal: Terminal) -> None:
        """As a person does: out of whatever is open, then q."""
        with suppress(NotSeenError):
            self.go_to("1", 60)
            terminal.send("q")
            self.doom = "left"
            terminal.wait_exit(30)

    def judge(self, terminal: Terminal) -> None:
        """Whether the console ended as it should, and what of that which was typed must be found again."""
        status = terminal.status
        if b"Traceback" in terminal.raw or b"A mistake in the program" in terminal.raw:
            self.books.problem(f"{self.name}: a mistake in the program: {bytes(terminal.raw[-600:])!r}")
        if (self.doom == "left" and status == 0) or status == EXPECTED.get(self.doom):
            self.books.count(f"console ended well: {self.doom}")
            if self.doom != "killed":
                with suppress(NotSeenError, OSError):
                    if found := terminal.leftovers():
                        self.books.problem(f"{self.name}: the terminal was left with {'; '.join(found)}")
        elif status in (2, 4) and self.house.quiet_for() < 60:
            self.books.count("console refused to start")
            self.house.over.wait(1.0)
        else:
            self.books.problem(f"{self.name}: the console ended with {status}, {self.doom or 'by itself'}:\n"
                               f"{terminal.text}")
        if self._typed is not None and self.doom in EXPECTED:
            word, since = self._typed
            stood = time.monotonic() - since
            if stood > DRAFTED and self.house.quiet_for() > stood + DRAFTED:
                self.books.draft(word)

    # -- ways ---------------------------------------------------------------------------------------------------------

    def go_to(self, digit: str, patience: float = 20.0) -> None:
        """To a screen, from wherever this is."""
        terminal, until = self._there(), time.monotonic() + patience
        wanted = re.compile(SCREENS[digit], re.MULTILINE)
        while True:
            terminal.send("<esc>")
            terminal.settle(0.15, 1.0)
            terminal.send(digit)
            with suppress(NotSeenError):
                terminal.wait_for(SCREENS[digit], 2.0)
                terminal.settle(0.15, 1.0)
                if wanted.search(terminal.text) and "ctrl+s" not in terminal.text:
                    self._typed = None
                    if digit == "2":
                        self._all_open(terminal)
                    return
            if terminal.status is not None or time.monotonic() > until:
                raise NotSeenError(f"{self.name} does not come to screen {digit}:\n{terminal.text}")

    def _all_open(self, terminal: Terminal) -> None:
        """Back to the first view, where keys without sense have led to another one."""
        for _ in range(8):
            if re.search(r"^ Open \d", terminal.text, re.MULTILINE):
                return
            terminal.send("[")
            terminal.settle(0.2, 1.0)

    def _there(self) -> Terminal:
        assert self.terminal is not None
        return self.terminal

    def _type(self, terminal: Terminal, word: str) -> None:
        terminal.send(f"{word} ")
        terminal.wait_for(word, STEP)
        self._typed = (word, time.monotonic())

    def _linger(self, terminal: Terminal) -> None:
        """Think before it is saved: that is when consoles are ended."""
        terminal.settle(self.chance.choice((0.1, 0.5, 2.5)), 3.0)

    def _saved(self, terminal: Terminal, form: str, told: str, word: str) -> re.Match[str]:
        """Save, and see that it is said to be stored."""
        self._linger(terminal)
        terminal.send("<ctrl+s>")
        found: list[re.Match[str]] = []

        def stored() -> bool:
            if "Something came in since" in terminal.text:
                terminal.send("y")
            # What was told before may still stand there.
            matches = [match for match in re.finditer(told, terminal.text) if match[0] not in self._numbers]
            if not matches or re.search(form, terminal.text):
                return False
            found.append(max(matches, key=lambda match: int(match[1]) if match.re.groups else 0))
            return True

        terminal.wait_until(stored, f"{told} of {word}", STEP)
        self._typed = None
        return found[-1]

    # -- errands ------------------------------------------------------------------------------------------------------

    def ticket(self, terminal: Terminal) -> None:
        """A new ticket."""
        self.go_to("2")
        terminal.send("n")
        terminal.wait_for("What kind of ticket", STEP)
        terminal.send("billing<enter>")
        terminal.wait_for("NEW billing", STEP)
        terminal.wait_for("▶ Title", STEP)
        word = self.books.word("ticket", self.name)
        self._type(terminal, word)
        terminal.send(self.chance.choice(("slow", "[red]x[/]", "ünïcode", "")))
        match = self._saved(terminal, "NEW billing", r"#(\d+) is open", word)
        self._numbers.add(match[0])
        self.books.acknowledge(word, int(match[1]))

    def note(self, terminal: Terminal) -> None:
        """An internal note to some ticket of the queue."""
        self._message(terminal, "c", "INTERNAL NOTE", r"The note on #\d+ is kept")

    def reply(self, terminal: Terminal) -> None:
        """A reply to the requester of some ticket."""
        self._message(terminal, "r", "PUBLIC REPLY", r"The reply to #\d+ (?:leaves in|is kept)")

    def _message(self, terminal: Terminal, key: str, heading: str, told: str) -> None:
        self.go_to("2")
        if "Open 0 " in terminal.text:
            return
        terminal.send("g" + "j" * self.chance.randrange(6))
        terminal.send(key)
        terminal.wait_for(heading, STEP)
        terminal.settle(0.2, 1.0)
        word = self.books.word("message", self.name)
        self._type(terminal, word)
        self._saved(terminal, heading, told, word)
        self.books.acknowledge(word)

    def entry(self, terminal: Terminal) -> None:
        """An entry of the log, sometimes signed."""
        self.go_to("4")
        terminal.send("n")
        terminal.wait_for("NEW ENTRY", STEP)
        terminal.wait_for("▶ (Type|Title)", STEP)
        terminal.settle(0.2, 1.0)
        if "▶ Type" in terminal.text:
            terminal.send("<tab>")
            terminal.wait_for("▶ Title", STEP)
        word = self.books.word("entry", self.name)
        self._type(terminal, word)
        number = int(self._saved(terminal, "NEW ENTRY", r"Entry (\d+) is kept", word)[1])
        self.books.acknowledge(word)
        if self.chance.random() < 0.5:
            terminal.wait_for(rf"#{number} .*{word}", STEP)
            terminal.send("y")
            terminal.wait_for(f"Put your name under entry {number}", STEP)
            terminal.send("y")
            terminal.wait_for(f"Entry {number} is signed", STEP)
            self.books.sign(number)

    def answer(self, terminal: Terminal) -> None:
        """An answer in a round that others answer too."""
        self.go_to("3")
        terminal.send("n")
        terminal.wait_for("Start which checklist", STEP)
        terminal.send("Own round")
        terminal.wait_for("▶ Own round", STEP)
        terminal.send("<enter>")
        terminal.wait_for(r"\d+/\d+ ", STEP)
        terminal.wait_for("Look at 00", STEP)
        terminal.settle(0.3, 1.5)
        terminal.send("g" + "j" * self.chance.randrange(6))
        terminal.settle(0.3, 1.5)
        terminal.send("v")
        asked: Callable[[], bool] = lambda: "ctrl+s answer" in terminal.text  # noqa: E731
        terminal.wait_until(asked, "the question", STEP)
        word = self.books.word("answer", self.name)
        terminal.send("<home>")
        self._type(terminal, word)
        self._linger(terminal)
        terminal.send("<ctrl+s>")
        with suppress(NotSeenError):
            terminal.wait_until(lambda: not asked() and (word in terminal.text or "Which answer" in terminal.text),
                                f"the answer {word}, or another one", STEP)
        if "▶ that of" in terminal.text:
            terminal.send("yours<enter>")
        terminal.wait_until(lambda: word in terminal.text and not asked() and "Which answer" not in terminal.text,
                            f"the answer {word}", STEP)
        self._typed = None
        self.books.acknowledge(word)

    def senseless(self, terminal: Terminal) -> None:
        """Keys without sense, and other sizes."""
        for _ in range(self.chance.randrange(4, 25)):
            terminal.send(self.chance.choice(SENSELESS))
            terminal.pump(0.05)
            if self.chance.random() < 0.05:
                terminal.resize(*self.chance.choice(SIZES))
        terminal.settle(0.2, 1.0)
