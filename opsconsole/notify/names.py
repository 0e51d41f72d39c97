"""Whether the names in the settings name something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.config import nearest
from opsconsole.notify.model import Severity
from opsconsole.notify.settings import LOG, NotifySettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opsconsole.notify.settings import Rotation

    Mistakes = Iterator[tuple[tuple[str, ...], str]]

ONCALL = "oncall:"
CHANNEL = "channel:"


def addressees(settings: NotifySettings) -> tuple[str, ...]:
    """Whom something can be sent to, as `tell` names them: contacts, rotations, channels."""
    return (*settings.contacts, *(ONCALL + name for name in settings.rotations),
            *(CHANNEL + name for name in settings.channels))


def unknown(targets: Iterable[str], settings: NotifySettings | None) -> Mistakes:
    """(place among them, sentence) of all that `tell` names and that is nobody; None: nothing is configured."""
    yield from _targets((), targets, settings if settings is not None else NotifySettings())


def mistakes(settings: NotifySettings) -> Mistakes:
    """(path, sentence) of every name that nothing has, and of what belongs together."""
    for kind, names in (("channels", settings.channels), ("contacts", settings.contacts),
                        ("rotations", settings.rotations), ("ladders", settings.ladders)):
        for name in names:
            if not name or name != name.strip() or ":" in name or not name.isprintable():
                yield (kind, name), "a name must have printable characters, and no colon"
    yield from _channels(settings)
    for name, contact in settings.contacts.items():
        for key, listed in (("channels", contact.channels), ("after_hours", contact.after_hours or ())):
            yield from _known(("contacts", name, key), listed, "channel", {**settings.channels, LOG: None})
    for name, rotation in settings.rotations.items():
        yield from _rotation(("rotations", name), rotation, settings)
    for name, ladder in settings.ladders.items():
        for number, step in enumerate(ladder.steps):
            yield from _targets(("ladders", name, "steps", str(number), "tell"), step.tell, settings)
    for number, route in enumerate(settings.routes):
        yield from _targets(("routes", str(number), "tell"), route.tell, settings)
    yield from _times(settings)


def _channels(settings: NotifySettings) -> Mistakes:
    for name, channel in settings.channels.items():
        if channel.instead == name:
            yield ("channels", name, "instead"), "a channel cannot stand in for itself"
        elif channel.instead:
            yield from _one(("channels", name, "instead"), channel.instead, "channel", {**settings.channels, LOG: None})


def _rotation(path: tuple[str, ...], rotation: Rotation, settings: NotifySettings) -> Mistakes:
    for number, layer in enumerate(rotation.layers):
        yield from _known((*path, "layers", str(number), "people"), layer.people, "contact", settings.contacts)
    for number, override in enumerate(rotation.overrides):
        yield from _one((*path, "overrides", str(number), "person"), override.person, "contact", settings.contacts)
    for number, swap in enumerate(rotation.swaps):
        where = (*path, "swaps", str(number), "between")
        yield from _known(where, swap.between, "contact", settings.contacts)
        if swap.between[0] == swap.between[1]:
            yield where, "two different contacts exchange turns"


def _targets(path: tuple[str, ...], targets: Iterable[str], settings: NotifySettings) -> Mistakes:
    for number, target in enumerate(targets):
        where = (*path, str(number))
        if target.startswith(ONCALL):
            yield from _one(where, target.removeprefix(ONCALL), "rotation", settings.rotations, ONCALL)
        elif target.startswith(CHANNEL):
            yield from _one(where, target.removeprefix(CHANNEL), "channel", {**settings.channels, LOG: None}, CHANNEL)
        elif target not in settings.contacts:
            prefix = ONCALL if target in settings.rotations else CHANNEL if target in settings.channels else ""
            if prefix:
                yield where, f"there is no contact `{target}`; did you mean `{prefix}{target}`?"
            else:
                yield from _one(where, target, "contact", settings.contacts)


def _known(path: tuple[str, ...], names: Iterable[str], kind: str, known: Mapping[str, object]) -> Mistakes:
    for number, name in enumerate(names):
        yield from _one((*path, str(number)), name, kind, known)


def _one(path: tuple[str, ...], name: str, kind: str, known: Mapping[str, object], prefix: str = "") -> Mistakes:
    if name not in known:
        hint = nearest(prefix + name, [prefix + each for each in known])
        yield path, f"there is no {kind} `{prefix}{name}`{hint}"


def _times(settings: NotifySettings) -> Mistakes:
    from opsconsole.notify.moments import read_digest  # noqa: PLC0415 - only where there are settings

    for severity, every in settings.remind.items():
        if every < 60:
            yield ("remind", severity.value), "at least 1m"
    for severity, text in settings.digest.items():
        if severity is Severity.CRITICAL:
            yield ("digest", severity.value), "what is critical cannot wait"
        try:
            read_digest(text)
        except ValueError as problem:
            yield ("digest", severity.value), f"it must be {problem}, not `{text}`"
