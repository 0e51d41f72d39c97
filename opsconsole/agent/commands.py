"""The command `agent`: the process that runs every feature's jobs."""

from __future__ import annotations

import click


@click.group(invoke_without_command=True)
def agent() -> None:
    """Run every feature's jobs without a console."""
