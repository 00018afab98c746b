"""Faces of one site under names of their own: each with its routes, its allowance and its keys, and no others."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from core.faults import FaultError
from yihui.bootstrap import Wiring, build_wiring
from yihui.http.app import create_faces
from yihui.http.guard.serving import DEFAULT_READS_PER_S, ServingOptions, load_serving_options
from yihui.runtime.audiences import Audience

RIDERS, MEMBERS, GIS, DESK = "map.example", "me.example", "gis.example", "desk.example"
FACES = f"riders={RIDERS},members={MEMBERS},gis={GIS},desk={DESK}"
OF_FACE = {
    "riders": "/api/v1/stations",
    "members": "/me/login",
    "desk": "/api/v1/members/m-1/benefits",
    "gis": "/ogc/",
    "merchants": "/api/v1/vouchers/check",
}


class Faces:
    """One process's site, asked under any name."""

    def __init__(self, filled: Wiring, options: ServingOptions) -> None:
        self.wiring = build_wiring(replace(filled.settings, audiences=options.audiences), filled.now)
        self.main, self.app = create_faces(self.wiring, options)
        self.client = TestClient(self.app)

    def of_name(self, name: str) -> Any:
        return self.app._apps[name.encode()]  # type: ignore[attr-defined]

    def ask(self, name: str, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers={"host": name, **headers}, follow_redirects=False)


@pytest.fixture(scope="module")
def faces(filled: Wiring) -> Iterator[Faces]:
    made = Faces(filled, ServingOptions.parse("", "", faces=FACES))
    yield made
    made.wiring.close()


@pytest.mark.parametrize(
    ("name", "face"), [(RIDERS, "riders"), (MEMBERS, "members"), (GIS, "gis"), (DESK, "desk")]
)
def test_a_name_has_the_routes_of_its_face_and_no_others(faces: Faces, name: str, face: str) -> None:
    there = {one: faces.ask(name, path).status_code not in (404, 405) for one, path in OF_FACE.items()}
    expected = {face, "gis"} if face == "desk" else {face}  # officers look at the layers, too
    assert {one for one, is_there in there.items() if is_there} == expected
    assert faces.ask(name, "/healthz").status_code == 200


@pytest.mark.parametrize("name", ["other.example", f"{RIDERS}.evil.example", "", f"{RIDERS}@x"])
def test_a_name_that_nobody_gave_is_refused(faces: Faces, name: str) -> None:
    assert faces.ask(name, "/healthz").status_code == 403


def test_two_host_headers_are_refused(faces: Faces) -> None:
    answer = faces.client.get("/healthz", headers=[("host", RIDERS), ("host", "127.0.0.1")])
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("127.0.0.1", "via"),
        ("127.0.0.1:8000", "x-forwarded-for"),
        ("localhost", "cf-connecting-ip"),
        ("[::1]", "accept"),
    ],
)
def test_under_the_machines_own_names_there_is_no_face(faces: Faces, name: str, header: str) -> None:
    """A proxy that passes any Host header on would otherwise lead everybody to the officers' pages."""
    for path in OF_FACE.values():
        assert faces.ask(name, path, **{header: "203.0.113.7"}).status_code == 404, path
    assert faces.ask(name, "/healthz").status_code == 200


def test_a_face_is_not_given_the_keys_of_the_others(faces: Faces) -> None:
    assert faces.wiring.login_key
    for name, audience in ((RIDERS, Audience.RIDERS), (MEMBERS, Audience.MEMBERS), (GIS, Audience.GIS)):
        own = faces.of_name(name).state.site.wiring
        assert own.settings.audiences == {audience}
        assert own.database is faces.wiring.database and own.rulebook is faces.wiring.rulebook
    with pytest.raises(FaultError) as refused:
        assert faces.of_name(RIDERS).state.site.wiring.login_key
    assert refused.value.code == "withheld_key.withheld"


def test_each_face_has_an_allowance_of_its_own(filled: Wiring) -> None:
    options = ServingOptions.parse("", "", "0.5,gis=0.1", faces=f"riders={RIDERS},gis={GIS}")
    made = Faces(filled, options)
    codes = [made.ask(GIS, "/ogc/").status_code for _ in range(3)]
    assert codes == [401, 429, 429]  # one answer, to somebody without a key
    assert [made.ask(RIDERS, "/api/v1/stations").status_code for _ in range(3)] == [200] * 3
    made.wiring.close()


def test_the_work_beside_the_requests_runs_once(faces: Faces) -> None:
    with faces.client:
        assert faces.ask(RIDERS, "/healthz").json()["runner"] == "ok"
        names = [thread.name for thread in threading.enumerate()]
    assert names.count("accepted events wait") == 1
    assert names.count("background jobs wait") == 2  # long ones, and others


# --- what an operator writes


def test_what_is_written_is_read_by_the_worker_process() -> None:
    given = ServingOptions.parse(
        "a.example",
        "10.0.0.0/8",
        "7.5，desk=2",
        faces=f"members＝{MEMBERS}，members=m.example desk=d.example",
        members_name=MEMBERS,
    )
    assert given.own_names == {
        Audience.RIDERS: {"a.example"},  # --public names the riders' face
        Audience.MEMBERS: {MEMBERS, "m.example"},
        Audience.OFFICERS: {"d.example"},
    }
    assert (given.per_client, given.per_face) == (7.5, {Audience.OFFICERS: 2.0})
    assert load_serving_options(given.to_environment()) == given


def test_faces_with_the_same_names_are_one_app() -> None:
    options = ServingOptions.parse(
        "", "", "20,gis=5", faces=f"riders={RIDERS},members={RIDERS},gis={GIS},gis=g.b"
    )
    found = {one.public: (one.audiences, one.reads_per_s) for one in options.split_by_name()}
    assert found == {
        frozenset({RIDERS}): ({Audience.RIDERS, Audience.MEMBERS}, 20.0),
        frozenset({GIS, "g.b"}): ({Audience.GIS}, 5.0),
    }
    assert options.without_faces().audiences == frozenset()


@pytest.mark.parametrize(
    ("public", "faces", "rate", "reads"),
    [
        ("", "", "", None),
        ("a.b", "", "", DEFAULT_READS_PER_S),
        ("a.b", "riders", "riders=100", 100.0),
        ("a.b", "riders,members", "members=5", DEFAULT_READS_PER_S),
        ("a.b", "riders,members", "10,members=5", 10.0),
        ("", "desk", "desk=2", 2.0),
        ("", "", "desk=2", None),  # the others have no limit
    ],
)
def test_the_largest_rate_of_the_faces_of_a_name_holds(
    public: str, faces: str, rate: str, reads: float | None
) -> None:
    assert ServingOptions.parse(public, "", rate, faces=faces).reads_per_s == reads


@pytest.mark.parametrize(
    ("faces", "public", "host", "fields"),
    [
        (f"riders={RIDERS}", "", "0.0.0.0", []),
        ("desk", "", "0.0.0.0", ["--host"]),
        ("merchants,senders", "", "0.0.0.0", ["--host"]),
        (f"riders={RIDERS},desk", "", "127.0.0.1", ["--faces"]),
        (f"riders={RIDERS},desk", "a.example", "127.0.0.1", ["--faces"]),
        (f"members={MEMBERS}", "a.example", "0.0.0.0", []),
        ("riders,desk", "a.example", "0.0.0.0", []),
        ("desk=localhost", "", "127.0.0.1", ["--faces"]),
        ("desk=127.0.0.1", "", "127.0.0.1", ["--faces"]),
        ("riders=", "", "127.0.0.1", ["--faces"]),
        ("riders=a..b", "", "127.0.0.1", ["--faces"]),
        ("riders=https://x", "", "127.0.0.1", ["--faces"]),
        ("=x.example", "", "127.0.0.1", ["--faces"]),
        ("rider,Riders,desk", "", "127.0.0.1", ["--faces"]),
    ],
)
def test_where_faces_may_listen_and_what_is_no_face(
    faces: str, public: str, host: str, fields: list[str]
) -> None:
    try:
        ServingOptions.parse(public, "", "", host, faces)
        found: list[str | None] = []
    except FaultError as error:
        found = [fault.field for fault in error.faults]
    assert found == fields


@pytest.mark.parametrize(
    ("name", "faces"),
    [
        ("https://me.example", "riders"),
        ("me.example/me", "riders"),
        ("a..b", "riders"),
        ("me.example,b.example", "riders"),
        ("会员", "riders"),
        ("127.0.0.1", "riders"),
        (RIDERS, f"riders={RIDERS}"),  # where this process serves riders alone
        ("other.example", f"riders={RIDERS},members={MEMBERS}"),  # this process serves members elsewhere
    ],
)
def test_what_is_no_name_of_the_members_page_is_refused(name: str, faces: str) -> None:
    with pytest.raises(FaultError) as caught:
        ServingOptions.parse("", "", faces=faces, members_name=name)
    assert [fault.field for fault in caught.value.faults] == ["--members-name"]


@pytest.mark.parametrize(
    "rate", ["0", "-1", "many", "nan", "inf", "1e9", "members=", "nobody=5", "５０x", "50,60", "0.05"]
)
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(FaultError) as caught:
        ServingOptions.parse("a.example", "", rate)
    assert {fault.field for fault in caught.value.faults} == {"--per-client"}
