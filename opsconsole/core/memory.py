"""How this process takes memory from the system, for programs that live long."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

_ARENA_MAX: Final = -8
_MMAP_THRESHOLD: Final = -3
_TRIM_THRESHOLD: Final = -1
_LARGE: Final = 128 * 1024


def share_memory() -> None:
    """Has all threads take memory from one place, and gives back at once what is large; see mallopt(3).

    glibc gives each thread a place of its own, where what one gave back lies unused, though threads of Python wait for
    each other anyway: 3 MiB of 30 in the agent. And it learns from large pieces to keep them: 6 MiB after some hours in
    the agent, 4 MiB in a console that has looked through very many tickets.
    """
    with suppress(ImportError, OSError, AttributeError):  # a Python without ctypes, another C library
        import ctypes  # noqa: PLC0415 - only here

        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_TRIM_THRESHOLD, _LARGE)


def give_back() -> None:
    """Gives back what lies unused between what is used; see malloc_trim(3). Takes some milliseconds.

    3 MiB of 59 in a console that has looked at lists, tickets and statistics.
    """
    with suppress(ImportError, OSError, AttributeError):  # as above
        import ctypes  # noqa: PLC0415 - only here

        ctypes.CDLL(None).malloc_trim(0)
