"""The pages of an officer's own account lead everybody else to the log-in; the rooms are in ``desk/test_rights.py``."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.two_districts import NOBODY, build_two_districts, read_actor
from yihui.http.app import create_app
from yihui.http.desk.rights import OFFICER_PAGE_RIGHTS
from yihui.http.route_rights import ROUTE_RIGHTS, PathMethod, PlaceKind

OWN_PAGES = sorted(
    route
    for route, entry in ROUTE_RIGHTS.items()
    if entry.place is PlaceKind.PAGE and route not in OFFICER_PAGE_RIGHTS
)
ORIGIN = "http://127.0.0.1"


@pytest.fixture(scope="module")
def client(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    union = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    app = create_app(union.wiring, actor_finder=read_actor)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as opened:
        yield opened
    union.wiring.close()


@pytest.mark.parametrize("route", OWN_PAGES, ids=" ".join)
def test_nobody_is_led_to_the_log_in(client: TestClient, route: PathMethod) -> None:
    method, template = route
    path = re.sub(r"\{[^}]+\}", "li.min", template)
    headers = {"x-actor": NOBODY, "origin": ORIGIN}
    data = {"nothing": "yet"} if method == "POST" else None
    answer = client.request(method, path, data=data, headers=headers, follow_redirects=False)
    assert answer.status_code == 303, answer.text[:300]
    assert answer.headers["location"].startswith("/desk/login?next=")
