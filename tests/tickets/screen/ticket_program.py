"""A console on one ticket for a person of a test: `python -m tests.tickets.screen.ticket_program FOLDER NAME`."""

from __future__ import annotations

import sys
from pathlib import Path

from opsconsole.core.identity import Actor, Role
from tests.tickets.screen.ticket_app import Morning, ticket_console

if __name__ == "__main__":
    app = ticket_console(Morning(Path(sys.argv[1])), who=Actor(sys.argv[2], 1001, Role.OPERATOR))
    app.owns_process = True
    app.run()
    if app.crash is not None:
        raise app.crash
