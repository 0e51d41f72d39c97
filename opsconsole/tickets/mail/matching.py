"""Which ticket a mail belongs to. Pure: what the records know is given."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.tickets.mail.reading import own_words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from opsconsole.tickets.mail.reading import Inbound
    from opsconsole.tickets.settings import TicketSettings
    from opsconsole.tickets.settings.desk import Intake

_RATING: Final = re.compile(
    # What goes on in the same line must show that the number is the answer: `5 thanks`, but no `2 more things`.
    r"([1-5])(?:\s*/\s*5)?(?:\s*[.!]*|[\s!,;–—-]+([:;]-?[)(D]|(?:(?:many|very|so|sehr|best|vielen|mille|muchas) )?"  # noqa: RUF001 - so it is typed
    r"(?:stars?|points?|sterne?|punkte?|thank|thanks|thx|cheers|great|good|well|perfect|excellent|super|nice|satisfied|"
    r"happy|danke?|dank|gut|prima|toll|zufrieden|merci|bien|parfait|gracias|bueno|grazie|obrigad[oa]|bedankt|tack|"
    r"dzięki)\b[^?]*))", re.IGNORECASE)
_LINE: Final = 300
"""Characters of the line that is looked at for a rating."""


class Place(NamedTuple):
    """What a known Message-ID belongs to."""

    ticket: int
    seq: int
    survey: bool = False
    """Whether it is that of a mail which asked how satisfied somebody is."""


class Match(NamedTuple):
    """The ticket that a mail belongs to, and how that is known."""

    place: Place
    proven: bool
    """Whether it names a Message-ID; else only its subject names the ticket."""


def match(mail: Inbound, known: Mapping[str, Place], people: Mapping[int, Collection[str]]) -> Match | None:
    """The ticket of a mail; None: it belongs to none.

    A number in the subject can be typed by anybody, so it counts only from somebody who is on that ticket already.

    Args:
        mail: it.
        known: what each of its references belongs to, as far as it is known.
        people: who is on the tickets that its subject names, as addresses in lower case; tickets that there are not
            are left out.
    """
    for reference in mail.references:
        if reference in known:
            return Match(known[reference], proven=True)
    for number in mail.numbers:
        if mail.sender.mail and mail.sender.mail in people.get(number, ()):
            return Match(Place(number, 0), proven=False)
    return None


def rating(mail: Inbound) -> tuple[int, str] | None:
    """What an answer to the question about satisfaction says: 1 to 5, and the rest of it; None: it is no number."""
    first, _, rest = own_words(mail.text).partition("\n")
    found = _RATING.fullmatch(first.strip()) if len(first) <= _LINE else None
    return None if found is None else (int(found[1]), "\n".join(filter(None, (found[2], rest.strip()))))


def intake(mail: Inbound, settings: TicketSettings) -> Intake | None:
    """What the configuration says of the first address that the mail was for; None: nothing."""
    by_address = {address.lower(): one for address, one in settings.mail.intakes.items()}
    return next((by_address[address] for address in mail.to if address in by_address), None)


def welcome(sender: str, settings: TicketSettings) -> bool:
    """Whether a rule of routing names this sender, so that its mail opens tickets although no person writes it."""
    return any(fnmatchcase(sender, pattern.lower()) for rule in settings.routing for pattern in rule.senders)
