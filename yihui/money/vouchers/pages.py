"""Vouchers at every door: found by member or merchant, and one of them with its uses and what can be done to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.cells import Link, Organisation, Person, Phrase, cell_text
from yihui.frame.content import Fact, Facts, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import Form, FreeText, MemberId
from yihui.money.tabs import MONEY_TABS
from yihui.money.vouchers.acts import REISSUE, VOID, VOUCHER, Voucher, find_owners
from yihui.money.vouchers.amounts import amount_cell
from yihui.money.vouchers.dossier import add_dossier, list_stages
from yihui.runtime.language import Language

PATH, RIGHT = "money/vouchers", Right.READ_BENEFITS


class VoucherFilter(Form):
    """Which vouchers and things are listed; a member is chosen on her own page, a code is found by the search."""

    merchant: Annotated[FreeText | None, Prompt(N_("Used at the merchant"))] = None
    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None


@dataclass(frozen=True, slots=True)
class ListedVoucher:
    """A benefit of a list: whose, of what, how much is left, and when it was last used."""

    grant: str
    member: str
    organisation: str | None
    title: str
    granted_on: date
    expires_on: date | None
    used_at: datetime | None
    unit: str
    left: int


def find_vouchers(look: Looking[VoucherFilter]) -> RowSlice[ListedVoucher]:
    """Find the vouchers and things of the officer's members of today, the last granted first."""
    from sqlalchemy import func, select

    from benefits.tables.decisions import grants
    from benefits.tables.vouchers import merchants, redemptions
    from benefits.vouchers.issuing import read_grant_stocks
    from members.tables import memberships
    from yihui.services.members.organisations import holds_on

    c, one, use, asked, scope = grants.c, memberships.c, redemptions.c, look.filter, look.scope(RIGHT)
    last = select(func.max(use.used_at)).where(use.grant_id == c.id).scalar_subquery()
    is_hers = (one.member_id == c.member_id) & holds_on(scope.day)
    query = select(grants, one.organisation, last.label("used_at"))
    query = query.outerjoin(memberships, is_hers).where(c.kind.not_in(("cash", "points")))
    if not scope.is_everywhere:
        query = query.where(scope.organisation_condition(look.connection, one.organisation))
    if asked.member is not None:
        query = query.where(c.member_id == asked.member)
    if asked.merchant is not None:
        named = merchants.c.name.contains(asked.merchant, autoescape=True)
        there = select(use.grant_id).join(merchants, merchants.c.id == use.merchant_id).where(named)
        query = query.where(c.id.in_(there))
    found = find_selected(look, query.order_by(c.granted_on.desc(), c.id), lambda row: row)
    stocks = {one.row.id: one for one in read_grant_stocks(look.connection, found.rows)} if found.rows else {}
    return found.map(
        lambda row: ListedVoucher(
            row.id, row.member_id, row.organisation, row.title, row.granted_on, row.expires_on, row.used_at,
            stocks[row.id].unit, stocks[row.id].left,
        )
    )  # fmt: skip


def show_voucher(look: Looking[Any], voucher: Voucher, language: Language) -> ThingPage:
    """Return a benefit with its state, its uses, all its records, what voiding it would do, and the acts that are allowed."""
    from benefits import list_grant_uses
    from yihui.views.grants import grant_state_text
    from yihui.views.outcome_chips import outcome_chip
    from yihui.views.outcomes import benefit_worth_text

    held, grant = voucher.held, voucher.grant
    stands, positions = held.stands, held.facts.positions
    state = grant_state_text(grant.kind, stands, positions.items(), language, held.facts.debts)
    code = Phrase(N_("{number}. code"), {"number": voucher.codes}) if voucher.codes else None
    facts = (
        Fact("grant", N_("Grant"), grant.id, is_on_page=False),
        Fact("rule", N_("Rule"), grant.rule_id, is_on_page=False),
        Fact("worth", N_("Worth"), benefit_worth_text(grant.kind, grant.amount_fen, grant.quantity, grant.unit, language)),
        Fact("detail", N_("How it stands"), state),
        Fact("granted_on", N_("Granted on"), grant.granted_on),
        Fact("last_day", N_("Last day"), stands.last_day),
        Fact("code", N_("Code handed out"), code),
        *list_stages([*positions.items()]),
    )  # fmt: skip
    uses = Table(
        "uses", N_("Uses"), _USES, list_grant_uses(look.connection, grant.id), N_("It was not used.")
    )
    acts = _choose_acts(look, voucher)
    page = ThingPage(
        grant.title,
        (Facts("", [one for one in facts if one.value is not None]), uses),
        outcome_chip(stands.state),
        person=grant.member_id,
        effect=_tell_void(look, voucher, language) if "void" in acts else "",
        acts=acts,
    )
    return add_dossier(look, page, grant.id, language)


def _choose_acts(look: Looking[Any], voucher: Voucher) -> Sequence[str]:
    """Return what can be done to a benefit: ended where the officer may it for every owner of its rule."""
    held, owners = voucher.held, find_owners(look, voucher)
    positions = held.facts.positions.values()
    is_open = not positions or any(one.open_amount for one in positions)
    covered = look.scope(VOID.right).find_covered(look.connection, owners)
    acts = [VOID.name] if is_open and held.stands.state != "reversed" and owners <= covered else []
    return [*acts, *([REISSUE.name] if voucher.has_code else [])]


def _tell_void(look: Looking[Any], voucher: Voucher, language: Language) -> str:
    """Return what voiding a benefit would do."""
    from benefits import gives_place_back

    left = [amount_cell(one.open_amount, unit) for unit, one in voucher.held.facts.positions.items()]
    said = language.format_list(cell_text(one, language) for one in left)
    text = N_(
        "Voiding it ends what is left: {left}. Its money goes back to the budget; what was used stays used."
    )
    if gives_place_back(look.connection, voucher.grant.id):
        text = N_(
            "Voiding it ends all of it: {left}. Its money goes back to the budget; as nothing was used, its place is free "
            "again, and the rule may give it once more."
        )
    return language.render(text, left=said or "–")  # fmt: skip


_uses = TableColumn[Any]
_USES = (
    _uses("used_at", N_("Day"), lambda one: one.used_at),
    _uses("merchant", N_("Merchant"), lambda one: one.merchant),
    _uses("amount", N_("Used"), lambda one: amount_cell(one.amount, one.unit)),
    _uses("refunded", N_("Refunded"), lambda one: amount_cell(one.refunded, one.unit) if one.refunded else None),
)  # fmt: skip
_column = TableColumn[ListedVoucher]
_COLUMNS = (
    _column("person", N_("Member"), lambda one: Link(f"/desk/{PATH}/{one.grant}", Person(one.member))),
    _column("grant", N_("Grant"), lambda one: one.grant, is_on_page=False),
    _column("organisation", N_("Organisation"), lambda one: one.organisation and Organisation(one.organisation)),
    _column("title", N_("Benefit"), lambda one: one.title),
    _column("left", N_("Left"), lambda one: amount_cell(one.left, one.unit)),
    _column("granted_on", N_("Granted on"), lambda one: one.granted_on),
    _column("expires_on", N_("Last day"), lambda one: one.expires_on),
    _column("used_at", N_("Last use"), lambda one: one.used_at),
)  # fmt: skip
NOUN = Noun(
    PATH,
    N_("Vouchers"),
    VOUCHER,
    Listing(
        N_("List the vouchers and things that members were given, the last granted first"),
        VoucherFilter,
        find_vouchers,
        _COLUMNS,
        N_("No member of yours was given a voucher yet: rules give them."),
        lambda _, rows: [("member", one.member, one.organisation) for one in rows],
    ),
    show_voucher,
    RIGHT,
    (VOID, REISSUE),
    MONEY_TABS,
    reads=lambda one: ("member", one.grant.member_id),
)
