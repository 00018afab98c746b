"""The frame of the member's page: who may see it, how it looks, what nobody else may store."""

from datetime import timedelta

import pytest

from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.members import ADDRESS, MemberPhone, PhoneMaker
from yihui.http.login.login_request import MEMBER_COOKIE
from yihui.http.me.pages import safe_member_path
from yihui.http.me.rights import list_own_pages


def test_who_is_not_logged_in_is_led_to_the_log_in_and_back(phones: PhoneMaker) -> None:
    phone = phones()
    answer = phone.client.get("/me?lang=en")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/me/login?next=%2Fme")
    assert answer.headers["cache-control"] == "no-store"
    phone.client.cookies.set(MEMBER_COOKIE, "x" * 43)
    assert phone.client.get("/me").status_code == 303


def test_a_page_is_for_one_member_alone(phone: MemberPhone) -> None:
    answer = phone.client.get("/me")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(answer.content) < 100_000


@pytest.mark.parametrize(
    ("used_every_days", "days", "lives"), [(29, 87, True), (29, 116, False), (31, 31, False)]
)
def test_a_session_lives_thirty_days_unused_and_ninety_in_all(
    phone: MemberPhone, clock: Clock, used_every_days: int, days: int, lives: bool
) -> None:
    for _ in range(days // used_every_days):
        clock.now += timedelta(days=used_every_days)
        answer = phone.client.get("/me")
    assert (answer.status_code == 200) is lives


def test_large_text_and_language_by_one_tap(phone: MemberPhone) -> None:
    assert 'class="large"' not in phone.get("/me")
    assert phone.send("/me/preferences", back="/me", large="yes") == "/me"
    assert phone.send("/me/preferences", back="//evil.example/me", language="zh") == "/me"
    page = phone.get("/me")
    assert 'class="large"' in page
    assert 'lang="zh-CN"' in page
    for form, page in {
        "/me/membership/nowhere": "/me/membership",
        "/me/help/about/page:card/ask": "/me/help/about/page:card/ask",
    }.items():
        assert phone.send("/me/preferences", back=form, large="yes") == page
    phone.send("/me/preferences", back="/me", large="no", language="klingon")
    assert 'class="large"' not in phone.get("/me")


def test_a_form_of_another_site_changes_nothing(phone: MemberPhone) -> None:
    answer = phone.client.post("/me/preferences", data={"large": "yes"}, headers={"origin": "http://evil"})
    assert answer.status_code == 403
    assert phone.client.post("/me/preferences", data={"large": "yes"}).status_code == 403
    assert 'class="large"' not in phone.get("/me")


@pytest.mark.parametrize("path", ["/desk", "https://x.example/me", "/me\\evil", "/menu", "/me/../desk", ""])
def test_the_way_back_stays_on_the_member_s_page(path: str) -> None:
    assert safe_member_path(path) == "/me"


def test_every_own_page_asks_for_a_session(phones: PhoneMaker) -> None:
    client = phones().client
    for method, path in list_own_pages():
        filled = path.replace("{", "").replace("}", "")
        answer = client.request(method, filled, headers={"origin": ADDRESS})
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/me/login"), (method, path)
