"""The time zone of this machine, as one that can be calculated with."""

from __future__ import annotations

import logging
import os
from datetime import UTC, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOG = logging.getLogger(__name__)
_LOCAL = Path("/etc/localtime")


def local_zone() -> tzinfo:
    """The zone of TZ, else of the machine; UTC where neither says one."""
    return _zone(os.environ.get("TZ", "").removeprefix(":"), _LOCAL)


@lru_cache(maxsize=4)
def _zone(name: str, file: Path) -> tzinfo:
    try:
        if name:
            return ZoneInfo(name)
        with file.open("rb") as data:
            return ZoneInfo.from_file(data)
    except FileNotFoundError:
        # What the C library does where the machine says nothing.
        return UTC
    except (ZoneInfoNotFoundError, OSError, ValueError) as problem:
        LOG.warning("the machine's time zone is not known, so times are UTC: %s", problem)
        return UTC
