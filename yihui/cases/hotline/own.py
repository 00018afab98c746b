"""A member's own questions to the hotline: opened from her page, their state, and words added to them."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

import benefits
from core.civil_time import civil_date, format_civil_minute
from core.faults import FaultError
from events.retries import run_in_transaction
from members import organisation_names
from members.hotline.callers import Caller, read_caller, replace_caller
from members.hotline.case import MOVES, CaseAct, HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.repository import CaseQuery, find_case, list_cases, read_events
from members.lifecycle import HistoryEvent
from yihui.access.acting import record_stated
from yihui.access.actor import Actor, ActorKind
from yihui.access.decide import Decision
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cases.hotline.cases import CASE, HISTORY, OPEN
from yihui.cases.hotline.forms import LONGEST_TRANSCRIPT, OpenForm, WordsForm
from yihui.cases.hotline.intake import is_listed, opened_data, store_case
from yihui.frame.acts import Change, Doing
from yihui.frame.doing import record_change
from yihui.frame.fields import parse_values
from yihui.frame.once import OnceKey, claim_once, finish_once
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.members.organisations import find_member_organisations
from yihui.services.members.vault import read_member_phone, require_vault

MOST_CASES = 50
AlsoDone = Callable[[Connection, HotlineCase], None]


@dataclass(frozen=True, slots=True)
class HelpTopic:
    """What a question is about: something of the member's own, a station of the register, or a public notice."""

    kind: str
    title: str
    category: str
    station: str | None = None
    application: int | None = None  # number of the one on public notice to which the member objects
    shown: str = ""  # what her page says in place of the title, which the case keeps


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """What a member asks. ``summary`` stays in the case's history; ``more`` and her number are encrypted."""

    summary: str = field(repr=False)
    category: str
    station: str | None = None
    application: int | None = None
    more: str = field(default="", repr=False)
    wants_call: bool = False


@dataclass(frozen=True, slots=True)
class OwnCaseFile:
    """A question with its history, and the names of the organisations that it went to."""

    case: HotlineCase
    events: Sequence[HistoryEvent[CaseAct]]
    names: Mapping[str, str]

    @property
    def takes_words(self) -> bool:
        return self.case.state in MOVES[CaseAct.ADD]


def find_help_topic(wiring: Wiring, member: str, kind: str, id: str) -> HelpTopic:
    """Return what a question is about.

    *Raises*: FaultError, the same for what is another member's as for what isn't there.
    """
    with wiring.database.read() as connection:
        topic = _find_topic(connection, member, kind, id)
    if topic is None:
        raise FaultError(HOTLINE_FAULTS.build("unknown_topic"))
    return topic


def _find_topic(connection: Connection, member: str, kind: str, id: str) -> HelpTopic | None:
    if kind == "benefit":
        grants = benefits.list_member_grants(connection, member)
        return next((HelpTopic(kind, one.title, "benefit") for one in grants if one.id == id), None)
    if kind == "decision":
        records = benefits.load_decision_records(connection, member)
        titles = (one.why.rule_title for one in records if one.why.id == id)
        return next((HelpTopic(kind, title, "benefit") for title in titles), None)
    from geo.registry import find_station  # here: few acts need numpy

    station = find_station(connection, id) if kind == "station" else None
    return HelpTopic(kind, station.name, "station", station.id) if station is not None else None


def open_own_case(
    wiring: Wiring, actor: Actor, question: OwnQuestion, request_key: str, also: AlsoDone | None = None
) -> int:
    """Open a case about the member who asks; return its number.

    It goes to her own organisation, or to the nearest above that the tree has by the prefix of its code. A repeated
    key opens nothing new; ``also`` is done with the case. *Raises*: FaultError with every fault.
    """
    assert actor.kind is ActorKind.MEMBER
    said_by_her = (question.summary, question.category, question.station, question.application)
    digest = hashlib.sha256(repr(said_by_her).encode()).hexdigest()
    require_running_clock(wiring)
    phone = read_member_phone(wiring, actor.id) if question.wants_call else None

    def work(connection: Connection) -> int:
        now = wiring.now()
        said = {
            "organisation": _find_hotline(wiring, connection, actor.id),
            "channel": "page",
            "category": question.category,
            "summary": question.summary,
            "member": actor.id,
            "station": question.station,
            "phone": phone,
            "text": question.more or None,
        }
        form = parse_values(OpenForm, said)
        once = OnceKey.build(actor, request_key, OPEN.audit, digest)
        if (earlier := claim_once(connection, once, now)) is not None:
            return int(earlier)
        doing = Doing[OpenForm, HotlineCase](wiring, connection, actor, now, form, None)
        case = store_case(doing, question.application)
        if also is not None:
            also(connection, case)
        change = Change(case.number, opened_data(form, case), organisation=case.organisation)
        record_change(doing, CASE.name, OPEN.audit, change, Decision())
        record_stated(connection, now)
        finish_once(connection, once, str(case.number))
        return case.number

    return run_in_transaction(wiring.database, work)


def _find_hotline(wiring: Wiring, connection: Connection, member: str) -> str:
    """Return the organisation whose hotline takes in what a member asks."""
    today = civil_date(wiring.now())
    own = find_member_organisations(connection, [member], today).get(member, PROVINCE_CODE)
    above = (own, own[:9], own[:6], f"{own[:4]}00")
    return next((code for code in above if is_listed(connection, code, today)), PROVINCE_CODE)


def list_own_cases(wiring: Wiring, member: str) -> list[HotlineCase]:
    """List the newest cases about a member, also those that others opened: of these only the state is hers to see."""
    with wiring.database.read() as connection:
        return list_cases(connection, CaseQuery(member_id=member, limit=MOST_CASES))


def load_own_case(wiring: Wiring, member: str, number: int) -> OwnCaseFile:
    """Load a question that the member sent herself. *Raises*: FaultError for each other number."""
    with wiring.database.read() as connection:
        case = _require_own(connection, member, number)
        codes = {case.organisation, *case.units, *(part.unit for part in case.former_parts)}
        codes |= {one.to for one in case.escalations if one.to}
        return OwnCaseFile(
            case, read_events(connection, [number])[number], organisation_names(connection, codes)
        )


def add_words(wiring: Wiring, actor: Actor, number: int, text: str) -> HotlineCase:
    """Add words to the member's own question; they are encrypted beside what she wrote before.

    *Raises*: FaultError if it isn't hers or the words can't be stored; HotlineRefused if it is over.
    """
    vault, form = require_vault(wiring), parse_values(WordsForm, {"text": text})

    def work(connection: Connection) -> HotlineCase:
        now = wiring.now()
        case = _require_own(connection, actor.id, number, lock=True)
        if case.state not in MOVES[CaseAct.ADD]:
            raise HotlineRefused(HOTLINE_FAULTS.build("own_over", field="text"))
        caller = read_caller(connection, vault.keys, number) or Caller()
        words = f"[{format_civil_minute(now)}] {form.text}"
        transcript = f"{caller.transcript}\n\n{words}" if caller.transcript else words
        if len(transcript) > LONGEST_TRANSCRIPT:
            raise FaultError(
                HOTLINE_FAULTS.build("too_long", field="text", value=len(transcript), most=LONGEST_TRANSCRIPT)
            )
        replace_caller(connection, vault.keys.newest, number, replace(caller, transcript=transcript), now)
        doing = Doing[WordsForm, HotlineCase](wiring, connection, actor, now, form, case)
        changed, change = HISTORY.change(doing, case, CaseAct.ADD, {})
        record_change(doing, CASE.name, "hotline.add", change, Decision())
        record_stated(connection, now)
        return changed

    return run_in_transaction(wiring.database, work)


def _require_own(connection: Connection, member: str, number: int, *, lock: bool = False) -> HotlineCase:
    case = find_case(connection, number, lock=lock) if 0 < number < 2**63 else None
    if case is None or case.member_id != member or case.opened_by != member:
        raise FaultError(HOTLINE_FAULTS.build("own_unknown"))
    return case
