"""Sites of their own: riders', merchants', senders' and officers', each with its routes and no other keys."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copy

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from core.faults import FaultError
from tests.yihui.http.conftest import Clock
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions, load_serving_options
from yihui.http.route_rights import ROUTE_RIGHTS, PlaceKind, iter_routes
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


@pytest.mark.parametrize(("audience", "status"), [("riders", 200), ("members", 200), ("merchants", 404)])
def test_members_and_riders_get_the_verifier_of_draws(filled: Wiring, audience: str, status: int) -> None:
    assert site(filled, audience).get("/lottery/verify_lottery.py").status_code == status


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
    assert {ROUTE_RIGHTS[route].place for route in iter_routes(app.routes)} == {PlaceKind.NOWHERE}


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
