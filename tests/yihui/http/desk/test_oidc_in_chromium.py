"""An officer logs in by a real Keycloak in a real browser, and Keycloak ends the session of a real server."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from store import open_database
from tests.keycloak import CLIENT_ID, CLIENT_SECRET, PASSWORD, REALM, WITH_CODE, Keycloak
from tests.yihui.http.desk.test_oidc_with_keycloak import current_code
from tests.yihui.http.serving import serving, until
from tools.servers.officers import add_officer

pytestmark = [pytest.mark.endure, pytest.mark.needs("keycloak", "chromium")]


@dataclass(frozen=True)
class Place:
    address: str
    log: Path


@pytest.fixture
def place(identity_provider: Keycloak, migrated_file: Path, tmp_path: Path) -> Iterator[Place]:
    shutil.copy(migrated_file, tmp_path / "yihui.db")
    database = open_database(str(tmp_path / "yihui.db"))
    with database.write() as connection:
        add_officer(connection, "li", issuer=identity_provider.issuer, login=WITH_CODE)
    database.close()
    secret = tmp_path / "client.secret"
    secret.touch(0o600)
    secret.write_text(f"{CLIENT_SECRET}\n")
    settings: dict[str, Any] = {
        "YIHUI_OIDC_ISSUER": identity_provider.issuer,
        "YIHUI_OIDC_CLIENT_ID": CLIENT_ID,
        "YIHUI_OIDC_CLIENT_SECRET_FILE": str(secret),
        "YIHUI_OIDC_ACR": "mfa",
    }
    with serving(tmp_path, **settings) as address:
        identity_provider.change_client(
            {
                "redirectUris": [
                    f"{address}/desk/oidc/callback",
                    "https://127.0.0.1/desk/oidc/callback",
                ]
            },
            {
                "backchannel.logout.url": f"{address}/desk/oidc/backchannel-logout",
                "post.logout.redirect.uris": f"{address}/desk/login",
            },
        )
        yield Place(address, tmp_path / "served.log")


def log_in(page: Page) -> None:
    """From our log-in page through the provider's two forms, by keyboard."""
    page.get_by_role("link", name="用工会统一身份登录").press("Enter")
    page.get_by_label(re.compile("Username")).fill("with-code")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("#otp")).to_be_visible()  # before the code is read: it is good for a minute at most
    page.locator("#otp").fill(current_code())
    page.locator("#otp").press("Enter")


def is_logged_out(page: Page, place: Place) -> bool:
    page.goto(f"{place.address}/desk/account")
    return "/desk/login" in page.url


def test_the_provider_logs_an_officer_in_and_ends_the_session(
    browser: Browser, place: Place, identity_provider: Keycloak
) -> None:
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(f"{place.address}/desk/login?next=/desk/account")
    log_in(page)
    expect(page).to_have_url(f"{place.address}/desk/account")
    expect(page.get_by_role("heading", level=1)).to_contain_text("li")
    # An administrator of the provider ends the officer's sessions there: Keycloak tells our server.
    identity_provider.administer("POST", f"/{REALM}/users/{WITH_CODE}/logout")
    until(lambda: is_logged_out(page, place))
    page.goto(f"{place.address}/desk/login?next=/desk/account")
    log_in(page)
    expect(page).to_have_url(f"{place.address}/desk/account")
    page.get_by_role("button", name="退出登录").press("Enter")
    # Keycloak asks, as it is given no ID token; then it leads back.
    page.wait_for_url(re.compile("/realms/union/"))
    page.locator("#kc-logout").press("Enter")
    expect(page).to_have_url(re.compile(f"^{place.address}/desk/login"))
    page.get_by_role("link", name="用工会统一身份登录").press("Enter")
    expect(page.locator("#password")).to_be_visible()  # the provider knows nobody any more
    log = place.log.read_text()
    assert "code=" not in log
    assert "state=" not in log
