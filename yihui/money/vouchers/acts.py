"""What officers do to a voucher or another benefit: end what is left of it, replace a code that the member lost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.kernel.forms import MemberReasonForm, ReasonForm
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.looking import THING_FAULTS
from yihui.money.places import find_rule_owners
from yihui.money.vouchers.calls import give_code, load_key, void_rest

if TYPE_CHECKING:
    from benefits import Grant, HeldBenefit
    from yihui.frame.listing import Looking

VOUCHER_ACT_FAULTS = FaultTable(
    "voucher_act",
    {
        "no_code": (
            N_("the member holds no code of it that could be replaced"),
            N_("let her take the first code on her own page, if anything is left"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Voucher:
    """A benefit as it stands today; ``codes`` were handed out for it, ``moves`` are the steps that it took."""

    held: "HeldBenefit"
    codes: int
    moves: int

    @property
    def grant(self) -> "Grant":
        return self.held.grant

    @property
    def has_code(self) -> bool:
        """Return whether the member holds a code that still counts: her first one she takes herself."""
        from benefits import USABLE_STATES

        return self.codes > 0 and self.held.stands.state in USABLE_STATES


def load_voucher(at: "Doing[Any, Any] | Looking[Any]", key: str, _: bool) -> Voucher:
    """Return a benefit by its grant, a payment's reference, the bank's number or a posting's.

    *Raises*: FaultError if there is none.
    """
    from sqlalchemy import func, select

    import benefits
    from benefits.tables.decisions import grants
    from benefits.tables.transactions import transactions

    connection = at.connection
    grant = benefits.find_marked_grant(connection, key)
    if grant is None:
        raise FaultError(THING_FAULTS.build("unknown", field="key", value=key[:40]))
    member = connection.execute(select(grants.c.member_id).where(grants.c.id == grant)).scalar_one()
    [own] = [one for one in benefits.list_member_grants(connection, member) if one.id == grant]
    [held] = benefits.load_held_benefits(connection, [own], civil_date(at.now))
    moved = select(func.count()).where(transactions.c.grant_id == grant)
    return Voucher(held, benefits.find_code_number(connection, grant), connection.execute(moved).scalar_one())


def find_owners(act: "Doing[Any, Voucher] | Looking[Any]", voucher: Voucher) -> frozenset[str]:
    """Return who owns the rule that granted a benefit."""
    rule = voucher.grant.rule_id
    return find_rule_owners(act.wiring, act.connection, [rule])[rule]


def _void(act: Doing[MemberReasonForm, Voucher]) -> Change:
    voided = void_rest(act, act.thing.grant.id, act.form.reason)
    return Change(act.thing.grant.id, {"amount_fen": voided.amount_fen}, reason=act.form.reason)


def _require_code(voucher: Voucher, _: int | None) -> None:
    if not voucher.has_code:
        raise FaultError(VOUCHER_ACT_FAULTS.build("no_code", field="key"))


def _reissue(act: Doing[ReasonForm, Voucher]) -> Change:
    """Replace a lost code: the member finds the new one on her own page, and no officer sees it."""
    grant = act.thing.grant.id
    give_code(act, grant, anew=True)
    return Change(grant, {"number": act.thing.codes + 1}, reason=act.form.reason)


VOUCHER = Kind[Any](
    "grant",
    load_voucher,
    lambda one: 1 + one.codes + one.moves,
    key=str,
    member=lambda one: one.grant.member_id,
)
VOID = Act("void", N_("Void it"), MemberReasonForm, _void, Right.REVERSE, "money.reverse.void",
           N_("What was left of the benefit went back to its budget."), VOUCHER, is_grave=True,
           ticked=N_("I have checked this"), places=lambda act: sorted(find_owners(act, act.thing)),
           help=N_("End the rest of a benefit, also cash that can't be paid: it returns to its budget; the part that was used stays."))  # fmt: skip
REISSUE = Act("reissue", N_("Replace the lost code"), ReasonForm, _reissue, Right.CHANGE_MEMBERS, "members.change.reissue",
              N_("The member finds the new code on her own page; the old one no longer holds."), VOUCHER, around=load_key,
              ready=_require_code)  # fmt: skip
