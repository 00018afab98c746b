"""An officer's browser, as the site sees it: cookies, forms with their tokens, one origin."""

import re
from dataclasses import dataclass, field
from typing import Any

from starlette.testclient import TestClient

from tests.yihui.services.logging_in import PASSWORD, Installation
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience

SITE = "https://127.0.0.1"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
_DESK = ServingOptions(chosen=frozenset({Audience.OFFICERS}))  # all faces take twice as long to build


@dataclass
class Browser:
    """A browser with an app of the desk to itself: what one app keeps in memory, the others must find in the database."""

    desk: Installation
    site: str = SITE
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        app = create_app(self.desk.wiring, _DESK)
        self.client = TestClient(
            app, base_url=self.site, follow_redirects=False, headers={"user-agent": FIREFOX}
        )

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"accept": "text/html"})

    def token(self, path: str) -> str:
        found = re.search(r'name="form_token" value="(\w+)"', self.get(path).text)
        assert found is not None, f"{path} has no form"
        return found[1]

    def send(self, path: str, page: str | None = None, *, origin: str | None = None, **fields: str) -> Any:
        """Send a form as it stands on a page; ``form_token`` may be given to send another one."""
        if "form_token" not in fields:
            fields["form_token"] = self.token(page or path)
        headers = {"origin": origin or self.site, "accept": "text/html"}
        return self.client.post(path, data=fields, headers=headers)

    def log_in(self, officer: str = "wang", query: str = "") -> Any:
        """Log in with password and phone; return the last answer."""
        self.desk.clock.pass_time(seconds=30)
        answer = self.send(f"/desk/login{query}", login=officer, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return self.send(answer.headers["location"], code=self.desk.phone_code(officer))

    @property
    def session_token(self) -> str:
        name = "__Host-yihui-desk" if self.site.startswith("https") else "yihui-desk"
        return str(self.client.cookies.get(name) or "")
