"""/api/v1/transfer and the acts on memberships over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.members.organisations.acting import NOW, codes_of, event_of, handle
from tests.yihui.http.conftest import OFFICERS
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app

A, B = "370202001-00001", "370202001-00002"
TRANSFER = {"member": "m-1", "to": B, "by": "li.min"}


@pytest.fixture
def site(migrated_file: Path, tmp_path: Path) -> Iterator[TestClient]:
    path = tmp_path / "yihui.db"
    path.write_bytes(migrated_file.read_bytes())
    wiring = build_wiring(Settings(str(path), tmp_path), now=lambda: NOW)
    acts = [event_of("organisation.founded", code, "2020-01-01", name="示例工会") for code in (A, B)]
    acts.append(event_of("member.joined", "m-1", "2026-03-01", organisation=A, joined_on="2026-03-01"))
    with wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    yield TestClient(create_app(wiring, OFFICERS))
    wiring.database.close()


def test_a_transfer_is_recorded_once_for_one_key(site: TestClient) -> None:
    key = {"Idempotency-Key": "key-0001"}
    first, again = (site.post("/api/v1/transfer", json=TRANSFER, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() | {"is_new": False} == again.json()
    assert (first.json()["before"], first.json()["organisation"]) == (A, B)
    listed = site.get("/api/v1/members/m-1/memberships").json()["memberships"]
    assert [(one["organisation"], one["until"]) for one in listed] == [(A, "2026-10-03"), (B, None)]
    other = site.post("/api/v1/transfer", json={**TRANSFER, "to": A}, headers=key)
    assert other.status_code == 409 and "已用于另一件事" in other.json()["errors"][0]["message"]
