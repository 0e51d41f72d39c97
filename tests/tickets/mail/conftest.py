"""A mail server for each test that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tickets.mail.bench import Sink, sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.tickets.settings import Smtp


@pytest.fixture
def server() -> Iterator[tuple[Sink, Smtp]]:
    with sink() as found:
        yield found
