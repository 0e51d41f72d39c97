"""The types of values in the configuration that have a unit: `90s`, `10MB`, `80%`, `08:00`, a secret's place.

Each is a plain number or text to whoever calculates with it, has `parse`, which raises ValueError with what is
allowed, and a `str()` that `parse` reads back as the same value. Zones are `zoneinfo.ZoneInfo`.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 400
"""Characters; a longer text is not a number, and reading it would take time."""

_DIGITS = r"[0-9]+(?:\.[0-9]+)?"
_DURATION: Final = rf"({_DIGITS}) ?(ms|min|[wdhms])(?: ?(?=[0-9])|$)"
_SECONDS: Final = {"w": Decimal(604_800), "d": Decimal(86_400), "h": Decimal(3_600), "m": Decimal(60),
                   "min": Decimal(60), "s": Decimal(1), "ms": Decimal("0.001")}
_SIZE: Final = rf"(?i:({_DIGITS}) ?(B|[KMGTPE]B|[KMGTPE]IB)?)"
_DECIMAL_UNITS: Final = {f"{letter}B": 1000**power for power, letter in enumerate("KMGTPE", 1)}
_BINARY_UNITS: Final = {f"{letter}iB": 1024**power for power, letter in enumerate("KMGTPE", 1)}
_BYTES: Final = {"": 1, "B": 1} | _DECIMAL_UNITS | {unit.upper(): size for unit, size in _BINARY_UNITS.items()}
_PERCENT: Final = rf"({_DIGITS}) ?%?"
_TIME: Final = r"([0-9]{1,2}):([0-9]{2})"
_REFERENCE: Final = r"\$\$|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|)"


def _plain(value: float) -> str:
    """The shortest digits that are read back as this number, never with an exponent."""
    return format(Decimal(repr(float(value))), "f").removesuffix(".0")


def _fits(text: str, pattern: str) -> re.Match[str] | None:
    # The patterns are compiled when the first text is read: with the defaults, none is.
    return re.fullmatch(pattern, text) if len(text) <= LONGEST else None


class Duration(float):
    """A length of time in seconds: `90s`, `5m`, `2h`, `3d`, `1w`, `250ms`, `1h30m`."""

    __slots__ = ()
    ALLOWED: ClassVar[str] = "a duration such as 90s, 5m, 2h, 3d or 1h30m"
    PATTERN: ClassVar[str] = r"^0$|^([0-9]+(\.[0-9]+)? ?(ms|min|[wdhms]) ?)+$"
    LIMIT: ClassVar[int] = 36_500 * 86_400
    """Seconds; a hundred years are a slip of the hand."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Seconds from a text; the units go from large to small, each at most once.

        Raises:
            ValueError: it is no duration, has no unit, or is longer than a hundred years.
        """
        text = text.strip()
        if text == "0":
            return cls(0)
        if _fits(text, _PERCENT) and not text.endswith("%"):
            raise ValueError(f"a duration with its unit: {text}s, {text}m, {text}h or {text}d")
        total, at, last = Decimal(0), 0, math.inf
        while at < len(text) and len(text) <= LONGEST:
            part = re.compile(_DURATION).match(text, at)
            if part is None or _SECONDS[part[2]] >= last:
                raise ValueError(cls.ALLOWED)
            last = float(_SECONDS[part[2]])
            total += Decimal(part[1]) * _SECONDS[part[2]]
            at = part.end()
        if not text or at < len(text):
            raise ValueError(cls.ALLOWED)
        if total > cls.LIMIT:
            raise ValueError("a duration of at most 36500d")
        return cls(total)

    def __str__(self) -> str:
        if not 0 <= self <= self.LIMIT:
            return f"{float.__repr__(self)}s"
        rest, parts = Decimal(repr(float(self))), []
        for unit in ("d", "h", "m"):
            count, rest = divmod(rest, _SECONDS[unit])
            if count:
                parts.append(f"{count:f}{unit}")
        if rest or not parts:
            whole = rest == rest.to_integral_value()
            milliseconds = not whole and not parts and rest * 1000 == (rest * 1000).to_integral_value()
            parts.append(f"{int(rest * 1000)}ms" if milliseconds else f"{int(rest)}s" if whole else f"{rest:f}s")
        return "".join(parts)

    def __repr__(self) -> str:
        return f"Duration('{self}')"


class Size(int):
    """A number of bytes: `512`, `10MB` (thousands), `512KiB` (1024s)."""

    __slots__ = ()
    ALLOWED: ClassVar[str] = "a size such as 512B, 10MB, 2GB or 512KiB"
    PATTERN: ClassVar[str] = r"^[0-9]+(\.[0-9]+)? ?([Bb]|[KMGTPEkmgtpe][Ii]?[Bb])?$"
    LIMIT: ClassVar[int] = 2**63 - 1
    """The most that a file's offset can be."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Bytes from a text; a number alone is bytes.

        Raises:
            ValueError: it is no size, is not a whole number of bytes, or is larger than a file can be.
        """
        text = text.strip()
        part = _fits(text, _SIZE)
        if part is None:
            if found := re.fullmatch(rf"({_DIGITS}) ?([KMGTPEkmgtpe])", text[:LONGEST]):
                part_size = found[1] + found[2].upper()
                raise ValueError(f"a size with its unit in full: {part_size}B (1000s) or {part_size}iB (1024s)")
            raise ValueError(cls.ALLOWED)
        if len(text) > 40:
            raise ValueError("a size of at most 9223372036854775807 bytes")
        value = Decimal(part[1]) * _BYTES[(part[2] or "").upper()]
        if value != value.to_integral_value():
            raise ValueError("a whole number of bytes")
        if value > cls.LIMIT:
            raise ValueError("a size of at most 9223372036854775807 bytes")
        return cls(value)

    def __str__(self) -> str:
        value = int(self)
        fitting = [(size, unit) for units in (_DECIMAL_UNITS, _BINARY_UNITS) for unit, size in units.items()
                   if value > 0 and value % size == 0]
        size, unit = max(fitting, default=(1, "B"))
        return f"{value // size}{unit}"

    def __repr__(self) -> str:
        return f"Size('{self}')"


class Percent(float):
    """A share in per cent, 0 and up: `80%` or `80`; above 100 where a rule allows it."""

    __slots__ = ()
    ALLOWED: ClassVar[str] = "a percentage such as 80% or 99.9%"
    PATTERN: ClassVar[str] = r"^[0-9]+(\.[0-9]+)? ?%?$"
    LIMIT: ClassVar[int] = 1_000_000

    @classmethod
    def parse(cls, text: str) -> Self:
        """Per cent from a text.

        Raises:
            ValueError: it is no percentage, or beyond all measure.
        """
        part = _fits(text.strip(), _PERCENT)
        if part is None:
            raise ValueError(cls.ALLOWED)
        value = float(part[1])
        if value > cls.LIMIT:
            raise ValueError(f"a percentage of at most {cls.LIMIT}%")
        return cls(value)

    def __str__(self) -> str:
        return f"{_plain(self)}%" if math.isfinite(self) else float.__repr__(self)

    def __repr__(self) -> str:
        return f"Percent('{self}')"


class TimeOfDay(int):
    """A time on the clock in minutes after midnight: `08:00`."""

    __slots__ = ()
    ALLOWED: ClassVar[str] = "a time of day from 00:00 to 23:59, such as 08:00"
    PATTERN: ClassVar[str] = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"
    LIMIT: ClassVar[int] = 24 * 60 - 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Minutes after midnight from a text.

        Raises:
            ValueError: it is no time of day.
        """
        part = _fits(text.strip(), _TIME)
        if part is None or int(part[1]) > 23 or int(part[2]) > 59:
            raise ValueError(cls.ALLOWED)
        return cls(int(part[1]) * 60 + int(part[2]))

    def __str__(self) -> str:
        return f"{int(self) // 60:02d}:{int(self) % 60:02d}"

    def __repr__(self) -> str:
        return f"TimeOfDay('{self}')"


def expand(text: str, env: Mapping[str, str]) -> str:
    """A text with `${NAME}` and `${NAME:-default}` replaced from `env`, and `$$` by `$`.

    The default stands in where the variable is unset or empty; any other `$` is an ordinary character.

    Raises:
        ValueError: a variable without default is not set, or a `${` has no name or no end.
    """
    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, default = found[1], found[2]
        if name is None:
            raise ValueError("`${` must be followed by a variable's name and `}`; write `$$` for a plain `$`")
        if default is not None:
            return env.get(name) or str(default)
        if name not in env:
            raise ValueError(f"the environment variable {name} is not set; set it, or write ${{{name}:-default}}")
        return env[name]

    return re.sub(_REFERENCE, value, text) if "$" in text else text


class Secret(str):
    """Where a secret comes from: `${NAME}` from the environment, `file:/path` from a file.

    As a text it is only this place, so that printing, logging or encoding it shows no secret; `reveal` gives
    the secret itself.
    """

    __slots__ = ("_problem", "_value")
    ALLOWED: ClassVar[str] = "the place of a secret: ${NAME} from the environment, or file:/path"
    PATTERN: ClassVar[str] = r"^file:(/|~/)|\$\{[A-Za-z_]"
    LIMIT: ClassVar[int] = 65_536
    """Bytes that a file with a secret may have."""

    _value: str
    _problem: str

    @classmethod
    def parse(cls, text: str, env: Mapping[str, str] | None = None) -> Self:
        """The secret at a place; with `env` it is fetched now, without it `reveal` raises.

        Raises:
            ValueError: the text is no place of a secret (a secret itself has no business in the file).
        """
        text = text.strip()
        if not text.startswith(("file:/", "file:~/")) and "${" not in text.replace("$$", ""):
            raise ValueError(cls.ALLOWED)
        secret = cls(text)
        secret._value, secret._problem = "", "it was not fetched"
        if env is not None:
            try:
                value = _file_content(text[5:], cls.LIMIT, env) if text.startswith("file:") else expand(text, env)
                secret._value, secret._problem = value, ""
            except ValueError as problem:
                secret._problem = str(problem)
        return secret

    @property
    def problem(self) -> str:
        """Why the secret could not be fetched; empty when it was."""
        return getattr(self, "_problem", "it was not fetched")

    def reveal(self) -> str:
        """The secret itself; never to be shown, stored or logged.

        Raises:
            ValueError: it could not be fetched; the message says why, without the secret.
        """
        if self.problem:
            raise ValueError(self.problem)
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return str.__eq__(self, other) and (self.problem, self.problem or self._value) == (
            other.problem, other.problem or other._value)

    def __ne__(self, other: object) -> bool:
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    __hash__ = str.__hash__

    def __str__(self) -> str:
        return str.__str__(self)

    def __repr__(self) -> str:
        return f"Secret('{self}')"

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return type(self), (str.__str__(self),)


def _file_content(path: str, limit: int, env: Mapping[str, str]) -> str:
    """The text of a small regular file, without the line break at its end."""
    from opsconsole.core.readfile import Unreadable, read_regular  # noqa: PLC0415 - files are read seldom

    try:
        raw = read_regular(expand(path, env), limit, home=env.get("HOME"))
    except Unreadable as problem:
        raise ValueError(problem.sentence) from problem
    try:
        text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    if not text:
        raise ValueError(f"{path} is empty")
    return text
