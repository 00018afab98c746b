"""The member's messages: sentences about herself alone, what is new, and which reminders she wants."""

import json
import re
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, Table, func, select

from benefits import admit_and_record, list_member_grants
from benefits.lifecycle.claims import lapse_unclaimed, record_claim
from events import read_member_rows
from members.reminders.queue import store_reminders
from members.reminders.reminder import ReminderKey
from store import metadata
from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.members import MemberPhone, PhoneMaker, key_of
from tests.yihui.services.joining_people import found_tree, member_event
from tools.servers.deciding import Wish
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.me.looked import SEEN_COOKIE, mark_member
from yihui.services.messages.member_messages import count_unread_messages


def decide(wiring: Wiring, member: str, title: str, due: bool = True) -> str:
    facts, decision = Wish(member=member, kind="voucher", due=due).decided()
    wanted = replace(
        decision,
        rule_title=title,
        benefits=tuple(replace(one, claim_by=wiring.now().date()) for one in decision.benefits),
    )
    with wiring.database.write() as connection:
        [ruling] = admit_and_record(connection, [(facts, wanted)], wiring.now())
    return ruling.id


def test_each_event_is_a_sentence_in_the_member_s_language_and_new_only_once(
    phone: MemberPhone, wiring: Wiring, clock: Clock
) -> None:
    assert "There are no messages yet" in phone.get("/me/messages")
    granted = decide(wiring, "m-one", "生日蛋糕券")
    decide(wiring, "m-one", "助学金", due=False)
    decide(wiring, "m-two", "别人的券")
    assert count_unread_messages(wiring, "m-one", wiring.now() - timedelta(days=1)) == 2
    page = phone.get("/me/messages")
    assert "New since your last visit: 2" in page
    assert "You get: 生日蛋糕券." in page and "You don&#39;t get: 助学金." in page
    assert "别人" not in page and "m-one" not in page
    assert "Nothing new since your last visit." in phone.get("/me/messages")
    clock.now += timedelta(minutes=1)
    with wiring.database.write() as connection:
        record_claim(connection, granted, wiring.now(), wiring.now().date())
    page = phone.get("/me/messages?lang=zh")
    assert "上次查看后新消息：1 条" in page and "您领取了生日蛋糕券。" in page and "您得到" in page


def test_the_bar_says_how_many_are_new_and_each_leads_to_what_it_is_about(
    phone: MemberPhone, wiring: Wiring
) -> None:
    found_tree(wiring)
    unit, first = "370102001-00001", "2026-03-01"
    member_event(wiring, "member.joined", "m-one", "2026-01-01", organisation=unit, joined_on="2026-01-01")
    member_event(wiring, "application.submitted", "m-one", first, programme="金秋助学", year=2026)
    granted = decide(wiring, "m-one", "生日蛋糕券")
    with wiring.database.write() as connection:
        [grant] = list_member_grants(connection, "m-one")
        day = grant.claim_by or wiring.now().date()
        store_reminders(connection, [ReminderKey("m-one", "claim", day, 1)], wiring.now())
    for path in ("/me", "/me/card", "/me/account"):
        assert '<span class="unseen">2 new</span>' in phone.get(path), path
    page = phone.get("/me/messages")
    assert '<span class="unseen">' not in page
    assert f"{grant.title} can be claimed until {day.month}/{day.day}." in page
    links = re.findall(r'<p><a href="([^"]+)">', page)
    assert set(links) == {"/me/data", "/me/applications/1", f"/me/decisions/{granted}", "/me"}
    for path in links:
        phone.get(path)
    with wiring.database.write() as connection:
        assert lapse_unclaimed(connection, wiring.now(), day + timedelta(days=1)).lapsed
    assert f"{grant.title} has ended, 1 yuan." in phone.get("/me/messages"), "the budget's share counts once"


def test_what_she_has_read_is_known_to_her_phone_alone(
    phone: MemberPhone, phones: PhoneMaker, wiring: Wiring
) -> None:
    decide(wiring, "m-one", "生日蛋糕券")
    other = phones().log_in("m-one")
    with wiring.database.read() as connection:
        before = {one.name: _count(connection, one) for one in metadata.sorted_tables}
    assert "1 new" in phone.get("/me")
    phone.get("/me/messages")
    assert "1 new" not in phone.get("/me") and "1 new" in other.get("/me")
    with wiring.database.read() as connection:
        after = {one.name: _count(connection, one) for one in metadata.sorted_tables}
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"member_sessions"}, "neither an instant nor an entry in the audit log"
    for forged in ("x", f"{mark_member('m-one')}.9999999999999999999", f"{mark_member('m-two')}.1"):
        phone.client.cookies.delete(SEEN_COOKIE)
        phone.client.cookies.set(SEEN_COOKIE, forged)
        assert "1 new" in phone.get("/me")


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_membership_and_applications_are_messages_too(phone: MemberPhone, wiring: Wiring) -> None:
    found_tree(wiring)
    unit = "370102001-00001"
    member_event(wiring, "member.joined", "m-one", "2026-01-01", organisation=unit, joined_on="2026-01-01")
    member_event(wiring, "member.profile_changed", "m-one", "2026-02-01", trade="快递员")
    sent_back: dict[str, object] = {"stage": "初审", "accepted": False}
    steps: list[tuple[str, dict[str, object]]] = [
        ("submitted", {}),
        ("reviewed", sent_back),
        ("published", {"objections": 0}),
        ("published", {"objections": 1}),
        ("reviewed", sent_back),
        ("published", {"objections": 0}),
    ]
    for day, (step, said) in enumerate(steps, 1):
        kind, data = f"application.{step}", {"programme": "金秋助学", "year": 2026, **said}
        member_event(wiring, kind, "m-one", f"2026-03-{day:02}", **data)
    page = phone.get("/me/messages?lang=zh")
    wanted = [
        "您加入了工会。",
        "已登记您的：",
        "2026年金秋助学申请已提交。",
        "申请被退回（初审）",
        "正在核查的异议 1 件",
    ]
    assert [text for text in wanted if text not in page] == []
    assert page.count("申请正在公示。") == 2, "anew after it was sent back"


def test_a_choice_is_stored_with_its_day_recorded_and_in_the_person_s_rows(
    phone: MemberPhone, wiring: Wiring
) -> None:
    page = phone.get("/me/messages")
    assert page.count(" checked>") == 3
    to = phone.send("/me/messages/reminders", form_key=key_of(page), claim="yes", application="yes")
    page = phone.get(to)
    assert "counts from now on" in page
    assert page.count(" checked>") == 2 and "chosen on 11/20" in page
    with wiring.database.read() as connection:
        rows = read_member_rows(connection, "m-one")["reminder_choices"]
        entry = connection.execute(
            select(audit_entries).where(audit_entries.c.act == "reminders.choose")
        ).one()
    assert [(row["kind"], row["is_wanted"]) for row in rows] == [("benefit", False)]
    assert (entry.actor, entry.actor_kind, entry.object_id) == ("m-one", "member", "m-one")
    assert json.loads(entry.changes)["after"] == {"application": True, "benefit": False, "claim": True}
