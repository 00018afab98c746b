"""One of each thing that an officers' room shows, planted in the demo: a case, a file, a request, an analysis."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from httpx import Response
from PIL import Image
from sqlalchemy import func, insert, select

from benefits.tables.appeals import clawbacks
from benefits.tables.decisions import decisions, grants
from benefits.tables.rulebook import rule_versions
from events import InboundEvent
from events.pipeline import process_batch
from geo.messages import Observation
from members.joining.repository import store_person, update_request
from members.persons import PersonalData
from members.tables import application_steps, memberships
from tools.servers.desk import DEMO, ORIGIN, Officers, text_of, wait_for_job, wait_for_reading
from tools.servers.officers import appoint
from yihui.access.actor import Actor, ActorKind
from yihui.access.job_tables import jobs
from yihui.bootstrap import Wiring
from yihui.cases.appeals.own import LODGE, AppealForm
from yihui.cases.joining.requests import JoinPlace, begin_joining, mark_proof
from yihui.frame.doing import ActRequest, do_act
from yihui.planning.analysis.job import ANALYSES_PAGE, ANALYSIS_JOB
from yihui.services.stations.reports import Report, build_report_event

DISTRICT, AREA, STATION = "370202", "370202", "SAMPLE-370202-M001"
OFFICER = "370000"  # of the province, with every role


def plant_rooms(wiring: Wiring, site: Officers) -> None:
    """Put one thing into each room; the names of the demo's members go to the vault."""
    assert wiring.vault is not None
    now = wiring.now()
    with wiring.database.read() as connection:
        members = connection.execute(select(memberships.c.member_id).distinct()).scalars().all()
        others = select(decisions.c.member_id, decisions.c.id).where(decisions.c.outcome != "granted")
        refused = connection.execute(others).first()
        cash = select(grants.c.id, grants.c.member_id, grants.c.rule_id).where(grants.c.kind == "cash")
        grant = connection.execute(cash.order_by(grants.c.id)).first()
        own = select(memberships.c.member_id, memberships.c.organisation)
        own = own.where(memberships.c.organisation.startswith(DISTRICT), memberships.c.until.is_(None))
        member, union = connection.execute(own.order_by(memberships.c.member_id)).all()[0]
        c = application_steps.c
        steps = select(func.min(c.sequence), func.max(c.sequence)).group_by(c.member_id, c.application)
        application, last_step = connection.execute(steps).all()[0]
        version = connection.execute(select(rule_versions.c.hash)).scalars().all()[0]
    persons = {one: PersonalData(name=f"示例{n}", phone=f"138{n:08}") for n, one in enumerate(members)}
    with wiring.vault_database.write() as connection:
        wiring.vault.store_persons(connection, persons, now)
    assert grant is not None and refused is not None
    with wiring.database.write() as connection:
        appoint(connection, "li.min", "planner", "370000")
        debt = {
            "id": "c" * 40, "grant_id": grant.id, "term": 1, "member_id": grant.member_id, "rule_id": grant.rule_id,
            "source": "/bench", "event_id": "left", "event_type": "member.left", "occurred_on": now.date(),
            "share_percent": 100, "text": "一年内离会，退回", "reversed_fen": 0, "owed_fen": 10_000, "recorded_at": now,
        }  # fmt: skip
        connection.execute(insert(clawbacks).values(debt))
        job = {
            "id": "d" * 32, "kind": ANALYSIS_JOB, "officer": DEMO, "actor_kind": "demo", "place": "370000",
            "title": "比较", "page": f"{ANALYSES_PAGE}/{'d' * 32}",
            "parameters": '{"analysis": "coverage", "language": "zh", "order": {"area": "370000"}}', "state": "done", "done": 3, "total": 3,
            "attempts": 1, "result": None, "faults": "[]", "requested_at": now - timedelta(hours=1), "ended_at": now,
        }  # fmt: skip
        cancelled = {**job, "id": "e" * 32, "title": "覆盖", "state": "cancelled", "done": 1}
        connection.execute(insert(jobs), [job, cancelled])
    her = Actor(refused.member_id, refused.member_id, ActorKind.MEMBER)
    do_act(wiring, her, LODGE, ActRequest(refused.id), AppealForm(text="请再看一次"))
    _plant_join(wiring, union)
    _plant_report(wiring)
    for page, fields in _forms(union, member):
        made = _send(site, page, "", **fields)
        if page == "/desk/hardship/files/open":
            _attach(site, f"{made}/photo", "", _draw_photo(), title="客厅", reason="入户", version="1")
        elif page == "/desk/inspections/plans/plan":
            _attach(site, made, "photo", _draw_photo(), title="门口", version="1")
    _attach(
        site,
        f"/desk/applications/{application}",
        "attach",
        _draw_photo(),
        title="收入证明",
        checked="yes",
        version=str(last_step),
    )
    _plant_planning(site)
    _plant_mutual_aid(site, union, member)
    simulated = site.send("/desk/rules/new", "/desk/rules/simulations", DEMO, version=version, place="370000")
    _wait(site, simulated, DEMO)


def _plant_report(wiring: Wiring) -> None:
    """Let a rider find a station locked."""
    now = wiring.now()
    event = build_report_event(Report(observation=Observation.LOCKED), STATION, "a" * 16, now, b"bench")
    with wiring.database.write() as connection:
        process_batch([InboundEvent(event, "riders")], connection, wiring.runner.library(connection), now)


def _plant_join(wiring: Wiring, union: str) -> None:
    """Let a person wait for the review of a union."""
    assert wiring.vault is not None
    request = begin_joining(wiring, JoinPlace(organisation=union))[0].request
    until = wiring.now() + timedelta(days=15)
    waiting = replace(
        request, state="waiting", member_id="m-new", review_cause="review", reviewer=union, review_until=until
    )
    person = PersonalData(name="示例新人", phone="13900000000", id_number="11010519491231002X")
    with wiring.database.write() as connection:
        update_request(connection, mark_proof(wiring, waiting, person))
        store_person(connection, wiring.vault.keys.newest, request.id, person)


def _send(site: Officers, page: str, part: str, who: str = DEMO, **fields: str) -> str:
    """Send a form of a page; return the page that it leads to."""
    sent = site.send(page, f"{page}/{part}" if part else page, who, **fields)
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"].partition("?")[0]


def _attach(
    site: Officers, page: str, part: str, content: bytes, field: str = "picture", **fields: str
) -> str:
    """Send a form with a file; return the page that it leads to."""
    headers = {"x-actor": DEMO, "origin": ORIGIN, "accept": "text/html", "accept-language": "zh"}
    data = {"form_key": site.form_key(page, DEMO), **fields}
    path, file = f"{page}/{part}" if part else page, {field: (fields.get("name", "a.jpg"), content)}
    sent: Response = site.client.post(path, data=data, files=file, headers=headers)
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"].partition("?")[0]


def _draw_photo() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), (200, 30, 30)).save(drawn, "JPEG")
    return drawn.getvalue()


def _wait(site: Officers, sent: Response, who: str) -> None:
    """Wait until a job that a form began is done."""
    assert sent.status_code == 303, text_of(sent)
    wait_for_job(site, sent.headers["location"].partition("?")[0], who)


def _plant_planning(site: Officers) -> None:
    """Compute an analysis, and store a file of demand."""
    page, fields = "/desk/planning/analyses/new/coverage", {"area": AREA, "demand": "population"}
    headers = {"x-actor": OFFICER, "origin": ORIGIN, "accept": "text/html", "accept-language": "zh"}
    fields["form_key"] = site.form_key(page, OFFICER)
    sent = site.client.post(page, data=fields, files={"none": ("", b"")}, headers=headers)
    _wait(site, sent, OFFICER)
    points = "经度,纬度,订单量\n120.38,36.06,40\n".encode()
    demand = {"area": AREA, "demand_datum": "wgs84", "name": "orders.csv"}
    preview = _attach(site, "/desk/planning/demand/upload", "", points, field="upload", **demand)
    _send(site, wait_for_reading(site, preview), "store", name="九月订单", version="1")


def _plant_mutual_aid(site: Officers, union: str, member: str) -> None:
    """Let one officer write a policy and another one approve it; propose that its claim is taken back."""
    policies = "/desk/mutual-aid/policies"
    policy = _send(
        site, f"{policies}/write", "", organisation=union, year="2026", contribution="20", deductible="1000",
        bands="1000-=50%", document="职工医疗互助办法", clause="第九条",
    )  # fmt: skip
    _send(site, f"{policy}/approve", "", OFFICER, version="1")
    _send(site, f"{policy}/enrol", "", source="list", on="2026-10-01", members=member, version="2")
    claim = _send(
        site, f"{policy}/submit", "", member=member, admitted_on="2026-10-02", discharged_on="2026-10-03",
        total="12000", insurance="6000", other="500", self_paid="5500", receipt="LX-2026-000123", version="3",
    )  # fmt: skip
    _send(site, f"{claim}/approve", "", OFFICER, version="1")
    enrolment = f"/desk/mutual-aid/enrolments/{policy.rpartition('/')[2]}.{member}"
    days = {"covered_from": "2026-10-01", "covered_until": "2026-10-01", "take_back": "yes"}
    _send(site, f"{enrolment}/correct", "", OFFICER, **days, reason="调出", version="3")


def _forms(union: str, member: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return the pages whose forms open something, with what is filled in."""
    call = {
        "organisation": union, "channel": "call", "category": "station", "summary": "驿站没有热水", "name": "张三",
        "phone": "13800001234", "text": "热水机坏了三天", "member": member,
    }  # fmt: skip
    household = {
        "organisation": union, "member": member, "level": "深度困难", "causes": "illness", "plan": "申请大病救助",
        "income": "2000", "name": "张三", "others.0.relation": "child", "others.0.name": "张小一", "others.0.income": "0",
    }  # fmt: skip
    article = {
        "kind": "question", "title": "会员怎样申请法律援助", "text": "向所在单位的工会提出。",
        "source": "示例工会办事指南", "valid_from": "2026-01-01",
    }  # fmt: skip
    return (
        ("/desk/hotline/cases/open", call),
        ("/desk/joins/settings/review", {"organisation": union, "reason": "会章规定", "days": "5"}),
        ("/desk/hardship/files/open", household),
        ("/desk/hotline/articles/add", article),
        ("/desk/inspections/plans/plan", {"station": STATION, "due": "2027-01-31"}),
        ("/desk/planning/scenarios/create", {"name": "晚上开到十点", "area": AREA}),
    )
