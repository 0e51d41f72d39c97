"""A failed test in a terminal tells what the program wrote to its log file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

TAIL = 6_000
"""Characters of the log that are shown."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of the log file of this test's home folder."""
    report = yield
    if report.when == "call" and report.failed:
        path = Path(os.environ["XDG_STATE_HOME"]) / "opsconsole" / "opsconsole.log"
        if path.exists():
            report.sections.append((path.name, path.read_text(encoding="utf-8", errors="replace")[-TAIL:]))
    return report
