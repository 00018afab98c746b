"""Joining on one's own phone, by code too; transfer, requests, leaving, the card; and what bad input gets."""

import re
from dataclasses import asdict, astuple, replace
from datetime import timedelta
from html import unescape
from itertools import product
from pathlib import Path

from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.joined import PHONE, log_in, wiring
from tests.yihui.http.me.members import MemberPhone, PhoneMaker, key_of
from tests.yihui.organising import edit_page, make_link, organise, publish_page
from tests.yihui.services.joining_people import (
    CITY,
    HERE,
    TEXT,
    THERE,
    changes_of,
    id_number,
    last_code,
    list_waiting,
    member_event,
    refuse,
    say_review,
)
from tests.yihui.services.joining_people import CONSENT as AGREED
from yihui.bootstrap import Wiring
from yihui.cases.organisations.link_acts import CONSENT, WITHDRAW_CONSENT
from yihui.http.login.login_request import MEMBER_COOKIE, MEMBER_JOIN_COOKIE

__all__ = ["wiring"]
NEW = "13800000002"


def token_of(wiring: Wiring, organisation: str) -> str:
    return make_link(wiring, organisation).rpartition("/")[2]


def begin(on: MemberPhone, serial: int = 2, /, **fields: str) -> tuple[int, str]:
    page = on.get(f"/me/join?organisation={HERE}")
    who = {
        "name": "李四", "id_number": id_number(serial), "phone": NEW, "organisation": HERE,
        "consent": key_of(page, "consent"),
    }  # fmt: skip
    return on.post("/me/join", key=key_of(page, "key"), **{**who, **fields})


def test_a_scanned_code_leads_in_three_steps_to_the_officer(phones: PhoneMaker, wiring: Wiring) -> None:
    phone, token = phones(), token_of(wiring, HERE)
    page = phone.get(f"/join/{token}")
    way = re.findall(r'href="(/me/join[^"]+)"', page)[0]
    page = phone.get(way)
    assert "泉城物流工会" in page
    sent = {
        "key": key_of(page, "key"), "token": key_of(page, "token"), "consent": key_of(page, "consent"),
        "name": "李四", "id_number": id_number(2), "phone": NEW, "employer": "泉城物流",
    }  # fmt: skip
    assert [phone.post("/me/join", **sent) for _ in range(2)] == [(303, "/me/join/code")] * 2
    page = phone.get("/me/join/code")
    assert "138****0002" in page and NEW not in page and id_number(2) not in page
    assert phone.post("/me/join/code", code=last_code(wiring, NEW)) == (303, "/me/join/code")
    assert MEMBER_COOKIE not in phone.client.cookies and "泉城物流工会" in phone.get("/me/join/code")


def is_ticked(page: str) -> bool:
    return re.search(r'name="consent"[^>]* checked>', page) is not None


def test_the_box_about_her_id_number_is_unticked_and_nothing_is_taken_without_it(
    phones: PhoneMaker, wiring: Wiring
) -> None:
    phone = phones()
    page = phone.get(f"/me/join?organisation={HERE}")
    for said in astuple(TEXT):
        assert page.index(said) < page.index('name="id_number"')
    assert not is_ticked(page)
    status, page = begin(phone, consent="")
    assert status == 422 and 'id="consent-wrong"' in page and not is_ticked(page)
    assert "李四" in page and id_number(2) in page and NEW in page
    status, page = begin(phone, phone="138")
    assert status == 422 and is_ticked(page) and 'id="consent-wrong"' not in page
    organise(wiring, CONSENT, HERE, **asdict(replace(TEXT, period="三年")))
    status, page = begin(phone, consent=AGREED.digest)
    assert status == 422 and "三年" in page and not is_ticked(page) and id_number(2) in page
    assert begin(phone) == (303, "/me/join/code")


def test_without_a_text_the_page_says_where_to_join_on_paper(
    phones: PhoneMaker, wiring: Wiring, tmp_path: Path
) -> None:
    organise(wiring, WITHDRAW_CONSENT, CITY)
    (tmp_path / "page.yaml").write_text("about: 工会\ncontact: {address: 泉城路 1 号}\n", "utf-8")
    edit_page(wiring, HERE, tmp_path / "page.yaml")
    publish_page(wiring, HERE)
    phone = phones()
    page = phone.get(f"/me/join?organisation={HERE}")
    assert "泉城路 1 号" in page and 'name="id_number"' not in page
    sent = {"name": "李四", "id_number": id_number(2), "phone": NEW, "organisation": HERE}
    status, page = phone.post("/me/join", key="a-key-of-hers", consent=AGREED.digest, **sent)
    assert status == 409 and id_number(2) not in page


def test_without_a_request_of_its_own_a_phone_is_led_to_the_beginning(phones: PhoneMaker) -> None:
    begun = phones()
    begin(begun)
    id = begun.client.cookies[MEMBER_JOIN_COOKIE].partition(".")[0]
    for token, path in product((id, f"{id}.é"), ("code", "transfer", "withdraw")):
        phone = phones()
        phone.client.headers.encoding = "latin-1"
        phone.client.headers["Cookie"] = f"{MEMBER_JOIN_COOKIE}={token}"
        if path == "code":
            assert phone.client.get("/me/join/code").headers["location"] == "/me/join"
        assert phone.post(f"/me/join/{path}", code="123456") == (303, "/me/join")


def test_the_organisation_is_found_by_name_and_nothing_is_guessed(phones: PhoneMaker) -> None:
    phone = phones()
    page = phone.get("/me/join?q=物流")
    assert f"/me/join?organisation={HERE}" in page and THERE not in page
    for text in ("美团", "美团 历下", "没有这个", "x"):
        page = phone.get(f"/me/join?q={text}")
        assert "takes whoever finds no other" in page, text
    assert "/me/join?organisation=370102" in phone.get("/me/join?q=骑手 历下区")
    assert 'role="alert"' in phone.get("/me/join?token=YH1.x", 410)


def test_somebody_else_s_id_number_waits_and_shows_nothing(
    phones: PhoneMaker, wiring: Wiring, clock: Clock
) -> None:
    phone = phones()
    begin(phone, 1)
    assert phone.post("/me/join/code", code=last_code(wiring, NEW)) == (303, "/me/join/code")
    page = phone.get("/me/join/code")
    assert "waits for an answer" in page
    assert [one for one in ("张三", PHONE, "138****0001", "already") if one in page] == []
    assert MEMBER_COOKIE not in phone.client.cookies
    assert phone.post("/me/join/withdraw") == (303, "/me/join/code")
    assert "You took this request back" in phone.get("/me/join/code")
    assert list_waiting(wiring) == []


def test_a_member_s_scan_transfers_her_in_one_step(phones: PhoneMaker, wiring: Wiring) -> None:
    phone, token = phones(), token_of(wiring, THERE)
    log_in(phone)
    page = phone.get(f"/me/join?token={token}")
    assert "泉城物流工会" in page and "趵突快递工会" in page
    sent = {"form_key": key_of(page), "token": key_of(page, "token")}
    for _ in range(2):
        assert phone.post("/me/membership/transfer", **sent) == (303, "/me/membership?done=transfer")
    assert len(changes_of(wiring, "member.transferred")) == 1
    assert "you changed to this organisation" in phone.get("/me/membership?done=transfer")
    assert "There is nothing to do" in phone.get(f"/me/join?token={token}")


def ask_for_transfer(phone: MemberPhone) -> str:
    """Ask an organisation that reviews for a transfer; return the page that says so."""
    say_review(phone.wiring, THERE, days=3)
    key = key_of(phone.get(f"/me/join?organisation={THERE}"))
    sent = phone.post("/me/membership/transfer", form_key=key, organisation=THERE)
    assert sent == (303, "/me/membership?done=transfer")
    page = phone.get("/me/membership?done=transfer")
    assert "waits for the organisation's answer" in unescape(page)
    return page


def test_a_request_that_waits_shows_its_days_and_is_taken_back(
    phones: PhoneMaker, wiring: Wiring, clock: Clock
) -> None:
    phone = phones()
    log_in(phone)
    page = ask_for_transfer(phone)
    until = (clock.now + timedelta(days=3)).date()
    assert f"趵突快递工会 answers until {until.month}/{until.day}" in page
    [withdraw] = re.findall(r'action="(/me/membership/requests/[^"]+)"', page)
    member_event(wiring, "member.joined", "m-other", "2026-01-02", organisation=HERE, joined_on="2026-01-02")
    other = phones().log_in("m-other")
    other_key = key_of(other.get(f"/me/join?organisation={THERE}"))
    assert other.post(withdraw, form_key=other_key)[0] == 404
    for _ in range(2):
        sent = phone.post(withdraw, form_key=key_of(page))
        assert sent == (303, "/me/membership?done=withdraw")
    assert "you took it back" in phone.get("/me/membership")


def test_a_refusal_is_shown_with_its_reason(phones: PhoneMaker, wiring: Wiring) -> None:
    phone = phones()
    log_in(phone)
    ask_for_transfer(phone)
    refuse(wiring, list_waiting(wiring)[0].request.id, "li.min", "请先与单位签合同")
    page = phone.get("/me/membership")
    assert "请先与单位签合同" in page and "li.min" not in page
    page = phone.get("/me/messages")
    assert "was refused: 请先与单位签合同." in page and 'href="/me/membership"' in page


def test_leaving_needs_a_fresh_code_says_what_it_means_and_is_done_once(
    phones: PhoneMaker, wiring: Wiring, clock: Clock
) -> None:
    phone = phones()
    log_in(phone)
    page = phone.get("/me/membership/leave")
    assert "What you lose" in page and "What stays" in page and 'href="/me/membership/leave/confirm"' in page
    page = phone.get("/me/membership/leave/confirm")
    for _ in range(2):
        left = phone.post("/me/membership/leave/confirm", form_key=key_of(page))
        assert left == (303, "/me/membership?done=confirm")
    assert len(changes_of(wiring, "member.left")) == 1
    page = phone.get("/me/membership")
    assert "You are no member of the union now" in page and "Join the union" in page
    clock.later(minutes=6)
    assert phone.client.get("/me/membership/leave/confirm").headers["location"].startswith("/me/login")


def test_a_member_gets_her_card_and_the_pictures_of_the_coming_minutes(phones: PhoneMaker) -> None:
    phone = phones()
    log_in(phone)
    key = key_of(phone.get("/me/card"))
    for _ in range(2):  # one card
        assert phone.send("/me/card/get", form_key=key) == "/me/card?done=get"
    page = phone.get("/me/card")
    assert re.search(r"Card number \d \d \d \d, \d \d \d \d, \d \d \d \d", page)
    told = phone.client.get("/me/card/tokens")
    assert told.headers["cache-control"] == "no-store"
    begins = [picture["from"] for picture in told.json()["pictures"]]
    assert begins == [begins[0] + 60 * n for n in range(10)]
    assert begins[0] <= told.json()["now"] < begins[1]
    assert len({"".join(picture["rows"]) for picture in told.json()["pictures"]}) == 10


def test_who_is_no_member_gets_no_card_and_no_hint(phones: PhoneMaker) -> None:
    phone = phones().log_in("m-nobody")
    assert phone.client.get("/me/card/tokens").status_code in (404, 409, 422)
