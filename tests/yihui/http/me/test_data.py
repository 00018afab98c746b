"""What a member reads of her own data: facts with their origin, readings without the reader, requests, export."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from members import PersonalData
from members.hotline.tables import hotline_case_events, hotline_cases
from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.members import MemberPhone, hidden_of
from tests.yihui.http.me.test_own_benefits import words
from tests.yihui.nouns import do_own
from tests.yihui.services.joining_people import HERE, found_tree, joining_wiring, member_event
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.cases.corrections.own_data import MOST_READINGS
from yihui.cases.hotline.own import SEND_QUESTION
from yihui.cases.hotline.topics import NOTHING


@pytest.fixture
def wiring(target: str, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = joining_wiring(target, tmp_path, clock)  # type: ignore[arg-type]
    found_tree(made)
    for member in ("m-one", "m-two"):
        member_event(
            made, "member.joined", member, "2026-01-02",
            organisation=HERE, joined_on="2026-01-02", birthday="1990-03-07",
        )  # fmt: skip
    assert made.vault is not None
    with made.vault_database.write() as connection:
        people = {
            "m-one": PersonalData("张三丰", "13800138000", None),
            "m-two": PersonalData("李四光", "13911112222", None),
        }
        made.vault.store_persons(connection, people, made.now())
    yield made
    made.close()


def build_case(wiring: Wiring, member: str) -> int:
    """Let a member ask the union; return the number of her case."""
    return int(do_own(wiring, member, SEND_QUESTION, NOTHING, answers={"text": "有个问题"}))


def read_by(wiring: Wiring, member: str, role: Role, reason: str, case: int | None = None) -> None:
    """Record that an officer read a member's data, or who called in a case."""
    officer = Actor("li.min", "li.min", ActorKind.OFFICER)
    by = Assignment(role, HERE, wiring.now().date(), None, None)
    entry = AuditEntry("members.read", "member", member, reason, HERE, by, {"secret": "before"})
    if case is not None:
        entry = AuditEntry("hotline.unmask", "hotline_case", str(case), reason, HERE, by)
    with wiring.database.write() as connection:
        append_audit_entry(connection, officer, entry, wiring.now())


def test_each_fact_has_its_origin_and_its_day_and_the_person_is_masked(phone: MemberPhone) -> None:
    page = phone.get("/me/data?lang=zh")
    wanted = ["1990年3月7日", "入会时填写，1月2日", "泉城物流工会", "张*", "138****8000", "您所在的工会"]
    assert [text for text in wanted if text not in page] == []
    hidden = ["13800138000", "张三丰", "李", "139****", "1391", "m-one", "m-two"]
    assert [text for text in hidden if text in page] == []


def test_a_member_sees_role_unit_day_and_reason_of_a_reading_and_not_the_officer(
    phone: MemberPhone, wiring: Wiring
) -> None:
    read_by(wiring, "m-one", Role.CASE_WORKER, "核对生日")
    read_by(wiring, "m-one", Role.AUDITOR, "专项检查")
    read_by(wiring, "m-two", Role.CASE_WORKER, "别人的事")
    page = phone.get("/me/data?lang=zh")
    assert "核对生日" in page and "泉城物流工会" in page
    hidden = ["li.min", "专项检查", "别人的事", "secret", "members.read"]
    assert [text for text in hidden if text in page] == []


def test_who_unmasked_the_caller_of_her_case_is_on_the_page_and_in_the_export(
    phone: MemberPhone, wiring: Wiring
) -> None:
    for member, reason in (("m-one", "要回电"), ("m-two", "别人的案件")):
        read_by(wiring, member, Role.HOTLINE_AGENT, reason, build_case(wiring, member))
    page = phone.get("/me/data?lang=zh")
    assert "要回电" in page and "别人的案件" not in page and "li.min" not in page
    acts = [row["reason"] for row in phone.client.get("/me/data/export").json()["rows"]["audit_entries"]]
    assert "要回电" in acts and "别人的案件" not in acts


def test_her_own_acts_crowd_no_reading_out_and_a_cut_is_stated(phone: MemberPhone, wiring: Wiring) -> None:
    read_by(wiring, "m-one", Role.CASE_WORKER, "核对生日")
    her = Actor("m-one", "m-one", ActorKind.MEMBER)
    with wiring.database.write() as connection:
        for _ in range(MOST_READINGS):
            append_audit_entry(connection, her, AuditEntry("own.attach", "member", "m-one"), wiring.now())
    page = phone.get("/me/data?lang=zh")
    assert "核对生日" in page and "最近的" not in page
    for number in range(MOST_READINGS):
        read_by(wiring, "m-one", Role.CASE_WORKER, f"核对 {number}")
    page = phone.get("/me/data?lang=zh")
    assert "核对生日" not in page and f"最近的 {MOST_READINGS} 条" in page


def test_a_correction_request_becomes_one_case_of_her_organisation(
    phone: MemberPhone, wiring: Wiring
) -> None:
    form = "/me/data/facts/birthday/correct"
    [correct] = re.findall(r'<section[^>]* id="correct".*?</section>', phone.get("/me/data"), re.S)
    assert f'href="{form}"' in correct
    _, page = phone.check(form, text="1990-03-17，从出生起")
    (made,) = {phone.send(form, **hidden_of(page, form), act="send") for _ in range(2)}
    with wiring.database.read() as connection:
        [case] = connection.execute(select(hotline_cases)).all()
        event = connection.execute(select(hotline_case_events)).one()
        entry = connection.execute(select(audit_entries).where(audit_entries.c.act == "hotline.open")).one()
    assert (case.member_id, case.organisation, case.category) == ("m-one", HERE, "membership")
    assert "1990-03-17" in event.data
    assert (entry.actor, entry.actor_kind) == ("m-one", "member")
    assert made == f"/me/help/{case.number}?done=correct" and "has reached your union" in phone.get(made)
    listed = phone.get("/me/help")
    assert "of Fri 11/20" in words(listed) and f'href="/me/help/{case.number}"' in listed
    phone.get("/me/data/facts/status/correct", 404)
    assert f"/me/help/{case.number}" not in MemberPhone(phone.client, wiring).log_in("m-two").get("/me/help")


def test_the_export_is_her_own_data_and_needs_a_fresh_code(
    phone: MemberPhone, wiring: Wiring, clock: Clock
) -> None:
    read_by(wiring, "m-one", Role.CASE_WORKER, "核对生日")
    answer = phone.client.get("/me/data/export")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    content = json.loads(answer.text)
    assert content["person"] == {"name": "张三丰", "phone": "13800138000"}
    assert [one for one in ("m-two", "李四光", "li.min", "13911112222") if one in answer.text] == []
    acts = [row["act"] for row in content["rows"]["audit_entries"]]
    assert "members.export_own" in acts, "with the entry of this very export"
    clock.now += timedelta(hours=1)
    for path in ("/me/data/export", "/me/data/deletion"):
        assert phone.client.get(path).headers["location"].startswith("/me/login")
