"""What is done with a budget: one officer sets its first amount; what changes it is proposed, and confirmed by another one."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

import benefits
from benefits import Budget, Officer
from benefits.ledger.budgets import require_covered_promises
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from events.acts import record_act
from store import lock_exclusive
from yihui.access.pending_acts import (
    BUDGETS_LOCK,
    PendingAct,
    PendingKind,
    list_pending_acts,
    load_confirmable_act,
    propose_pending_act,
)
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import PROVINCE_CODE
from yihui.cases.kernel.forms import REASON, ReasonForm, RemarkForm
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.listing import Looking
from yihui.frame.looking import THING_FAULTS
from yihui.frame.types import Form, FreeText, SumFen
from yihui.money.approvals import decide_proposal, require_own
from yihui.money.budgets.calls import BudgetTerms, load_budget_terms
from yihui.services.access.second_person import require_first_person

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_ID = 64
_UNNAMED = BudgetTerms("", PROVINCE_CODE, {})
BUDGET_ACT_FAULTS = FaultTable(
    "budget_act",
    {
        "set": (
            N_("the budget has an amount already"),
            N_("propose another one, which a colleague confirms"),
        ),
        "unset": (N_("the budget has no amount yet"), N_("set its first amount")),
        "same": (N_("the budget has that amount already"), N_("write what it is in all from now on")),
        "waits": (
            N_("a change of this budget waits for a second person already"),
            N_("let a colleague confirm or refuse it, or take your own one back"),
        ),
        "none_waits": (
            N_("no change of this budget waits for a second person"),
            N_("look at its page: it was decided, or its time was over"),
        ),
        "outdated": (
            N_("the budget's amount is another one by now than when the change was proposed"),
            N_("refuse the change, and propose it again"),
        ),
    },
)


class AmountForm(Form):
    """What a budget is in all from now on, and why."""

    amount: Annotated[SumFen, Prompt(N_("Amount in yuan, in all"))]
    reason: Annotated[FreeText, REASON]


@dataclass(frozen=True, slots=True)
class UnionBudget:
    """A budget with its owner, and the change that waits for a second person.

    ``version`` changes with every step that an officer takes, and says what is proposed; it doesn't with each grant.
    """

    budget: Budget
    terms: BudgetTerms
    proposal: PendingAct | None
    version: int

    @property
    def id(self) -> str:
        return self.budget.id

    def require_proposal(self) -> PendingAct:
        """Return the change that waits. *Raises*: FaultError if none does."""
        if self.proposal is None:
            raise FaultError(BUDGET_ACT_FAULTS.build("none_waits", field="key"))
        return self.proposal


BudgetDoing = Doing[Any, UnionBudget]


def load_budgets(at: BudgetDoing | Looking[Any], key: str | None = None) -> list[UnionBudget]:
    """Return the budgets that have an amount or are in use, and those that rules name; or the one of a key."""
    used = {one.id: one for one in benefits.list_budgets(at.connection)}
    terms, acts = load_budget_terms(at.wiring, at.connection), dict[str, list[PendingAct]]()
    for act in list_pending_acts(at.connection, {PendingKind.BUDGET_CHANGE}, all_=True):
        acts.setdefault(act.object_id, []).append(act)
    found = []
    for id_ in sorted({*used, *terms}) if key is None else [key]:
        budget, steps = used.get(id_, Budget(id_, 0, None)), acts.get(id_, [])
        waits = next((one for one in steps if one.state == "waiting" and not one.has_expired(at.now)), None)
        version = 1 + (budget.ceiling_fen is not None) + len(steps)
        if waits is not None:  # who confirms it states what was proposed
            version = 1 + int(waits.digest[:7], 16)  # a form's number has nine digits at most
        found.append(UnionBudget(budget, terms.get(id_, _UNNAMED), waits, version))
    return found


def load_budget(at: BudgetDoing | Looking[Any], key: str, lock: bool) -> UnionBudget:
    """Return a budget, also one that no rule names yet: it is the whole union's. *Raises*: FaultError for no such id."""
    if not _ID.fullmatch(key) or len(key) > _LONGEST_ID:
        raise FaultError(THING_FAULTS.build("unknown", field="key", value=key[:40]))
    if lock:
        lock_exclusive(at.connection, BUDGETS_LOCK)
    return load_budgets(at, key)[0]


def set_amount(act: Doing[AmountForm, UnionBudget]) -> Change:
    """Set the first amount, which limits what nothing limited before. *Raises*: FaultError."""
    if act.thing.budget.ceiling_fen is not None:
        raise FaultError(BUDGET_ACT_FAULTS.build("set", field="amount"))
    _store(act, act.form.amount, act.form.reason)
    return Change(act.thing.id, {"amount_fen": act.form.amount}, {"amount_fen": None}, reason=act.form.reason)


def propose_change(act: Doing[AmountForm, UnionBudget]) -> Change:
    """Propose another amount, higher or lower, to a second person. *Raises*: FaultError."""
    budget, form = act.thing.budget, act.form
    require_first_person(act.wiring, act.connection, act.actor.id)
    if act.thing.proposal is not None:
        raise FaultError(BUDGET_ACT_FAULTS.build("waits", field="amount"))
    if budget.ceiling_fen is None or budget.ceiling_fen == form.amount:
        code = "unset" if budget.ceiling_fen is None else "same"
        raise FaultError(BUDGET_ACT_FAULTS.build(code, field="amount"))
    require_covered_promises(form.amount, budget.in_use_fen)
    terms = {"amount_fen": form.amount, "before_fen": budget.ceiling_fen}
    proposed = (act.actor.id, form.reason, act.now)
    made = propose_pending_act(act.connection, PendingKind.BUDGET_CHANGE, budget.id, terms, proposed)
    after = {"object": budget.id, **terms}
    return Change(budget.id, after, reason=form.reason, about=("pending_act", str(made.number)))


def confirm_change(act: Doing[RemarkForm, UnionBudget]) -> Change:
    """Set the amount that a colleague proposed. *Raises*: FaultError if it isn't what was proposed, or for what."""
    number = act.thing.require_proposal().number
    proposed = load_confirmable_act(act.connection, number, {PendingKind.BUDGET_CHANGE}, act.now)
    if proposed.terms["before_fen"] != act.thing.budget.ceiling_fen:
        raise FaultError(BUDGET_ACT_FAULTS.build("outdated", field="key"))
    done = decide_proposal(act, act.thing.id, proposed, "confirmed", act.form.reason or "")
    _store(act, int(proposed.terms["amount_fen"]), act.form.reason or proposed.reason)
    return done


def refuse_change(act: Doing[ReasonForm, UnionBudget]) -> Change:
    """Refuse the change that waits; nothing is changed. *Raises*: FaultError if none does."""
    return decide_proposal(act, act.thing.id, act.thing.require_proposal(), "refused", act.form.reason)


def withdraw_change(act: Doing[ReasonForm, UnionBudget]) -> Change:
    """Take the own proposal back. *Raises*: FaultError if it is a colleague's, or none waits."""
    proposed = act.thing.require_proposal()
    require_own(act, proposed)
    return decide_proposal(act, act.thing.id, proposed, "refused", act.form.reason)


def _store(act: BudgetDoing, amount_fen: int, reason: str) -> None:
    officer = Officer(act.actor.id, act.now, civil_date(act.now), reason)
    benefits.set_budget(act.connection, act.thing.id, amount_fen, officer)
    terms = {"before_fen": act.thing.budget.ceiling_fen, "by": act.actor.id, "reason": reason}
    record_act(act.connection, "budget", act.now, budget=act.thing.id, amount_fen=amount_fen, **terms)


def _read_first_step(one: UnionBudget) -> Step:
    proposed = one.require_proposal()
    return Step(proposed.proposed_by, proposed.proposed_at, Right.SET_BUDGETS)


BUDGET = Kind("budget", load_budget, lambda one: one.version, lambda one: one.terms.organisation, key=str)
SET = Act(
    "set", N_("Set the first amount"), AmountForm, set_amount, Right.SET_BUDGETS, "money.set_budgets.budget",
    N_("The budget was set."), BUDGET, button=N_("Set it"),
)  # fmt: skip
CHANGE = Act(
    "change", N_("Propose another amount"), AmountForm, propose_change, Right.SET_BUDGETS, "money.set_budgets.propose",
    N_("The change waits for a second person."), BUDGET, begin=lambda one: {"amount": one.budget.ceiling_fen},
)  # fmt: skip
CONFIRM = Act(
    "confirm", N_("Confirm the change"), RemarkForm, confirm_change, Right.CONFIRM_BUDGETS,
    "money.confirm_budgets.confirm", N_("The budget was changed."), BUDGET, second_to=_read_first_step, is_fresh=True,
)  # fmt: skip
REFUSE = Act(
    "refuse", N_("Refuse the change"), ReasonForm, refuse_change, Right.CONFIRM_BUDGETS, "money.confirm_budgets.refuse",
    N_("The change was refused; nothing was changed."), BUDGET,
)  # fmt: skip
WITHDRAW = Act(
    "withdraw", N_("Take the proposal back"), ReasonForm, withdraw_change, Right.SET_BUDGETS,
    "money.set_budgets.withdraw", N_("Your proposal was taken back."), BUDGET,
)  # fmt: skip
