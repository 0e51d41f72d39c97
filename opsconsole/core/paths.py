"""Where the program keeps its files: the person's folders, or the system's for a shared installation.

The folders are those of the XDG Base Directory Specification 0.8, read from the given environment, so that one
process can ask for another's; a relative path in a variable is ignored, as the specification wants.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from opsconsole.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "opsconsole"
FILE: Final = "opsconsole.yaml"
SYSTEM_CONFIG: Final = Path("/etc/opsconsole/opsconsole.yaml")
SYSTEM_DATA: Final = Path("/var/lib/opsconsole")
VARIABLE: Final = "OPSCONSOLE_CONFIG"


class Paths(msgspec.Struct, frozen=True):
    """Absolute paths; nothing is created here.

    `config` is None while there is no file; `shared` is true where several people use one `data` folder.
    """

    config: Path | None
    data: Path
    state: Path
    cache: Path
    shared: bool = False
    log_file: Path | None = None
    """The log file that the configuration names."""

    @property
    def records(self) -> Path:
        """What people enter."""
        return self.data / "opsconsole.db"

    @property
    def metrics(self) -> Path:
        """What machines measure."""
        return self.data / "metrics.db"

    @property
    def log(self) -> Path:
        """The log file of this person."""
        return self.log_file or self.state / "opsconsole.log"

    @property
    def drafts(self) -> Path:
        """What was typed and not yet saved, by this person."""
        return self.state / "drafts"

    @property
    def preferences(self) -> Path:
        """What this person chose in the console."""
        return self.state / "preferences.json"


def home_folder(env: Mapping[str, str]) -> Path:
    """The person's home: HOME, else what the user database says.

    Raises:
        ConfigError: neither knows one.
    """
    home = env.get("HOME", "")
    if home.startswith("/"):
        return Path(home)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise ConfigError("This user has no home folder.", "Set HOME to a folder that this user may write.") from None


def folder(variable: str, below_home: str, env: Mapping[str, str]) -> Path:
    """One of the person's base folders with the program's name at its end."""
    base = env.get(variable, "")
    return (Path(base) if base.startswith("/") else home_folder(env) / below_home) / NAME


def user_config(env: Mapping[str, str]) -> Path:
    """Where the person's own configuration is, if there is one."""
    return folder("XDG_CONFIG_HOME", ".config", env) / FILE


def beside_config(name: str, paths: Paths, env: Mapping[str, str]) -> Path:
    """A folder of the installation's own beside its configuration; without one, where the person's would be."""
    return (paths.config if paths.config is not None else user_config(env)).parent / name


def find_config(explicit: Path | None, env: Mapping[str, str], system: Path = SYSTEM_CONFIG) -> Path | None:
    """The configuration to use: the named one, that of OPSCONSOLE_CONFIG, the person's, the system's, or none.

    A file that was named is not looked for here: whoever reads it says that it is missing.
    """
    named = explicit or (Path(env[VARIABLE]) if env.get(VARIABLE) else None)
    if named is not None:
        return expanded(str(named), env)
    return next((path for path in (user_config(env), system) if _may_exist(path)), None)


def expanded(path: str, env: Mapping[str, str]) -> Path:
    """An absolute path; `~` is the person's home."""
    if path == "~" or path.startswith("~/"):
        return home_folder(env) / path[2:]
    return Path(path).absolute()


def make_paths(config: Path | None, env: Mapping[str, str], *, data: str | None = None, log: str | None = None,
               system: Path = SYSTEM_CONFIG, system_data: Path = SYSTEM_DATA) -> Paths:
    """The paths that belong to a configuration.

    Args:
        config: the file in use; the system's own makes a shared installation.
        env: the environment.
        data: the data folder that the configuration names.
        log: the log file that it names.
        system: the place of the system's configuration.
        system_data: the data folder of a shared installation.
    """
    shared = config is not None and config == system
    if data is not None:
        data_folder = expanded(data, env)
    else:
        data_folder = system_data if shared else folder("XDG_DATA_HOME", ".local/share", env)
    return Paths(config=config, data=data_folder, state=folder("XDG_STATE_HOME", ".local/state", env),
                 cache=folder("XDG_CACHE_HOME", ".cache", env), shared=shared,
                 log_file=expanded(log, env) if log is not None else None)


def _may_exist(path: Path) -> bool:
    """False only where there is surely no file; one that may not be looked at is for its reader to report."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True
