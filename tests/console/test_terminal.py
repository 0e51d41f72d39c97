from __future__ import annotations

import pytest

from opsconsole.console.terminal import require_terminal
from opsconsole.core.errors import UsageError


@pytest.mark.parametrize("term", ["", "dumb", "unknown", None])
def test_a_terminal_that_can_only_print(term: str | None) -> None:
    with pytest.raises(UsageError, match="TERM is"):
        require_terminal({} if term is None else {"TERM": term}, interactive=True)


def test_no_terminal() -> None:
    with pytest.raises(UsageError, match="opsconsole status"):
        require_terminal({"TERM": "xterm"}, interactive=False)
    require_terminal({"TERM": "xterm"}, interactive=True)
