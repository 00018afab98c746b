"""All records of one benefit, checked: from the document that it rests on to the bank's answer."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core.civil_time import start_of_day
from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.frame.cells import Choice, Link, Money, Organisation, Several
from yihui.frame.content import (
    Advice,
    Event,
    Fact,
    Facts,
    Prose,
    Section,
    Table,
    TableColumn,
    ThingPage,
    Timeline,
)
from yihui.frame.listing import Looking
from yihui.money.vouchers.amounts import amount_cell
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import Dossier
    from benefits.verification.seals import RowSeal
    from yihui.services.desk.record_names import RecordNames

_ANSWERS = {"paid": N_("the bank: paid"), "failed": N_("the bank: failed")}
_BASES = {
    "document": N_("document"),
    "reported": N_("reported"),
    "example": N_("an example of ours, no document"),
}
_STAGES = {
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


def add_dossier(look: Looking[Any], page: ThingPage, grant: str, language: Language) -> ThingPage:
    """Return the page of a benefit with all of its records; it proves a fault where they disagree."""
    from benefits import load_dossier
    from yihui.services.desk.record_names import load_record_names

    records, faults = list[Section](), tuple[Fault, ...]()
    try:
        found = load_dossier(look.connection, grant)
        records, faults = [*_list_records(found, language, load_record_names(look.wiring, {}))], found.faults
    except FaultError as refused:
        faults = tuple(refused.faults)
    wrong = [Advice(fault_line(one, language).message) for one in faults]
    return replace(page, sections=[*wrong, *page.sections, *records], is_wrong=bool(wrong))


def _list_records(found: "Dossier", language: Language, names: "RecordNames") -> Iterator[Section]:
    from yihui.views.labels import EVENT_LABELS

    rule, event = found.rule, found.event
    missing = N_("this version of the rule is not in the database")
    yield Table("basis", N_("What it rests on"), _BASIS, rule.basis if rule else (), missing)
    owner = (
        Fact("in_force", N_("in force"), Several((rule.since, rule.until or "…"), " – ")),
        Fact("owner", N_("owner"), Organisation(rule.owner)),
    ) if rule else ()  # fmt: skip
    path = f"/desk/rules/{found.decision.rule_id}"
    facts = (
        Fact("rule", N_("Rule"), Link(path, found.decision.rule_title, found.decision.rule_id)),
        *owner,
        Fact("event", N_("Event"), Choice(event.type, EVENT_LABELS.get(event.type, event.type))),
        Fact("occurred_on", N_("Day"), event.occurred_on),
        Fact("arrived", N_("arrived"), event.recorded_at),
    )
    yield Facts(N_("The rule, and what happened"), [one for one in facts if one.value is not None])
    yield Prose(
        "decision",
        N_("What was decided, on what was known then"),
        "\n".join(_decide(found, language, names)),
    )
    yield _list_moves(found, language, names)
    if found.payments:
        yield from _list_payments(found, language)
    yield Timeline(_list_acts(found))
    if not found.faults:
        agrees = N_("the rows of this benefit agree with each other and with their seals")
        if found.waiting:
            agrees = N_(
                "the rows of this benefit agree with each other; rows that wait to be sealed: {waiting}"
            )
        yield Advice(language.render(agrees, waiting=found.waiting))
    rows = list(_prove(found, language, names))
    yield Table("proof", N_("To compare: hashes and seals"), _PROOF, rows, "", is_folded=True)


def _decide(found: "Dossier", language: Language, names: "RecordNames") -> Iterator[str]:
    from yihui.views.outcomes import condition_line, reason_text

    decision = found.decision
    yield from (condition_line(decision.event_type, one, language) for one in decision.conditions)
    yield from (reason_text(one, decision.rule_title, language, names) for one in decision.reasons)


def _list_moves(found: "Dossier", language: Language, names: "RecordNames") -> Section:
    """Return each posting with the accounts by name; of a step its first one says what it was and why."""
    from yihui.views.grants import step_reason_text, step_text
    from yihui.views.names import account_label

    rows = [(step, line) for step in found.steps for line in step.lines]
    columns: Sequence[TableColumn[Any]] = (
        TableColumn("step", N_("What"), lambda row: Choice(row[0].kind, step_text(row[0].kind, row[0].act_id, language))),
        TableColumn("day", N_("Day"), lambda row: row[0].occurred_on),
        TableColumn("account", N_("Account"), lambda row: Choice(row[1].account, account_label(row[1].account, names, language))),
        TableColumn("amount", N_("Amount"), lambda row: amount_cell(row[1].amount, row[1].unit)),
        TableColumn("reason", N_("Reason"), lambda row: step_reason_text(row[0].kind, row[0].reason, language)),
        TableColumn("posting", N_("Posting"), lambda row: row[1].sequence, is_on_page=False),
        TableColumn("transaction", N_("Transaction"), lambda row: row[0].id, is_on_page=False),
    )  # fmt: skip
    return Table("moves", N_("How it moved through the ledger"), columns, rows, "", is_folded=True)


def _list_payments(found: "Dossier", language: Language) -> Iterator[Section]:
    answers = [(one.order, answer) for one in found.payments for answer in one.answers]
    columns: Sequence[TableColumn[Any]] = (
        TableColumn("payment", N_("Payment"), lambda row: row[0].reference),
        TableColumn("answer", N_("The bank's answer"), lambda row: Choice(row[1].outcome, _ANSWERS[row[1].outcome])),
        TableColumn("day", N_("Day"), lambda row: row[1].answered_on),
        TableColumn("bank_reference", N_("The bank's number"), lambda row: row[1].bank_reference),
        TableColumn("reason", N_("Reason"), lambda row: language.translate(row[1].reason)),
    )  # fmt: skip
    yield Table("payments", N_("Payments by bank"), _PAYMENTS, found.payments, "")
    yield Table("answers", N_("The bank's answers"), columns, answers, N_("The bank has not answered yet."))


def _list_acts(found: "Dossier") -> Sequence[Event]:
    """Return what officers did: to the rule's version, and to the batches of payments."""
    from yihui.views.rule_life import ACT_TEXTS

    events = [
        Event(start_of_day(act.day), act.kind, ACT_TEXTS.get(act.kind, act.kind), act.who, act.reason)
        for act in found.acts
    ]
    for batch in (one.batch for one in found.payments):
        events.append(
            Event(batch.prepared_at, "prepared", N_("prepared"), batch.prepared_by, detail=batch.id)
        )
        if batch.decided_at:
            done = N_("released") if batch.state == "released" else N_("cancelled")
            events.append(Event(batch.decided_at, batch.state, done, batch.decided_by or "", detail=batch.id))
    return sorted(events, key=lambda one: one.at)[::-1]  # of one day the later act first


def _prove(found: "Dossier", language: Language, names: "RecordNames") -> Iterator[tuple[Any, ...]]:
    """Yield what is compared, its hash or id, and its seal if it has one of its own."""
    from yihui.views.grants import step_text

    event, decision = found.event, found.decision
    yield Choice("grant", N_("Grant")), found.grant_id, None, ""
    yield Choice("rule", N_("version")), decision.rule_hash, None, ""
    yield Choice("event", N_("Event")), f"{event.source}  {event.id}", None, ""
    yield Choice("event_digest", N_("digest")), event.digest, None, ""
    sealed = [(decision.id, Choice("decision", N_("decision")))]
    sealed += [
        (step.id, Choice(step.kind, step_text(step.kind, step.act_id, language))) for step in found.steps
    ]
    for id_, what in sealed:
        yield what, id_, found.seals[id_].state, _seal_text(found.seals[id_], language, names)
    for batch in (one.batch for one in found.payments if one.batch.state == "released"):
        yield Choice("file", N_("digest of the bank's file")), batch.file_digest, None, ""


def _seal_text(seal: "RowSeal", language: Language, names: "RecordNames") -> str:
    from yihui.views.names import account_label

    link = asdict(seal.link) if seal.link else {"book": ""}
    book = account_label(link["book"], names, language)
    return language.render(_SEALS[seal.state], **{**link, "book": book})


def list_stages(found: Sequence[tuple[str, Any]]) -> Iterator[Fact]:
    """Yield how much of a benefit is at which stage, in each unit."""
    for unit, position in found:
        for stage, amount in position.as_row().items():
            if amount:
                yield Fact(f"{unit}_{stage}", _STAGES[stage], amount_cell(amount, unit))


_BASIS: Sequence[TableColumn[Any]] = (
    TableColumn("text", N_("document"), lambda one: Several(tuple(filter(None, (one.document, one.clause, one.source, one.note))), " · ")),
    TableColumn("kind", N_("Kind"), lambda one: Choice(one.kind, _BASES.get(one.kind, one.kind))),
    TableColumn("document", N_("document"), lambda one: one.document, is_on_page=False),
    TableColumn("clause", N_("Clause"), lambda one: one.clause, is_on_page=False),
)  # fmt: skip
_PAYMENTS: Sequence[TableColumn[Any]] = (
    TableColumn("payment", N_("Payment"), lambda one: Link(f"/desk/money/payments/{one.order.reference}", one.order.reference)),
    TableColumn("amount_fen", N_("Amount"), lambda one: Money(one.order.amount_fen)),
    TableColumn("batch", N_("Batch"), lambda one: Link(f"/desk/money/payouts/{one.batch.id}", one.batch.id)),
)  # fmt: skip
_PROOF: Sequence[TableColumn[Any]] = (
    TableColumn("what", N_("What"), lambda row: row[0]),
    TableColumn("id", N_("Hash or number"), lambda row: row[1]),
    TableColumn("state", N_("State"), lambda row: row[2], is_on_page=False),
    TableColumn("seal", N_("seal"), lambda row: row[3]),
)
