"""Sites of their own: each with its routes, modules and keys, under the names and behind the proxies that the operator names."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copy

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from core.faults import FaultError
from tests.yihui.http.conftest import NOW, STATIONS, Clock, import_into
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions, load_serving_options
from yihui.http.route_rights import PlaceKind, iter_routes, route_rights
from yihui.runtime.audiences import ALL_AUDIENCES, SECRET_KEYS, Audience, iter_exposed_keys

NAME = "yizhan.example.cn"
OF_AUDIENCE = {
    "riders": ("GET", "/api/v1/stations/nearest?lon=117&lat=36.6&datum=wgs84"),
    "merchants": ("POST", "/api/v1/vouchers/check"),
    "desk": ("GET", "/api/v1/members/m-1/benefits"),
    "senders": ("POST", "/api/v1/events"),
    "members": ("GET", "/me/login"),
}


def site(wiring: Wiring, *audiences: str, public: str = "") -> TestClient:
    options = ServingOptions.parse(public, "", faces=",".join(audiences))
    own = build_wiring(replace(wiring.settings, audiences=options.audiences), wiring.now)
    return TestClient(create_app(own, options), base_url=f"http://{public or '127.0.0.1'}")


@pytest.mark.parametrize("audience", OF_AUDIENCE)
def test_a_site_has_the_routes_of_its_audience_and_no_others(filled: Wiring, audience: str) -> None:
    client = site(filled, audience)
    there = {
        name: client.request(method, path).status_code != 404 for name, (method, path) in OF_AUDIENCE.items()
    }
    assert there == {name: name == audience for name in OF_AUDIENCE}
    assert client.get("/healthz").status_code == 200


def test_several_audiences_share_a_site_and_none_named_means_as_before() -> None:
    parse = ServingOptions.parse
    assert parse("", "").audiences == ALL_AUDIENCES
    assert parse(NAME, "").audiences == {Audience.RIDERS}
    assert parse(NAME, "", faces="merchants，senders,riders").audiences == {
        Audience.RIDERS,
        Audience.MERCHANTS,
        Audience.SENDERS,
    }
    given = parse(NAME, "", faces="merchants")
    assert load_serving_options(given.to_environment()) == given
    assert load_serving_options(parse("", "").to_environment()) == parse("", "")


def test_a_public_site_has_public_routes_alone(filled: Wiring) -> None:
    app = create_app(filled, ServingOptions.parse(NAME, ""))
    assert {route_rights()[route].place for route in iter_routes(app.routes)} == {PlaceKind.NOWHERE}


# --- keys by purpose


@pytest.fixture
def folder(register_file: Path, tmp_path: Path) -> Path:
    """A data folder whose keys are unusable: whoever reads one fails."""
    copy(register_file, tmp_path / "yihui.db")
    for key in SECRET_KEYS:
        if key.names_persons or key.file == "login.key":
            (tmp_path / key.file).mkdir()  # reading it is an error
    return tmp_path


@pytest.fixture
def quiet(folder: Path, clock: Clock) -> Iterator[Wiring]:
    made = build_wiring(Settings(str(folder / "yihui.db"), folder), now=clock)
    yield made
    made.database.close()


@pytest.mark.parametrize("audience", ["riders", "merchants"])
def test_no_route_for_riders_or_merchants_reads_a_key_that_names_persons(
    quiet: Wiring, audience: str
) -> None:
    """Every route is called, by a process that may read them: one that did would answer with an error of the server."""
    app = create_app(quiet, ServingOptions.parse("", "", faces=audience))
    with TestClient(app) as client:
        called = 0
        for route in iter_route_contexts(app.routes):
            path = str(route.path)
            if path.startswith("/static") or path.endswith("/news"):
                continue
            for method in sorted(route.methods or ()):
                path = path.replace("{station:path}", "quancheng")
                filled = path.replace("{", "").replace("}", "")
                asked = {"lon": 117.02, "lat": 36.66, "datum": "wgs84", "observation": "fine"}
                answer = client.request(method, filled, params=asked if method == "GET" else None, json=asked)
                assert answer.status_code < 500, (method, path, answer.text)
                called += 1
    assert called > {"riders": 30, "merchants": 6}[audience]


@pytest.mark.parametrize("name", ["identity_key", "vault", "vault_key_store", "poll_key"])
def test_a_process_for_riders_refuses_to_load_such_a_key(quiet: Wiring, name: str) -> None:
    own = build_wiring(replace(quiet.settings, audiences=frozenset({Audience.RIDERS})), quiet.now)
    with pytest.raises(FaultError) as refused:
        getattr(own, name)
    assert refused.value.code == "withheld_key.withheld"


def test_keys_that_a_site_could_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "identity.key").touch()
    environ = {"YIHUI_VAULT_KEY": "x", "YIHUI_CARD_KEY": "y"}
    riders, senders = frozenset({Audience.RIDERS}), frozenset({Audience.SENDERS})
    assert list(iter_exposed_keys(riders, tmp_path, environ)) == [
        str(tmp_path / "identity.key"),
        "YIHUI_VAULT_KEY",
    ]
    assert list(iter_exposed_keys(senders, tmp_path, environ)) == ["YIHUI_VAULT_KEY"]
    assert list(iter_exposed_keys(ALL_AUDIENCES, tmp_path, environ)) == []


def test_a_key_that_a_site_can_not_read_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "identity.key").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)  # hidden from this user, as deploy/systemd does
    assert list(iter_exposed_keys(frozenset({Audience.RIDERS}), tmp_path, {})) == []


PUBLIC = ServingOptions.parse(NAME, "")


@pytest.fixture(scope="module")
def public(filled: Wiring) -> TestClient:
    return TestClient(create_app(filled, PUBLIC), base_url=f"http://{NAME}")


@pytest.mark.parametrize(
    "host", ["evil.example", f"{NAME}.evil.example", "", f"x{NAME}", "192.0.2.7", "[::2]:80"]
)
def test_a_foreign_name_is_refused_as_a_problem(public: TestClient, host: str) -> None:
    answer = public.get("/", headers={"host": host, "accept-language": "en"})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "foreign host or origin"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", [NAME, f"{NAME}:8443", NAME.upper(), "127.0.0.1:8000", "[::1]", "[::1]:80"])
def test_the_public_name_and_this_machine_may_be_asked_at_any_port(public: TestClient, host: str) -> None:
    assert public.get("/healthz", headers={"host": host}).status_code == 200


def test_a_page_of_another_site_is_refused_and_one_of_ours_is_not(public: TestClient) -> None:
    assert public.get("/healthz", headers={"origin": f"http://{NAME}"}).status_code == 200
    for foreign in ("http://evil.example", f"https://{NAME}", "null", f"http://{NAME}:81"):
        assert public.get("/healthz", headers={"origin": foreign}).status_code == 403


def test_all_that_is_wrong_with_the_options_is_told_at_once() -> None:
    with pytest.raises(FaultError) as refused:
        ServingOptions.parse("https://a.example,b.example:80", "proxy", "", "0.0.0.0")
    assert [fault.value for fault in refused.value.faults] == ["b.example:80", "https://a.example", "proxy"]
    with pytest.raises(FaultError) as open_to_all:
        ServingOptions.parse("", "", "", "0.0.0.0")
    assert [fault.field for fault in open_to_all.value.faults] == ["--host"]


# --- who asks, behind a proxy


async def _says_who(scope: Scope, receive: Receive, send: Send) -> None:
    body = f"{scope['client'][0]} {scope['scheme']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def who(behind: str, peer: str, *headers: tuple[str, str]) -> str:
    app = ServingOptions.parse(NAME, behind).with_proxy_headers(_says_who)
    return str(TestClient(app, client=(peer, 1234)).get("/", headers=list(headers)).text)


PROXY, RIDER, OTHER = "192.0.2.1", "203.0.113.7", "198.51.100.66"
FORWARDED, BY_HTTPS = "X-Forwarded-For", ("X-Forwarded-Proto", "https")
CLAIMS = [
    *((name, OTHER) for name in (FORWARDED, "X-Real-IP", "CF-Connecting-IP", "True-Client-IP")),
    *((FORWARDED, text) for text in (PROXY, "127.0.0.1", "::1", "", "a" * 300)),
    ("Forwarded", f"for={OTHER}"),
    BY_HTTPS,
]


@pytest.mark.parametrize("behind", ["", PROXY])
def test_what_a_phone_claims_itself_counts_for_nothing(behind: str) -> None:
    """Otherwise one phone could be many: ask without end, and agree with itself that a door is locked."""
    for claim in CLAIMS:
        assert who(behind, RIDER, claim) == f"{RIDER} http", claim


def test_behind_a_proxy_only_what_it_saw_itself_counts() -> None:
    assert who(PROXY, PROXY, (FORWARDED, f"{OTHER}, {RIDER}"), BY_HTTPS) == f"{RIDER} https"
    assert who(PROXY, PROXY, (FORWARDED, OTHER), (FORWARDED, RIDER)) == f"{RIDER} http"
    assert who("", PROXY, (FORWARDED, f"{OTHER}, {RIDER}"), BY_HTTPS) == f"{PROXY} http"


# In a fresh interpreter: the worker's modules and the app of some faces; then the pages that are asked for.
SITE = """
import json, sys
from pathlib import Path
from fastapi.testclient import TestClient
import yihui.http.worker_process
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions

folder, faces = Path(sys.argv[1]), sys.argv[2]
options = ServingOptions.parse("", "", faces=faces)
wiring = build_wiring(Settings(str(folder / "yihui.db"), folder, audiences=options.audiences))
client = TestClient(create_app(wiring, options), base_url="http://127.0.0.1")
found = [client.get(path).status_code for path in sys.argv[3:]]
print(json.dumps([found, sorted(sys.modules)]))
"""
ASKED = (
    "/",
    "/api/v1/stations/nearest?lon=117&lat=36.6&datum=wgs84",
    "/api/v1/places/search?q=%E6%B3%89%E5%9F%8E",
    "/api/v1/stations/within?bbox=117.0,36.6,117.1,36.7",
    "/api/v1/stations/quancheng",
    "/api/v1/stations/along?lon=117&lat=36.6&to_lon=117.1&to_lat=36.7&datum=wgs84",
)
NEVER = {
    "argon2", "authlib", "folium", "geopandas", "highspy", "joserfc", "kafka", "openpyxl", "pandas",
    "pyarrow", "pyogrio", "pyotp", "pypdfium2", "pypinyin", "scipy", "segno", "typer",
    "weasyprint", "xlsxwriter", "geo.coverage.demand", "geo.gaps", "geo.siting", "yihui.cli", "yihui.http.cards",
    "yihui.http.login.login", "yihui.http.ogc",
    "yihui.http.vouchers", "yihui.planning.analysis", "yihui.services.applications",
    "yihui.services.desk", "yihui.services.money", "yihui.cases.hotline", "yihui.cases.members", "yihui.cases.organisations.acts",
}  # fmt: skip
MEMBERS_AND_DESK = {"yihui.http.desk.router", "yihui.http.me.router"}


def modules_of(folder: Path, faces: str, *paths: str) -> set[str]:
    command = [sys.executable, "-c", SITE, str(folder), faces, *paths]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    statuses, modules = json.loads(ran.stdout)
    assert statuses == [200] * len(paths)
    return set(modules)


def test_a_riders_site_imports_nothing_of_other_faces(tmp_path: Path) -> None:
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path), now=lambda: NOW)
    import_into(wiring, STATIONS)
    wiring.database.close()
    assert modules_of(tmp_path, "riders", *ASKED) & (NEVER | MEMBERS_AND_DESK) == set()
