"""What officers get of a union: their own subtrees, in lists and batches too, and an audit entry for each act."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.yihui.http.conftest import OFFICERS
from tests.yihui.http.two_districts import (
    DEMO,
    FOREIGN,
    GONE,
    HERE,
    MOVED,
    OTHER_UNION,
    OWN,
    THERE,
    UNION,
    TwoDistricts,
    build_two_districts,
    read_actor,
)
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.app import create_app

CASE_WORKER, PLANNER = "case_worker/inside", "planner/inside"
TRANSFER = {"member": OWN, "to": OTHER_UNION}
REQUEST_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TwoDistricts]:
    """The union, for tests that change nothing."""
    made = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    yield made
    made.wiring.close()


@pytest.fixture(scope="module")
def reader(read_only: TwoDistricts) -> Iterator[TestClient]:
    with site_of(read_only) as client:
        yield client


@pytest.fixture
def union(tmp_path: Path, migrated_file: Path) -> Iterator[TwoDistricts]:
    made = build_two_districts(tmp_path, migrated_file)
    yield made
    made.wiring.close()


@pytest.fixture
def client(union: TwoDistricts) -> Iterator[TestClient]:
    with site_of(union) as client:
        yield client


def site_of(union: TwoDistricts) -> TestClient:
    return TestClient(create_app(union.wiring, OFFICERS, read_actor), base_url="http://127.0.0.1")


def by(actor: str, **headers: str) -> dict[str, str]:
    return {"x-actor": actor, "accept-language": "en", **headers}


def audited(wiring: Wiring) -> list[dict[str, object]]:
    with wiring.database.read() as connection:
        rows = connection.execute(select(audit_entries).order_by(audit_entries.c.sequence)).mappings()
        return [dict(row) for row in rows]


# Lists ----------------------------------------------------------------------------------------------------


def test_the_pages_of_organisations_hold_the_officers_own_alone(reader: TestClient) -> None:
    found: list[str] = []
    query = {"limit": "1"}
    while True:
        page = reader.get("/api/v1/organisations", params=query, headers=by(PLANNER)).json()
        found += [one["code"] for one in page["organisations"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == [HERE, "370102001", UNION]
    named = reader.get(
        "/api/v1/organisations", params={"name": "工会"}, headers=by("planner/ancestor")
    ).json()
    assert {THERE, OTHER_UNION, GONE} < {one["code"] for one in named["organisations"]}


def test_only_polls_of_the_officers_scope_are_listed(reader: TestClient) -> None:
    for actor, polls in ((PLANNER, ["poll-here"]), (DEMO, ["poll-there", "poll-here"])):
        listed = reader.get("/api/v1/polls", headers=by(actor)).json()["polls"]
        assert {one["id"] for one in listed} == set(polls)


def test_places_to_join_are_the_officers_own(reader: TestClient) -> None:
    for actor, codes in ((CASE_WORKER, {HERE, "370102001", UNION}), ("case_worker/ended", None)):
        answer = reader.post("/api/v1/join/search", json={"employer": "工会"}, headers=by(actor))
        if codes is None:
            assert answer.status_code == 403
        else:
            assert {one["code"] for one in answer.json()["organisations"]} == codes


# Statistics -----------------------------------------------------------------------------------------------


def statistics(client: TestClient, actor: str, **asked: str):  # type: ignore[no-untyped-def]
    return client.get("/api/v1/statistics/members", params=asked, headers=by(actor))


def test_an_officer_counts_the_own_subtree_without_naming_it(reader: TestClient) -> None:
    assert statistics(reader, PLANNER).json() == statistics(reader, PLANNER, organisation=HERE).json()
    assert statistics(reader, PLANNER, organisation=OTHER_UNION).status_code == 403
    assert statistics(reader, PLANNER, **{"as": THERE}).status_code == 403
    assert statistics(reader, PLANNER, organisation=HERE, **{"as": UNION}).status_code in (200, 403)


def test_members_are_listed_for_those_who_may_read_members(reader: TestClient) -> None:
    refused = statistics(reader, PLANNER, list="true")
    assert refused.status_code == 403 and "members.read" in refused.text
    listed = statistics(reader, CASE_WORKER, list="true").json()
    assert [one["member"] for one in listed["members"]] == [OWN]


def test_a_transferred_member_is_counted_where_she_left_but_not_named(reader: TestClient) -> None:
    asked = {"list": "true", "measure": "transfers_out"}
    named = statistics(reader, DEMO, organisation=HERE, **asked).json()["members"]
    assert [one["member"] for one in named] == [MOVED]
    assert statistics(reader, CASE_WORKER, organisation=HERE, **asked).json()["members"] == []


# Acts -----------------------------------------------------------------------------------------------------


def test_who_transfers_needs_the_right_at_both_ends(client: TestClient, union: TwoDistricts) -> None:
    refused = client.post("/api/v1/transfer", json=TRANSFER, headers=by(CASE_WORKER))
    assert refused.status_code == 403 and OTHER_UNION in refused.text
    taken = client.post("/api/v1/transfer", json={"member": FOREIGN, "to": UNION}, headers=by(CASE_WORKER))
    assert taken.status_code == 404
    assert audited(union.wiring) == []
    memberships = f"/api/v1/members/{OWN}/memberships"
    assert client.get(memberships, headers=by(CASE_WORKER)).status_code == 200
    done = client.post("/api/v1/transfer", json=TRANSFER, headers=by("case_worker/ancestor"))
    assert done.status_code == 201 and done.json()["organisation"] == OTHER_UNION
    assert client.get(memberships, headers=by(CASE_WORKER)).status_code == 404  # the new organisation's only


def test_an_act_is_audited_with_the_role_and_the_deputy(client: TestClient, union: TwoDistricts) -> None:
    left = {"act": "leave", "reason": "离职"}
    path = f"/api/v1/members/{OWN}/membership"
    done = client.post(path, json=left, headers=by("case_worker/deputy", **{"x-request-id": REQUEST_ID}))
    assert done.status_code == 201
    (entry,) = audited(union.wiring)
    assert (entry["actor"], entry["role"], entry["deputy_of"]) == ("li.min", "case_worker", "wang.fang")
    assert (entry["organisation"], entry["act"]) == (UNION, "members.change.leave")
    assert (entry["object_kind"], entry["object_id"], entry["request_id"]) == ("member", OWN, REQUEST_ID)
    assert json.loads(str(entry["changes"]))["after"]["status"] == "left"
    assert client.post(path, json={"act": "leave"}, headers=by(CASE_WORKER)).status_code == 409
    assert len(audited(union.wiring)) == 1  # what is refused is undone with its entry


def test_the_session_says_who_acts_and_not_the_body(reader: TestClient) -> None:
    for name in ("li.min", "zhang.wei"):
        body = {**TRANSFER, "by": name}
        refused = reader.post("/api/v1/transfer", json=body, headers=by("case_worker/ancestor"))
        assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "by"
    unnamed = reader.post("/api/v1/transfer", json=TRANSFER, headers=by(DEMO))
    assert unnamed.status_code == 422 and unnamed.json()["errors"][0]["field"] == "by"


# An installation that is no demo --------------------------------------------------------------------------
