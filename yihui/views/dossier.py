"""Render the dossier of a grant: seven sections, from the legal ground to the bank's confirmation."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime

from benefits import Dossier, PostedTransaction
from benefits.verification.seals import RowSeal
from core.civil_time import format_civil_minute
from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.actors import actor_label
from yihui.views.grants import grant_state_text, step_reason_text, step_text
from yihui.views.labels import EVENT_LABELS, code_label
from yihui.views.names import account_label, organisation_label
from yihui.views.outcomes import condition_line, reason_text
from yihui.views.page_template import render_file_page
from yihui.views.rule_life import ACT_TEXTS
from yihui.views.vouchers import amount_text

_SAID = {"paid": N_("the bank: paid"), "failed": N_("the bank: failed")}
_BASES = {
    "document": N_("document"),
    "reported": N_("reported"),
    "example": N_("an example of ours, no document"),
}
STAGE_TITLES = {
    "promised": N_("not handed out yet"),
    "issued": N_("handed out"),
    "redeemed": N_("used, or under way to the bank"),
    "settled": N_("settled"),
    "expired": N_("expired"),
    "reversed": N_("reversed"),
}
_SEALS = {
    "sealed": N_("sealed: {book}, lane {lane}, link {number}, {hash}"),
    "changed": N_("changed since it was sealed: {book}, lane {lane}, link {number}, {hash}"),
    "waiting": N_("not sealed yet; yihui ledger seal seals it"),
    "none": N_("in no seal, though the ledger seals what is committed"),
}


@dataclass(slots=True)
class DossierSection:
    """One section of the dossier: a title, facts and lines."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        """Add a fact."""
        self.facts.append((name, value))


def dossier_json(found: Dossier, language: Language) -> dict[str, object]:
    """Return the whole dossier as it is in the ledger, and what disagrees in it, as JSON data."""
    content = asdict(found)
    content["faults"] = _fault_texts(found, language)
    content["stands"] = {unit: position.as_row() for unit, position in found.stands}
    return content


def dossier_sections(
    found: Dossier, language: Language, names: RecordNames = NO_NAMES
) -> list[DossierSection]:
    """Return the sections: what was checked, then from the document to the bank's answer."""
    return [
        _checks(found, language),
        _document(found, language),
        _rule(found, language, names),
        _event(found, language),
        _decision(found, language, names),
        _ledger(found, language, names),
        *_payments(found, language, names),
        _where(found, language),
    ]


def _checks(found: Dossier, language: Language) -> DossierSection:
    wrong = _fault_texts(found, language)
    agrees = N_("the rows of this benefit agree with each other and with their seals")
    if found.waiting:
        agrees = N_("the rows of this benefit agree with each other; rows that wait to be sealed: {waiting}")
    said = wrong or [language.render(agrees, waiting=found.waiting)]
    return DossierSection(language.render(N_("Checked now")), lines=said)


def _fault_texts(found: Dossier, language: Language) -> list[str]:
    return [fault_line(fault, language).message for fault in found.faults]


def _document(found: Dossier, language: Language) -> DossierSection:
    section = DossierSection(language.render(N_("1 · What it rests on")))
    for ground in found.rule.basis if found.rule else ():
        parts = (ground.document, ground.clause, ground.source, ground.note)
        kind = language.translate(_BASES.get(ground.kind, ground.kind))
        section.add(kind, " · ".join(part for part in parts if part))
    if found.rule is None:
        section.lines.append(language.render(N_("this version of the rule is not in the database")))
    return section


def _rule(found: Dossier, language: Language, names: RecordNames) -> DossierSection:
    decision, say = found.decision, language.render
    section = DossierSection(say(N_("2 · The rule and who put it in force")))
    named = f"{decision.rule_title} ({decision.rule_id})" if names is NO_NAMES else decision.rule_title
    section.add(say(N_("rule")), named)
    section.add(say(N_("version")), decision.rule_hash)
    if found.rule:
        section.add(say(N_("in force")), f"{found.rule.since} – {found.rule.until or '…'}")
        section.add(say(N_("owner")), organisation_label(found.rule.owner, names))
    for act in found.acts:
        what = language.translate(ACT_TEXTS.get(act.kind, act.kind))
        words = (f"{act.day}", what, actor_label(act.who, language, names), act.reason)
        section.lines.append("  ".join(filter(None, words)))
    if not found.acts:
        section.lines.append(say(N_("it came in a file: no act of an officer is recorded")))
    return section


def _event(found: Dossier, language: Language) -> DossierSection:
    event, say = found.event, language.render
    section = DossierSection(say(N_("3 · What happened")))
    section.add(
        say(N_("event")), f"{code_label(EVENT_LABELS, event.type, language)}  {event.source}  {event.id}"
    )
    section.add(say(N_("day")), event.occurred_on.isoformat())
    if event.digest and event.recorded_at:
        section.add(say(N_("digest")), event.digest)
        section.add(say(N_("arrived")), format_civil_minute(event.recorded_at))
    return section


def _decision(found: Dossier, language: Language, names: RecordNames) -> DossierSection:
    decision, say = found.decision, language.render
    section = DossierSection(say(N_("4 · What was decided, on what was known then")))
    section.add(say(N_("decision")), decision.id)
    section.add(say(N_("member")), found.member_id)
    section.add(say(N_("seal")), _seal_text(found.seals[decision.id], language, names))
    section.lines = [condition_line(decision.event_type, one, language) for one in decision.conditions]
    section.lines += [reason_text(one, decision.rule_title, language, names) for one in decision.reasons]
    return section


def _ledger(found: Dossier, language: Language, names: RecordNames) -> DossierSection:
    section = DossierSection(language.render(N_("5 · How it moved through the ledger")))
    for step in found.steps:
        section.lines += _step(step, found.seals[step.id], language, names)
    for use in found.uses:
        told = N_("used at {merchant}, their number {number}: {yuan} yuan")
        section.lines.append(
            language.render(told, merchant=use.merchant, number=use.number, yuan=format_yuan(use.worth_fen))
        )
    return section


def _step(step: PostedTransaction, seal: RowSeal, language: Language, names: RecordNames) -> Iterator[str]:
    what = step_text(step.kind, step.act_id, language)
    reason = step_reason_text(step.kind, step.reason, language)
    yield "  ".join(filter(None, (f"{step.occurred_on}", what, step.act_id or "", reason)))
    for line in step.lines:
        amount = amount_text(line.amount, line.unit, language)
        yield f"    #{line.sequence}  {account_label(line.account, names, language)}  {amount}"
    yield f"    {_seal_text(seal, language, names)}"


def _payments(found: Dossier, language: Language, names: RecordNames) -> Iterator[DossierSection]:
    say = language.render
    if not found.payments:
        return
    section = DossierSection(say(N_("6 · Payments by bank")))
    for payment in found.payments:
        batch, order = payment.batch, payment.order
        amount = amount_text(order.amount_fen, "fen", language)
        section.add(say(N_("reference")), f"{order.reference}  {amount}")
        who, when = actor_label(batch.prepared_by, language, names), format_civil_minute(batch.prepared_at)
        section.add(say(N_("prepared")), f"{who}  {when}  {batch.id}")
        if batch.decided_at:
            done = N_("released") if batch.state == "released" else N_("cancelled")
            who = actor_label(batch.decided_by or "", language, names)
            section.add(say(done), f"{who}  {format_civil_minute(batch.decided_at)}")
        if batch.state == "released":
            section.add(say(N_("digest of the bank's file")), batch.file_digest)
        for answer in payment.answers:
            words = (f"{answer.answered_on}", answer.bank_reference, language.translate(answer.reason))
            section.add(say(_SAID[answer.outcome]), "  ".join(filter(None, words)))
    yield section


def _where(found: Dossier, language: Language) -> DossierSection:
    section = DossierSection(language.render(N_("Where it stands now")))
    section.add(
        language.translate(N_("state")), grant_state_text(found.kind, found.standing, found.stands, language)
    )
    if found.standing.last_day:
        section.add(language.translate(N_("last day")), found.standing.last_day.isoformat())
    for unit, position in found.stands:
        for stage, amount in position.as_row().items():
            if amount:
                section.add(language.translate(STAGE_TITLES[stage]), amount_text(amount, unit, language))
    return section


def _seal_text(seal: RowSeal, language: Language, names: RecordNames) -> str:
    link = asdict(seal.link) if seal.link else {"book": ""}
    return language.render(
        _SEALS[seal.state], **{**link, "book": account_label(link["book"], names, language)}
    )


def dossier_lines(found: Dossier, language: Language) -> Iterator[str]:
    """Yield the dossier as terminal lines."""
    yield f"{found.title}  {format_yuan(found.amount_fen)}  {found.granted_on}  {found.grant_id}"
    for section in dossier_sections(found, language):
        yield section.title
        yield from (f"  {name}  {value}" for name, value in section.facts)
        yield from (f"  {line}" for line in section.lines)


def render_dossier_page(found: Dossier, language: Language, now: datetime) -> str:
    """Render one HTML file for screen and paper; all texts from outside are escaped."""
    return render_file_page(
        "dossier.html",
        language,
        found=found,
        made=format_civil_minute(now),
        stations=dossier_sections(found, language),
    )
