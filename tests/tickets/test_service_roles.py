"""Who may do what: every use case, every role."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.errors import PermissionDenied
from opsconsole.core.identity import Actor, Role
from opsconsole.tickets.model import ClockKind, LinkKind, Priority
from opsconsole.tickets.service import Edit, New, TicketService
from tests.tickets.desk import ADA, ANA, EVA, SUE, desk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

Case = tuple[str, "Callable[[TicketService, Actor], Awaitable[Any]]"]

OPERATOR: list[Case] = [
    ("create", lambda s, a: s.create(a, New("x"))),
    ("note", lambda s, a: s.note(a, 1, "x")),
    ("reply", lambda s, a: s.reply(a, 1, "x")),
    ("move", lambda s, a: s.move(a, 1, "waiting")),
    ("take", lambda s, a: s.take(a, 1)),
    ("assign", lambda s, a: s.assign(a, 1, "zoe")),
    ("set_priority", lambda s, a: s.set_priority(a, 1, Priority.LOW)),
    ("acknowledge", lambda s, a: s.acknowledge(a, 1)),
    ("edit", lambda s, a: s.edit(a, 1, {"release": ""}, {"release": "1"})),
    ("edit_all", lambda s, a: s.edit_all(a, {1: Edit({"release": ""}, {"release": "1"})})),
    ("tag", lambda s, a: s.tag(a, 1, ["x"])),
    ("watch", lambda s, a: s.watch(a, 1)),
    ("unwatch", lambda s, a: s.unwatch(a, 1)),
    ("vote", lambda s, a: s.vote(a, 1)),
    ("unvote", lambda s, a: s.unvote(a, 1)),
    ("rate", lambda s, a: s.rate(a, 1, 3)),
    ("link", lambda s, a: s.link(a, 1, LinkKind.RELATES, 2)),
    ("unlink", lambda s, a: s.unlink(a, 3, LinkKind.RELATES, 2)),
    ("merge", lambda s, a: s.merge(a, 1, 2)),
    ("unmerge", lambda s, a: s.unmerge(a, 4)),
    ("split", lambda s, a: s.split(a, 2, 2, "x")),
    ("attach", lambda s, a: s.attach(a, 1, "x", b"another")),
    ("undo", lambda s, a: s.undo(a, 3 if a.role >= Role.SUPERVISOR else None)),
]
SUPERVISOR: list[Case] = [
    ("waive", lambda s, a: s.waive(a, 1, ClockKind.RESPONSE, 1, "x")),
    ("delete_attachment", lambda s, a: s.delete_attachment(a, 1, "x")),
]
ANYBODY: list[Case] = [("look", lambda s, a: s.look(a, "x", 1)), ("offers", lambda s, a: s.offers(a, 1)),
                       ("last_batch", lambda s, a: s.last_batch(a))]


def test_every_use_case_of_a_person_is_tried() -> None:
    # What is part of another feature's transaction is judged there.
    within = {"create_in", "from_checklist"}
    named = {name for name, method in inspect.getmembers(TicketService, inspect.iscoroutinefunction)
             if not name.startswith("_") and "actor" in inspect.signature(method).parameters} - within
    assert named == {name for name, _ in (*OPERATOR, *SUPERVISOR, *ANYBODY)}


@pytest.mark.parametrize(("least", "case"), [
    *((Role.VIEWER, case) for case in ANYBODY), *((Role.OPERATOR, case) for case in OPERATOR),
    *((Role.SUPERVISOR, case) for case in SUPERVISOR)], ids=lambda each: each[0] if isinstance(each, tuple) else "")
async def test_each_role_may_do_what_it_may(tmp_path: Path, least: Role, case: Case) -> None:
    async with desk(tmp_path) as k:
        for _ in range(4):
            await k.ticket(priority=Priority.HIGH)
        await k.service.note(ADA, 2, "x")
        await k.service.attach(ADA, 2, "x", b"1")
        await k.service.link(ADA, 3, LinkKind.RELATES, 2)
        await k.service.merge(ADA, 4, 3)
        await k.service.tag(ANA, 3, ["y"])
        k.clock.go(10**10)
        version = await k.value("SELECT sum(version) FROM ticket")
        for actor in (EVA, ANA, SUE, ADA):
            if actor.role < least:
                with pytest.raises(PermissionDenied, match=f"takes the role {least.word}, and {actor.name} is"):
                    await case[1](k.service, actor)
                assert await k.value("SELECT sum(version) FROM ticket") == version
                assert len([one for one in k.blobs.folder.rglob("*") if one.is_file()]) == 1
        able = next(actor for actor in (EVA, ANA, SUE, ADA) if actor.role >= least)
        await case[1](k.service, able)
        await k.check()
