"""The templates that there are: read from the program's folders and from the one beside the configuration."""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.checklists.naming import Configured, names_in, unknown
from opsconsole.checklists.settings import SETS
from opsconsole.checklists.sources import MOST_FILES, Loaded, Source, listed, stamp_of
from opsconsole.core.config import Mistake
from opsconsole.core.errors import OpsError
from opsconsole.core.resources import own_folder
from opsconsole.core.text import limited
from opsconsole.core.typewords import sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from opsconsole.checklists.settings import ChecklistSettings

__all__ = ["Library", "Loaded"]


class _View(NamedTuple):
    """What can be used, and what is wrong, at one moment."""

    templates: Mapping[str, Loaded]
    sources: Mapping[str, Source]
    mistakes: tuple[Mistake, ...]


class Library:
    """Templates by slug; read when first asked, and again by `refresh` when files have changed.

    A template of the installation's own takes the place of one of the program's that has its slug, and one of a set
    that is named later in the settings that of an earlier set. Of two files of one folder with the same slug the first
    one counts.

    A file that is wrong hides no other one: its mistakes are in `mistakes`, and where a version of it was good before,
    that one stays in use until the file is mended or removed.

    Args:
        settings: which sets are used, which slugs are off.
        own: the folder of the installation's own templates; it need not exist.
        program: the folder that holds the sets; None: the program's.
        configured: what templates can name of the configuration; None: there is none, so nothing of it is missed.
    """

    def __init__(self, settings: ChecklistSettings, own: Path | None = None, program: Path | None = None, *,
                 configured: Configured | None = None) -> None:
        self._settings = settings
        self._configured = configured
        self._warned: tuple[_View, tuple[str, ...]] | None = None
        self._own, self._program = own, program
        self._folders: dict[tuple[str, Path], dict[str, Source]] = {}
        """The files of each folder by name; later folders take the place of earlier ones."""
        self._problems: tuple[Mistake, ...] = ()
        """What is wrong with folders."""
        self._scanned = False
        self._view: _View | None = None

    def refresh(self) -> bool:
        """Reads what was changed, added or removed since; whether anything was.

        Where nothing was, it costs a look at each file: a few microseconds each.
        """
        changed = self._scan()
        if changed or self._view is None:
            self._view = self._resolved(self._all())
        return changed

    @property
    def templates(self) -> Mapping[str, Loaded]:
        """All that can be used, by slug."""
        return self._whole().templates

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What is wrong, in the order of files, lines and columns."""
        return self._whole().mistakes

    def get(self, slug: str) -> Loaded | None:
        """One template; None: there is none. As long as not all were asked for, only files that may be it are read."""
        if self._view is None:
            if not self._scanned:
                self._scan()
            alone = self._resolved([one for one in self._all() if one.may_be(slug)]).templates.get(slug)
            if alone is not None:
                return alone
        return self._whole().templates.get(slug)

    @property
    def warned(self) -> tuple[str, ...]:
        """What templates name and this configuration does not have, see `warnings`; looked for once."""
        if self._configured is None:
            return ()
        view = self._whole()
        if self._warned is None or self._warned[0] is not view:
            self._warned = view, tuple(self.warnings(*self._configured))
        return self._warned[1]

    def warnings(self, checks: Iterable[str], categories: Iterable[str], ladders: Iterable[str],
                 rotations: Iterable[str], calendars: Iterable[str], teams: Iterable[str] | None = None) -> list[str]:
        """What templates name and the configuration does not have, a line each with file, line and column.

        Args:
            checks: the names of `checks`.
            categories: of tickets.
            ladders: the names of `notify.ladders`.
            rotations: the names of `notify.rotations`.
            calendars: the names of `tickets.calendars`.
            teams: the names of `tickets.teams`; None: they are not looked at.
        """
        view = self._whole()
        names = Configured(*map(frozenset, (checks, categories, ladders, rotations, calendars, teams or ())))
        found = lacking(view.sources.values(), names, view.templates, self._settings.off, teams=teams is not None)
        order = {source.name: number for number, source in enumerate(self._all())}
        return [str(one) for one in sorted(found, key=lambda one: (order[one.source], *one[1:]))]

    def _whole(self) -> _View:
        if self._view is None:
            if not self._scanned:
                self._scan()
            self._view = self._resolved(self._all())
        return self._view

    def _all(self) -> list[Source]:
        return [source for files in self._folders.values() for source in files.values()]

    def _places(self) -> tuple[list[tuple[str, Path]], list[Mistake]]:
        """The folders in use, each with the name of its set, and what is missing of them."""
        if self._program is None:
            try:
                self._program = own_folder("checklists")
            except OpsError as error:
                return [("", self._own)] if self._own else [], [Mistake("checklists", 1, 1, str(error))]
        # As sets are folders, a name that is none of them must lead nowhere.
        used = [(name, self._program / name) for name in dict.fromkeys(self._settings.use) if name in SETS]
        missing = [Mistake(limited(str(place), 200), 1, 1, "The installation lacks this folder; install opsconsole"
                                                           " again.") for _, place in used if not place.is_dir()]
        return [*used, *([("", self._own)] if self._own else [])], missing

    def _scan(self) -> bool:
        """Looks at all folders and files; whether anything is not as before."""
        before, problems_before = self._folders, self._problems
        places, problems = self._places()
        folders: dict[tuple[str, Path], dict[str, Source]] = {}
        changed = False
        for name, place in places:
            earlier = before.get((name, place), {})
            try:
                names = listed(place)
            except FileNotFoundError:
                names = []
            except OSError as error:
                problems.append(Mistake(limited(str(place), 200), 1, 1, sentence(
                    f"this folder cannot be read: {error.strerror or error}")))
                names = list(earlier)
            if len(names) > MOST_FILES:
                problems.append(Mistake(limited(str(place), 200), 1, 1,
                                        f"There are more than {MOST_FILES} templates here; the others are not read."))
            files, others = _looked_at(name, place, names[:MOST_FILES], earlier)
            folders[name, place] = files
            changed = changed or others
        self._folders, self._problems, self._scanned = folders, tuple(problems), True
        return changed or self._problems != problems_before

    def _resolved(self, sources: Iterable[Source]) -> _View:
        """What counts of some files, in the order of their folders."""
        found: dict[str, Source] = {}
        mistakes: list[Mistake] = list(self._problems)
        for source in sources:
            source.understand()
            mistakes += sorted(source.mistakes, key=attrgetter("line", "column"))
            if source.good is None:
                continue
            slug = source.good.template.slug
            first = found.get(slug)
            if first is not None and first.path.parent == source.path.parent:
                if not source.mistakes:
                    mistakes.append(taken_slug(source, first))
                continue
            found[slug] = source
        used = {slug: found[slug] for slug in sorted(found) if slug not in self._settings.off}
        templates = {slug: source.good for slug, source in used.items() if source.good is not None}
        return _View(MappingProxyType(templates), used, tuple(mistakes))


def taken_slug(source: Source, first: Source) -> Mistake:
    """That a file has the slug of another one of its folder, which counts."""
    slug = first.good.template.slug if first.good is not None else ""
    return Mistake(source.name, *source.place(("slug",)), sentence(
        f"the slug `{slug}` is that of {limited(first.path.name, 100)} already; give one of them another `slug`"))


def lacking(sources: Iterable[Source], names: Configured, slugs: Collection[str], off: Collection[str], *,
            teams: bool = True) -> list[Mistake]:
    """What the templates of files name and there is not, in no particular order.

    Args:
        sources: the files.
        names: what the configuration has.
        slugs: the checklists that there are.
        off: those that are switched off.
        teams: whether teams are looked at.
    """
    known: dict[str, Collection[str]] = {
        "check": names.checks, "category": names.categories, "ladder": names.ladders, "rotation": names.rotations,
        "calendar": names.calendars, "checklist": slugs}
    if teams:
        known["team"] = names.teams
    found: list[Mistake] = []
    for source in sources:
        for named in names_in(source.good.template) if source.good is not None else ():
            if wrong := unknown(named, known, off):
                text = sentence(f"`{'.'.join(named.keys)}`: {wrong}")
                found.append(Mistake(source.name, *source.place(named.keys), text))
    return found


def _looked_at(set_name: str, folder: Path, names: list[str],
               earlier: Mapping[str, Source]) -> tuple[dict[str, Source], bool]:
    """The files of one folder as they stand now, and whether there is anything else than before."""
    files: dict[str, Source] = {}
    changed = False
    for name in names:
        path = folder / name
        stamp = stamp_of(path)
        if stamp is None:
            continue
        known = earlier.get(name)
        if known is None:
            files[name] = Source(path, set_name, stamp)
            changed = True
        else:
            files[name] = known
            changed = known.look(stamp) or changed
    return files, changed or set(files) != set(earlier)
