"""One of each thing that an officers' room shows, planted in the demo: a case, a file, a request, a scenario."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import insert, select

from benefits.tables.appeals import clawbacks
from benefits.tables.decisions import decisions, grants
from members.attachment_tables import attachments
from members.persons import PersonalData
from members.tables import application_steps, memberships
from tests.yihui.http.desk.officers import DEMO, Officers, text_of
from yihui.access.job_tables import jobs
from yihui.bootstrap import Wiring
from yihui.planning.scenario.job import COMPARISON_JOB
from yihui.services.benefits.appeals import lodge_member_appeal
from yihui.services.joining.requests import JoinPlace, begin_joining
from yihui.services.members.vault_upkeep import create_vault_key

DISTRICT, AREA = "370202", "370202"


def plant_rooms(wiring: Wiring, site: Officers) -> None:
    """Put one thing into each room; the names of the demo's members go to the vault."""
    create_vault_key(wiring)
    assert wiring.vault is not None
    now = wiring.now()
    with wiring.database.read() as connection:
        members = connection.execute(select(memberships.c.member_id).distinct()).scalars().all()
        refused = connection.execute(select(decisions.c.id).where(decisions.c.outcome != "granted")).scalars()
        refused_id = str(refused.first())
        cash = select(grants.c.id, grants.c.member_id, grants.c.rule_id).where(grants.c.kind == "cash")
        grant = connection.execute(cash.order_by(grants.c.id)).first()
        own = select(memberships.c.member_id, memberships.c.organisation)
        own = own.where(memberships.c.organisation.startswith(DISTRICT), memberships.c.until.is_(None))
        member, union = connection.execute(own.order_by(memberships.c.member_id)).all()[0]
        steps = select(application_steps.c.member_id, application_steps.c.application)
        applicant, application = connection.execute(steps).all()[0]
    persons = {one: PersonalData(name=f"示例{n}", phone=f"138{n:08}") for n, one in enumerate(members)}
    with wiring.vault_database.write() as connection:
        wiring.vault.store_persons(connection, persons, now)
    assert grant is not None
    with wiring.database.write() as connection:
        debt = {
            "id": "c" * 40, "grant_id": grant.id, "term": 1, "member_id": grant.member_id, "rule_id": grant.rule_id,
            "source": "/bench", "event_id": "left", "event_type": "member.left", "occurred_on": now.date(),
            "share_percent": 100, "text": "一年内离会，退回", "reversed_fen": 0, "owed_fen": 10_000, "recorded_at": now,
        }  # fmt: skip
        connection.execute(insert(clawbacks).values(debt))
        file = {
            "number": 1, "member_id": applicant, "kind": "application", "subject": application, "digest": "a" * 64,
            "sent_digest": "b" * 64, "media_type": "image/png", "size_bytes": 1, "pages": '["a"]', "title": "收入证明",
            "officer": "wang", "stored_at": now,
        }  # fmt: skip
        connection.execute(insert(attachments).values(file))
        job = {
            "id": "d" * 32, "kind": COMPARISON_JOB, "officer": DEMO, "actor_kind": "demo", "place": "370000",
            "title": "比较", "page": "/desk/planning", "parameters": "{}", "state": "done", "done": 3, "total": 3,
            "attempts": 1, "result": None, "faults": "[]", "requested_at": now - timedelta(hours=1), "ended_at": now,
        }  # fmt: skip
        connection.execute(insert(jobs).values(job))
    lodge_member_appeal(wiring, refused_id, "请再看一次")
    begin_joining(wiring, JoinPlace(organisation=union))
    for page, fields in _forms(union, member):
        sent = site.send(page, page, DEMO, **fields)
        assert sent.status_code == 303, text_of(sent)
        if page == "/desk/planning":
            scenario = sent.headers["location"].partition("?")[0]
            shared = site.send(scenario, f"{scenario}/settings", DEMO, act="share", version="0")
            assert shared.status_code == 303, text_of(shared)


def _forms(union: str, member: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return the pages whose forms open something, with what is filled in."""
    call = {
        "organisation": union, "channel": "call", "category": "station", "summary": "驿站没有热水", "name": "张三",
        "phone": "13800001234", "text": "热水机坏了三天", "member": member,
    }  # fmt: skip
    household = {
        "organisation": union, "member": member, "level": "深度困难", "cause": "illness", "plan": "申请大病救助",
        "relation-1": "self", "member-1": member, "income-1": "2000", "name-1": "张三", "relation-2": "child",
        "name-2": "张小一",
    }  # fmt: skip
    return (
        ("/desk/hotline/new", call),
        ("/desk/hardship", household),
        ("/desk/planning", {"name": "补点", "area": AREA}),
    )
