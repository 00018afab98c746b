"""The pages of log-in: cookies, forms from elsewhere, the way back, sessions after their end."""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select
from starlette.requests import Request

from core.faults import FaultError
from tests.yihui.http.login.officers_browser import Browser
from tests.yihui.services.logging_in import PASSWORD, Installation
from tools.servers.officers import appoint
from yihui.access.tables import officer_sessions
from yihui.http.login.login_request import require_encrypted
from yihui.http.login.pages import safe_next_path
from yihui.http.looks import is_own_path
from yihui.runtime.demo_marker import DEMO_MARKER_FILE


@pytest.fixture
def desk(migrated_file: Path, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation.open(str(copy(migrated_file, tmp_path / "yihui.db")), tmp_path)
    yield installation
    installation.wiring.database.close()


@pytest.fixture
def browser(desk: Installation) -> Browser:
    desk.enrol()
    return Browser(desk)


def set_cookies(answer: object) -> dict[str, str]:
    headers = answer.headers.get_list("set-cookie")  # type: ignore[attr-defined]
    return {header.partition("=")[0]: header for header in headers}


def test_an_officer_logs_in_and_out(browser: Browser) -> None:
    answer = browser.log_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = set_cookies(answer)["__Host-yihui-desk"]
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie and "Max-Age" not in cookie
    token = browser.session_token
    account = browser.get("/desk/account")
    assert account.status_code == 200 and "Firefox, Windows" in account.text
    assert "no-store" in account.headers["cache-control"]
    assert browser.get("/desk/logout").status_code == 405, "a link of another site ends no session"
    left = browser.send("/desk/logout", "/desk/account")
    assert left.headers["location"] == "/desk/login"
    assert left.headers["clear-site-data"] == '"cache", "storage"', (
        "a shared computer keeps no page and no draft"
    )
    assert browser.session_token == ""
    browser.client.cookies.set("__Host-yihui-desk", token)  # somebody kept it
    assert browser.get("/desk/account").headers["location"] == "/desk/login?next=%2Fdesk%2Faccount"


def test_a_form_of_an_ended_session_leads_to_the_log_in(browser: Browser, desk: Installation) -> None:
    # Else nobody is the demo's user
    (desk.wiring.settings.data_folder / DEMO_MARKER_FILE).unlink(missing_ok=True)
    browser.log_in()
    assert browser.send("/desk/logout", "/desk").headers["location"] == "/desk/login"
    headers = {"origin": browser.site, "accept": "text/html"}
    answer = browser.client.post("/desk/members/m-1/leave", data={"version": "1"}, headers=headers)
    assert answer.status_code == 303 and answer.headers["location"] == "/desk/login?next=%2Fdesk"


def test_a_new_officer_gets_from_the_set_up_code_to_the_recovery_codes(desk: Installation) -> None:
    code, browser = desk.add_officer().code, Browser(desk)
    refused = browser.send("/desk/setup", setup_code=code, password="short", again="other")
    assert refused.status_code == 422 and refused.text.count("<li>") == 2
    assert f'value="{code}"' in refused.text and "short" not in refused.text
    answer = browser.send("/desk/setup", setup_code=code, password=PASSWORD, again=PASSWORD)
    assert answer.headers["location"] == "/desk/login/phone"
    page = browser.get("/desk/login/phone").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret is not None and "<svg" in page
    desk.secrets["wang"] = secret[1].replace(" ", "")
    wrong = browser.send("/desk/login/phone", code="000000")
    assert wrong.status_code == 401 and secret[1] in wrong.text  # the same picture, to try again
    done = browser.send("/desk/login/phone", code=desk.phone_code())
    group = "[0-9A-HJKMNP-TV-Z]{4}"
    codes = re.findall(rf"<li><code>({group}(?:-{group}){{5}})</code>", done.text)
    assert len(set(codes)) == 10, "24 characters of 5 random bits each"
    assert browser.get("/desk/account").status_code == 200
    assert browser.get("/desk/login/phone").headers["location"] == "/desk/login"
    again = browser.send("/desk/setup", setup_code=code, password=PASSWORD, again=PASSWORD)
    assert again.status_code == 422


def test_a_wrong_password_shows_the_form_again_without_it(browser: Browser) -> None:
    for login in ("wang", "nobody"):
        answer = browser.send("/desk/login", login=login, password="a wrong one, typed")
        assert answer.status_code == 401
        assert "a wrong one" not in answer.text and f'value="{login}"' in answer.text
    unknown, known = (
        re.sub("nobody|wang|[0-9a-f]{64}", "", browser.send("/desk/login", login=one, password="no").text)
        for one in ("nobody", "wang")
    )
    assert unknown == known


FOREIGN = ("https://sub.127.0.0.1", "http://127.0.0.1", "null")


def test_a_form_from_another_site_does_nothing(browser: Browser) -> None:
    browser.log_in()
    for path, fields in (
        ("/desk/logout", {}),
        ("/desk/account/sessions", {"session": "others"}),
        ("/desk/account/password", {"old": PASSWORD, "password": "x" * 20, "again": "x" * 20}),
        ("/desk/login", {"login": "wang", "password": PASSWORD}),
    ):
        for origin in FOREIGN:
            assert browser.send(path, "/desk/account", origin=origin, **fields).status_code == 403
    assert browser.get("/desk/account").status_code == 200


def test_a_form_without_an_origin_or_with_another_token_does_nothing(
    browser: Browser, desk: Installation
) -> None:
    before_login = browser.token("/desk/login")
    browser.log_in()
    desk.enrol("zhao")
    other = Browser(desk)
    other.log_in("zhao")
    for token in ("", "0" * 64, before_login, other.token("/desk/account"), "é"):
        answer = browser.send("/desk/account/sessions", form_token=token, session="others")
        assert answer.status_code == 403
    own = browser.token("/desk/account")
    without = browser.client.post("/desk/logout", data={"form_token": own}, headers={"accept": "text/html"})
    assert without.status_code == 403
    assert browser.get("/desk/account").status_code == 200


def test_a_planted_form_cookie_does_not_fit_the_token(browser: Browser) -> None:
    """A sub-domain can't set a __Host- cookie; where somebody could, the token would still be another one."""
    token = browser.token("/desk/login")
    browser.client.cookies.set("__Host-yihui-desk-form", "planted")
    answer = browser.send("/desk/login", login="wang", password=PASSWORD, form_token=token)
    assert answer.status_code == 403


def test_over_https_a_session_under_the_plain_name_opens_nothing(browser: Browser) -> None:
    browser.log_in()
    token = browser.session_token
    browser.client.cookies.clear()
    for name, status in (("yihui-desk", 303), ("__Host-yihui-desk", 200)):
        browser.client.cookies.set(name, token)
        assert browser.get("/desk/account").status_code == status


def test_the_token_changes_at_a_step_up_and_the_old_one_is_dead(browser: Browser, desk: Installation) -> None:
    browser.log_in()
    old, form = browser.session_token, browser.token("/desk/account")
    desk.clock.pass_time(minutes=6)
    asked = browser.send("/desk/account/recovery-codes", "/desk/account")
    assert asked.headers["location"] == "/desk/login?next=%2Fdesk%2Faccount"
    page = browser.get(asked.headers["location"])
    assert 'value="wang"' in page.text and page.status_code == 200
    assert browser.log_in(query="?next=%2Fdesk%2Faccount").headers["location"] == "/desk/account"
    new = browser.session_token
    assert new != old
    # Another tab was open all the time: its form still counts.
    codes = browser.send("/desk/account/recovery-codes", form_token=form)
    assert codes.status_code == 200 and codes.text.count("<li>") == 10
    thief = Browser(desk)
    thief.client.cookies.set("__Host-yihui-desk", old)
    assert thief.get("/desk/account").status_code == 303
    with desk.wiring.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(officer_sessions)).scalar_one() == 2


def test_an_officer_ends_other_sessions_changes_the_password_and_registers_another_phone(
    browser: Browser, desk: Installation
) -> None:
    browser.log_in()
    other = Browser(desk)
    other.log_in()
    done = browser.send("/desk/account/sessions", "/desk/account", session="others")
    assert done.headers["location"] == "/desk/account?done=ended"
    assert other.get("/desk/account").status_code == 303
    new = "泉城 another summer, 2026"
    wrong = browser.send("/desk/account/password", "/desk/account", old="no", password=new, again=new)
    assert wrong.status_code == 422 and new not in wrong.text
    fields = {"old": PASSWORD, "password": new, "again": new}
    assert browser.send("/desk/account/password", "/desk/account", **fields).status_code == 303
    phone = browser.send("/desk/account/phone", "/desk/account")
    assert "<svg" in browser.get(phone.headers["location"]).text


def test_an_administrator_ends_the_sessions_of_their_own_subtree(desk: Installation) -> None:
    for officer in ("admin", "wang", "zhao", "clerk"):
        desk.enrol(officer)
    with desk.wiring.database.write() as connection:
        appoint(connection, "admin", "administrator", "3701")
        appoint(connection, "wang", "planner", "3701")
        appoint(connection, "zhao", "planner", "3702")
    browser, clerk = Browser(desk), Browser(desk)
    browser.log_in("admin")
    assert browser.get("/desk/sessions/wang").text.count('name="session"') == 1
    assert browser.get("/desk/sessions/zhao").status_code == 403
    token = browser.token("/desk/account")
    assert browser.send("/desk/sessions/zhao", form_token=token, session="all").status_code == 403
    assert browser.send("/desk/sessions/wang", session="nothing").status_code == 404
    assert browser.send("/desk/sessions/wang", session="all").status_code == 303
    assert 'name="session"' not in browser.get("/desk/sessions/wang").text
    clerk.log_in("clerk")
    assert clerk.get("/desk/sessions/admin").status_code == 403


def test_over_plain_http_cookies_have_plain_names_on_this_machine_only(desk: Installation) -> None:
    desk.enrol()
    local = Browser(desk, "http://127.0.0.1")
    cookies = set_cookies(local.log_in())
    assert "yihui-desk" in cookies and "Secure" not in cookies["yihui-desk"]
    assert local.get("/desk/account").status_code == 200
    headers = [(b"host", b"desk.example")]
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "headers": headers}
    with pytest.raises(FaultError) as refused:
        require_encrypted(Request(scope))
    assert refused.value.faults[0].code == "login.not_encrypted"
    require_encrypted(Request({**scope, "scheme": "https"}))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//evil.example",
        "/\\evil.example",
        "\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "desk",
        " /desk",
        "/\t/evil.example",
        "/\x00/evil.example",
        "/%2f%2fevil.example",
        "/%5Cevil.example",
        "/%0d%0aSet-Cookie:x=1",
        "/%25252525252Fevil.example",
        "/desk/%2e%2e//evil.example",
        "/desk?next=\r\nx",
        "/／evil.example",
        "/" + "a" * 10_000,
        "/@evil.example\\",
    ],
)
def test_the_way_back_stays_on_the_site(path: str) -> None:
    assert safe_next_path(path) == "/desk"


@pytest.mark.parametrize("text", ["A&B + #3 “东门” 100%", "|^`{}[]", "\\", "%252f%252f"])
def test_a_way_back_keeps_its_question_whatever_signs_it_has(text: str) -> None:
    for path in (f"/?q={text}", f"/?{urlencode({'q': text})}"):
        assert is_own_path(path)


def test_a_foreign_way_back_is_dropped_by_the_pages(browser: Browser) -> None:
    page = browser.get("/desk/login?next=//evil.example").text
    assert "evil.example" not in page
    assert browser.log_in(query="?next=https://evil.example").headers["location"] == "/desk"


def test_pages_have_no_script(browser: Browser) -> None:
    browser.log_in()
    for path in ("/desk/login", "/desk/setup", "/desk/account"):
        page = browser.get(path).text
        assert "<script" not in page and " style=" not in page


def test_what_happened_to_the_account_is_shown_at_the_next_log_in_before_all_else(
    browser: Browser, desk: Installation
) -> None:
    browser.log_in()
    desk.clock.pass_time(seconds=40)
    token = browser.token("/desk/account")
    assert browser.send("/desk/account/recovery-codes", form_token=token).status_code == 200
    owner = Browser(desk)
    assert (
        owner.log_in(query="?next=%2Fdesk%2Frules").headers["location"]
        == "/desk/account?next=%2Fdesk%2Frules"
    )
    page = owner.get("/desk/account?next=%2Fdesk%2Frules").text
    assert "恢复码" in page and 'href="/desk/rules"' in page and "自您上次登录以来" in page
