"""JSON for scripts that may also land on a terminal."""

from __future__ import annotations

import math
from typing import Any


def to_json(value: object, *, indent: int | None = None) -> str:
    r"""A value as JSON (RFC 8259) in printable ASCII; msgspec Structs, enums and the like become plain.

    All else stands as `\uXXXX`: so foreign text acts on no terminal, every consumer can read it whatever its encoding
    is, and parsing gives it back as it was. Only a high surrogate right before a low one, which no bytes decode to,
    comes back as the character that JSON means by the two. A number that is not finite, which JSON lacks, is null.
    """
    import json  # noqa: PLC0415 - for scripts only, as the next one

    import msgspec  # noqa: PLC0415

    return json.dumps(_finite(msgspec.to_builtins(value, str_keys=True)), indent=indent, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
