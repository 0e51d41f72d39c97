"""The command by which this very program can be started again, from an installation and from a checkout."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path


def command(config: Path | None, *arguments: str, debug: bool = False) -> list[str]:
    """The arguments of a process that runs `opsconsole` with the same Python.

    The folder that it is started in is not searched for modules: anybody may have put some there.
    """
    options = [*(["--config", str(config)] if config is not None else []), *(["--debug"] if debug else [])]
    return [sys.executable, "-P", "-m", "opsconsole", *options, *arguments]


def source() -> Path | None:
    """The folder that has to be in PYTHONPATH; None where the program is installed among this Python's packages."""
    folder = Path(__file__).resolve().parents[2]
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    return None if folder in installed else folder
