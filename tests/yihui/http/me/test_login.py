"""Log-in by a code that is sent to the phone: what each answer says, what counts, what a lost phone needs."""

import json
import re

import pytest
from sqlalchemy import select

from members import format_card_number, identify_member
from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.joined import PHONE, enter, log_in, wiring
from tests.yihui.http.me.members import ORIGIN, MemberPhone, PhoneMaker, key_of
from tests.yihui.services.joining_people import SENT, id_number, join, last_code, person
from tests.yihui.services.logging_in import begin_member_session
from yihui.access.member_sessions import erase_member_access
from yihui.access.tables import audit_entries, member_codes, member_sessions
from yihui.bootstrap import Wiring
from yihui.cases.cards.own import issue_member_card
from yihui.http.login.login_request import MEMBER_CODE_COOKIE, MEMBER_COOKIE
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

NOBODYS = "13911112222"

__all__ = ["wiring"]


def messages(wiring: Wiring) -> list[str]:
    lines = (wiring.data_folder / SENT).read_text("utf-8").splitlines()
    return [json.loads(line)["phone"] for line in lines]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def log_out(phone: MemberPhone) -> None:
    assert phone.post("/me/logout")[0] == 200


def test_a_member_logs_in_with_the_code_that_her_phone_gets(phones: PhoneMaker, wiring: Wiring) -> None:
    phone = phones()
    assert phone.send("/me/login?next=/me/account", phone=" +86 138-0000-0001 ").startswith(
        "/me/login/code?next="
    )
    assert "six digits" in phone.get("/me/login/code")
    assert enter(phone, last_code(wiring, PHONE)) == (303, "/me/account")
    page = phone.get("/me/account")
    assert "138****0001" in page
    assert PHONE not in page
    with wiring.database.read() as connection:
        acts = set(connection.execute(select(audit_entries.c.act, audit_entries.c.actor_kind)).all())
        stored = connection.execute(select(member_sessions.c.token_digest)).scalar_one()
    assert ("member_sessions.open", "member") in acts
    assert stored != phone.client.cookies[MEMBER_COOKIE]


def test_in_a_demo_whose_clock_stands_still_a_member_gets_a_second_code(
    phones: PhoneMaker, wiring: Wiring
) -> None:
    def ask() -> int:
        return phones().post("/me/login", phone=PHONE)[0]

    assert (ask(), ask()) == (303, 429), "where the clock runs, a pause is asked for"
    (wiring.data_folder / DEMO_MARKER_FILE).write_text("2026-11-20T10:00+08:00", "utf-8")
    assert (ask(), ask()) == (303, 303), "which would never be over"


def test_a_number_that_nobody_has_gets_the_same_answer_and_no_message(
    phones: PhoneMaker, wiring: Wiring
) -> None:
    answers = []
    before = len(messages(wiring))
    for number in (PHONE, NOBODYS):
        phone = phones()
        asked = phone.client.post("/me/login", data={"phone": number}, headers=ORIGIN)
        cookie = re.sub(r"=[^;]{40,}?;", "=;", asked.headers["set-cookie"])
        answers.append([asked.status_code, asked.headers["location"], cookie, phone.get("/me/login/code")])
        for typed in ("12", wrong(last_code(wiring, PHONE))):
            answers[-1].append(phone.post("/me/login/code", code=typed)[1])
    assert answers[0] == answers[1]
    assert messages(wiring)[before:] == [PHONE]
    with wiring.database.read() as connection:
        assert len(connection.execute(select(member_codes)).all()) == 2


def test_ten_wrong_codes_end_the_code_and_the_right_one_comes_too_late(
    phones: PhoneMaker, wiring: Wiring
) -> None:
    phone = phones()
    phone.send("/me/login", phone=PHONE)
    code = last_code(wiring, PHONE)
    for left in range(9, 0, -1):
        status, text = enter(phone, wrong(code))
        assert (status, f"attempts left: {left}" in text) == (401, True)
    assert "10 times" in enter(phone, wrong(code))[1]
    assert "10 times" in enter(phone, code)[1]
    assert phone.client.get("/me").status_code == 303


def test_what_is_no_code_costs_no_attempt(phones: PhoneMaker, wiring: Wiring) -> None:
    phone = phones()
    phone.send("/me/login", phone=PHONE)
    for typed in ("", "12345", "abcdef", "😀😀😀😀😀😀", "1" * 3000):
        assert enter(phone, typed)[0] == 422
    full_width = last_code(wiring, PHONE).translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    assert enter(phone, full_width)[0] == 303


def test_a_code_holds_five_minutes_and_opens_once(phones: PhoneMaker, wiring: Wiring, clock: Clock) -> None:
    phone = phones()
    phone.send("/me/login", phone=PHONE)
    clock.later(minutes=5)
    status, text = enter(phone, last_code(wiring, PHONE))
    assert status == 410
    assert "5 minutes" in text
    phone.send("/me/login", phone=PHONE)
    ticket, code = phone.client.cookies[MEMBER_CODE_COOKIE], last_code(wiring, PHONE)
    assert enter(phone, code)[0] == 303
    other = phones()
    other.client.cookies.set(MEMBER_CODE_COOKIE, ticket)
    assert enter(other, code)[0] == 410


def test_the_code_of_one_browser_opens_nothing_in_another(
    phones: PhoneMaker, wiring: Wiring, clock: Clock
) -> None:
    mine, thief = phones(), phones()
    mine.send("/me/login", phone=PHONE)
    code = last_code(wiring, PHONE)
    assert enter(thief, code)[0] == 410
    clock.later(seconds=61)
    thief.send("/me/login", phone=PHONE)
    assert enter(thief, code)[0] == 401
    assert enter(mine, code)[0] == 303


def test_codes_are_few_for_a_number_whoever_has_it_but_not_for_a_browser_that_is_known(
    phones: PhoneMaker, clock: Clock
) -> None:
    known = phones()
    log_in(known)
    log_out(known)
    clock.later(minutes=24 * 60)
    for number in (PHONE, NOBODYS):
        told = []
        for pause in (0, 61, 61, 61, 61, 61):
            clock.later(seconds=pause)
            phones().post("/me/login", phone=number)
            status, page = phones().post("/me/login", phone=number)
            told.append((status, "a moment ago" in page))
        assert told == [(429, True)] * 5 + [(429, False)]
    log_in(known)


def test_beyond_a_network_s_limit_a_right_code_opens_nothing_but_in_a_browser_that_is_known(
    phones: PhoneMaker, wiring: Wiring, clock: Clock
) -> None:
    known, fresh = phones(), phones()
    log_in(known)
    log_out(known)
    clock.later(seconds=61)
    fresh.send("/me/login", phone=PHONE)
    code, stranger = last_code(wiring, PHONE), phones()
    for n in range(100):
        stranger.post("/me/login", phone=f"139{n:08}")
    assert enter(fresh, code)[0] == 429
    status, page = stranger.post("/me/login", phone=PHONE)
    assert (status, "minutes" in page) == (429, True)
    known.send("/me/login", phone=PHONE)
    code = last_code(wiring, PHONE)
    assert [enter(known, wrong(code))[0] for _ in range(9)] == [401] * 9
    assert enter(known, code)[0] == 429, "its own tries are few"
    clock.later(minutes=16)
    log_in(phones())


@pytest.fixture
def shared(phones: PhoneMaker, wiring: Wiring, clock: Clock) -> tuple[MemberPhone, str]:
    """A phone that two members share, on which the right code was typed; and the code."""
    clock.later(seconds=61)
    join(wiring, person(2, name="李四", phone=PHONE))
    phone = phones()
    phone.send("/me/login", phone=PHONE)
    assert "Which member" not in phone.get("/me/login/code")
    code = last_code(wiring, PHONE)
    status, text = enter(phone, code)
    assert (status, "several members" in text) == (422, True)
    assert [one for one in ("张三", "李四", id_number(1), id_number(2)) if one in text] == []
    assert phone.client.get("/me").status_code == 303
    return phone, code


@pytest.mark.parametrize("serial", [1, 2])
def test_who_shares_a_phone_proves_which_member_she_is(
    shared: tuple[MemberPhone, str], wiring: Wiring, serial: int
) -> None:
    phone, code = shared
    assert enter(phone, code, who=f" {id_number(serial)[-4:].lower()} ")[0] == 303
    member = identify_member(id_number(serial), wiring.identity_key).member_id
    with wiring.database.read() as connection:
        assert connection.execute(select(member_sessions.c.member_id)).scalars().all() == [member]


def test_the_card_s_number_says_it_too_and_another_member_s_card_does_not(
    shared: tuple[MemberPhone, str], wiring: Wiring, clock: Clock
) -> None:
    phone, code = shared
    join(wiring, person(3, name="王五"))
    numbers = [
        issue_member_card(wiring, identify_member(id_number(one), wiring.identity_key).member_id).card.number
        for one in (2, 3)
    ]
    assert enter(phone, code, who=numbers[1])[0] == 422
    assert enter(phone, code, who=format_card_number(numbers[0]))[0] == 303


def test_the_tenth_wrong_answer_locks_the_shared_phone_for_a_day(
    shared: tuple[MemberPhone, str], wiring: Wiring, clock: Clock
) -> None:
    phone, code = shared
    for number, typed in enumerate(["0000", "x", "😀", "9" * 400, id_number(3)[-4:], "'--", "1", "2", "3"]):
        status, text = enter(phone, code, who=typed)
        assert (status, f"attempts left: {9 - number}" in text) == (422, True)
    assert enter(phone, code, who="0001")[0] == 429
    right = id_number(1)[-4:]
    assert enter(phone, code, who=right)[0] == 429
    clock.later(minutes=61)
    phone.send("/me/login", phone=PHONE)
    assert enter(phone, last_code(wiring, PHONE), who=right)[0] == 429
    clock.later(minutes=24 * 60)
    phone.send("/me/login", phone=PHONE)
    assert enter(phone, last_code(wiring, PHONE), who=right)[0] == 303


def test_without_the_right_code_an_answer_says_nothing_and_does_not_count(
    shared: tuple[MemberPhone, str], wiring: Wiring
) -> None:
    phone, code = shared
    status, text = enter(phone, wrong(code), who=id_number(1)[-4:])
    assert (status, "several members" in text) == (401, False)
    with wiring.database.read() as connection:
        assert set(connection.execute(select(member_codes.c.wrong_choices)).scalars()) == {None}


def test_a_member_s_erasure_takes_codes_of_a_shared_phone_along(
    shared: tuple[MemberPhone, str], wiring: Wiring
) -> None:
    with wiring.database.write() as connection:
        erase_member_access(connection, identify_member(id_number(2), wiring.identity_key).member_id)
        assert connection.execute(select(member_codes)).all() == []


def test_without_a_way_to_send_codes_the_page_says_so(phones: PhoneMaker, wiring: Wiring) -> None:
    wiring.__dict__["code_sender"] = None
    status, page = phones().post("/me/login", phone=PHONE)
    assert (status, "12351" in page) == (503, True)


def test_a_message_that_does_not_go_out_counts_as_a_stranger_s(phones: PhoneMaker, wiring: Wiring) -> None:
    place = wiring.data_folder / SENT
    place.rename(place.with_suffix(".old"))
    place.mkdir()  # nothing can be appended to a folder
    for number in (PHONE, NOBODYS):
        phones().send("/me/login", phone=number)
        assert phones().post("/me/login", phone=number)[0] == 429


def test_a_lost_phone_is_logged_out_from_another_one(
    phones: PhoneMaker, wiring: Wiring, clock: Clock
) -> None:
    lost, mine = phones(), phones()
    log_in(lost)
    clock.later(seconds=61)
    log_in(mine)
    page = mine.get("/me/account")
    key = key_of(page)
    [end] = re.findall(r'action="(/me/account/sessions/[0-9a-f]{16}/end)"', page)
    for _ in range(2):
        assert mine.send(end, form_key=key) == "/me/account?done=end"
    assert "It was logged out" in mine.get("/me/account?done=end")
    assert lost.client.get("/me").status_code == 303
    assert mine.client.get("/me").status_code == 200
    ended = select(audit_entries.c.request_id).where(audit_entries.c.act.contains("end"))
    with wiring.database.read() as connection:
        named = connection.execute(ended).scalars().all()
    assert len(named) > 1 and len({*named}) == 1 and named[0]  # what its services wrote belongs to the act


def test_nobody_ends_another_member_s_session(phones: PhoneMaker, wiring: Wiring) -> None:
    victim, other, elsewhere = (phones().log_in(f"m-{one}") for one in ("victim", "other", "other"))
    of_victim = select(member_sessions.c.id).where(member_sessions.c.member_id == "m-victim")
    with wiring.database.read() as connection:
        theirs = connection.execute(of_victim).scalar_one()
    own_key, foreign_key = (
        re.findall(r'name="form_key" value="([^"]+)"', one.get("/me/account"))[at]
        for one, at in ((other, 0), (elsewhere, -1))
    )
    for key, session, statuses in (
        (own_key, theirs, {404}),
        (own_key, "0" * 16, {404}),
        (foreign_key, "", {403}),  # a key of another session
    ):
        path = f"/me/account/{f'sessions/{session}/end' if session else 'others'}"
        status, page = other.post(path, form_key=key)
        assert status in statuses and theirs not in page.replace(path, "")
    assert victim.client.get("/me").status_code == 200


def test_log_out_ends_the_session_and_clears_what_the_phone_stored(phones: PhoneMaker) -> None:
    phone = phones()
    log_in(phone)
    token = phone.client.cookies[MEMBER_COOKIE]
    answer = phone.client.post("/me/logout", headers=ORIGIN)
    assert answer.status_code == 200
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert MEMBER_COOKIE not in phone.client.cookies
    phone.client.cookies.set(MEMBER_COOKIE, token)
    assert phone.client.get("/me").status_code == 303
    log_out(phone)


def test_a_fresh_code_steps_the_session_up_and_turns_its_token(
    phones: PhoneMaker, wiring: Wiring, clock: Clock
) -> None:
    phone = phones()
    log_in(phone)
    old = phone.client.cookies[MEMBER_COOKIE]
    clock.later(minutes=6)
    assert "138****0001" in phone.get("/me/login?next=/me/account")
    phone.send("/me/login", phone=NOBODYS)  # the number that is typed doesn't matter: it goes to her own
    assert messages(wiring)[-1] == PHONE
    assert enter(phone, last_code(wiring, PHONE))[0] == 303
    assert phone.client.cookies[MEMBER_COOKIE] != old
    with wiring.database.read() as connection:
        row = connection.execute(select(member_sessions)).one()
    assert row.authenticated_at == clock.now
    assert row.started_at < clock.now
    thief = phones()
    thief.client.cookies.set(MEMBER_COOKIE, old)
    assert thief.client.get("/me").status_code == 303


def test_over_an_open_connection_nobody_logs_in(wiring: Wiring) -> None:
    from fastapi.testclient import TestClient

    from yihui.http.app import create_app
    from yihui.http.guard.serving import ServingOptions

    options = ServingOptions.parse("y.example.cn", "", faces="members")
    client = TestClient(create_app(wiring, options), base_url="http://y.example.cn", follow_redirects=False)
    assert client.get("/me/login").status_code == 403
    secure = TestClient(create_app(wiring, options), base_url="https://y.example.cn", follow_redirects=False)
    origin = {"origin": "https://y.example.cn"}
    answer = secure.post("/me/login", data={"phone": PHONE}, headers=origin)
    assert answer.headers["set-cookie"].startswith("__Host-yihui-me-code=")
    assert all(
        word in answer.headers["set-cookie"] for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/")
    )
    token = begin_member_session(wiring, identify_member(id_number(1), wiring.identity_key).member_id).token
    for name, status in ((MEMBER_COOKIE, 303), (f"__Host-{MEMBER_COOKIE}", 200)):
        secure.cookies.set(name, token)
        assert secure.get("/me").status_code == status
