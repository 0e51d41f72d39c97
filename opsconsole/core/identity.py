"""Who does something, as the kernel knows them, and what their role lets them do."""

from __future__ import annotations

from enum import IntEnum

import msgspec


class Role(IntEnum):
    """What a person may do; each role may do all that the lower ones may."""

    VIEWER = 0
    OPERATOR = 1
    SUPERVISOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The role as the configuration writes it."""
        return self.name.lower()


class Actor(msgspec.Struct, frozen=True):
    """Who acts: the login user, never typed by anyone.

    `uid` is the login uid where the kernel knows one (sudo does not change it), else the real uid;
    `origin` is where the session comes from: an address, `local` for a terminal of the machine, or empty.
    """

    name: str
    uid: int
    role: Role
    origin: str = ""
