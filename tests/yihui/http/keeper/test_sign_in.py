"""The door of the keeper's page: keys, cookies, origins, guesses."""

from collections.abc import Iterator

import pytest

from geo.registry.keys import revoke_keeper_key
from tests.yihui.http.conftest import STATIONS, Clock, import_into
from tests.yihui.http.keeper_pages import HOME, Desk, app_of
from yihui.bootstrap import Wiring
from yihui.http.site import MAX_WRONG_KEYS, WRONG_KEYS_PERIOD

KEEP = "/api/v1/stations/quancheng/keep"


@pytest.fixture
def desk(wiring: Wiring, clock: Clock) -> Iterator[Desk]:
    with app_of(wiring) as client:
        yield Desk(wiring, clock, client)


def test_without_a_key_there_is_a_form_for_one_and_nothing_else(desk: Desk) -> None:
    page = desk.looks()
    assert "请打开工会给您的链接" in desk.words
    assert page.count('<form method="post" action="/keep') == 1
    assert "泉城路" not in page
    assert desk.says("closed_today").status_code == 200
    assert desk.nearest()["quancheng"] == "open"


def test_the_key_stays_in_a_cookie_that_only_this_page_gets_and_no_script(desk: Desk) -> None:
    key = desk.add_key()
    first = desk.opens(key).history[0]
    assert (first.status_code, first.headers["location"]) == (303, "/keep")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith(f"keeper={key};")
    for part in ("HttpOnly", "Path=/keep", "SameSite=strict"):
        assert part in cookie
    assert "Secure" not in cookie
    assert key not in desk.page


def test_over_https_the_cookie_never_travels_in_the_clear(wiring: Wiring, desk: Desk) -> None:
    with app_of(wiring, site="https://127.0.0.1") as client:
        home = {**HOME, "Origin": "https://127.0.0.1"}
        opened = client.post("/keep/key", data={"key": desk.add_key()}, headers=home, follow_redirects=False)
        left = client.post("/keep/leave", headers=home, follow_redirects=False)
    assert "Secure" in opened.headers["set-cookie"]
    assert "Secure" in left.headers["set-cookie"]


def test_leaving_forgets_the_key(desk: Desk) -> None:
    desk.opens(desk.add_key())
    desk.client.post("/keep/leave", headers=HOME)
    assert "keeper" not in desk.client.cookies
    desk.looks()
    assert "或者手填钥匙" in desk.words


def test_a_revoked_key_stops_at_once_on_an_open_page_too(desk: Desk) -> None:
    key = desk.add_key()
    desk.opens(key)
    with desk.wiring.database.write() as connection:
        revoke_keeper_key(connection, key[:8], desk.clock.now)
    refused = desk.says("closed_today")
    assert refused.status_code == 403
    assert "这把钥匙已作废，没有改动" in desk.words
    assert desk.nearest()["quancheng"] == "open"
    assert "keeper" not in desk.client.cookies, "the phone forgets it"
    assert desk.opens(key).status_code == 403


def test_a_word_of_another_station_can_not_be_undone(desk: Desk) -> None:
    desk.opens(desk.add_key())
    desk.says("closed_today")
    which = desk.which("undo")
    desk.opens(desk.add_key("night"))
    assert desk.says("undo", which=which).status_code == 422
    assert desk.says("usual", which=which).status_code == 422
    assert desk.nearest()["quancheng"].startswith("今天关门")


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://127.0.0.1.evil.example"}])
def test_a_form_of_another_site_is_refused_though_the_cookie_came_with_it(
    desk: Desk, headers: dict[str, str]
) -> None:
    key = desk.add_key()
    desk.opens(key)
    for path in ("/keep/say", "/keep/key", "/keep/leave"):
        sent = {"act": "closed_today", "key": desk.add_key("night")}
        answer = desk.client.post(path, data=sent, headers=headers, follow_redirects=False)
        assert answer.status_code in (303, 403)
        assert "set-cookie" not in answer.headers, "neither another's key nor none"
    assert desk.nearest()["quancheng"] == "open"
    assert desk.client.cookies["keeper"] == key


def _guesses(key: str, count: int) -> list[str]:
    return [f"{key[:8]}-{n:032d}".replace("0", "a").replace("1", "b") for n in range(count)]


def _fine(desk: Desk, key: str) -> int:
    bearer = {"Authorization": f"Bearer {key}"}
    answer = desk.client.post(KEEP, json={"act": "let_in"}, headers=bearer)
    assert answer.headers.get("retry-after") == ("900" if answer.status_code == 429 else None)
    return int(answer.status_code)


def test_guesses_are_counted_on_the_page_and_in_the_api_together(desk: Desk) -> None:
    wrong = _guesses(desk.add_key(), MAX_WRONG_KEYS + 1)
    for guess in wrong[:10]:
        assert desk.opens(guess).status_code == 403
        assert guess not in desk.page
    for guess in wrong[10:MAX_WRONG_KEYS]:
        assert _fine(desk, guess) == 403
    assert desk.opens(wrong[-1]).status_code == 429
    assert "试错的次数太多" in desk.words
    assert _fine(desk, wrong[-1]) == 429
    desk.clock.now += WRONG_KEYS_PERIOD
    assert desk.opens(wrong[-1]).status_code == 403


def test_the_right_key_opens_though_somebody_on_its_network_guesses(desk: Desk) -> None:
    key, other = desk.add_key(), desk.add_key("night")
    for guess in _guesses(key, MAX_WRONG_KEYS + 5):
        desk.opens(guess)
    assert _fine(desk, key) == 202
    assert _fine(desk, other) == 403, "it is no key of this station; and no guess"
    assert desk.opens(key).status_code == 200
    assert desk.says("closed_today").status_code == 200
    assert "今天关门" in desk.words


def test_a_wrong_key_in_a_cookie_is_a_guess_once_and_then_forgotten(desk: Desk) -> None:
    for guess in _guesses(desk.add_key(), MAX_WRONG_KEYS):
        desk.opens(guess)
    wrong = {**HOME, "Cookie": "keeper=abcdefgh-wrong"}
    answer = desk.client.get("/keep", headers=wrong)
    assert (answer.status_code, "试错的次数太多" in answer.text) == (429, True)
    assert answer.headers["set-cookie"].startswith('keeper="";')


def test_a_revoked_key_is_no_guess_so_that_a_colleague_beside_is_not_shut_out(desk: Desk) -> None:
    ended, key = desk.add_key(), desk.add_key()
    with desk.wiring.database.write() as connection:
        revoke_keeper_key(connection, ended[:8], desk.clock.now)
    for _ in range(MAX_WRONG_KEYS + 1):
        assert desk.opens(ended).status_code == 403
    assert desk.opens(key).status_code == 200


def test_nothing_under_keep_is_kept_by_caches_or_found_by_search_engines(desk: Desk) -> None:
    answers = [
        desk.client.get("/keep", headers=HOME),
        *desk.opens(desk.add_key()).history,
        desk.client.get("/keep", headers=HOME),
        desk.client.get("/keep/hours", params={"hours": "x"}, headers=HOME),
        desk.says("broken", facility="nothing"),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"
    assert '<meta name="robots" content="noindex' in answers[0].text


def test_a_station_that_left_the_register_says_so(desk: Desk) -> None:
    key = desk.add_key("night")
    left = [station for station in STATIONS if station.id != "night"]
    import_into(desk.wiring, left)
    desk.opens(key)
    assert "已不在名册里" in desk.words
    assert desk.says("closed_today").status_code == 200
