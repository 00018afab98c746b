"""What is done to visits: plan one, release its money against the budget, record the receipt, or end it without."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from core.civil_time import civil_date
from core.faults import FaultError, raise_faults
from core.text_marks import N_
from members.hardship.case import VISIT_MOVES, FileAct, HardshipFile, Visit, VisitState, visit_reference
from members.hardship.faults import HARDSHIP_FAULTS
from yihui.cases.hardship.files import HISTORY, RIGHT, FileDoing, require_second
from yihui.cases.hardship.forms import EndForm, PlanForm, ReceiptForm, ReleaseForm
from yihui.cases.hardship.photos import digest_of, receipt_owner, store_receipt
from yihui.cases.kernel.history import Data, reason_of
from yihui.frame.acts import NO_JSON, Doing
from yihui.frame.cells import Cell, Person
from yihui.frame.papers import record_paper

if TYPE_CHECKING:
    from benefits.payout.hand_over import HandOverStep

MOST_DAYS_AHEAD = 90


def list_visits(file: HardshipFile, move: FileAct) -> list[Visit]:
    """Return the visits of a case file whose state allows a move."""
    return [one for one in file.visits if one.state in VISIT_MOVES[move]]


def _offer(move: FileAct) -> Callable[[HardshipFile], Mapping[str, Mapping[str, Cell]]]:
    """Return what names the visits that allow a move, for a form to choose from."""

    def offer(file: HardshipFile) -> Mapping[str, Mapping[str, Cell]]:
        return {"visit": {str(one.number): f"{one.on} {one.purpose}" for one in list_visits(file, move)}}

    return offer


def _plan(act: Doing[PlanForm, HardshipFile]) -> Data:
    form, file, today = act.form, act.thing, civil_date(act.now)
    faults = []
    if not today <= form.on <= today + timedelta(days=MOST_DAYS_AHEAD):
        faults.append(HARDSHIP_FAULTS.build("day", field="on", value=form.on, most=MOST_DAYS_AHEAD))
    if form.member not in file.members:
        known = ", ".join(file.members)
        faults.append(
            HARDSHIP_FAULTS.build("not_of_household", field="member", value=form.member, known=known)
        )
    raise_faults(faults)
    return {
        "visit": len(file.visits) + 1,
        "member": form.member,
        "on": form.on.isoformat(),
        "amount_fen": form.amount,
        "purpose": form.purpose,
    }


def _release(act: Doing[ReleaseForm, HardshipFile]) -> Data:
    """Let the rules grant a visit's money against their budget, and pay it; another officer planned the visit."""
    from yihui.access.second_person import Step

    visit = act.thing.require_visit(FileAct.RELEASE_VISIT, act.form.visit)
    require_second(act, Step(visit.planned_by, visit.planned_at, RIGHT))
    grant = _grant(act, visit)
    _post(act, visit, grant, "release")
    return {"visit": visit.number, "grant": grant, "amount_fen": visit.amount_fen}


def _grant(act: FileDoing, visit: Visit) -> str:
    """Let the rules grant a visit's money; return the grant. *Raises*: FaultError if they don't grant just that."""
    from members.applications import VISIT_PROGRAMME
    from yihui.cases.kernel.events import GrantRefusals, publish_event, require_cash_grant

    reference = visit_reference(act.thing.number, visit.number)
    data = {
        "programme": VISIT_PROGRAMME,
        "year": civil_date(act.now).year,
        "application": reference,
        "amount_fen": visit.amount_fen,
        "case_level": act.thing.level,
        "household": act.thing.household,
    }
    kind, id_ = "application.confirmed", f"hardship-visit-{reference}-{act.thing.version}"
    outcome = publish_event(act, kind, visit.member_id, id_, data)
    refusals = GrantRefusals(
        "visit",
        "hardship.refused",
        HARDSHIP_FAULTS.build("stopped", field="visit", value=visit.number),
        HARDSHIP_FAULTS.build("no_rule", field="visit", value=VISIT_PROGRAMME),
        lambda given: HARDSHIP_FAULTS.build(
            "other_amount", field="amount", value=given, planned=visit.amount_fen
        ),
    )
    return require_cash_grant(outcome, visit.amount_fen, refusals)


def _post(act: FileDoing, visit: Visit, grant: str, step: "HandOverStep") -> None:
    """Post one step in the ledger, and record it for a replay. *Raises*: FaultError."""
    from benefits import MoveRefused
    from benefits.payout.hand_over import HandOver, post_hand_over
    from events.acts import record_act

    reference = visit_reference(act.thing.number, visit.number)
    wanted = HandOver(step, grant, visit.amount_fen, reference, reason_of(act.form))
    try:
        post_hand_over(act.connection, wanted, civil_date(act.now), act.now)
    except MoveRefused as refused:
        raise refused.at(field="visit", value=str(visit.number)) from refused
    terms = {name: getattr(wanted, name) for name in HandOver.__slots__}
    record_act(act.connection, "hand_over", act.now, step=terms, by=act.actor.id)


def _move_released(act: FileDoing, visit: Visit, step: Literal["settle", "return"]) -> None:
    """Post what becomes of released money; the officer must have logged in a short time ago."""
    from yihui.services.access.authorisation import require_fresh_login

    require_fresh_login(act.wiring, act.actor, RIGHT)
    assert visit.grant_id is not None, "released money has a grant"
    _post(act, visit, visit.grant_id, step)


def _hand_over(act: Doing[ReceiptForm, HardshipFile]) -> Data:
    """Record the receipt of a visit and its file: the money was handed over."""
    from members.hardship.repository import claim_receipt

    form, file = act.form, act.thing
    visit, digest = file.require_visit(FileAct.HAND_OVER, form.visit), digest_of(form.picture)
    _move_released(act, visit, "settle")
    other = claim_receipt(act.connection, digest, file.number, visit.number)
    if other is not None:
        raise FaultError(HARDSHIP_FAULTS.build("receipt_used", field="picture", value=other))
    record_paper(act, form.picture, visit_reference(file.number, visit.number), receipt_owner(file, visit))
    return {"visit": visit.number, "receipt": digest, "receipt_kind": form.kind}


def _end(act: Doing[EndForm, HardshipFile]) -> Data:
    """End a visit on which nothing was handed over; released money goes back to its budget."""
    visit = act.thing.require_visit(FileAct.END_VISIT, act.form.visit)
    if visit.state is VisitState.RELEASED:
        _move_released(act, visit, "return")
    return {"visit": visit.number, "reason": act.form.reason}


PLAN = HISTORY.act(
    FileAct.PLAN_VISIT,
    N_("Plan a visit"),
    PlanForm,
    N_("The visit was planned; another officer releases the money."),
    _plan,
    button=N_("Plan it: another officer releases the money"),
    offered=lambda file: {"member": {one: Person(one) for one in file.members}},
)
RELEASE = HISTORY.act(
    FileAct.RELEASE_VISIT,
    N_("Release the money"),
    ReleaseForm,
    N_("The money was released; bring the receipt back."),
    _release,
    button=N_("Release it: paid out of the budget"),
    ticked=N_("I have checked the amount"),
    offered=_offer(FileAct.RELEASE_VISIT),
)
HAND_OVER = HISTORY.act(
    FileAct.HAND_OVER,
    N_("Record the receipt"),
    ReceiptForm,
    N_("The receipt was recorded."),
    _hand_over,
    button=N_("Record it: the household has the money"),
    offered=_offer(FileAct.HAND_OVER),
    doors=NO_JSON,
    around=store_receipt,
)
END = HISTORY.act(
    FileAct.END_VISIT,
    N_("Nothing was handed over"),
    EndForm,
    N_("The visit was ended; released money is back in its budget."),
    _end,
    button=N_("End the visit; released money goes back"),
    offered=_offer(FileAct.END_VISIT),
)
