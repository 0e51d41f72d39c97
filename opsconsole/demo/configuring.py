"""The configuration of a demo: a preset, with the people of its plot in place of the examples."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsconsole.admin.presets import NAMES, Answers, render
from opsconsole.core.clock import local
from opsconsole.core.errors import UsageError
from opsconsole.demo.plots import HOST, ME, PLOTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.demo.place import Place

SITE: Final = "https://www.example.com"
_LAUNCHED: Final = 200
"""Days since the system went live: what holds only for the first weeks is over."""
_PEOPLE: Final = frozenset({"people", "members", "tell"})
_HEAD: Final = f"""\
# The configuration of a demo: the preset `{{preset}}`, with invented people, of an invented server {HOST}.
# No agent is started with it: nothing is asked, and nobody is told anything.
"""


def configured(preset: str, place: Place, now: Instant) -> str:
    """The text of a demo's configuration.

    Args:
        preset: one of `admin.presets.NAMES`.
        place: where the demo is.
        now: when it is.

    Raises:
        UsageError: there is no such preset.
    """
    import yaml  # noqa: PLC0415 - the presets are read with it

    if preset not in PLOTS:
        from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

        raise UsageError(f"There is no preset `{preset}`{nearest(preset, NAMES)}.", f"There are {', '.join(NAMES)}.")
    launch = local(now).date() - timedelta(days=_LAUNCHED)
    load, dump = getattr(yaml, "CSafeLoader", yaml.SafeLoader), getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    tree: dict[str, Any] = yaml.load(render(preset, Answers(ME, launch, SITE)), Loader=load)  # noqa: S506 - a safe one
    # Whoever looks at it may do everything: roles are of the people of a real host.
    tree.pop("roles", None)
    tree = _peopled(tree, PLOTS[preset].cast)
    for check in tree.get("checks", {}).values():
        check.pop("enabled", None)
    own = {"data": str(place.data), "log": {"file": str(place.log)}, "agent": {"child": False}}
    text: str = yaml.dump({**own, **tree}, Dumper=dump, allow_unicode=True, sort_keys=False, width=110)
    return _HEAD.format(preset=preset) + text


def _peopled(value: Any, cast: Mapping[str, str], key: str = "") -> Any:
    """The same with other names wherever people are named: in lists of people, and as keys of contacts."""
    if isinstance(value, dict):
        renamed = cast if key == "contacts" else {}
        return {renamed.get(name, name): _peopled(part, cast, str(name)) for name, part in value.items()}
    if isinstance(value, list):
        if key in _PEOPLE:
            return [cast.get(one, one) if isinstance(one, str) else one for one in value]
        return [_peopled(one, cast, key) for one in value]
    return value
