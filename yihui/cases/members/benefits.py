"""What the rules gave a member and what they didn't, with reasons: grants, decisions and debts on her page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.text_marks import N_
from yihui.cases.members.member import Member
from yihui.frame.cells import Link, Money, Several
from yihui.frame.content import Prose, Section, Table, TableColumn
from yihui.frame.listing import Looking
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import DecisionRecord, HeldBenefit


def list_benefits(look: Looking[Any], member: Member, language: Language) -> Iterator[Section]:
    """Yield the grants with their states, the debts, and the decisions with their reasons."""
    import benefits
    from yihui.services.benefits.benefits import read_decision_records
    from yihui.services.desk.record_names import load_record_names
    from yihui.views.decisions import decision_record_lines

    names = load_record_names(look.wiring, {})
    found = read_decision_records(look.wiring, look.connection, member.id)
    rows: list[HeldBenefit] = sorted(
        (part for one in found for part in one.parts),
        key=lambda one: (-one.grant.granted_on.toordinal(), one.grant.id),
    )
    yield Table("grants", N_("Grants"), _grant_columns(language), rows, N_("No grants."))
    if debts := benefits.list_debts(look.connection, member_id=member.id, open_only=True):
        yield Table("debts", N_("Open debts"), _DEBT_COLUMNS, debts, "")
    found = sorted(found, key=lambda one: (-one.why.occurred_on.toordinal(), one.why.id))
    columns = _decision_columns(language)
    yield Table("decisions", N_("Decisions, and why"), columns, found, N_("No decisions."))
    for one in found:
        head, *lines = decision_record_lines(one, language, names)
        yield Prose(f"decision_{one.why.id}", head, "\n".join(lines), is_folded=True)


def _grant_columns(language: Language) -> "tuple[TableColumn[HeldBenefit], ...]":
    from yihui.views.grants import grant_state_text
    from yihui.views.outcome_chips import outcome_chip
    from yihui.views.outcomes import benefit_worth_text

    def worth(row: "HeldBenefit") -> str:
        grant = row.grant
        return benefit_worth_text(grant.kind, grant.amount_fen, grant.quantity, grant.unit, language)

    def detail(row: "HeldBenefit") -> str:
        facts = row.facts
        return grant_state_text(row.grant.kind, row.stands, facts.positions.items(), language, facts.debts)

    return (
        TableColumn["HeldBenefit"]("title", N_("Benefit"), lambda row: Link(f"/desk/money/vouchers/{row.grant.id}", row.grant.title)),
        TableColumn["HeldBenefit"]("grant", N_("Grant"), lambda row: row.grant.id, is_on_page=False),
        TableColumn["HeldBenefit"]("rule", N_("Rule"), lambda row: row.grant.rule_id, is_on_page=False),
        TableColumn["HeldBenefit"]("worth", N_("Worth"), worth),
        TableColumn["HeldBenefit"]("state", N_("State"), lambda row: outcome_chip(row.stands.state)),
        TableColumn["HeldBenefit"]("detail", N_("How it stands"), detail),
        TableColumn["HeldBenefit"]("granted_on", N_("Granted on"), lambda row: row.grant.granted_on),
        TableColumn["HeldBenefit"]("last_day", N_("Last day"), lambda row: row.stands.last_day),
    )  # fmt: skip


def _decision_columns(language: Language) -> "tuple[TableColumn[DecisionRecord], ...]":
    from yihui.views.outcome_chips import outcome_chip
    from yihui.views.outcomes import reason_text

    def reasons(one: "DecisionRecord") -> Several:
        why = one.why
        return Several(tuple(reason_text(reason, why.rule_title, language) for reason in why.reasons))

    return (
        TableColumn["DecisionRecord"]("title", N_("Benefit"), lambda one: one.why.rule_title),
        TableColumn["DecisionRecord"]("decision", N_("Decision"), lambda one: one.why.id, is_on_page=False),
        TableColumn["DecisionRecord"]("rule", N_("Rule"), lambda one: one.why.rule_id, is_on_page=False),
        TableColumn["DecisionRecord"]("on", N_("Day"), lambda one: one.why.occurred_on),
        TableColumn["DecisionRecord"]("outcome", N_("Outcome"), lambda one: outcome_chip(one.outcome)),
        TableColumn["DecisionRecord"]("reasons", N_("Reasons"), reasons),
    )


_DEBT_COLUMNS = (
    TableColumn[Any]("text", N_("For what"), lambda one: Link(f"/desk/money/vouchers/{one.grant_id}", one.text)),
    TableColumn[Any]("debt", N_("Debt"), lambda one: one.id, is_on_page=False),
    TableColumn[Any]("left_fen", N_("Still owed"), lambda one: Money(one.left_fen)),
    TableColumn[Any]("opened_on", N_("Since"), lambda one: one.opened_on),
)  # fmt: skip
