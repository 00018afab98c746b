"""Plan visits, release their money against the budget, record receipts, and take money back that nobody took."""

from dataclasses import dataclass
from datetime import date, timedelta

from benefits import MoveRefused
from benefits.payout.hand_over import HandOver, HandOverStep, post_hand_over
from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.money import AMOUNT_FAULTS, format_yuan, parse_amount
from events.acts import record_act
from members.applications import VISIT_PROGRAMME
from members.hardship.case import FileAct
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.repository import claim_receipt
from members.hardship.visit import RECEIPTS, Visit, VisitState, visit_reference
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import require_fresh_login
from yihui.services.access.history_acts import EventData
from yihui.services.attachments.attachments import SentFile, StoredFile, run_with_file
from yihui.services.hardship.case_files import ActOnFile, FileTransaction, change_file_by
from yihui.services.hardship.events import GrantRefusals, publish_event, require_cash_grant
from yihui.services.hardship.intake import (
    LONGEST_TEXT,
    check_codes,
    check_reason,
    check_text,
    raise_faults,
)
from yihui.services.hardship.lists import FileStatus
from yihui.services.hardship.photos import name_digest, receipt_owner

MOST_DAYS_AHEAD = 90
MOST_YUAN = 100_000


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """A visit as an officer plans it: to whom how much is given, in yuan, and when."""

    member: str
    on: date
    amount: str
    purpose: str


def plan_visit(wiring: Wiring, actor: Actor | None, wanted: ActOnFile, plan: VisitPlan) -> FileStatus:
    """Plan a visit; nothing is in the ledger yet. *Raises*: FaultError with every fault."""
    today = civil_date(wiring.now())
    faults = check_text("purpose", plan.purpose, LONGEST_TEXT)
    if not today <= plan.on <= today + timedelta(days=MOST_DAYS_AHEAD):
        faults.append(HARDSHIP_FAULTS.build("day", field="on", value=plan.on, most=MOST_DAYS_AHEAD))
    fen, wrong = _read_amount(plan.amount)
    raise_faults([*faults, *wrong])

    def build_data(act: FileTransaction) -> EventData:
        if plan.member not in act.file.members:
            known = ", ".join(act.file.members)
            raise FaultError(
                HARDSHIP_FAULTS.build("not_of_household", field="member", value=plan.member[:64], known=known)
            )
        return {
            "visit": len(act.file.visits) + 1,
            "member": plan.member,
            "on": plan.on.isoformat(),
            "amount_fen": fen,
            "purpose": plan.purpose.strip(),
        }

    return change_file_by(wiring, actor, wanted, build_data)


def _read_amount(text: str) -> tuple[int, list[Fault]]:
    amount = parse_amount(text)
    if amount.fault is not None:
        return 0, [AMOUNT_FAULTS.build(amount.fault, field="amount", value=text[:20], unit="yuan")]
    fen = amount.fen or 0
    if fen > MOST_YUAN * 100:
        return 0, [HARDSHIP_FAULTS.build("amount", field="amount", value=format_yuan(fen), most=MOST_YUAN)]
    return fen, []


def release_visit(wiring: Wiring, actor: Actor | None, wanted: ActOnFile, number: int) -> FileStatus:
    """Release the money of a planned visit: the rules grant it against their budget, and it counts as paid.

    Another officer than who planned the visit does this, after a fresh log-in.

    *Raises*: FaultError, with the rules' own reasons if they refuse; then nothing has changed.
    """

    def build_data(act: FileTransaction) -> EventData:
        visit = act.file.require_visit(FileAct.RELEASE_VISIT, number)
        require_fresh_login(wiring, act.actor, Right.KEEP_HARDSHIP)
        act.require_second_person(Step(visit.planned_by, visit.planned_at, Right.KEEP_HARDSHIP))
        grant = _grant(act, visit)
        _post(act, visit, grant, "release", wanted.reason)
        return {"visit": number, "grant": grant, "amount_fen": visit.amount_fen}

    return change_file_by(wiring, actor, wanted, build_data)


def _grant(act: FileTransaction, visit: Visit) -> str:
    """Let the rules grant a visit's money; return the grant. *Raises*: FaultError if they don't grant just that."""
    reference = visit_reference(act.file.number, visit.number)
    data = {
        "programme": VISIT_PROGRAMME,
        "year": act.today.year,
        "application": reference,
        "amount_fen": visit.amount_fen,
        "case_level": act.file.level,
        "household": act.file.household,
    }
    kind, id_ = "application.confirmed", f"hardship-visit-{reference}-{act.file.version}"
    outcome = publish_event(act.wiring, act.connection, kind, visit.member_id, id_, data, act.now)
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


def _post(act: FileTransaction, visit: Visit, grant: str, step: HandOverStep, reason: str) -> None:
    """Post one step in the ledger, and record it for a replay. *Raises*: FaultError."""
    reference = visit_reference(act.file.number, visit.number)
    wanted = HandOver(step, grant, visit.amount_fen, reference, reason.strip())
    try:
        post_hand_over(act.connection, wanted, act.today, act.now)
    except MoveRefused as refused:
        raise refused.at(field="visit", value=str(visit.number)) from refused
    terms = {name: getattr(wanted, name) for name in HandOver.__slots__}
    record_act(act.connection, "hand_over", act.now, step=terms, by=act.actor.id)


def record_receipt(
    wiring: Wiring, actor: Actor | None, wanted: ActOnFile, number: int, kind: str, file: SentFile
) -> FileStatus:
    """Record the receipt of a visit, signed or photographed, and store its file: the money was handed over.

    It settles the money, so it needs a fresh log-in, as the release does. *Raises*: FaultError.
    """
    raise_faults(check_codes("receipt", [kind], RECEIPTS))
    digest = name_digest(file)

    def build_data(act: FileTransaction, stored: StoredFile) -> EventData:
        visit = act.file.require_visit(FileAct.HAND_OVER, number)
        require_fresh_login(wiring, act.actor, Right.KEEP_HARDSHIP)
        assert visit.grant_id is not None, "released money has a grant"
        other = claim_receipt(act.connection, digest, act.file.number, number)
        if other is not None:
            raise FaultError(HARDSHIP_FAULTS.build("receipt_used", field="receipt", value=other))
        stored.record(act.connection, receipt_owner(act.file, visit), act.actor.id, act.now)
        _post(act, visit, visit.grant_id, "settle", wanted.reason)
        return {"visit": number, "receipt": digest, "receipt_kind": kind}

    def store(stored: StoredFile) -> FileStatus:
        return change_file_by(wiring, actor, wanted, lambda act: build_data(act, stored))

    return run_with_file(wiring, file, store)


def end_visit(wiring: Wiring, actor: Actor | None, wanted: ActOnFile, number: int) -> FileStatus:
    """End a visit on which nothing was handed over; released money goes back to its budget, after a fresh log-in.

    *Raises*: FaultError.
    """
    raise_faults(check_reason(wanted.reason))

    def build_data(act: FileTransaction) -> EventData:
        visit = act.file.require_visit(FileAct.END_VISIT, number)
        if visit.state is VisitState.RELEASED:
            require_fresh_login(wiring, act.actor, Right.KEEP_HARDSHIP)
            assert visit.grant_id is not None, "released money has a grant"
            _post(act, visit, visit.grant_id, "return", wanted.reason)
        return {"visit": number, "reason": wanted.reason.strip()}

    return change_file_by(wiring, actor, wanted, build_data)
