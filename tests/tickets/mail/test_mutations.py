"""Ten thousand mails that were damaged on the way: none crashes, none is lost."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from opsconsole.tickets.mail import store
from opsconsole.tickets.mail.reading import read
from opsconsole.tickets.mail.receiving import Outcome
from tests.tickets.mail.bench import SUPPORT, office
from tests.tickets.mail.corpus import SHAPES
from tests.tickets.mail.test_corpus import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 4_2026
BASES = [shape.raw for shape in SHAPES.values() if len(shape.raw) < 20_000]
PIECES = [b"\r\n", b"\n", b"\r", b"\0", b"\xff", b"=?utf-8?B?", b"?=", b"--", b"--=_b0", b"--=_b0--", b"<", b">", b'"',
          b"\x1b]0;x\x07", b"Content-Type: multipart/mixed; boundary=", b"charset=", b"base64", b"%C3", b"*0*=",
          b"[#1]", b"Subject: ", b"From: ", b"\r\n\r\n", b"Content-Transfer-Encoding: ", "ä\u202e".encode(), b"<!--",
          b"begin 644 x\n"]


def mutated(count: int, seed: int = SEED) -> Iterator[bytes]:
    """So many damaged mails, the same each time."""
    chance = random.Random(seed)
    for number in range(count):
        raw = bytearray(chance.choice(BASES))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(raw) + 1)
            end = min(len(raw), at + chance.randint(1, 40))
            what = chance.randrange(7)
            if what == 0:
                del raw[at:end]
            elif what == 1:
                raw[at:at] = chance.choice(PIECES)
            elif what == 2:
                raw[at:end] = chance.randbytes(end - at)
            elif what == 3:
                raw[at:at] = raw[at:end] * chance.randint(1, 5)
            elif what == 4:
                del raw[at:]
            elif what == 5 and at < len(raw):
                raw[at] ^= 1 << chance.randrange(8)
            else:
                raw[at:at] = chance.choice(BASES)[:chance.randint(1, 300)]
        yield b"X-Number: %d\r\n" % number + bytes(raw)


def test_ten_thousand_are_read() -> None:
    for raw in mutated(10_000):
        found = read(raw, {SUPPORT})
        for text in (found.subject, found.text, found.title, found.message_id, found.sender.name, found.sender.mail,
                     *(file.name for file in found.files), *found.references):
            text.encode()
            assert "\r" not in text or text is found.text
        assert len(found.title.splitlines()) <= 1
        assert all("/" not in file.name and "\\" not in file.name and file.name for file in found.files)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: thousands of transactions wait for no disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory, prefix="opsconsole-test-") as name:
        yield Path(name)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
async def test_none_of_ten_thousand_is_lost(folder: Path, part: int) -> None:
    """Each is a ticket, a message, an event of a ticket, a copy of one that is, or kept as it came."""
    became, seen = Counter[Outcome](), set()
    async with office(folder, per_sender=10_000) as one:
        await prepare(one)
        for raw in mutated(2_000, SEED + part):
            done = await one.take(raw)
            became[done.outcome] += 1
            content = read(raw, {SUPPORT}).content
            if done.outcome is Outcome.KEPT:
                kept = await store.kept_mail(one.db, done.kept)
                assert kept is not None
                with one.blobs.open(kept.sha256) as file:
                    assert file.read() == raw
            elif done.outcome is Outcome.COPY:
                assert content in seen
            else:
                assert done.ticket
                seen.add(content)
        made = Counter(await one.desk.column("SELECT kind FROM ticket_event WHERE party IN ('requester', 'robot')"))
        assert made["created"] == became[Outcome.TICKET]
        assert made["message"] == became[Outcome.MESSAGE] + became[Outcome.ROBOT]
        assert made["bounced"] == became[Outcome.BOUNCE]
        assert became.total() == 2_000
        assert min(became[kind] for kind in (Outcome.TICKET, Outcome.MESSAGE, Outcome.ROBOT, Outcome.KEPT)) > 10
        assert "could not be" not in " ".join(await one.kept())
        await one.desk.check(range(1, 20))
