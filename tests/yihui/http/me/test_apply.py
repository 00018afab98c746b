"""The member applies over HTTP, without script: form, papers, state, withdrawal; another member's things are not there."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from events import InboundEvent, parse_event, process_batch
from members.attachments import upload_owner
from members.hotline.tables import hotline_case_events, hotline_cases
from tests.members.organisations.acting import event_of, handle
from tests.yihui.applying import (
    HOSPITAL,
    ME,
    NOW,
    OTHER,
    SCHOOL,
    UNION,
    act_again,
    attach,
    build_applying,
    officer_acts,
    photo,
    submit_application,
)
from tests.yihui.http.me.members import ORIGIN, MemberPhone, build_phone, hidden_of, key_of
from tests.yihui.http.me.test_own_benefits import form_key, words
from tests.yihui.http.serving import until
from tests.yihui.services.joining_people import Clock
from tools.servers.sending import Sender
from yihui.access.member_sessions import MemberEndReason, end_member_session, find_member_session
from yihui.bootstrap import Wiring
from yihui.cases.applications.own_applications import list_own_applications, load_own_application
from yihui.http.login.login_request import MEMBER_COOKIE
from yihui.services.attachments.attachments import list_waiting_files

FORM, HOSPITAL_FORM = "/me/apply/apply-school/hand-in", "/me/apply/apply-hospital/hand-in"
PART = {**ORIGIN, "content-type": "application/offset+octet-stream"}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = build_applying(str(tmp_path / "yihui.db"), tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def phone(wiring: Wiring) -> MemberPhone:
    return build_phone(wiring).log_in(ME)


def send(
    phone: MemberPhone, path: str, act: str, file: bytes | None = None, **fields: str
) -> tuple[int, str]:
    """Send a form as a browser without script does; return the status, and where it leads to or the page."""
    return phone.post(path, file or b"", form_key=form_key(phone.get(path), path), act=act, **fields)


def test_the_list_and_the_form_say_what_why_and_until_when(phone: MemberPhone) -> None:
    listed = words(phone.get("/me/apply"))
    assert (
        "示例助学" in listed
        and "can be applied for until Thu 12/31 · 41 days left" in listed
        and "退休后再来" in listed
    )
    form = phone.get(FORM)
    assert "At least 1 paper is needed" in words(form) and 'name="school_stage" value="高中"' in form
    assert "/me/apply" in phone.get("/me")
    # The rule's title, not the programme's
    assert "示例慰问" not in words(phone.get(HOSPITAL_FORM))
    phone.get("/me/apply/no-such-rule/hand-in", 404)


def test_without_script_a_file_is_attached_and_what_was_typed_stays(
    phone: MemberPhone, wiring: Wiring
) -> None:
    status, page = send(
        phone, FORM, "attach", photo(), title="录取通知书", school_stage="本科", note="👨‍👩‍👧 一家三口"
    )
    assert status == 200 and "录取通知书" in page and "👨‍👩‍👧 一家三口" in page
    assert 'name="school_stage" value="本科" required checked' in page
    picture = re.search(r'/me/files/(\d+)"', page)
    assert (
        picture
        and phone.client.get(f"/me/files/{picture[1]}/pages/1").headers["content-type"] == "image/jpeg"
    )
    way = f"/me/help/about/file%3A{picture[1]}/ask"
    assert way in phone.get(f"/me/files/{picture[1]}") and "About: 录取通知书" in words(phone.get(way))
    status, page = send(phone, FORM, f"remove-{picture[1]}")
    assert status == 200 and "录取通知书" not in page
    where = phone.hand_in(FORM, photo(90), school_stage="高中", note="👨‍👩‍👧 一家三口")
    state = words(phone.get(where))
    assert "基层工会 is checking it" in state and "👨‍👩‍👧 一家三口" in state and "A paper" in state
    assert "Public notice: 3 days" in state
    undecided = phone.get("/me/decisions/undecided/apply-school")
    assert 'href="/me/decisions/undecided/apply-school"' not in phone.get("/me"), "it is under way there"
    assert "You have applied for it already" in undecided and f'href="{where.partition("?")[0]}"' in undecided


def test_every_fault_of_a_form_is_said_at_once_and_nothing_typed_is_lost(
    phone: MemberPhone, wiring: Wiring
) -> None:
    status, page = phone.check(FORM, photo(), school_stage="幼儿园")
    assert status == 422
    assert "“What school your child goes to”: this can&#39;t be chosen" in page and "A paper" in page
    status, page = phone.check(HOSPITAL_FORM, days="三天", note="打 13800138000 找我")
    assert status == 422 and "Days in hospital" in page and 'value="三天"' in page
    status, page = phone.check(HOSPITAL_FORM, days="3", note="打 13800138000 找我")
    assert status == 422 and "leave the number out" in page
    assert list_own_applications(wiring, ME) == []


def test_what_happened_is_dated_as_people_write_days_and_never_after_today(
    phone: MemberPhone, wiring: Wiring
) -> None:
    form = "/me/apply/apply-discharge/hand-in"
    for typed in ("", "上个月", "2026-11-21"):
        status, page = phone.check(form, happened_on=typed)
        assert status == 422 and f'value="{typed}"' in page
    where = phone.hand_in(form, happened_on="２０２６/11/1")
    assert "11/1" in words(phone.get(where))
    (own,) = list_own_applications(wiring, ME)
    assert load_own_application(wiring, ME, own.number).stated["happened_on"] == "2026-11-01"


def test_outside_of_a_yearly_window_an_application_is_refused_with_its_next_first_or_its_last_day(
    phone: MemberPhone, wiring: Wiring
) -> None:
    listed = words(phone.get("/me/apply"))
    assert "begins on 12/1 can be applied for until Sun 12/20" in listed and "示例暑期托管" not in listed, (
        "summer doesn't come again"
    )
    for rule, day in (("apply-winter", "12/1"), ("apply-summer", "8/31")):
        status, page = phone.check(f"/me/apply/{rule}/hand-in")
        assert status == 422 and day in words(page)
    assert list_own_applications(wiring, ME) == []


def test_an_application_is_withdrawn_and_a_returned_one_handed_in_again(
    phone: MemberPhone, wiring: Wiring
) -> None:
    number = submit_application(wiring, ME, HOSPITAL)
    officer_acts(wiring, number, "return", "缺出院小结")
    page = f"/me/applications/{number}"
    assert "缺出院小结" in phone.get(page) and "li.min" not in phone.get(page)
    assert re.search(
        r"sent back to you: something is missing by \w+ 12/\d+", words(phone.get("/me/applications"))
    )
    where = phone.hand_in(f"{page}/again", photo(), title="出院小结")
    assert where == f"{page}?done=again"
    after = phone.get(where)
    assert "出院小结" in after and "data-handed-in" in after and f"{page}/again" not in after
    way = f"{page}/withdraw"
    assert f'href="{way}"' in after and f'action="{way}"' not in after, "no single tap withdraws it"
    gone = phone.send(way, **hidden_of(phone.get(way), way))
    assert "It was withdrawn" in words(phone.get(gone))


def test_the_form_to_hand_in_again_says_why_it_came_back_and_what_is_needed(
    phone: MemberPhone, wiring: Wiring
) -> None:
    attach(wiring)
    number = submit_application(wiring, ME, SCHOOL)
    officer_acts(wiring, number, "return", "通知书看不清")
    form = phone.get(f"/me/applications/{number}/again")
    said = words(form)
    assert "通知书看不清" in said and "hand it in again by" in said and "At least 1 paper is needed" in said
    [file] = set(re.findall(r"/me/files/(\d+)", form))
    assert f"/me/files/{file}" in phone.get(f"/me/applications/{number}")
    assert "通知书看不清" not in words(phone.get(f"/me/applications/{number}/withdraw"))


def test_a_phone_that_saw_an_older_state_neither_hands_in_again_nor_withdraws(
    phone: MemberPhone, wiring: Wiring
) -> None:
    number = submit_application(wiring, ME, HOSPITAL)
    page = f"/me/applications/{number}"
    again, withdraw = f"{page}/again", f"{page}/withdraw"
    officer_acts(wiring, number, "return", "缺出院小结")
    seen = phone.get(again)
    _, checked = phone.check(again, photo(), title="出院小结")
    other = hidden_of(phone.get(withdraw), withdraw)
    attach(wiring, str(number), shade=90, place="again")
    act_again(wiring, ME, number, "在家里的电脑上")
    now = load_own_application(wiring, ME, number).listed.version
    status, refused = phone.post(again, form_key=key_of(seen), version=str(now), act="check")
    assert status == 409 and "gone on" in refused, "nothing was handed in since"
    officer_acts(wiring, number, "return", "缺发票")
    for path, sent in ((again, hidden_of(checked, again)), (withdraw, other)):
        status, refused = phone.post(path, **sent, act="send")
        assert status == 409 and "gone on" in refused
    acts = [one.kind for one in load_own_application(wiring, ME, number).acts]
    assert acts == ["submit", "return", "resubmit", "return"]


def test_a_refused_application_leads_to_the_form_by_which_she_applies_anew(
    phone: MemberPhone, wiring: Wiring
) -> None:
    number = submit_application(wiring, ME, HOSPITAL)
    officer_acts(wiring, number, "refuse", "发票不全")
    [way] = re.findall(r'href="(/me/apply/[^"]+)"', phone.get(f"/me/applications/{number}"))
    assert "Days in hospital" in phone.get(way)


def put_on_notice(wiring: Wiring, member: str) -> int:
    """Hand in an application and let officers pass and publish it; return its number."""
    attach(wiring, member=member)
    number = submit_application(wiring, member, SCHOOL)
    officer_acts(wiring, number, "accept")
    officer_acts(wiring, number, "publish")
    return number


def test_an_objection_to_a_public_notice_of_the_own_organisation_becomes_a_case(
    phone: MemberPhone, wiring: Wiring, clock: Clock
) -> None:
    with wiring.database.write() as connection:
        handle(connection, event_of("organisation.founded", UNION, "2010-01-01", name="历下快递工会"))
    assert "On public notice" not in phone.get("/me/apply")
    number, own = put_on_notice(wiring, OTHER), put_on_notice(wiring, ME)
    listed = words(phone.get("/me/apply"))
    assert "name not known here: 示例助学 2026" in listed and "You: 示例助学 2026" in listed
    assert "public notice until 11/23" in listed and listed.count("Send an objection") == 1
    page = f"/me/help/about/notice:{number}/ask"
    assert f'href="{page}"' in phone.get("/me/apply")
    assert "About: name not known here: 示例助学 2026" in words(phone.get(page))
    assert phone.hand_in(page, category="benefit", text="他已经毕业了") == "/me/help/1?done=ask"
    with wiring.database.read() as connection:
        (case,) = connection.execute(select(hotline_cases)).all()
        event = connection.execute(select(hotline_case_events.c.data)).scalars().first()
    assert (case.member_id, case.organisation, case.application) == (ME, UNION, number)
    assert f"对公示中第 {number} 号申请的异议" in str(event) and "他已经毕业了" in str(event), (
        "in the union's language"
    )
    for foreign in (str(own), "99999", "x", ""):  # one's own, none, and what is no number
        phone.get(f"/me/help/about/notice:{foreign}/ask", 404)
    officer_acts(wiring, number, "object", "有人提出异议")
    _, late = phone.check(page, category="benefit", text="他已经毕业了")
    clock.now += timedelta(days=4)
    assert "Send an objection" not in phone.get("/me/apply"), (
        "the period is over, though one is being examined"
    )
    phone.get(page, 404)
    status, refused = phone.post(page, **hidden_of(late, page), act="send")
    assert (status, "他已经毕业了" in refused) == (404, True), "what was typed stays"


def test_who_left_reads_no_notices(phone: MemberPhone, wiring: Wiring, clock: Clock) -> None:
    put_on_notice(wiring, OTHER)
    assert "Send an objection" in phone.get("/me/apply")
    left = parse_event(
        Sender(count(60))("member.left", ME, "2026-11-20T09:30:00+08:00", reason="resigned"), NOW
    )
    with wiring.database.write() as connection:
        done = process_batch(
            [InboundEvent(left, "test")], connection, wiring.rulebook.in_force(connection), NOW
        )
    assert not done.dead_letters
    clock.now += timedelta(days=1)
    assert "Send an objection" not in phone.get("/me/apply")


def test_a_notice_elsewhere_is_neither_listed_nor_objected_to(phone: MemberPhone, wiring: Wiring) -> None:
    number = put_on_notice(wiring, OTHER)
    moved = parse_event(Sender(count(50)).joined("m-3", organisation="370102000-00002"), NOW)
    with wiring.database.write() as connection:
        process_batch([InboundEvent(moved, "test")], connection, wiring.rulebook.in_force(connection), NOW)
    phone.log_in("m-3")
    assert "370102000-00002" in phone.get("/me/membership")
    assert "On public notice" not in phone.get("/me/apply")
    phone.get(f"/me/help/about/notice:{number}/ask", 404)


def test_a_question_goes_to_the_nearest_organisation_that_the_tree_has(
    phone: MemberPhone, wiring: Wiring
) -> None:
    with wiring.database.write() as connection:
        handle(connection, event_of("organisation.founded", "370102", "2010-01-01", name="历下区总工会"))
    phone.hand_in("/me/help/about/union/ask", category="benefit", text="怎么还没发")
    with wiring.database.read() as connection:
        assert connection.execute(select(hotline_cases.c.organisation)).scalar_one() == "370102"


def test_help_is_asked_about_an_application_and_a_form_of_ones_own(
    phone: MemberPhone, wiring: Wiring
) -> None:
    number, others = (submit_application(wiring, member, HOSPITAL) for member in (ME, OTHER))
    for path, title in ((f"/me/applications/{number}", "示例住院慰问 2026"), (FORM, "示例助学")):
        [way] = re.findall(r'href="(/me/help/about/[^"]+)"', phone.get(path))
        assert f"About: {title}" in words(phone.get(way))
    for foreign in (
        f"application:{others}",
        "application:99999",
        "application:x",
        "rule:nothing",
        "poll:nothing",
    ):
        phone.get(f"/me/help/about/{foreign}/ask", 404)


def upload_fields(content: bytes, **more: str) -> dict[str, str]:
    """Return the fields that announce a file for the form."""
    digest = sha256(content).hexdigest()
    return {"place": "apply:apply-school", "length": str(len(content)), "digest": digest, **more}


def test_a_file_in_parts_goes_on_where_it_ended_and_is_attached_once(phone: MemberPhone) -> None:
    content = photo(120, 900) + bytes(200_000)
    fields = upload_fields(content, title="通知书")
    begun = phone.client.post("/me/uploads", data=fields, headers=ORIGIN)
    assert begun.status_code == 201 and begun.headers["upload-offset"] == "0"
    where, cut = begun.headers["location"], len(content) * 9 // 10

    def part(start: int, end: int) -> tuple[int, str | None]:
        headers = {**PART, "upload-offset": str(start)}
        answer = phone.client.patch(where, content=content[start:end], headers=headers)
        return answer.status_code, answer.headers.get("upload-offset")

    assert part(0, cut) == (204, str(cut))
    assert part(0, cut) == (409, None)
    assert phone.client.head(where).headers["upload-offset"] == str(cut)
    assert phone.client.post("/me/uploads", data=fields, headers=ORIGIN).json()["offset"] == cut
    assert part(cut, len(content)) == (200, str(len(content)))
    again = phone.client.post("/me/uploads", data=fields, headers=ORIGIN)  # the answer was lost
    assert (again.status_code, again.json()["title"]) == (200, "通知书")
    assert phone.get(FORM).count("data-waiting") == 1


def test_the_last_part_attaches_nothing_once_the_phone_was_logged_out(
    phone: MemberPhone, wiring: Wiring, tmp_path: Path
) -> None:
    session = phone.client.cookies[MEMBER_COOKIE]
    content = photo()
    fields = upload_fields(content)
    where = phone.client.post("/me/uploads", data=fields, headers=ORIGIN).headers["location"]
    headers = {**PART, "upload-offset": "0"}
    with ThreadPoolExecutor(1) as pool:
        with wiring.database.write() as connection:  # the part arrives, and waits for this transaction
            found = find_member_session(connection, session, wiring.now())
            assert found is not None
            end_member_session(connection, ME, found.id, MemberEndReason.BY_OWNER, wiring.now())
            sent = pool.submit(phone.client.patch, where, content=content, headers=headers)
            until(lambda: any(tmp_path.glob("member_uploads/*/*/0*")))
        assert sent.result().status_code == 401
    assert list_waiting_files(wiring, upload_owner(ME, "apply", "apply-school")) == []


def test_only_our_own_pages_send_parts_and_only_who_is_logged_in(phone: MemberPhone, wiring: Wiring) -> None:
    fields = upload_fields(b"12345")
    foreign = phone.client.post("/me/uploads", data=fields, headers={"origin": "http://evil.example"})
    assert foreign.status_code == 403
    nobody = build_phone(wiring)
    assert nobody.client.post("/me/uploads", data=fields, headers=ORIGIN).status_code == 303
    assert nobody.client.get("/me/apply").headers["location"].startswith("/me/login")
