"""A terminal is put back even when it takes nothing, on a real pseudo-terminal that nobody reads."""

from __future__ import annotations

import os
import pty
import tty

from opsconsole.console.signals import CANCEL, LEAVE, put_back


def test_a_terminal_that_is_full_is_put_back_at_the_cost_of_what_it_has_not_shown() -> None:
    ours, theirs = pty.openpty()
    try:
        tty.setraw(theirs)
        os.set_blocking(theirs, False)
        with_room = True
        while with_room:
            try:
                os.write(theirs, b"x" * 1024)
            except BlockingIOError:
                with_room = False
        put_back(theirs)
        assert os.get_blocking(theirs)
        os.set_blocking(ours, False)
        seen = b""
        while not seen.endswith(LEAVE):
            seen += os.read(ours, 65536)
        assert (CANCEL + LEAVE) in seen
    finally:
        os.close(ours)
        os.close(theirs)
