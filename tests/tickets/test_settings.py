"""What the configuration of tickets refuses: at the right place, and in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.config import ConfigMistakes
from opsconsole.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

PROMISE = "promises: {urgent: {response: 1h}}"
WRONG = {
    f"policies: {{p: {{categories: [bgu], {PROMISE}}}}}": "policies.p.categories.0`: there is no category `bgu`; did",
    f"policies: {{p: {{categories: ['x-*'], {PROMISE}}}}}": "there is no category `x-*`",
    f"policies: {{p: {{calendar: ofice, {PROMISE}}}}}": "policies.p.calendar`: there is no calendar `ofice`",
    "policies: {p: {promises: {urgent: {ladder: nope}}}}": "promises.urgent.ladder`: there is no ladder `nope`",
    f"policies: {{p: {{warn: 120%, {PROMISE}}}}}": "a share of the promise is at most 100%, not `120%`",
    "routing: [{categories: [nope], tags: [x]}]": "routing.0.categories.0`: there is no category `nope`",
    "routing: [{words: [x], team: nope}]": "routing.0.team`: there is no team `nope`",
    "routing: [{how: round-robin, person: ana}]": "routing.0.how`: `round-robin` needs the `team`",
    "routing: [{tags: [two words]}]": "routing.0.tags.0`: a tag is one word, such as `vpn`, not `two words`",
    "canned: {c: {text: x, set: {state: opn}}}": "canned.c.set.state`: there is no state `opn`; did you mean `open`?",
    "canned: {c: {text: x, categories: [nope]}}": "canned.c.categories.0`: there is no category `nope`",
    "goals: {first_reponse: {is: '< 4h'}}": "there is no figure `first_reponse`; did you mean `first_response`?",
    "goals: {kept: {is: '> 4h'}}": "goals.kept.is`: this figure is a share, as `> 90%`, not `> 4h`",
    "goals: {resolution: {is: '< 90%'}}": "this figure is a time, as `< 4h`, not `< 90%`",
    "goals: {resolution: {is: '< 90'}}": "this figure is a time, as `< 4h`, not `< 90`",
    "goals: {backlog: {is: '< 4d'}}": "this figure is a number of tickets, as `< 20`, not `< 4d`",
    "goals: {score: {is: '> 90%'}}": "this figure is a number from 1 to 5, as `>= 4.5`, not `> 90%`",
    "categories: {c: {lifecycle: nope}}": "categories.c.lifecycle`: there is no lifecycle `nope`",
}
RIGHT = (
    f"policies: {{p: {{categories: ['b*', feature], {PROMISE}}}}}",
    "routing: [{categories: [bug], tags: [vpn]}]",
    "canned: {c: {text: x, set: {state: in progress}}}",
    "goals: {kept: {is: '> 90'}, score: {is: '>= 4.5'}, backlog: {is: '≤ 20'}, first_response: {is: '<4h'}}",
    "categories: {c: {}}\n  routing: [{categories: [c], tags: [x]}]",
)


@pytest.mark.parametrize(("text", "says"), WRONG.items())
def test_what_can_do_nothing_is_a_mistake(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigMistakes) as refused:
        read_settings(_file(tmp_path, text), {})
    (mistake,) = refused.value.mistakes
    assert says in str(mistake)
    assert mistake.line == 2


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_stays_so(text: str, tmp_path: Path) -> None:
    assert read_settings(_file(tmp_path, text), {}).tickets is not None


def _file(folder: Path, text: str) -> Path:
    path = folder / "opsconsole.yaml"
    path.write_text(f"tickets:\n  {text}\n", encoding="utf-8")
    return path
