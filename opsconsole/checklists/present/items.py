"""One item of a walk as one line, and what stands below it when that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.judging import limit_of
from opsconsole.checklists.model import Verdict
from opsconsole.checklists.present.words import (
    actor_text,
    answer_text,
    key,
    muted,
    one_line,
    value_text,
    verdict_sign,
)
from opsconsole.checklists.template import (
    AutoItem,
    ChoiceItem,
    EvidenceItem,
    InstructionItem,
    NumberItem,
    TableItem,
    TextItem,
    YesNoItem,
)
from opsconsole.core.lines import Line, Span, Spot, Style
from opsconsole.core.text import harmless_lines, wrap
from opsconsole.core.view import left
from opsconsole.tickets.present.view import sides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.checklists.model import Answer, Evidence
    from opsconsole.checklists.walk import Step
    from opsconsole.core.view import View

ROOMY: Final = 100
"""Cells from which on there is room for words."""
NARROW: Final = 30
WIDE: Final = 38
FEW: Final = 3
"""Figures of earlier runs where there is little room."""
MOST_BELOW: Final = 12
"""Lines of help or evidence below an item."""
INDENT: Final = 4
NOTHING: Final = "There is nothing more to say about it."


class Around(NamedTuple):
    """What an item is drawn with besides itself."""

    figures: Sequence[Answer] = ()
    """Its last values in earlier runs, newest first."""
    states: Mapping[int, str] = {}
    """Of tickets."""
    here: bool = False
    """Whether the cursor stands on it."""
    answerable: bool = True
    """Whether it can be answered now."""


def target_of(item: str) -> str:
    """The spot of an item."""
    return f"item:{item}"


def item_line(step: Step, around: Around, view: View) -> Line:
    """Sign, title, what was answered or is proposed, by whom and when."""
    room = WIDE if view.cells >= ROOMY else NARROW
    title = one_line(step.item.title, view)
    right = _who(step, around, view)
    if view.cells < ROOMY and (ticket := _ticket(step, around, view)):
        right = [*ticket, Span("  "), *right]
    open_here = around.here and step.answer is None and step.waived is None
    glyph, style = verdict_sign(step.verdict, view.glyphs, waived=step.waived is not None)
    if around.here and glyph == " ":
        glyph, style = view.glyphs.cursor, Style.ACCENT
    quiet = step.verdict in (Verdict.OK, Verdict.NOT_APPLICABLE) or not step.item.required
    weight = Span(left(title, room, view), Style.MUTED if quiet and step.answer is None and not around.here
                  else Style.TEXT, open_here)
    given = step.answer is not None or step.waived is not None
    said = _said(step, around, view, narrow=view.cells < ROOMY) if given else _open(step, around, view)
    if not any(span.text for span in said):
        # A title may take the room of a value that is not there.
        weight = Span(title, weight.style, weight.strong)
    drawn = sides((Span(f"{glyph} ", style), weight, Span("  "), *said), right, view)
    return drawn._replace(spots=(Spot(target_of(step.item.id), 0, view.cells),))


def _who(step: Step, around: Around, view: View) -> list[Span]:
    if step.answer is None:
        narrow = view.cells < ROOMY
        if narrow and not around.here and step.proposal is not None and step.proposal.verdict.answered:
            return [Span("proposed", Style.FAINT)]
        return [] if step.item.required else [Span("optional", Style.FAINT)]
    return [muted(f"{actor_text(step.answer, view)} {view.time(step.answer.at)}")]


def _said(step: Step, around: Around, view: View, *, narrow: bool) -> list[Span]:
    """What was answered; its ticket stands at the right where there is little room."""
    spans: list[Span] = []
    answer = step.answer
    if step.waived is not None:
        spans.append(muted(f"waived by {one_line(step.waived.actor, view, 20)}: {one_line(step.waived.text, view)}  "))
    if answer is None:
        return spans
    failed = answer.verdict is Verdict.FAILED
    if answer.verdict in (Verdict.SKIPPED, Verdict.NOT_APPLICABLE):
        word = "skipped" if answer.verdict is Verdict.SKIPPED else "does not apply"
        note = one_line(answer.note, view)
        return [*spans, muted(f"{word}: {note}" if note else word)]
    text = _seen(step, answer, view)
    spans.append(Span(text, Style.TEXT if failed else Style.MUTED))
    if failed and answer.limit and isinstance(step.item, NumberItem | AutoItem):
        spans.append(muted(f"{'  ' if text else ''}limit {one_line(answer.limit, view, 40)}"))
    if not narrow:
        spans += _ticket(step, around, view)
    files = sum(one.kind == "file" for one in answer.evidence)
    if files:
        spans.append(muted(f"   {files} file{'s' if files > 1 else ''}"))
    return spans


def _ticket(step: Step, around: Around, view: View) -> list[Span]:
    """The ticket of an item, or that a failed one has none."""
    if step.ticket:
        state = around.states.get(step.ticket, "")
        return [Span(f" {view.glyphs.arrow} "), Span(f"#{step.ticket}", Style.ACCENT),
                muted(f" {one_line(state, view, 20)}" if state else "")]
    if step.verdict is not Verdict.FAILED or step.waived is not None:
        return []
    return [Span("   "), *key("t", "ticket")] if around.here else [Span("   no ticket", Style.WARNING)]


def _seen(step: Step, answer: Answer, view: View) -> str:
    """The value with the note; of what the machine proposed, its own line."""
    said, text = answer_text(answer, view), one_line(step.saw(answer), view)
    note = one_line(answer.note, view)
    return f"{text}, {note}" if text and note else text or said


def _open(step: Step, around: Around, view: View) -> list[Span]:
    """What is proposed, or asked for, and which key says so."""
    proposal = step.proposal
    if proposal is not None and proposal.verdict.answered:
        text = one_line(proposal.text or value_text(proposal.value, getattr(step.item, "unit", ""), view), view)
        bad = proposal.verdict is Verdict.FAILED
        spans = [Span(f"{view.glyphs.critical} ", Style.CRITICAL)] if bad else []
        spans += [Span(text, Style.CRITICAL if bad else Style.TEXT, around.here)]
        narrow = view.cells < ROOMY
        if bad and proposal.limit and not (narrow and around.here):
            spans.append(muted(f"  limit {one_line(proposal.limit, view, 40)}"))
        sign = "<-" if view.ascii_only else "←"
        if narrow and not around.here:
            # It says so at the right, where the text cannot push it out.
            return spans
        if not (around.here and around.answerable):
            return [*spans, muted(f"  {sign} proposed")]
        spans += [muted(f"  {sign} {'' if narrow else 'proposed, '}"),
                  *key("enter", "ok" if narrow and not bad else "confirms")]
        # That it failed is confirmed by either key; a figure of one's own is what speaks against it.
        own = key("v", "corrects") if isinstance(step.item, AutoItem) and not narrow else []
        other = own if bad else key("f", "disputes")
        return [*spans, *([muted(", "), *other] if other else [])]
    spans = _asked(step, around, view)
    if proposal is not None:
        spans += [muted(f"{'  ' if spans else ''}{view.glyphs.unknown} {one_line(proposal.text, view)}")]
    return spans


def _asked(step: Step, around: Around, view: View) -> list[Span]:
    """What an open item wants, with its limit and its last figures."""
    item, spans = step.item, list[Span]()
    match item:
        case NumberItem():
            spans.append(Span("____", Style.FAINT))
        case ChoiceItem():
            spans.append(muted(one_line(" / ".join(item.options), view)))
        case YesNoItem():
            spans.append(muted("yes / no"))
        case TextItem():
            spans.append(Span("____", Style.FAINT))
        case TableItem():
            spans.append(muted(f"{item.rows} rows: {one_line(', '.join(item.columns), view)}"))
        case EvidenceItem() if not item.command:
            spans.append(muted("a file is wanted"))
        case InstructionItem() if item.steps:
            spans.append(muted(f"{len(item.steps)} step{'s' if len(item.steps) > 1 else ''}"))
        case _:
            pass
    if isinstance(item, NumberItem | AutoItem):
        spans += _last(item, around.figures, view)
    if (limit := limit_of(item)) and isinstance(item, NumberItem | AutoItem):
        word = "limit " if view.cells >= ROOMY else ""
        spans.append(muted(f"{'  ' if spans else ''}{word}{one_line(limit, view, 40)}"))
    if around.here and around.answerable and (hint := _hint(step)):
        spans += [Span("   " if spans else ""), *hint]
    return spans


def _last(item: NumberItem | AutoItem, figures: Sequence[Answer], view: View) -> list[Span]:
    """`last five: 212 208 199 230 221 users`."""
    narrow = view.cells < ROOMY
    texts = [value_text(one.value, "", view) for one in figures[:FEW if narrow else None]
             if isinstance(one.value, int | float) and not isinstance(one.value, bool)]
    if not texts:
        return []
    word = "last five" if len(texts) == 5 else f"last {len(texts)}" if len(texts) > 1 else "last"
    unit = f" {one_line(item.unit, view, 20)}" if item.unit else ""
    return [muted(f" last {' '.join(texts)}" if narrow else f"   {word}: {' '.join(texts)}{unit}")]


def _hint(step: Step) -> list[Span]:
    """The key that answers an open item under the cursor, where that is not plain."""
    match step.item:
        case NumberItem() | TextItem() | TableItem() | ChoiceItem():
            return key("enter", "answers")
        case YesNoItem() as item:
            other = {"yes": ("yes", "no"), "no": ("no", "yes")}.get(item.expect)
            if other is None:
                return key("enter", "answers")
            return [*key("enter", other[0]), Span("  "), *key("f", other[1])]
        case EvidenceItem():
            return key("e", "adds one")
        case AutoItem():
            return [*key("enter", "ok"), Span("  "), *key("v", "value")]
        case InstructionItem() as item if item.steps:
            return [*key("enter", "done"), Span("  "), *key("h", "steps")]
    return []


def below_lines(step: Step, view: View, *, runbook: bool = True) -> list[Line]:
    """Help, steps, link, note and evidence of an item, indented below its line."""
    item, lines = step.item, list[Line]()
    for paragraph in harmless_lines(item.help, 100):
        lines += _wrapped(view.clean(paragraph), view)
    if isinstance(item, InstructionItem):
        for number, text in enumerate(item.steps, 1):
            lines += _wrapped(f"{number}. {one_line(text, view, 500)}", view, Style.TEXT)
        if item.runbook and runbook:
            lines += _wrapped(f"runbook {one_line(item.runbook, view)}", view)
    if item.link:
        lines.append(_indented((Span(one_line(item.link, view), Style.ACCENT),)))
    if item.when:
        lines += _wrapped(f"asked because of {one_line(item.when, view)}", view)
    if step.answer is not None and step.answer.note:
        lines += _wrapped(f"note: {one_line(step.answer.note, view, 2000)}", view, Style.TEXT)
    evidence = step.answer.evidence if step.answer is not None else (
        step.proposal.evidence if step.proposal is not None else ())
    for one in evidence:
        lines += evidence_lines(one, view)
    return lines or [_indented((muted(NOTHING),))]


def evidence_lines(evidence: Evidence, view: View) -> list[Line]:
    """What an answer rests on: its name, how it ended, and what was seen."""
    facts = [evidence.kind, one_line(evidence.title, view, 120)]
    if evidence.code is not None:
        facts.append(f"exit {evidence.code}")
    if evidence.took:
        facts.append(f"{evidence.took:.1f} s")
    if evidence.size:
        facts.append(f"{evidence.size:,} bytes{', head and tail kept' if evidence.cut else ''}")
    if evidence.sha256:
        facts.append(f"SHA-256 {evidence.sha256[:12]}")
    if evidence.at:
        facts.append(view.time(evidence.at))
    lines = _wrapped("  ".join(fact for fact in facts if fact), view)
    if evidence.problem:
        lines += _wrapped(f"{view.glyphs.warning} {one_line(evidence.problem, view)}", view, Style.WARNING)
    texts = [view.clean(text) for text in harmless_lines(evidence.text, 200)]
    lines += [_indented((Span(f"  {text}", Style.TEXT),)) for text in texts[:MOST_BELOW]]
    if len(texts) > MOST_BELOW:
        lines.append(_indented((muted(f"  {view.glyphs.ellipsis} {len(texts) - MOST_BELOW} lines more, d shows"),)))
    return lines


def _wrapped(text: str, view: View, style: Style = Style.MUTED) -> list[Line]:
    return [_indented((Span(row, style),)) for row in wrap(text, max(20, view.cells - INDENT - 1)) if row.strip()]


def _indented(spans: Sequence[Span]) -> Line:
    return Line((Span(" " * INDENT), *spans))
