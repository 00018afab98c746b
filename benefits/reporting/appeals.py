"""Appeals: a member asks for a review of a decision and an officer answers; no earlier row is changed.

The member's text is personal data. It is stored in a table of its own, appears in no export, log or
topic, and can be deleted without breaking anything.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select

from benefits.officers import ActRefused, Officer
from benefits.tables.appeals import appeal_answers, appeal_texts, appeals
from benefits.tables.decisions import decisions
from core.faults import FaultTable
from core.text_marks import N_
from members import scrub_personal_numbers
from store import enqueue_for_sealing

APPEAL_FAULTS = FaultTable(
    "appeal",
    {
        "unknown_decision": (
            N_("there is no decision {value}"),
            N_("look for its id with `yihui benefits why --member …`"),
        ),
        "waiting": (
            N_("an appeal against {value} waits for its answer already"),
            N_("wait for the answer; you can appeal again after it"),
        ),
        "too_many": (
            N_("there were {most} appeals against {value} already, all answered"),
            N_("talk to your union, or call 12351"),
        ),
        "bad_text": (
            N_("an appeal has 1 to {longest} characters and no control characters"),
            N_("say in plain words what is wrong"),
        ),
        "personal_number": (
            N_("the appeal holds an ID number or a phone number"),
            N_("leave it out; the union knows who you are"),
        ),
        "unknown": (N_("there is no appeal {value}"), N_("choose one of the list of appeals")),
        "answered": (
            N_("the appeal was answered already, by {who} on {day}"),
            N_("the member may appeal again"),
        ),
    },
)

MAX_APPEAL_CHARS = 2_000
MAX_APPEALS_PER_DECISION = 5
"""Of one decision; each only once the one before it is answered."""
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
AppealVerdict = Literal["upheld", "rejected"]
_STATED = ("id", "decision_id", "number", "member_id", "lodged_on")


@dataclass(frozen=True, slots=True)
class AppealAnswer:
    """An officer's answer to an appeal. ``decision_id`` is the new decision, if there is one."""

    verdict: AppealVerdict
    who: str
    on: date
    reason: str
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal with its answer, if there is one. ``text`` is None once it was deleted."""

    id: str
    decision_id: str
    number: int
    member_id: str
    lodged_on: date
    text: str | None
    answer: AppealAnswer | None = None


def lodge_appeal(connection: Connection, decision_id: str, text: str, today: date, now: datetime) -> Appeal:
    """Record an appeal against a decision. A repeated appeal with the same text changes nothing.

    *Raises*: ActRefused for an unknown decision, for a text that can't be stored, while another appeal
    waits for its answer, and after ``MAX_APPEALS_PER_DECISION`` appeals.
    """
    words = _checked(text)
    member = connection.execute(
        select(decisions.c.member_id).where(decisions.c.id == decision_id).with_for_update()
    ).scalar_one_or_none()
    if member is None:
        raise ActRefused(APPEAL_FAULTS.build("unknown_decision", field="decision", value=decision_id[:40]))
    before = list_appeals(connection, decision_id=decision_id)
    if before and before[-1].answer is None:
        if before[-1].text == words:
            return before[-1]
        raise ActRefused(APPEAL_FAULTS.build("waiting", field="decision", value=decision_id))
    if len(before) >= MAX_APPEALS_PER_DECISION:
        raise ActRefused(
            APPEAL_FAULTS.build(
                "too_many", field="decision", value=decision_id, most=MAX_APPEALS_PER_DECISION
            )
        )
    appeal = Appeal(_id(decision_id, len(before) + 1), decision_id, len(before) + 1, member, today, words)
    row = {name: getattr(appeal, name) for name in _STATED}
    connection.execute(insert(appeals).values(**row, recorded_at=now))
    connection.execute(insert(appeal_texts).values(appeal_id=appeal.id, text=words))
    enqueue_for_sealing(connection, {"appeals": [appeal.id]}, now)
    return appeal


def _checked(text: str) -> str:
    words = text.replace("\r\n", "\n").strip()
    if not words or len(words) > MAX_APPEAL_CHARS or _CONTROL.search(words):
        raise ActRefused(APPEAL_FAULTS.build("bad_text", field="text", value="…", longest=MAX_APPEAL_CHARS))
    if (
        scrub_personal_numbers(words) != words
    ):  # an ID number with a wrong check digit may still be a person's
        raise ActRefused(APPEAL_FAULTS.build("personal_number", field="text", value="…"))
    return words


def _id(decision_id: str, number: int) -> str:
    """Return an id that is the same for the same appeal on every runner."""
    return hashlib.sha256(f"appeal\0{decision_id}\0{number}".encode()).hexdigest()[:40]


def load_open_appeal(connection: Connection, appeal_id: str) -> Appeal:
    """Return and lock an unanswered appeal. *Raises*: ActRefused if it is unknown or answered."""
    locked = select(appeals.c.id).where(appeals.c.id == appeal_id).with_for_update()
    connection.execute(locked).all()
    found = list_appeals(connection, appeal_id=appeal_id)
    if not found:
        raise ActRefused(APPEAL_FAULTS.build("unknown", field="appeal", value=appeal_id[:40]))
    answer = found[0].answer
    if answer is not None:
        raise ActRefused(
            APPEAL_FAULTS.build("answered", field="appeal", value=appeal_id, who=answer.who, day=answer.on)
        )
    return found[0]


def record_appeal_answer(
    connection: Connection,
    officer: Officer,
    appeal: Appeal,
    verdict: AppealVerdict,
    decision_id: str | None = None,
) -> AppealAnswer:
    """Record an officer's answer to an appeal. *Raises*: ActRefused without a reason."""
    officer.require_reason()
    answer = AppealAnswer(verdict, officer.who, officer.today, officer.reason, decision_id)
    connection.execute(
        insert(appeal_answers).values(
            appeal_id=appeal.id,
            verdict=verdict,
            who=officer.who,
            answered_on=officer.today,
            reason=officer.reason,
            decision_id=decision_id,
            recorded_at=officer.at,
        )
    )
    enqueue_for_sealing(connection, {"appeal_answers": [appeal.id]}, officer.at)
    return answer


def reject_appeal(connection: Connection, officer: Officer, appeal_id: str) -> AppealAnswer:
    """Reject an appeal; the decision stays in force. *Raises*: ActRefused."""
    return record_appeal_answer(connection, officer, load_open_appeal(connection, appeal_id), "rejected")


def list_appeals(
    connection: Connection,
    *,
    decision_id: str | None = None,
    appeal_id: str | None = None,
    member_id: str | None = None,
    waiting: bool = False,
) -> list[Appeal]:
    """Return appeals with their answers, the earliest first. ``waiting`` selects unanswered ones."""
    query = _query()
    if decision_id is not None:
        query = query.where(appeals.c.decision_id == decision_id)
    if appeal_id is not None:
        query = query.where(appeals.c.id == appeal_id)
    if member_id is not None:
        query = query.where(appeals.c.member_id == member_id)
    if waiting:
        query = query.where(appeal_answers.c.appeal_id.is_(None))
    return [_appeal(row) for row in connection.execute(query).mappings()]


def erase_appeal_texts(
    connection: Connection, *, member_id: str | None = None, appeal_id: str | None = None
) -> int:
    """Delete the text of one appeal or of all appeals of a member; the appeals stay.

    Returns the number of deleted texts.
    """
    assert (member_id is None) != (appeal_id is None), "whose words?"
    meant = select(appeals.c.id).where(
        appeals.c.member_id == member_id if member_id is not None else appeals.c.id == appeal_id
    )
    wanted = appeal_texts.c.appeal_id.in_(meant)
    number = connection.execute(select(func.count()).select_from(appeal_texts).where(wanted)).scalar_one()
    connection.execute(delete(appeal_texts).where(wanted))
    return int(number)


def _query() -> Select[*tuple[object, ...]]:
    answer = appeal_answers.c
    return (
        select(
            appeals,
            appeal_texts.c.text,
            answer.verdict,
            answer.who,
            answer.answered_on,
            answer.reason,
            answer.decision_id.label("anew"),
        )
        .outerjoin(appeal_texts, appeal_texts.c.appeal_id == appeals.c.id)
        .outerjoin(appeal_answers, answer.appeal_id == appeals.c.id)
        .order_by(appeals.c.recorded_at, appeals.c.number, appeals.c.id)
    )


def _appeal(row: RowMapping) -> Appeal:
    answer = None
    if row["verdict"] is not None:
        answer = AppealAnswer(row["verdict"], row["who"], row["answered_on"], row["reason"], row["anew"])
    stated = {name: row[name] for name in (*_STATED, "text")}
    return Appeal(**stated, answer=answer)
