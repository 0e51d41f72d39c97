"""What the root command hands to every command: the global options, and the configuration when it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.core.paths import Paths
    from opsconsole.core.sealed import SealedSource
    from opsconsole.core.timeline import Source


class Options(NamedTuple):
    """The global options; None where the configuration decides."""

    config: Path | None = None
    theme: str | None = None
    ascii: bool | None = None
    debug: bool = False


class Proof(NamedTuple):
    """What reading sealed records again found."""

    what: str
    """What they are, in plural: `checklists`."""
    checked: int
    problems: tuple[str, ...] = ()
    """A sentence for each that was changed."""
    deed: str = "signed"
    """What somebody did to them, and how they must still be."""


class Stage(NamedTuple):
    """An invented server, which a console shows in place of this one."""

    host: str
    """As the top line calls it."""
    actor: Actor
    """Whoever looks at it."""
    watch: Any
    """Measures it: a `health.watch.Watch`."""


class HasPaths(Protocol):
    """A loaded configuration: the composition root knows the rest of it."""

    @property
    def paths(self) -> Paths:
        """Where things are."""


L = TypeVar("L", bound=HasPaths)


class Invocation(Generic[L]):
    """One run of the program; commands get it as `context.obj`.

    Args:
        options: the global options.
        load: reads the configuration and starts the log file.
        gates: makes whatever may object to a change, which a feature cannot know itself.
        verifiers: each reads the sealed records of a feature again.
        sealed: each yields those of a time, to be proved elsewhere.
        timeline: makes whoever tells what happened, of the records and, where there is one, the history.
        windows: makes who mutes checks during maintenance, of the configuration and the records.
        aid: makes who knows the checklist of an emergency, of the invocation and the records.
        show: opens the console on an invented server; its exit code.
    """

    def __init__(self, options: Options, load: Callable[[Options], L],
                 gates: Callable[[L, Database], Sequence[Any]] | None = None,
                 verifiers: Sequence[Callable[[Database], Awaitable[Proof]]] = (),
                 sealed: Sequence[SealedSource] = (),
                 timeline: Callable[[Database, Database | None], Sequence[Source]] | None = None,
                 windows: Callable[[L, Database], Any] | None = None,
                 aid: Callable[[Invocation[L], Database], Any] | None = None, *,
                 show: Callable[[L, Options, Stage], int] | None = None) -> None:
        self.options = options
        self.verifiers = verifiers
        self.sealed = sealed
        self.load = load
        """Reads another configuration than the one that was asked for; from then on its log file is used."""
        self.show = show
        self._gates = gates
        self._timeline = timeline
        self._windows = windows
        self._aid = aid

    @cached_property
    def loaded(self) -> L:
        """Settings and paths, read once, when a command first asks.

        Raises:
            ConfigError: the configuration is wrong or cannot be read.
        """
        return self.load(self.options)

    def gates(self, db: Database) -> Sequence[Any]:
        """Whatever may object to a change in these records."""
        return () if self._gates is None else self._gates(self.loaded, db)

    def windows(self, records: Database) -> Any:
        """Who mutes checks during maintenance; None: nobody does."""
        return None if self._windows is None else self._windows(self.loaded, records)

    def aid(self, records: Database) -> Any:
        """Who knows the checklist of an emergency; None: nobody does."""
        return None if self._aid is None else self._aid(self, records)

    def timeline(self, records: Database, metrics: Database | None) -> Sequence[Source]:
        """Whoever tells what happened on this server."""
        return () if self._timeline is None else self._timeline(records, metrics)
