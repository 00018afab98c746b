"""The member's own benefits and decisions over HTTP: what she sees, what she does, and what another one never sees."""

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from benefits import Merchant, add_merchant
from benefits.tables.draws import claims
from benefits.tables.vouchers import vouchers
from geo.registry.usage_counts import search_counts
from tests.yihui.applying import photo
from tests.yihui.http.conftest import STATIONS, Clock, import_into
from tests.yihui.http.desk.officers import CASE_WORKER, open_desk
from tests.yihui.http.me.members import MemberPhone, build_phone, hidden_of, send_before_turn
from tests.yihui.own_benefits import ME, OTHER, SHOP, build_own_benefits, decision_of, grant_of, redeem
from tools.servers.desk import Officers, text_of
from yihui.bootstrap import Wiring
from yihui.services.benefits.own_benefit import load_own_benefit

RULES = ("own-cake", "own-cooling", "own-study")


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = build_own_benefits(str(tmp_path / "yihui.db"), tmp_path, clock)
    import_into(made, STATIONS)
    yield made
    made.close()


@pytest.fixture
def phone(wiring: Wiring) -> MemberPhone:
    return build_phone(wiring).log_in(ME)


def benefit_page(wiring: Wiring, rule: str, member: str = ME) -> str:
    return f"/me/benefits/{grant_of(wiring, member, rule)}"


def decision_page(wiring: Wiring, rule: str, member: str = ME) -> str:
    return f"/me/decisions/{decision_of(wiring, member, rule)}"


def form_key(page: str, action: str) -> str:
    """Return the key of the form with an action on a page."""
    found = re.search(
        rf'action="[^"]*{re.escape(action)}[^"]*"[^>]*>.*?name="form_key" value="([^"]+)"', page, re.S
    )
    assert found is not None, action
    return found[1]


def words(page: str) -> str:
    """Return what a page says: its text without the head, tags and attributes."""
    body = re.sub(r"<svg.*?</svg>", "", page[page.index("<main>") :], flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def test_home_shows_what_to_claim_first_and_what_is_new_until_the_next_visit(
    phone: MemberPhone, clock: Clock
) -> None:
    said = words(phone.get("/me"))
    assert said.index("清凉包") < said.index("蛋糕券")
    assert "claim by Fri 11/20 · today is the last day" in said
    assert "until Thu 12/10 · 20 days left" in said
    assert "not handed out" not in said, "what she can use reads as such"
    assert "示例求学补助 not granted" in said
    clock.later(minutes=10)
    assert "示例求学补助" in words(phone.get("/me"))  # a reload makes nothing old
    clock.later(minutes=40)
    assert "Nothing new since you last looked." in words(phone.get("/me"))


def test_a_forged_cookie_of_the_last_look_is_as_good_as_none(phone: MemberPhone) -> None:
    phone.get("/me")
    mark = phone.client.cookies["yihui_me_looked"].split(".")[0]
    for cookie in ("", "x", "0.1.2", "%C3%A9", "9" * 150, f"{mark}.99999999999.1", f"{mark}.-1.2"):
        phone.client.cookies.clear()
        phone.log_in(ME)
        phone.client.cookies.set("yihui_me_looked", cookie, path="/me")
        assert "示例求学补助" in words(phone.get("/me")), cookie


def test_a_code_is_claimed_shown_used_and_replaced(phone: MemberPhone, wiring: Wiring) -> None:
    path = benefit_page(wiring, "own-cake")
    page = phone.get(path)
    assert "200.00 yuan" in words(page) or "200 yuan" in words(page)
    key = form_key(page, "/code")
    assert phone.send(f"{path}/code", form_key=key) == f"{path}?done=code"
    assert phone.send(f"{path}/code", form_key=key) == f"{path}?done=code"  # a second tap
    code = load_own_benefit(wiring, ME, grant_of(wiring, ME, "own-cake")).code
    page = phone.get(f"{path}?done=code")
    assert code is not None and code in re.sub(r"\s", "", words(page)) and "<svg" in page
    redeem(wiring, code, 5_000)
    said = words(phone.get(path))
    assert "50 yuan at 新岛面包房" in said and "times left: 1" in said and "150 yuan left" in said
    anew = form_key(page, "/anew")
    assert phone.send(f"{path}/anew", form_key=anew) == f"{path}?done=anew"
    assert load_own_benefit(wiring, ME, grant_of(wiring, ME, "own-cake")).code != code


def test_a_claim_counts_on_its_last_day_and_not_after_it(
    phone: MemberPhone, wiring: Wiring, clock: Clock
) -> None:
    path = benefit_page(wiring, "own-cooling")
    key = form_key(phone.get(path), "/code")
    clock.later(hours=13, minutes=59, seconds=59)  # 23:59:59 in Beijing
    late = form_key(phone.get(path), "/code")
    assert phone.send(f"{path}/code", form_key=key).endswith("done=code")
    # From a second page: the same code
    assert phone.send(f"{path}/code", form_key=late).endswith("done=code")
    other = build_phone(wiring).log_in(OTHER)
    others = benefit_page(wiring, "own-cooling", OTHER)
    key = form_key(other.get(others), "/code")
    clock.later(seconds=1)
    status, page = other.post(f"{others}/code", form_key=key)
    assert status == 410 and 'role="alert"' in page and "lapsed" in words(page)
    assert (
        f"/me/help/about/benefit%3A{grant_of(wiring, OTHER, 'own-cooling')}" in page
    )  # help is about this benefit


@pytest.mark.parametrize("act", ["code", "claim"])
def test_two_phones_in_the_last_second_claim_once_though_their_turn_comes_later(
    phone: MemberPhone, wiring: Wiring, clock: Clock, act: str
) -> None:
    path = benefit_page(wiring, "own-cooling")
    clock.later(hours=13, minutes=59, seconds=59)  # 23:59:59 in Beijing, of the last day
    taps = [(one, form_key(one.get(path), "/code")) for one in (phone, build_phone(wiring).log_in(ME))]
    sends = [partial(one.send, f"{path}/{act}", form_key=key) for one, key in taps]
    leads_to = set(send_before_turn(wiring, clock, sends))
    assert leads_to == {f"{path}?done={act}"}
    with wiring.database.read() as connection:
        made = connection.execute(select(vouchers if act == "code" else claims)).all()
    assert len(made) == 1
    if act == "claim":
        assert made[0].claimed_on == date(2026, 11, 20)


def test_the_nearest_places_that_take_a_benefit(phone: MemberPhone, wiring: Wiring) -> None:
    path, at = f"{benefit_page(wiring, 'own-cooling')}/places", "lon=117.0204&lat=36.6683&datum=wgs84"
    for query, said in (
        (f"{at}&accuracy=20", ["泉城路户外劳动者驿站", "Go there", "min by e-bike"]),
        (f"{at}&travel=walk", ["on foot"]),
        ("q=泉城路", ["Where about?", "泉城路户外劳动者驿站"]),
        ("q=没有这个地方", ["Nothing here is called “没有这个地方”"]),
        ("", ["Where are you?"]),
    ):
        page = words(phone.get(f"{path}?{query}"))
        assert [text for text in said if text not in page] == [], query
        assert "某公司妈妈小屋" not in page  # of another kind, though nearer
    for query in ("lon=x&lat=y", "lon=117", "lon=999&lat=36", f"q={'长' * 300}", "lon=117&lat=36&datum=moon"):
        assert 'role="alert"' in phone.get(f"{path}?{query}", 422), query


def test_a_merchant_without_registered_shops_is_named_as_such_also_beside_one_that_has_some(
    phone: MemberPhone, wiring: Wiring
) -> None:
    path = f"{benefit_page(wiring, 'own-cake')}/places"
    for has_other in (False, True):
        if has_other:
            with wiring.database.write() as connection:
                other = Merchant("desk", "窗口", stations=(STATIONS[0].id,))
                add_merchant(connection, other, wiring.now())
        page = phone.get(path)
        assert SHOP.name in words(page) and "None of their shops is registered here" in words(page)
        assert 'href="tel:12351"' in page and ("Find places" in page) is has_other


def test_a_member_who_asks_where_a_benefit_is_taken_searches_for_no_place_to_rest(
    phone: MemberPhone, wiring: Wiring
) -> None:
    path = f"{benefit_page(wiring, 'own-cooling')}/places"
    with phone.client:  # at its end the site publishes what it counted
        phone.get(f"{path}?lon=117.0204&lat=36.6683&datum=wgs84")
    with wiring.database.read() as connection:
        assert connection.execute(select(search_counts)).all() == []


def test_a_refusal_says_what_was_read_what_is_needed_and_on_what_it_rests(
    phone: MemberPhone, wiring: Wiring
) -> None:
    page = phone.get(decision_page(wiring, "own-study"))
    said = words(page)
    assert "not granted" in said and "出生日期不符" in said and "3/5/1985" in said
    assert "生日登记错了的，请更正" in said and "示例会员服务办法" in said and "第八条" in said
    assert "in force since 1/1" in said
    assert page.count("data-missing") == 2  # the birthday and the district
    assert UNKNOWN_WORDS.search(said) is None, said


UNKNOWN_WORDS = re.compile(r"member\.\w+|event\.\w+|\b[0-9a-f]{12,}\b|\bown-\w+\b|\bm-[12]\b|poll\.completed")


@pytest.fixture
def desk(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring) as opened:
        yield opened


def test_an_appeal_with_papers_is_answered_at_the_desk_and_read_by_the_member(
    phone: MemberPhone, wiring: Wiring, desk: Officers
) -> None:
    path, text = decision_page(wiring, "own-study"), "我 1995 年生 😀"
    form = f"{path}/appeal"
    assert form in phone.get(path)
    key = form_key(phone.get(form), "/appeal")
    status, page = phone.post(form, photo(), form_key=key, text=text, title="户口簿", act="attach")
    assert status == 200 and "户口簿" in page and text in page
    status, page = phone.check(form, text=text)
    assert status == 200 and text in words(page) and "户口簿" in words(page)
    assert not open_appeals(wiring), "she has checked it, and sent nothing"
    sent = hidden_of(page, form)
    other = phone.post(form, **{**sent, "text": "另外的话"}, act="send")
    assert other[0] == 200 and not open_appeals(wiring), "what is sent is what was checked"
    (lodged,) = {phone.send(form, **sent, act="send") for _ in range(2)}
    page = phone.get(lodged)
    assert text in words(page) and "waits for the union's answer" in words(page)
    assert "waits for the union's answer" in words(phone.get(path)) and form not in phone.get(path)
    (id_,) = open_appeals(wiring)
    assert lodged == f"/me/appeals/{id_}?done=appeal" and f"/me/appeals/{id_}" in phone.get("/me/appeals")
    (file,) = set(re.findall(r"/me/files/(\d+)", page))
    answer_appeal_at_desk(desk, id_, file, text)
    for shown in (path, "/me", lodged):
        said = words(phone.get(shown))
        assert "the decision stays" in said and "已核对户籍" in said and "li.min" not in said, shown
    assert "户口簿" in phone.get(f"/me/files/{file}")
    other_phone = build_phone(wiring).log_in(OTHER)
    other_phone.get(f"/me/files/{file}", 404)
    other_phone.get(f"/me/appeals/{id_}", 404)


def answer_appeal_at_desk(desk: Officers, lodged: str, file: str, text: str) -> None:
    """Read an appeal with its paper as an officer, and reject it; a second answer is refused."""
    room, page = "/desk/appeals", f"/desk/appeals/{lodged}"
    paper = f"{page}/papers/{file}/pages/1"
    assert f'href="{page}"' in desk.open(room, CASE_WORKER).text
    seen = desk.open(page, CASE_WORKER)
    assert text in text_of(seen) and "户口簿" in seen.text and paper in seen.text
    assert lodged not in text_of(seen) and "the reason:" in text_of(seen), "nobody compares an id"
    assert desk.open(paper, CASE_WORKER).content[:3] == b"\xff\xd8\xff"
    assert desk.open(paper, "planner/inside").status_code == 403
    fields = {"verdict": "rejected", "reason": "已核对户籍", "version": "1"}
    key, second = (desk.form_key(f"{page}/answer", CASE_WORKER) for _ in range(2))  # two tabs
    unticked = desk.send(page, f"{page}/answer", CASE_WORKER, key, **fields, checked="")
    assert unticked.status_code == 422, text_of(unticked)
    assert desk.send(page, f"{page}/answer", CASE_WORKER, key, **fields).status_code == 303
    assert lodged not in desk.open(room, CASE_WORKER).text
    again = desk.send(page, f"{page}/answer", CASE_WORKER, second, **{**fields, "verdict": "upheld"})
    assert again.status_code == 422 and "answered already" in text_of(again), text_of(again)


def open_appeals(wiring: Wiring) -> list[str]:
    from benefits import list_appeals

    with wiring.database.read() as connection:
        return [one.id for one in list_appeals(connection, member_id=ME)]


def test_a_benefit_never_decided_says_who_gets_it_and_leads_to_what_she_does(phone: MemberPhone) -> None:
    assert 'href="/me/decisions/undecided/wedding-gift"' in phone.get("/me"), "one tap from her first page"
    page = phone.get("/me/decisions/undecided/wedding-gift")
    assert 'href="/me/apply/wedding-gift/hand-in"' in page and "Who applies for it" in words(page)
    assert "is confirmed" not in words(page)
    for rule, way in (
        ("service-card", "/me/card"),
        ("survey-points", "/me/take-part/polls"),
        ("birthday-cake", "/me/data/facts/birthday/correct"),
        ("hardship-visit", "/me/help/about/undecided:hardship-visit/ask"),
        ("honour-award", "/me/certificates"),
    ):
        assert f'class="button" href="{way}"' in phone.get(f"/me/decisions/undecided/{rule}"), rule
    hindered = phone.get("/me/decisions/undecided/hardship-aid")
    assert 'href="/me/apply/hardship-aid/hand-in">Apply all the same<' in hindered, (
        "she knows what stands in the way"
    )


def test_an_unknown_rule_is_not_found(phone: MemberPhone) -> None:
    way = "/me/help/about/undecided%3Awedding-gift/ask"
    assert way in phone.get("/me/decisions/undecided/wedding-gift") and "About: " in phone.get(way)
    phone.get("/me/decisions/undecided/no-such-rule", 404)
    phone.get("/me/decisions/undecided/%F0%9F%98%80", 404)
