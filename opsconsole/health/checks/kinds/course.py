"""One run of a check that asks a service: how far it is, what it measured, and what must not be shown."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.text import decode
from opsconsole.health.checks.model import Measured

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from opsconsole.core.units import Secret
    from opsconsole.health.checks.model import Value
    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.checks.settings.base import Check

SHOWN: Final = 200
"""Characters of a foreign text that are kept."""
HIDDEN: Final = "•••"


class Phase(StrEnum):
    """Where on the way a check is."""

    NAME = "looking up the name"
    CONNECT = "connecting"
    TLS = "in the TLS handshake"
    FIRST_BYTE = "waiting for the first byte"
    ANSWER = "in the middle of the answer"


class Failed(Exception):  # noqa: N818 - it is what was measured, and no mistake of the program
    """The service is down, or answers what it should not.

    Args:
        sentence: a few words for a person.
        placed: whether the phase belongs behind them.
        output: more for whoever looks closer.
    """

    def __init__(self, sentence: str, *, placed: bool = False, output: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.placed, self.output = sentence, placed, output


class NoName(Failed):
    """There is no such name."""


class Closed(Failed):
    """The other side ended the connection too early."""

    def __init__(self, output: str = "") -> None:
        super().__init__("closed without an answer", placed=True, output=output)


class Course:
    """One run of a check on its way: where it is, what it measured so far, what must not be shown."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.phase = Phase.NAME
        self.values: dict[str, Value] = {}
        self._began = self._time()
        self._secrets: list[str] = []

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self._time() - self._began

    @contextmanager
    def part(self, phase: Phase, name: str = "") -> Iterator[None]:
        """What is done inside is this phase; its seconds are added to the value `name` when it is done."""
        self.phase = phase
        began = self._time()
        yield
        if name:
            before = self.values.get(name)
            self.values[name] = self._time() - began + (before if isinstance(before, float) else 0.0)

    def reveal(self, secret: Secret, key: str) -> str:
        """A secret itself; from now on `clean` takes it out of every text.

        Raises:
            Failed: it could not be fetched.
        """
        try:
            value = secret.reveal()
        except ValueError as problem:
            raise Failed(f"the secret `{key}` is missing: {problem}") from None
        self.hide(value)
        return value

    def hide(self, value: str) -> None:
        """Take this out of every text, also as it stands in addresses and in JSON."""
        from urllib.parse import quote_from_bytes  # noqa: PLC0415 - few checks have secrets

        raw = value.encode("utf-8", "surrogateescape")
        quoted = {quote_from_bytes(raw, safe="/"), quote_from_bytes(raw, safe="")}
        found = {value, decode(raw), json.dumps(value)[1:-1], b64encode(raw).decode(), *quoted,
                 *(one.replace("%20", "+") for one in quoted)}
        self._secrets = sorted({*self._secrets, *found} - {""}, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def clean_bytes(self, raw: bytes) -> bytes:
        """The same for bytes."""
        for secret in self._secrets:
            raw = raw.replace(secret.encode("utf-8", "surrogateescape"), HIDDEN.encode())
        return raw

    def foreign(self, raw: bytes | str, length: int = SHOWN) -> str:
        """What a service says, as it is kept: the secrets taken out, and then cut, so that no part of one stays."""
        text = self.clean(raw if isinstance(raw, str) else decode(raw))
        return text if len(text) <= length else f"{text[:length]}…"

    def done(self, text: str, *, output: str = "", body: bytes = b"") -> Measured:
        """What was measured, with `latency` until now; the secrets are out of the body already."""
        values = {"latency": self.elapsed, **self.values}
        return Measured(values, self.clean(text), output=self.clean(output), body=body)

    def failed(self, problem: Failed) -> Measured:
        """What was measured before it ended."""
        sentence = f"{problem.sentence} ({self.phase})" if problem.placed else problem.sentence
        if isinstance(problem, Closed) and self.phase is Phase.ANSWER:
            sentence = f"closed {self.phase}"
        return Measured(self.values, "", problem=self.clean(sentence), output=self.clean(problem.output))


async def ask(check: Check, scope: Scope, question: Callable[[Course], Awaitable[Measured]]) -> Measured:
    """What a question gives; when it fails, or the time ends, why, and where it was then."""
    course = Course(scope)
    # A little before the runner ends it, so that it can still be said where it was.
    until = scope.deadline - min(0.05, check.timeout / 10)
    limit = asyncio.timeout_at(until)
    try:
        async with limit:
            measured = await question(course)
    except Failed as problem:
        measured = course.failed(problem)
    except TimeoutError:
        if not limit.expired():
            raise
        measured = course.failed(Failed(f"no answer within {fmt.duration(check.timeout)}", placed=True))
    # The way measures more than most kinds promise, and each number would be kept for months.
    return measured._replace(values={name: value for name, value in measured.values.items()
                                     if name in check.VALUES or f"{name.partition('.')[0]}.*" in check.VALUES})
