"""A failed test in a terminal tells what the program wrote to its log file."""

from tests.tickets.e2e.conftest import pytest_runtest_makereport

__all__ = ["pytest_runtest_makereport"]
