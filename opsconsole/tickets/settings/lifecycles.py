"""How a ticket may go from state to state: the part of the configuration that says so, and what is built in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta

from opsconsole.core.identity import Role
from opsconsole.tickets.model import Phase
from opsconsole.tickets.settings.base import Group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.tickets.settings.base import Mistakes

REQUIRABLE: Final = frozenset({"assignee", "team", "release", "root_cause", "knowledge", "impact", "effort", "value",
                               "version_seen", "category", "requester", "description"})
"""Fields of every ticket that a move can ask for; besides, the fields of the category's form."""


class Move(Group, frozen=True, kw_only=True):
    """What one step from a state to another takes."""

    role: Annotated[Role, Meta(description="The least role that may do it.")] = Role.OPERATOR
    require: Annotated[tuple[str, ...], Meta(
        description="Fields that must be filled in: fields of every ticket, such as `assignee` or `release`, or of the"
                    " category's form.")] = ()
    message: Annotated[Literal["", "note", "reply"], Meta(
        description="What kind of message is offered with it; empty: none.")] = ""
    needs_message: Annotated[bool, Meta(description="Whether that message must be written.")] = False


class Lifecycle(Group, frozen=True, kw_only=True):
    """The states of one kind of ticket, and how it may go from one to another."""

    states: Annotated[dict[str, Phase], Meta(
        min_length=2, description="Each state and what it means: the first `initial` one is where tickets begin; in a"
                                  " `waiting` one clocks stand still; a `done` one is an end.")]
    moves: Annotated[dict[str, dict[str, Move]], Meta(
        description="From each state, the states that can be reached and what that takes.")]
    resume: Annotated[str, Meta(
        description="The state in which a ticket goes on when its requester answers while it waits; empty: the one it"
                    " was in before.")] = ""
    reopen: Annotated[str, Meta(
        description="The state in which a ticket goes on that is done, when its requester answers or its alert fires"
                    " again; empty: its first state.")] = ""
    close: Annotated[str, Meta(
        description="The state that the key for closing aims at; empty: the first `done` one that can be"
                    " reached.")] = ""

    def mistakes(self) -> Mistakes:
        """States that are not there, ways that lead nowhere, no beginning, no end."""
        phases = set(self.states.values())
        for needed in (Phase.INITIAL, Phase.DONE):
            if needed not in phases:
                yield ("states",), f"one of the states must be `{needed.value}`"
        for start, ways in self.moves.items():
            if start not in self.states:
                yield ("moves", start), "this is none of the states"
            for end in ways:
                if end not in self.states:
                    yield ("moves", start, end), "this is none of the states"
                elif end == start:
                    yield ("moves", start, end), "a move must lead to another state"
        for name, word in (("resume", self.resume), ("reopen", self.reopen), ("close", self.close)):
            if word and word not in self.states:
                yield (name,), f"`{word}` is none of the states"
            elif word and (self.states[word] is Phase.DONE) != (name == "close"):
                yield (name,), f"`{word}` is {'no' if name == 'close' else 'a'} `done` state"
        for state in sorted(self.states.keys() - self._reached()):
            yield ("states", state), f"no move leads from `{self.initial}` to this state"

    def _reached(self) -> set[str]:
        reached, open_ = set(), [next(iter(self.states), "")]
        open_ = [self.initial] if self.initial else open_
        while open_:
            state = open_.pop()
            if state not in reached:
                reached.add(state)
                open_ += self.moves.get(state, {})
        return reached

    @property
    def initial(self) -> str:
        """The state in which tickets begin."""
        return next((name for name, phase in self.states.items() if phase is Phase.INITIAL), "")


def _lifecycle(phases: str, moves: str, special: Mapping[str, Move], **rest: str) -> Lifecycle:
    """A lifecycle from short words: `a:initial b:active …`, and `a > b, c; b > c`."""
    pairs = (part.partition(":") for part in phases.split())
    states = {name.replace("_", " "): Phase(phase) for name, _, phase in pairs}
    ways: dict[str, dict[str, Move]] = {}
    for part in moves.split(";"):
        start, _, ends = part.partition(">")
        ways[start.strip()] = {end: special.get(f"{start.strip()} > {end}", special.get(f"> {end}", Move()))
                               for end in (word.strip() for word in ends.split(","))}
    return Lifecycle(states=states, moves=ways, **rest)


_NOTE: Final = Move(message="note")
_REASON: Final = Move(message="reply", needs_message=True)
BUILT_IN: Final[Mapping[str, Lifecycle]] = {
    "bug": _lifecycle(
        "reported:initial triage:active assigned:active in_progress:active testing:active waiting:waiting"
        " resolved:done deployed:done closed:done reopened:active",
        "reported > triage, waiting, closed; triage > assigned, waiting, closed;"
        " assigned > in progress, triage, waiting, closed; in progress > testing, assigned, waiting, closed;"
        " testing > resolved, in progress, waiting; waiting > triage, assigned, in progress, testing, closed;"
        " resolved > deployed, closed, reopened; deployed > closed, reopened; closed > reopened;"
        " reopened > triage, assigned, in progress, waiting, closed",
        {"> assigned": Move(require=("assignee",)), "> in progress": Move(require=("assignee",)),
         "> waiting": Move(message="reply"), "> resolved": Move(message="reply"),
         "> deployed": Move(require=("release",)),
         "> closed": _REASON, "resolved > closed": Move(message="reply"), "deployed > closed": Move(message="reply"),
         "> reopened": Move(message="note", needs_message=True)},
        reopen="reopened", close="closed"),
    "feature": _lifecycle(
        "request:initial review:active prioritise:active plan:active develop:active test:active waiting:waiting"
        " deploy:done declined:done",
        "request > review, waiting, declined; review > prioritise, waiting, declined;"
        " prioritise > plan, review, waiting, declined; plan > develop, prioritise, waiting, declined;"
        " develop > test, plan, waiting; test > deploy, develop, waiting;"
        " waiting > review, prioritise, plan, develop, test, declined; deploy > develop; declined > review",
        {"> prioritise": _NOTE, "> plan": Move(require=("impact", "effort")),
         "> develop": Move(require=("assignee", "release")), "> deploy": Move(require=("release",), message="reply"),
         "deploy > develop": Move(message="note", needs_message=True), "> waiting": Move(message="reply"),
         "> declined": Move(role=Role.SUPERVISOR, message="reply", needs_message=True)},
        reopen="review"),
    "support": _lifecycle(
        "new:initial open:active waiting:waiting resolved:done closed:done",
        "new > open, waiting, resolved, closed; open > waiting, resolved, closed; waiting > open, resolved, closed;"
        " resolved > closed, open; closed > open",
        {"> waiting": Move(message="reply"), "> resolved": Move(require=("assignee",), message="reply"),
         "> closed": _REASON, "resolved > closed": Move(), "closed > open": Move(message="note", needs_message=True)},
        resume="open", reopen="open", close="resolved"),
}
"""`bug` and `feature` go from the report to the deployment, `support` is a question and its answer."""


def lifecycles(configured: Mapping[str, Lifecycle] | None) -> dict[str, Lifecycle]:
    """All lifecycles by name; a configured one takes the place of a built-in one."""
    return {**BUILT_IN, **(configured or {})}


__all__ = ["BUILT_IN", "REQUIRABLE", "Lifecycle", "Move", "lifecycles"]
