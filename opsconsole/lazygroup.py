"""Groups of commands that import the module of a command only to run it, or to explain it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class LazyGroup(click.Group):
    """A group that knows its commands by name, and imports one only to run it, or to explain it.

    Args:
        places: the `module:attribute` of each command.
        more: as `click.Group`.
    """

    def __init__(self, *, places: dict[str, str], **more: Any) -> None:
        super().__init__(**more)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """See `click.Group`."""
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """See `click.Group`."""
        place = self.places.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(self, ctx: click.Context,
                        args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As `click.Group`, but an unknown command is told with the nearest known one."""
        if args and args[0] not in self.places and not args[0].startswith("-"):
            from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

            called = args[0] if ctx.parent is None else f"{self.name} {args[0]}"
            ctx.fail(f"There is no command `{called}`{nearest(args[0], self.places) or '.'}")
        return super().resolve_command(ctx, args)


def places(package: str, modules: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> dict[str, str]:
    """The place of each command of a package.

    Args:
        package: as it is imported.
        modules: the commands of each of its modules.
        names: what a command is called there, where its own name is taken.
    """
    return {name: f"{package}.{module}:{names.get(name, name)}" for module, own in modules.items() for name in own}
