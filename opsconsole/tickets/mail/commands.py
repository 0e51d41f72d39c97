"""The command `ticket mail`: takes a mail from the mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from opsconsole.tickets.mail.receiving import Received

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and tries again."""


@click.command("mail")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_obj
def mail_command(given: Any, as_json: bool) -> int:
    """Take one mail from standard input, as a pipe from the mail server.

    It becomes a ticket, a message of one, or is kept and reported; copies of what came before are dropped. The exit
    status is 0 when the mail is stored in any form. Else it is 75, and the mail server tries again.
    """
    try:
        done = _take(given)
    except (Exception, KeyboardInterrupt) as problem:  # noqa: BLE001 - whatever it is, the mail must not bounce for it
        return _refused(problem)
    _say(done, as_json=as_json)
    return 0


def _say(done: Received, *, as_json: bool) -> None:
    """Prints what became of it; that nobody reads it changes nothing."""
    import os
    import sys

    from opsconsole.printing import print_json, say

    try:
        if as_json:
            print_json(done)
        else:
            say(_told(done))
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _take(given: Any) -> Received:
    import asyncio
    import sys

    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import SystemClock
    from opsconsole.core.database import RECORDS, Database
    from opsconsole.tickets.commanding import service_of
    from opsconsole.tickets.mail.receiving import Receiver

    paths = given.loaded.paths

    async def main() -> Received:
        mode = 0o660 if paths.shared else 0o600
        async with await Database.open(paths.records, RECORDS, mode=mode) as db:
            receiver = Receiver(service_of(given, db), db, Blobs(paths.data / "blobs"), SystemClock())
            return await receiver.receive(sys.stdin.buffer)

    return asyncio.run(main())


def _told(done: Received) -> str:
    from opsconsole.tickets.mail.receiving import Outcome

    words = {
        Outcome.TICKET: f"Ticket {done.ticket} is new.",
        Outcome.MESSAGE: f"Ticket {done.ticket} has a new message.",
        Outcome.ROBOT: f"Ticket {done.ticket} has an automatic message.",
        Outcome.BOUNCE: f"Ticket {done.ticket}: a mail came back.",
        Outcome.RATING: f"Ticket {done.ticket} was rated.",
        Outcome.COPY: f"This mail is in ticket {done.ticket} already.",
        Outcome.KEPT: f"The mail was kept as {done.kept}: {done.reason}."}
    return words[done.outcome]


def _refused(problem: BaseException) -> int:
    """Says why the mail server shall try again, in one line, for its log."""
    import logging

    from opsconsole.core.errors import OpsError
    from opsconsole.core.text import limited

    if not isinstance(problem, OpsError):
        logging.getLogger(__name__).error("a mail could not be taken", exc_info=problem)
    says = str(problem) if isinstance(problem, OpsError) else f"{type(problem).__name__}: {problem}"
    click.echo(f"The mail could not be stored, try again later: {limited(says, 500)}", err=True)
    return TRY_AGAIN
