"""Groups of commands that import the module of a command only to run it, or to explain it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import OpsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class RoleGroup(click.Group):
    """A group that tells whoever may not use a command so, before what is wrong with how they used it.

    Args:
        roles: the least role that each command takes, in the word of the configuration; one that is not named takes
            none, or its service asks for more than a role.
        more: as `click.Group`.
    """

    def __init__(self, *, roles: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.roles = dict(roles or {})

    def invoke(self, ctx: click.Context) -> Any:
        """As `click.Group`; the role is looked at only where something was wrong, and else by the service.

        Raises:
            PermissionDenied: the role does not allow the command at all.
        """
        try:
            return super().invoke(ctx)
        except (click.UsageError, UsageError):
            if role := self.roles.get(ctx.invoked_subcommand or ""):
                _allowed(ctx, f"{ctx.command_path} {ctx.invoked_subcommand}", role)
            raise


def _allowed(ctx: click.Context, command: str, role: str) -> None:
    """Lets pass whoever may use a command.

    Raises:
        PermissionDenied: the role does not allow it.
    """
    from opsconsole.core.identity import Role, current_actor, require  # noqa: PLC0415 - only for a mistake

    try:
        actor = current_actor(ctx.obj.loaded.settings.roles, with_origin=False)
    except OpsError:
        # Nobody knows who may do what; what was wrong with the usage is said.
        return
    require(actor, Role[role.upper()], f"use `{command}`")


class LazyGroup(RoleGroup):
    """A group that knows its commands by name, and imports one only to run it, or to explain it.

    Args:
        places: the `module:attribute` of each command.
        more: as `RoleGroup`.
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
