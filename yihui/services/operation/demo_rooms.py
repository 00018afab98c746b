"""Fill the officers' rooms of a demo: call the services that the pages use, as two officers on different days."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from stdnum.cn import ric

from benefits import load_decision_records
from core.civil_time import civil_date
from events import InboundEvent
from events.pipeline import process_batch
from events.retries import run_in_transaction
from members.attachments import upload_owner
from members.hotline.case import CallBack
from members.persons import PersonalData
from members.tables import memberships
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.decide import Decision
from yihui.access.officers import OfficerRecord, insert_officer
from yihui.access.roles import Role
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cases.appeals.own import LODGE, AppealForm
from yihui.cases.applications import acts as application_acts
from yihui.cases.applications.own_form import HAND_IN, ApplicationForm
from yihui.cases.articles.acts import ADD
from yihui.cases.hardship import files as hardship
from yihui.cases.hardship import photos, visits
from yihui.cases.hardship.forms import LevelForm, MeasureForm, PhotoForm, PlanForm, ReceiptForm, ReleaseForm
from yihui.cases.hardship.forms import OpenForm as OpenFileForm
from yihui.cases.hardship.income_lines import DECIDE
from yihui.cases.hotline import cases as hotline
from yihui.cases.hotline.forms import CallBackForm, CloseForm, DispatchForm, OpenForm, UnitForm
from yihui.cases.joining.identity import TypedIdentity, enter_code, give_identity
from yihui.cases.joining.joining import confirm_joining, load_join_terms
from yihui.cases.joining.requests import JoinPlace, begin_joining
from yihui.cases.kernel.forms import ReasonForm, RemarkForm
from yihui.cases.mutual_aid import claims, enrolments, policies
from yihui.cases.mutual_aid.forms import CorrectionForm, EnrolForm
from yihui.cases.organisations.forms import TakersForm
from yihui.cases.organisations.link_acts import CONSENT, TAKE
from yihui.cases.polls.acts import CREATE as CREATE_POLL
from yihui.files.whole_files import write_atomically
from yihui.frame.acts import Act
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.fields import TypedFile
from yihui.samples import office
from yihui.samples.organisations import COUNTIES, PLATFORMS
from yihui.samples.people import name_person
from yihui.services.access.accounts import create_local_account
from yihui.services.access.login import finish_enrolment, load_enrolment, set_up_account
from yihui.services.access.login_tries import LoginVisit
from yihui.services.access.officer_accounts import confirm_accounts
from yihui.services.access.officer_appointments import record_appointment
from yihui.services.access.officer_checks import audit_officer_act
from yihui.services.access.secret_marks import secret_marker
from yihui.services.attachments.attachments import add_own_file, read_sent_file
from yihui.services.members.vault import store_known_persons
from yihui.services.operation import demo_room_contents as rooms
from yihui.services.operation.demo import KEEPER_STATION, DemoClock
from yihui.services.operation.demo_room_contents import MEMBER
from yihui.services.stations.keepers import reporter_pseudonym
from yihui.services.stations.reports import Report, build_report_event, require_reporter_key

FIRST = Actor("li.min", "li.min", ActorKind.DEMO)
SECOND = Actor("gh-017", "gh-017", ActorKind.DEMO)
_MAKER = Actor("demo", "demo", ActorKind.DEMO)  # of the two officers
_UNION = "370102001-00015"  # of `MEMBER`
_APPEAL = "七月二十一日是高温红色预警，我全天在外面送件，为什么这一次没有发？"
_BORN = "37010219920620004"  # a place, a day of birth and a serial number, without the check digit
_NAME, _PHONE = "秦芒种", "19900000003"
_PASSWORD = "lixia-demo-2026"
_COUNTY_OFFICERS = (
    ("xu.hui", "历下区财务制单岗", Role.FINANCE_PREPARER),
    ("sun.bo", "历下区财务放行岗", Role.FINANCE_RELEASER),
)
_ADDRESS = "192.0.2.7"  # RFC 5737: nobody's


@dataclass(frozen=True, slots=True)
class FilledRooms:
    """How many things of each kind there are now."""

    case_files: int
    claims: int
    applications: int
    calls: int
    articles: int


def write_demo_vault_key(folder: Path) -> None:
    """Write the key of the vault, which stores the made-up names: known to everybody, as the demo's other keys."""
    write_atomically(folder / "vault.key", f"{sha256(b'the vault.key of a demo').hexdigest()}\n")


def fill_demo_rooms(wiring: Wiring, clock: DemoClock) -> FilledRooms:
    """Fill the rooms for case files, mutual aid, applications, polls and the hotline; the wiring reads this clock."""
    _name_members(wiring)
    with clock.earlier(days=365):
        _appoint(wiring, FIRST, "困难帮扶岗", Role.CASE_WORKER, Role.RULE_AUTHOR, Role.FINANCE_PREPARER)
        _appoint(wiring, SECOND, "审核岗", Role.CASE_WORKER, Role.RULE_APPROVER, Role.FINANCE_RELEASER)
    with clock.earlier(days=6):
        do_act(wiring, FIRST, CREATE_POLL, ActRequest(), rooms.POLL)
    with clock.earlier(days=40):
        do_act(wiring, FIRST, DECIDE, ActRequest(), rooms.INCOME_LINE)
        for article in rooms.ARTICLES:
            do_act(wiring, FIRST, ADD, ActRequest(), article)
        do_act(wiring, FIRST, CONSENT, ActRequest(PROVINCE_CODE), rooms.CONSENT)
        for county in COUNTIES:
            do_act(wiring, FIRST, TAKE, ActRequest(f"{county}001"), TakersForm(names="、".join(PLATFORMS)))
    _fill_hardship(wiring, clock)
    _fill_mutual_aid(wiring, clock)
    _fill_applications(wiring, clock)
    _fill_hotline(wiring, clock)
    bring_questions(wiring, clock)
    things = (rooms.HOUSEHOLDS, rooms.CLAIMS, rooms.APPLICATIONS, rooms.CALLS, rooms.ARTICLES)
    return FilledRooms(*map(len, things))


def open_county_log_ins(wiring: Wiring, clock: DemoClock, file: Path) -> None:
    """Appoint two officers for the money of one county; the file says how they log in, each code once."""
    rows: list[tuple[str, ...]] = [("岗位", "登录名", "密码", "一次性代码")]
    with clock.earlier(days=365):
        for name, post, role in _COUNTY_OFFICERS:
            _appoint(wiring, Actor(name, name, ActorKind.OFFICER), post, role, place=office.COUNTY)
            rows.append((post, name, _PASSWORD, " ".join(_open_log_in(wiring, name))))
    write_atomically(file, office.render_csv(rows))


def _open_log_in(wiring: Wiring, name: str) -> Sequence[str]:
    """Open an officer's log-in with a password and a phone; return the codes for when the phone is lost."""
    from pyotp import TOTP

    visit = LoginVisit("192.0.2.8", "demo")  # RFC 5737: nobody's
    with wiring.database.write() as connection:
        marker = secret_marker(wiring)
        setup = create_local_account(connection, marker, _MAKER, name, name, wiring.now())
    confirm_accounts(wiring, SECOND, name)
    ticket = set_up_account(wiring, setup.code, _PASSWORD, visit).ticket
    code = TOTP(load_enrolment(wiring, ticket).secret).at(wiring.now())
    return finish_enrolment(wiring, ticket, code, visit).recovery_codes


def _appoint(wiring: Wiring, actor: Actor, post: str, *roles: Role, place: str = PROVINCE_CODE) -> None:
    """Give an officer of the demo a post, by which pages name her, and the roles of her first steps."""
    now = wiring.now()
    with wiring.database.write() as connection:
        insert_officer(connection, OfficerRecord(actor.id, actor.subject, post, _MAKER.id, now))
        stated: dict[str, object] = {"post": post, "subject": actor.subject}
        audit_officer_act(connection, _MAKER, Decision(), now, "officers.add", actor.id, after=stated)
        for role in roles:
            held = Assignment(role, place, civil_date(now))
            record_appointment(connection, _MAKER, Decision(), actor.id, held, now)


def _name_members(wiring: Wiring) -> None:
    with wiring.database.read() as connection:
        members = connection.execute(select(memberships.c.member_id).distinct().order_by("member_id"))
        drawn = {id_: PersonalData(name=name_person(at)) for at, id_ in enumerate(members.scalars())}
    store_known_persons(wiring, drawn | rooms.PERSONS)


def _fill_hardship(wiring: Wiring, clock: DemoClock) -> None:
    def do(actor: Actor, act: Act[Any, Any], number: int, form: BaseModel) -> None:
        do_act(wiring, actor, act, ActRequest(number), form)

    def open_file(household: OpenFileForm) -> int:
        return int(do_act(wiring, FIRST, hardship.OPEN, ActRequest(), household))

    def review(number: int, household: OpenFileForm) -> None:
        stated = LevelForm(level=household.level, reason="已核对收入、病历和户籍材料")
        do(SECOND, hardship.REVIEW, number, stated)

    def plan(purpose: str, fen: int, days_ahead: int) -> None:
        on = civil_date(wiring.now()) + timedelta(days=days_ahead)
        planned = PlanForm(member=rooms.ILL.member, on=on, amount=fen, purpose=purpose)
        do(FIRST, visits.PLAN, ill, planned)

    with clock.earlier(days=31):
        ill, jobless = open_file(rooms.ILL), open_file(rooms.JOBLESS)
    with clock.earlier(days=29):
        review(ill, rooms.ILL)
        review(jobless, rooms.JOBLESS)
        do(FIRST, hardship.MEASURE, ill, MeasureForm(kind="medical_aid", text="陪同办理大病救助手续"))
        photo = TypedFile("photo.png", rooms.draw_paper("入户照片", 1))
        do(FIRST, photos.PHOTO, ill, PhotoForm(title="入户照片", picture=photo, reason="入户走访"))
    plan("国庆慰问", 100_000, 0)
    do(SECOND, visits.RELEASE, ill, ReleaseForm(visit=1))
    receipt = TypedFile("receipt.png", rooms.draw_paper("收条", 1))
    do(FIRST, visits.HAND_OVER, ill, ReceiptForm(visit=1, kind="signed", picture=receipt))
    plan("重阳慰问", 80_000, 15)
    do(SECOND, hardship.CLOSE, jobless, ReasonForm(reason="已经重新就业，家庭收入达标"))
    with clock.earlier(days=3):
        open_file(rooms.ACCIDENT)
        schooling = open_file(rooms.SCHOOLING)
    review(schooling, rooms.SCHOOLING)


def _fill_mutual_aid(wiring: Wiring, clock: DemoClock) -> None:
    """Write two policies, and claims in each state; the correction of an enrolment waits for the second officer."""
    with clock.earlier(days=240):
        policy = do_act(wiring, FIRST, policies.WRITE, ActRequest(), rooms.POLICY)
        do_act(wiring, SECOND, policies.APPROVE, ActRequest(policy), RemarkForm())
        insured = EnrolForm.model_validate({"source": "list", "on": "2026-01-06", "members": rooms.INSURED})
        do_act(wiring, FIRST, policies.ENROL, ActRequest(policy), insured)
    with clock.earlier(days=5):
        do_act(wiring, FIRST, policies.WRITE, ActRequest(), rooms.NEXT_POLICY)
        numbers = [do_act(wiring, FIRST, claims.SUBMIT, ActRequest(policy), claim) for claim in rooms.CLAIMS]
    paid, _waiting, returned, wrong = numbers
    for number in (paid, wrong):
        do_act(wiring, SECOND, claims.APPROVE, ActRequest(number), RemarkForm(reason="票据与清单相符"))
    mended = ReasonForm(reason="自费金额与清单不符，请核对后重填")
    do_act(wiring, SECOND, claims.SEND_BACK, ActRequest(returned), mended)
    late = CorrectionForm(covered_from=date(2026, 5, 1), take_back=True, reason="名单写错：五月才参加")
    do_act(wiring, FIRST, enrolments.CORRECT, ActRequest(f"{policy}.m-000251"), late)


def _fill_applications(wiring: Wiring, clock: DemoClock) -> None:
    for place, one in enumerate(rooms.APPLICATIONS):
        with clock.earlier(days=len(rooms.APPLICATIONS) - place):
            number = _submit(wiring, one)
        for officer, (kind, reason) in zip((FIRST, SECOND, SECOND), one.acts, strict=False):
            _act_on_application(wiring, number, kind, officer.id, reason)


def _submit(wiring: Wiring, one: rooms.Application) -> int:
    member = Actor(one.member, one.member, ActorKind.MEMBER)
    owner = upload_owner(one.member, HAND_IN.papers, one.rule)
    for place, title in enumerate(one.papers):
        paper = rooms.draw_paper(title, place + int(one.member[-3:]))
        add_own_file(wiring, member, owner, read_sent_file(title, paper))
    form = ApplicationForm(answers=one.answers)
    return int(do_act(wiring, member, HAND_IN, ActRequest(one.rule), form))


def _act_on_application(wiring: Wiring, number: int, kind: str, officer: str, reason: str) -> None:
    act = next(one for one in application_acts.ACTS if one.name == kind)
    form = act.form.model_validate({"reason": reason or None})
    do_act(wiring, Actor(officer, officer, ActorKind.DEMO), act, ActRequest(number), form)


def _fill_hotline(wiring: Wiring, clock: DemoClock) -> None:
    """Open calls: one with a question to the ledger, one answered, one at a unit, one not dispatched in time."""
    question, answered, late, dispatched, new = rooms.CALLS

    def do(actor: Actor, act: Act[Any, Any], number: int, form: BaseModel) -> None:
        do_act(wiring, actor, act, ActRequest(number), form)

    def open_call(form: OpenForm) -> int:
        return int(do_act(wiring, FIRST, hotline.OPEN, ActRequest(), form))

    with clock.earlier(minutes=50):
        open_call(question)
    with clock.earlier(days=4):
        number = open_call(answered)
        do(FIRST, hotline.DISPATCH, number, DispatchForm(unit=rooms.TOWN))
        do(SECOND, hotline.ACCEPT, number, UnitForm(unit=rooms.TOWN))
    with clock.earlier(days=2):
        do(SECOND, hotline.CLOSE, number, CloseForm(answer=rooms.ANSWER, unit=rooms.TOWN))
        open_call(late)
    with clock.earlier(days=1):
        do(FIRST, hotline.CALL_BACK, number, CallBackForm(outcome=CallBack.SATISFIED))
        do(FIRST, hotline.DISPATCH, open_call(dispatched), DispatchForm(unit=rooms.DISTRICT))
    with clock.earlier(minutes=20):
        open_call(new)


def bring_questions(wiring: Wiring, clock: DemoClock) -> None:
    """Let a member appeal, a person ask to join, and a rider report a locked door, on earlier days."""
    with clock.earlier(days=3):
        _appeal(wiring)
    with clock.earlier(days=1):
        _join(wiring)
    with clock.earlier(minutes=35):
        _report(wiring)


def _appeal(wiring: Wiring) -> None:
    with wiring.database.read() as connection:
        records = load_decision_records(connection, MEMBER, today=civil_date(wiring.now()))
    refused = next(one.why.id for one in records if one.why.outcome == "refused")
    her = Actor(MEMBER, MEMBER, ActorKind.MEMBER)
    do_act(wiring, her, LODGE, ActRequest(refused), AppealForm(text=_APPEAL))


def _join(wiring: Wiring) -> None:
    """Join as a person does: her identity, the code that was sent to her phone, her confirmation."""
    begun, _ = begin_joining(wiring, JoinPlace(organisation=_UNION, employer="示例建筑公司"))
    id_, number = begun.request.id, _BORN + ric.calc_check_digit(_BORN + "0")
    consent = load_join_terms(wiring, _UNION).consent
    assert consent is not None, "the demo has a text"
    give_identity(wiring, id_, TypedIdentity(_NAME, number, _PHONE, consent.digest))
    sent = (wiring.data_folder / "codes.jsonl").read_text(encoding="utf-8").splitlines()
    enter_code(wiring, id_, json.loads(sent[-1])["code"])
    confirm_joining(wiring, id_)


def _report(wiring: Wiring) -> None:
    key, now = require_reporter_key(wiring), wiring.now()
    report = Report.model_validate({"observation": "locked"})
    event = build_report_event(report, KEEPER_STATION, reporter_pseudonym(_ADDRESS, now, key), now, key)
    run_in_transaction(
        wiring.database,
        lambda connection: process_batch(
            [InboundEvent(event, "web")], connection, wiring.runner.library(connection), now
        ),
    )
