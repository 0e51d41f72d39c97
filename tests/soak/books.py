"""What was acknowledged while it ran; whether all of it, and nothing twice, is in the records afterwards."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter, defaultdict
from typing import Any, Final, NamedTuple

KINDS: Final = {
    "ticket": "SELECT count(*) FROM ticket WHERE title LIKE :like",
    "message": "SELECT count(*) FROM ticket_event WHERE kind = 'message' AND text LIKE :like",
    "tag": "SELECT count(*) FROM ticket_tag WHERE tag LIKE :like",
    "entry": "SELECT count(*) FROM log_entry WHERE title LIKE :like",
    # Whoever corrects an answer takes its text over, so that it stands in both.
    "answer": "SELECT count(*) > 0 FROM checklist_answer WHERE value LIKE :like",
    "mail": "SELECT count(*) FROM ticket_mail_id WHERE message_id LIKE :like",
}
"""How often what was written stands in the records, by what it is."""


class Written(NamedTuple):
    """Something that somebody tried to write, by a word that stands nowhere else."""

    kind: str
    word: str
    by: str


class Books:
    """Used by many threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counter = itertools.count(1)
        self.tried: dict[str, Written] = {}
        self.acknowledged: set[str] = set()
        self.signed: set[int] = set()
        """Entries whose signature was acknowledged."""
        self.numbers: defaultdict[int, set[str]] = defaultdict(set)
        """The words of the tickets that were told to have this number."""
        self.drafted: set[str] = set()
        """Words that stood in a form for long enough when its console was ended."""
        self.problems: list[str] = []
        self.odd: list[str] = []
        """Screens on which something did not come, without a fault that could explain it."""
        self.counts: Counter[str] = Counter()

    def word(self, kind: str, by: str) -> str:
        """A new word for something that is to be written."""
        with self._lock:
            word = f"w{next(self._counter):05}q"
            self.tried[word] = Written(kind, word, by)
            self.counts[f"{kind} tried"] += 1
        return word

    def acknowledge(self, word: str, number: int | None = None) -> None:
        """It was said that it is stored; a ticket under this number."""
        with self._lock:
            self.acknowledged.add(word)
            self.counts[f"{self.tried[word].kind} acknowledged"] += 1
            if number is not None:
                self.numbers[number].add(word)

    def sign(self, entry: int) -> None:
        """It was said that an entry is signed."""
        with self._lock:
            self.signed.add(entry)
            self.counts["signature acknowledged"] += 1

    def draft(self, word: str) -> None:
        """It must be found again: in the records, or in a draft."""
        with self._lock:
            self.drafted.add(word)

    def count(self, what: str) -> None:
        """One more."""
        with self._lock:
            self.counts[what] += 1

    def problem(self, sentence: str) -> None:
        """Something that must not be."""
        with self._lock:
            self.problems.append(f"{time.strftime('%H:%M:%S')} {sentence}")


def balance(books: Books, rows: Any, drafts: str) -> list[str]:
    """What is missing or there twice.

    Args:
        books: what was acknowledged.
        rows: asks the records: SQL and its parameters in, rows out.
        drafts: the text of all drafts that are there.
    """
    found: list[str] = []
    for written in books.tried.values():
        times = rows(KINDS[written.kind], {"like": f"%{written.word}%"})[0][0]
        what = f"{written.kind} {written.word} of {written.by}"
        if written.word in books.acknowledged and times == 0:
            found.append(f"lost: {what}")
        if times > 1:
            found.append(f"there {times} times: {what}"
                         f"{'' if written.word in books.acknowledged else ' (never acknowledged)'}")
        if written.word in books.drafted and times == 0 and written.word not in drafts:
            found.append(f"typed and lost: {what}")
    found += [f"ticket number {number} was told for {len(words)} tickets"
              for number, words in books.numbers.items() if len(words) > 1]
    sealed = {number for number, in rows("SELECT id FROM log_entry WHERE seal <> ''", {})}
    return found + [f"signature lost: entry {number}" for number in sorted(books.signed - sealed)]
