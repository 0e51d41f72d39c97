"""A mail as it came becomes an `Inbound`: who writes what, with which files. Pure; reads anything, raises nothing."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.text import storable
from opsconsole.tickets.mail import html as markup
from opsconsole.tickets.mail.charsets import decoded
from opsconsole.tickets.mail.headers import Address, addresses, one_line, words
from opsconsole.tickets.mail.ids import message_ids
from opsconsole.tickets.mail.loops import Bounce, automatic, bounce
from opsconsole.tickets.mail.mime import Part, parse, parts
from opsconsole.tickets.model import MOST_TEXT, Record

if TYPE_CHECKING:
    from collections.abc import Collection

DEPTH: Final = 12
"""How deep parts may lie in parts; what lies deeper is kept as a file."""
MOST_SHOWN: Final = MOST_TEXT - 16_000
"""Characters of a text; there is room for what a ticket says of the mail besides."""
_REPEATED: Final = 10
"""Headers of one name that are read."""
_TOO_LONG: Final = "[The rest of this text is in the attached file {name}.]"
_TEXTS: Final = frozenset({"text/plain", "text/html", "text/enriched"})
_RECIPIENTS: Final = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")
_SENDERS: Final = ("from", "reply-to", "sender", "return-path")
_NUMBER: Final = re.compile(r"(?<![\w#&/])#([1-9][0-9]{0,17})\b")
_BRACKETED: Final = re.compile(r"\[\s*#([1-9][0-9]{0,17})\s*\]")
_PREFIX: Final = re.compile(
    r"(?:(?:re|aw|fwd?|wg|sv|vs|antw|rif|r|tr|odp|ynt|res|enc|vl|doorst|回复|答复|转发|返信|転送)(?:\s*[\[(]?\d{1,3}[\])]?)?"
    r"\s*[:：]\s*)+", re.IGNORECASE)  # noqa: RUF001 - so it is sent
_META: Final = re.compile(rb"(?i:<meta[^>]{0,200}charset=[\"']?)([A-Za-z0-9_:.-]{2,40})")
_QUOTE_HEAD: Final = re.compile(
    r"(?:On .{4,200} wrote:|Am .{4,200} schrieb.{0,200}:|Le .{4,200} a écrit\s?:|El .{4,200} escribió:|"
    r"Il .{4,200} ha scritto:|Op .{4,200} schreef.{0,200}:|-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|"
    r"Original-Nachricht|Message d'origine|Mensaje original)\s*-{2,}|_{20,})\s*", re.IGNORECASE)


class FoundFile(NamedTuple):
    """A file of a mail."""

    name: str
    """As given, without any folder; harmless only after `core.text`."""
    data: bytes


class Inbound(Record, frozen=True):
    """A mail, read."""

    sender: Address
    """Empty where it names none."""
    answer_to: Address
    """Who is to get the answer: the sender, unless it says another one."""
    to: tuple[str, ...]
    """All addresses that it was for, in lower case."""
    subject: str
    text: str
    files: tuple[FoundFile, ...]
    message_id: str
    """Empty where it has none."""
    references: tuple[str, ...]
    """Message-IDs that it answers, the nearest first."""
    automatic: str
    """Why no person wrote it, as half a sentence; empty: one may have."""
    bounce: Bounce | None
    key: str
    """The same for each copy of a mail, whatever servers added on the way."""
    content: str
    """The same only for copies that say the same."""

    @property
    def title(self) -> str:
        """The subject without what answering and forwarding put before it; else the first words of the text."""
        cleaned = one_line(_BRACKETED.sub(" ", self.subject))
        start = _PREFIX.match(cleaned)
        bare = cleaned[start.end():].strip() if start is not None else cleaned
        return bare or " ".join(own_words(self.text).split()[:12]) or "(no subject)"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The tickets that the subject names: `[#42]` first, then `#42`."""
        found = [*_BRACKETED.findall(self.subject), *_NUMBER.findall(self.subject)]
        return tuple(dict.fromkeys(int(one) for one in found[:10]))


def read(raw: bytes, own: Collection[str] = ()) -> Inbound:
    """Reads a mail.

    Args:
        raw: its bytes, as they came.
        own: our own addresses, in lower case.
    """
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    mail = parse(raw)
    body = _Body()
    body.take(mail, 0)
    text = body.text()
    found = {name: [one for value in mail.all(name)[:_REPEATED] for one in addresses(value)]
             for name in (*_SENDERS, *_RECIPIENTS)}
    senders = [one for name in _SENDERS for one in found[name]]
    sender = senders[0] if senders else Address("", "")
    subject = words(next(iter(mail.all("subject")), b""))
    ids = message_ids(mail.first("message-id"))
    sealed = "\0".join((*ids[:1], sender.mail, mail.first("date"), "" if ids else f"{subject}\0{text}"))
    content = "\0".join((sealed, subject, text, *(hashlib.sha256(file.data).hexdigest() for file in body.files)))
    return Inbound(
        sender=sender, answer_to=_answer_to(sender, found["reply-to"], own), subject=subject, text=text,
        to=tuple(dict.fromkeys(one.mail for name in _RECIPIENTS for one in found[name])), files=tuple(body.files),
        message_id=ids[0] if ids else "", references=_references(mail), automatic=automatic(mail, sender.mail, own),
        bounce=bounce(mail, text), key=_digest(sealed), content=_digest(content))


def _answer_to(sender: Address, said: list[Address], own: Collection[str]) -> Address:
    other = next((one for one in said if one.mail not in own), sender)
    return Address(other.name or sender.name, other.mail)


def _references(mail: Part) -> tuple[str, ...]:
    nearest = [one for value in mail.all("in-reply-to")[:_REPEATED] for one in message_ids(decoded(value))]
    further = [one for value in mail.all("references")[:_REPEATED] for one in message_ids(decoded(value))]
    return tuple(dict.fromkeys([*nearest, *reversed(further)]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def own_words(text: str) -> str:
    """What the writer wrote, without what they quote and without their signature; for deciding, never for keeping."""
    kept: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        if line.rstrip() == "--" or _QUOTE_HEAD.fullmatch(bare[:500]):
            break
        if not bare.startswith((">", "|")):
            kept.append(line)
    return "\n".join(kept).strip()


class _Body:
    """The text and the files of a mail, collected part by part."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._spare = ""
        """Text of a file, where there is no other."""
        self._markup = markup.MOST_HTML
        """Characters of HTML that are still read."""
        self._names: dict[str, int] = {}
        """How often each name was given."""
        self.files: list[FoundFile] = []

    def text(self) -> str:
        """What a reader would see; what is longer than a message may be becomes a file."""
        whole = storable("\n\n".join(text.strip("\n") for text in self._texts if text.strip())) or self._spare
        if len(whole) <= MOST_SHOWN:
            return whole
        name = self._free("whole-text.txt")
        self.files.append(FoundFile(name, whole.encode()))
        notice = _TOO_LONG.format(name=name)
        return f"{whole[:MOST_SHOWN - 200]}\n\n{notice}"

    def take(self, part: Part, depth: int) -> None:
        """Takes a part with all that is in it."""
        kind = part.kind
        if depth >= DEPTH:
            self._file(part, "deep.eml", part.raw)
        elif kind.startswith("multipart/"):
            inner = parts(part)
            if not inner:
                self._texts.append(_plain_text(part))
            elif kind == "multipart/alternative":
                self._alternative(inner, depth)
            else:
                for one in inner:
                    self.take(one, depth + 1)
        elif kind in ("message/rfc822", "message/global"):
            self._forwarded(part, depth)
        elif kind in _TEXTS and not _is_file(part):
            self._texts.append(self._shown(part))
        else:
            if kind == "text/plain" and not self._spare:
                self._spare = storable(_plain_text(part))
            self._file(part)

    def _alternative(self, inner: list[Part], depth: int) -> None:
        """One of several forms of the same: plain text, unless it only says that there is HTML."""
        forms = [one for one in inner if one.kind in _TEXTS and not _is_file(one)]
        plain = [one for one in forms if one.kind == "text/plain"]
        rich = [one for one in forms if one.kind != "text/plain"]
        files: list[Part] = []
        for one in inner:
            # HTML may lie in a part of its own, together with its pictures.
            for part in (parts(one) or [one]) if one.kind.startswith("multipart/") else [one]:
                if part is not one and part.kind == "text/html" and not _is_file(part):
                    rich.append(part)
                elif not any(part is form for form in forms):
                    files.append(part)
        told = "\n\n".join(text for text in map(_plain_text, plain) if text.strip())
        shown = "\n\n".join(filter(None, map(self._shown, rich))) if len(told) < 400 else ""
        self._texts.append(shown if len(shown) > 3 * len(told) + 40 or not told else told)
        for part in files:
            self.take(part, depth + 2)

    def _shown(self, part: Part) -> str:
        """Text as it would be read; HTML of which that cannot be told is kept as a file too."""
        if part.kind == "text/plain":
            return _plain_text(part)
        content = part.content
        charset = part.parameters().get("charset", "")
        if not charset and (said := _META.search(content, 0, 4000)) is not None:
            charset = said[1].decode("ascii")
        source = decoded(content, charset)
        if part.kind == "text/enriched":
            return re.sub(r"<(/?)(<?)[a-zA-Z-]{0,40}>?", r"\2", source)
        text = markup.to_text(source[:self._markup])
        self._markup -= min(len(source), self._markup)
        if not self._markup or (not text.strip() and source.strip()):
            self.files.append(FoundFile(self._free("message.html"), part.content))
        return text

    def _forwarded(self, part: Part, depth: int) -> None:
        """A mail within the mail: the whole of it as a file, and its text to read."""
        inner = parse(part.content)
        subject = words(next(iter(inner.all("subject")), b""))
        self._file(part, f"{subject[:80] or 'mail'}.eml")
        body = _Body()
        body.take(inner, depth + 4)
        head = [f"{name.title()}: {words(value)}" for name in ("from", "date", "subject")
                for value in inner.all(name)[:1]]
        self._texts.append("\n".join(["---- Attached mail ----", *head, "", body.text()]))

    def _file(self, part: Part, name: str = "", data: bytes | None = None) -> None:
        data = part.content if data is None else data
        given = _given_name(part)
        if data or given:
            self.files.append(FoundFile(self._free(given or _bare(name) or f"file.{_ending(part.kind)}"), data))

    def _free(self, name: str) -> str:
        """The name, with a number where another file of this mail has it already."""
        stem, dot, ending = name.rpartition(".")
        made = name
        while made in self._names:
            self._names[name] += 1
            number = self._names[name]
            made = f"{stem}-{number}.{ending}" if dot and stem else f"{name}-{number}"
        self._names[made] = 1
        return made


def _is_file(part: Part) -> bool:
    disposition = part.first("content-disposition").partition(";")[0].strip().lower()
    return disposition == "attachment" or bool(_given_name(part))


def _given_name(part: Part) -> str:
    for header, key in (("content-disposition", "filename"), ("content-type", "name")):
        value = part.parameters(header).get(key, "")
        if value:
            return _bare(words(value.encode("utf-8", "backslashreplace")))
    return ""


def _bare(name: str) -> str:
    """A name without folders, breaks and what no file can have; whole but for that."""
    name = one_line(re.split(r"[/\\\0]", name)[-1]).strip()
    return "" if name.strip(". ") == "" else name[:200]


def _ending(kind: str) -> str:
    main, _, sub = kind.partition("/")
    known = {"plain": "txt", "html": "html", "jpeg": "jpg", "rfc822": "eml", "octet-stream": "bin", "calendar": "ics",
             "ms-tnef": "dat", "delivery-status": "txt", "rfc822-headers": "txt", "pgp-signature": "asc"}
    return known.get(sub) or (sub if main == "image" and sub.isalnum() else "bin")


def _plain_text(part: Part) -> str:
    given = part.parameters()
    text = decoded(part.content, given.get("charset", "")).replace("\r\n", "\n").replace("\r", "\n")
    if given.get("format", "").lower() == "flowed":
        text = _unflowed(text, delete=given.get("delsp", "").lower() == "yes")
    return text


def _unflowed(text: str, *, delete: bool) -> str:
    """RFC 3676: a line that ends in a space goes on in the next one of the same quote."""
    made: list[list[str]] = []
    open_, before = False, -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        goes_on = bare.endswith(" ") and bare != "-- "
        bare = bare[:-1] if goes_on and delete else bare
        if open_ and depth == before and bare != "-- ":
            made[-1].append(bare)
        else:
            made.append([">" * depth, " " if depth else "", bare])
        open_, before = goes_on, depth
    return "\n".join(map("".join, made))
