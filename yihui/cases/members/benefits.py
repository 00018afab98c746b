"""What the rules gave a member and what they didn't, with reasons: grants, decisions and debts on her page."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from core.text_marks import N_
from yihui.cases.members.member import Member
from yihui.frame.cells import Chip, Link, Money, Several
from yihui.frame.content import Prose, Section, Table, TableColumn
from yihui.frame.listing import Looking
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import DecisionRecord, GrantFacts, GrantStanding, GrantState

    GrantRow = tuple[GrantFacts, GrantStanding]

_GIVEN, _TO_CLAIM, _CLAIMED = (
    (N_("got it"), "good"),
    (N_("to be claimed"), "waiting"),
    (N_("in her hands"), "good"),
)
_OVER, _TAKEN_BACK = (N_("ended unused"), ""), (N_("taken back"), "bad")
STATES: "Mapping[GrantState, tuple[str, str]]" = {  # of each state of a grant how it came out, and the tone
    "promised": _GIVEN,
    "preparing": _GIVEN,
    "on_the_way": _GIVEN,
    "returned": (N_("payment sent back"), "bad"),
    "claimable": _TO_CLAIM,
    "handed_out": _CLAIMED,
    "partly_used": _CLAIMED,
    "used": (N_("used up"), ""),
    "paid": (N_("paid out"), "good"),
    "expired": _OVER,
    "lapsed": _OVER,
    "voided": _TAKEN_BACK,
    "clawed_back": _TAKEN_BACK,
    "reversed": _TAKEN_BACK,
    "owing": _TAKEN_BACK,
}
_TONES = {"granted": "good", "refused": "bad", "waiting": "waiting", "entered": "waiting", "held": "waiting"}


def list_benefits(look: Looking[Any], member: Member, language: Language) -> Iterator[Section]:
    """Yield the grants with their states, the debts, and the decisions with their reasons."""
    import benefits
    from yihui.services.desk.record_names import load_record_names
    from yihui.views.decisions import decision_record_lines

    names = load_record_names(look.wiring, {})
    granted = benefits.load_grant_facts(
        look.connection, benefits.list_member_grants(look.connection, member.id)
    )
    rows = [(one, benefits.compute_grant_standing(one, member.today)) for one in granted.values()]
    yield Table("grants", N_("Grants"), _grant_columns(language), rows, N_("No grants."))
    if debts := benefits.list_debts(look.connection, member_id=member.id, open_only=True):
        yield Table("debts", N_("Open debts"), _DEBT_COLUMNS, debts, "")
    found = benefits.load_decision_records(look.connection, member.id, today=member.today)
    found = sorted(found, key=lambda one: (-one.why.occurred_on.toordinal(), one.why.id))
    columns = _decision_columns(language)
    yield Table("decisions", N_("Decisions, and why"), columns, found, N_("No decisions."))
    for one in found:
        head, *lines = decision_record_lines(one, language, names)
        yield Prose(f"decision_{one.why.id}", head, "\n".join(lines), is_folded=True)


def _grant_columns(language: Language) -> "tuple[TableColumn[GrantRow], ...]":
    from yihui.views.grants import grant_state_text
    from yihui.views.outcomes import benefit_worth_text

    def worth(row: "GrantRow") -> str:
        grant = row[0].grant
        return benefit_worth_text(grant.kind, grant.amount_fen, grant.quantity, grant.unit, language)

    def detail(row: "GrantRow") -> str:
        facts, stands = row
        return grant_state_text(facts.grant.kind, stands, facts.positions.items(), language, facts.debts)

    return (
        TableColumn["GrantRow"]("title", N_("Benefit"), lambda row: Link(f"/desk/members/grants/{row[0].grant.id}", row[0].grant.title)),
        TableColumn["GrantRow"]("grant", N_("Grant"), lambda row: row[0].grant.id, is_on_page=False),
        TableColumn["GrantRow"]("rule", N_("Rule"), lambda row: row[0].grant.rule_id, is_on_page=False),
        TableColumn["GrantRow"]("worth", N_("Worth"), worth),
        TableColumn["GrantRow"]("state", N_("State"), lambda row: Chip(row[1].state, *STATES[row[1].state])),
        TableColumn["GrantRow"]("detail", N_("How it stands"), detail),
        TableColumn["GrantRow"]("granted_on", N_("Granted on"), lambda row: row[0].grant.granted_on),
        TableColumn["GrantRow"]("last_day", N_("Last day"), lambda row: row[1].last_day),
    )  # fmt: skip


def _decision_columns(language: Language) -> "tuple[TableColumn[DecisionRecord], ...]":
    from yihui.views.outcomes import OUTCOME_TITLES, reason_text

    def outcome(one: "DecisionRecord") -> Chip:
        code = one.why.outcome
        return Chip(code, OUTCOME_TITLES.get(code, code), _TONES.get(code, ""))

    def reasons(one: "DecisionRecord") -> Several:
        why = one.why
        return Several(tuple(reason_text(reason, why.rule_title, language) for reason in why.reasons))

    return (
        TableColumn["DecisionRecord"]("title", N_("Benefit"), lambda one: one.why.rule_title),
        TableColumn["DecisionRecord"]("decision", N_("Decision"), lambda one: one.why.id, is_on_page=False),
        TableColumn["DecisionRecord"]("rule", N_("Rule"), lambda one: one.why.rule_id, is_on_page=False),
        TableColumn["DecisionRecord"]("on", N_("Day"), lambda one: one.why.occurred_on),
        TableColumn["DecisionRecord"]("outcome", N_("Outcome"), outcome),
        TableColumn["DecisionRecord"]("reasons", N_("Reasons"), reasons),
    )


_DEBT_COLUMNS = (
    TableColumn[Any]("text", N_("For what"), lambda one: Link(f"/desk/members/grants/{one.grant_id}", one.text)),
    TableColumn[Any]("debt", N_("Debt"), lambda one: one.id, is_on_page=False),
    TableColumn[Any]("left_fen", N_("Still owed"), lambda one: Money(one.left_fen)),
    TableColumn[Any]("opened_on", N_("Since"), lambda one: one.opened_on),
)  # fmt: skip
