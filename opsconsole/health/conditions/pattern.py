"""Regular expressions whose time is bounded, whatever the pattern and the text are.

The usual matcher tries one way after another, and for some patterns there are more ways than anyone can wait for. This
one follows all ways at once (a set of positions in the pattern for each character, remembered as the state of an
automaton), so that the time grows with the text only. What cannot be followed so, look-around and references to
groups, is refused with a sentence. The syntax is read in `syntax`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from opsconsole.health.conditions.syntax import (
    Alternatives,
    Chars,
    Group,
    Look,
    Node,
    PatternError,
    Repeat,
    Sequence,
    read,
)

__all__ = ["Pattern", "PatternError", "TooMuchWork", "compiled"]

MOST_NODES: Final = 2000
"""Of an automaton; a pattern with large counted repeats has many."""
MOST_STEPS: Final = 4000
"""Transitions that one pattern remembers."""
MOST_WORK: Final = 200_000
"""Positions followed that were not remembered, per search: about a tenth of a second."""

_START, _WORD, _OTHER, _NEWLINE, _END = range(5)
_FINAL: Final = "\n$"
"""Stands for a line break that is the last character of the text."""
_NOTHING: Final = ""
"""Stands for the end of the text."""


class TooMuchWork(Exception):  # noqa: N818 - an answer, not a fault
    """The search was given up."""


class _State(dict[str, Any]):
    """What can come next: a character to the state after it; `nodes` and what was `before` say where one is."""

    __slots__ = ("before", "nodes")

    def __init__(self, nodes: frozenset[int] = frozenset(), before: int = _START) -> None:
        super().__init__()
        self.nodes, self.before = nodes, before


_MATCHED: Final = _State()


class Pattern:
    """A compiled regular expression.

    Raises:
        PatternError: it is none, or one that cannot be matched in bounded time.
    """

    def __init__(self, text: str) -> None:
        self._nodes: list[tuple[Chars | Look | None, int, int]] = []
        """Each: what must be there (None: a fork), where it goes on, and the other way of a fork."""
        self._looks = False
        self._marks: dict[int, int] = {}
        """The nodes where the first group begins (0) and ends (1)."""
        tree = read(text)
        self._accept = self._add(None, -1, -1)
        self._entry = self._emit(tree, self._accept)
        self._forget()

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in the text.

        Raises:
            TooMuchWork: this pattern takes too long on this text.
        """
        self._work = 0
        state = self._start
        ends_with_break = text.endswith("\n")
        for char in text[:-1] if ends_with_break else text:
            try:
                state = state[char]
            except KeyError:
                state = self._step(state, char)
            if state is _MATCHED:
                return True
        if ends_with_break:
            state = self._step(state, _FINAL)
        return state is _MATCHED or self._step(state, _NOTHING) is _MATCHED

    def first_group(self, text: str) -> str | None:
        """What the first group matched in the first place where the pattern matches, as `re` has it; None: nothing.

        Raises:
            TooMuchWork: this pattern takes too long on this text.
        """
        if not self._marks or not self.found_in(text):
            return None
        seen: set[tuple[int, int]] = set()
        for start in range(len(text) + 1):
            # Where the automaton knows that nothing begins with this character, there is no need to follow it.
            following = self._start.get(text[start]) if start < len(text) and not self._looks else None
            if following is not None and following is not _MATCHED and not following.nodes:
                continue
            if (span := self._followed(text, start, seen)) is not None:
                return None if min(span) < 0 else text[span[0]:span[1]]
        return None

    def _followed(self, text: str, start: int, seen: set[tuple[int, int]]) -> tuple[int, int] | None:
        """Begin and end of the first group, -1 where it has no part, in the match that begins here; None: none does.

        One way after another, the better one first; a place in pattern and text from which nothing followed before is
        not tried again, so that the work is bounded by their lengths.
        """
        waiting = [(self._entry, start, -1, -1)]
        while waiting:
            node, at, begin, end = waiting.pop()
            if (node, at) in seen:
                continue
            seen.add((node, at))
            if len(seen) > MOST_WORK:
                raise TooMuchWork
            if node == self._accept:
                return begin, end
            what, following, other = self._nodes[node]
            if what is None:
                begin = at if self._marks.get(node) == 0 else begin
                end = at if self._marks.get(node) == 1 else end
                waiting += [(each, at, begin, end) for each in (other, following) if each >= 0]
            elif isinstance(what, Look):
                before = _kind(text[at - 1]) if at else _START
                if _seen(what, before, _kind(text[at:at + 1]), final=at == len(text) - 1 and text[at] == "\n"):
                    waiting.append((following, at, begin, end))
            elif at < len(text) and what.has(text[at]):
                waiting.append((following, at + 1, begin, end))
        return None

    def _add(self, what: Chars | Look | None, following: int, other: int = -1) -> int:
        if len(self._nodes) >= MOST_NODES:
            raise PatternError("it is too large; write smaller counts in { }")
        self._nodes.append((what, following, other))
        return len(self._nodes) - 1

    def _emit(self, tree: Node, following: int) -> int:
        """Adds what matches `tree` and then goes on at `following`; where that begins."""
        match tree:
            case Sequence():
                for part in reversed(tree.parts):
                    following = self._emit(part, following)
                return following
            case Alternatives():
                first, *others = [self._emit(choice, following) for choice in tree.choices]
                for other in others:
                    first = self._add(None, first, other)
                return first
            case Repeat():
                return self._emit_repeat(tree, following)
            case Group():
                # Also of one that is written once and repeated: the last time counts, as in `re`.
                self._marks[close := self._add(None, following)] = 1
                self._marks[begin := self._add(None, self._emit(tree.what, close))] = 0
                return begin
            case Look():
                self._looks = True
        return self._add(tree, following)

    def _emit_repeat(self, tree: Repeat, following: int) -> int:
        if tree.most is None:
            fork = self._add(None, -1, following)
            self._nodes[fork] = (None, *_ordered(tree, self._emit(tree.what, fork), following))
            start = fork
        else:
            start = following
            for _ in range(tree.most - tree.least):
                start = self._add(None, *_ordered(tree, self._emit(tree.what, start), following))
        for _ in range(tree.least):
            start = self._emit(tree.what, start)
        return start

    def _forget(self) -> None:
        self._states: dict[tuple[frozenset[int], int], _State] = {}
        self._remembered = 0
        self._start = self._state(frozenset(), _START)

    def _state(self, nodes: frozenset[int], before: int) -> _State:
        before = before if self._looks else _START
        return self._states.setdefault((nodes, before), _State(nodes, before))

    def _step(self, state: _State, char: str) -> _State:
        reached = self._reached(state, char)
        self._work += len(reached) + 1
        if self._work > MOST_WORK:
            raise TooMuchWork
        if self._accept in reached:
            following = _MATCHED
        else:
            one = char[:1]
            nodes = frozenset(next_node for node in reached for what, next_node, _ in (self._nodes[node],)
                              if isinstance(what, Chars) and one and what.has(one))
            if self._remembered >= MOST_STEPS:
                self._forget()
            following = self._state(nodes, _kind(char))
        self._remembered += 1
        state[char] = following
        return following

    def _reached(self, state: _State, char: str) -> set[int]:
        """The nodes that can be stood on before `char`, the entry among them: a match may begin anywhere."""
        reached: set[int] = set()
        waiting = [self._entry, *state.nodes]
        after = _kind(char)
        while waiting:
            node = waiting.pop()
            if node in reached:
                continue
            reached.add(node)
            what, following, other = self._nodes[node]
            if what is None:
                waiting += [each for each in (following, other) if each >= 0]
            elif isinstance(what, Look) and _seen(what, state.before, after, final=char == _FINAL):
                waiting.append(following)
        return reached


def _ordered(tree: Repeat, again: int, following: int) -> tuple[int, int]:
    """Where a repeat goes on: the better way first."""
    return (following, again) if tree.lazy else (again, following)


def _kind(char: str) -> int:
    if char == _NOTHING:
        return _END
    if char[0] == "\n":
        return _NEWLINE
    return _WORD if char.isalnum() or char == "_" else _OTHER


def _seen(look: Look, before: int, after: int, *, final: bool) -> bool:
    match look.kind:
        case "start":
            return before == _START
        case "line start":
            return before in {_START, _NEWLINE}
        case "very end":
            return after == _END
        case "end":
            return after == _END or final
        case "line end":
            return after in {_END, _NEWLINE}
    edge = (before == _WORD) is not (after == _WORD)
    return edge if look.kind == "edge" else not edge


@lru_cache(maxsize=32)
def compiled(text: str) -> Pattern:
    """The pattern of a regular expression.

    Raises:
        PatternError: it is none, or one that cannot be matched in bounded time.
    """
    return Pattern(text)
