"""Members with sessions on their phones, for tests of the member's page."""

import asyncio
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import unquote

from fastapi.testclient import TestClient
from playwright.sync_api import BrowserContext

from tests.yihui.http.serving import until
from tests.yihui.services.logging_in import begin_member_session
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.http.login.login_request import MEMBER_COOKIE
from yihui.runtime.audiences import Audience

ADDRESS = "http://127.0.0.1"
ORIGIN = {"origin": ADDRESS}
_MEMBERS = ServingOptions(chosen=frozenset({Audience.MEMBERS}))  # all faces take six times as long to build


@dataclass(frozen=True, slots=True)
class MemberPhone:
    """A phone over HTTP. Its forms come from our own page; redirects are shown, not followed."""

    client: TestClient
    wiring: Wiring

    def log_in(self, member: str) -> "MemberPhone":
        """Open a session for a member, as a log-in would."""
        self.client.cookies.set(MEMBER_COOKIE, begin_member_session(self.wiring, member).token)
        return self

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.text

    def post(self, path: str, /, file: bytes | None = None, **fields: str) -> tuple[int, str]:
        """Send a form, with a photo if one is given; return the status, and where it leads to or the page."""
        files = None if file is None else {"file": ("IMG_1.jpg", file, "image/jpeg")}
        answer = self.client.post(path, data=fields, files=files, headers=ORIGIN)
        return answer.status_code, answer.headers.get("location", answer.text)

    def check(self, path: str, file: bytes | None = None, **fields: str) -> tuple[int, str]:
        """Fill in the form of a page and go on to what is to be checked; return the status, and the page."""
        return self.post(path, file, **{**hidden_of(self.get(path), path), **fields, "act": "check"})

    def hand_in(self, path: str, file: bytes | None = None, **fields: str) -> str:
        """Fill in a form, look at its summary and send it; return the address that it leads to."""
        status, page = self.check(path, file, **fields)
        assert status == 200, (status, page)
        return self.send(path, **hidden_of(page, path), act="send")

    def send(self, path: str, **fields: str) -> str:
        """Send a form; return the address that it leads to."""
        status, where = self.post(path, **fields)
        assert status == 303, (status, where)
        return where


def key_of(page: str, name: str = "form_key") -> str:
    """Return the first value of a hidden field on a page."""
    return re.findall(rf'name="{name}" value="([^"]+)"', page)[0]


def hidden_of(page: str, action: str) -> dict[str, str]:
    """Return what the form with an action holds without being typed."""
    form = next(
        one
        for one in re.findall(r"<form.*?</form>", page, re.S)
        if f'action="{unquote(action)}"' in unquote(unescape(one))
    )
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


PhoneMaker = Callable[[], MemberPhone]


def build_phone(wiring: Wiring) -> MemberPhone:
    """Return a phone on which nobody is logged in.

    Each phone has an app of the members' site to itself, as if the site had several processes: what one app keeps in
    memory, the others must find in the database.
    """
    client = TestClient(create_app(wiring, _MEMBERS), base_url=ADDRESS, follow_redirects=False)
    client.headers["accept-language"] = "en"
    return MemberPhone(client, wiring)


def log_in_browser(context: BrowserContext, address: str, wiring: Wiring, member: str) -> None:
    """Give a browser the session of a member."""
    token = begin_member_session(wiring, member).token
    context.add_cookies([{"name": MEMBER_COOKIE, "value": token, "url": address}])


def send_before_turn(
    wiring: Wiring, clock: Callable[[], datetime], sends: Sequence[Callable[[], str]]
) -> list[str]:
    """Let requests arrive while others write; their turn comes two seconds later. Return their answers."""
    arrived: set[int] = set()
    late = timedelta(0)

    def now() -> datetime:
        with suppress(RuntimeError):
            arrived.add(id(asyncio.get_running_loop()))  # only the arrival is read there
        return clock() + late

    wiring.now = now
    with ThreadPoolExecutor(len(sends)) as pool:
        with wiring.database.write():
            answers = [pool.submit(send) for send in sends]
            until(lambda: len(arrived) == len(sends))
            late = timedelta(seconds=2)
        return [one.result() for one in answers]
