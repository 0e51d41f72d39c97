"""The parts of the configuration that belong to no feature: who may do what, and the log file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from opsconsole.core.units import Size

if TYPE_CHECKING:
    from collections.abc import Iterable


class Members(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who has one role: users and groups as this system knows them."""

    users: Annotated[tuple[str, ...], Meta(description="Names of users.")] = ()
    groups: Annotated[tuple[str, ...], Meta(description="Names of groups; every member has the role.")] = ()

    @property
    def configured(self) -> bool:
        """Whether anybody is named."""
        return bool(self.users or self.groups)

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """Names that no user or group can have."""
        for key, names in (("users", self.users), ("groups", self.groups)):
            for number, name in enumerate(names):
                # Spaces and backslashes are in the names that directories of Windows networks give.
                if not name.strip() or ":" in name or not name.isprintable():
                    yield f"{key}.{number}", f"`{name}` cannot be the name of a {key[:-1]}"


class RoleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may do what; each role may do all that the lower ones may.

    With nobody named in any role, everyone who can open the files is an admin. Else whoever is in no role is a viewer.
    """

    admin: Annotated[Members, Meta(description="May do everything, and change the configuration.")] = Members()
    supervisor: Annotated[Members, Meta(description="May also assign work and sign off.")] = Members()
    operator: Annotated[Members, Meta(description="May work on tickets and checklists, and end processes.")] = Members()
    viewer: Annotated[Members, Meta(description="May look.")] = Members()

    @property
    def configured(self) -> bool:
        """Whether anybody is named in any role."""
        return any(members.configured for members in (self.admin, self.supervisor, self.operator, self.viewer))


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The program's own log file, where the details of every problem go."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(
        description="The least important messages that are kept.")] = "info"
    file: Annotated[str | None, Meta(
        description="Path of the log file; null: opsconsole.log in the user's state folder.")] = None
    size: Annotated[Size, Meta(
        description="From this size on a new file is begun.", extra={"at_least": "10kB", "at_most": "1GB"},
    )] = Size(1_000_000)
    keep: Annotated[int, Meta(ge=0, le=100, description="How many old files are kept.")] = 3

    def mistakes(self) -> Iterable[tuple[str, str]]:
        """A path that depends on the folder the program is started in."""
        if self.file is not None and not self.file.startswith(("/", "~/")):
            yield "file", f"the path must be absolute or begin with `~/`, not `{self.file}`"
