"""/api/v1/organisations/{code}/duties and …/overdue; only on the private site. Today is 2026-11-20."""

from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.test_organisations_api import LIST, found_all
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.services.members import duties
from yihui.services.members.duties import record_duty

pytestmark = pytest.mark.endure

CITY, TOWN, SHOP = "370100", "370102001", "370102001-00012"


@pytest.fixture
def client(wiring: Wiring) -> Iterator[TestClient]:
    found_all(wiring)
    counted = {"on": date(2026, 6, 30), "number": 31, "by": "li.min"}
    record_duty(wiring, SHOP, "organisation.members_counted", counted)
    for period in ("2026-Q1", "2026-Q2"):
        paid = {"on": date(2026, 6, 30), "period": period, "amount_fen": 0, "by": "li.min"}
        record_duty(wiring, TOWN, "organisation.dues_received", paid)
        record_duty(wiring, TOWN, "organisation.dues_passed_up", {**paid, "to": "370102"})
    with TestClient(create_app(wiring), base_url="http://127.0.0.1") as made:
        yield made


def test_duties_show_what_is_recorded_and_null_for_what_is_not(client: TestClient) -> None:
    here = client.get(f"{LIST}/{SHOP}/duties").json()
    duty = {(one["duty"], one["period"]): one for one in here["duties"]}
    assert duty["member_count", "2026"]["done_on"] == "2026-06-30"
    assert duty["dues_received", "2026-Q1"] == {
        "duty": "dues_received",
        "report": None,
        "period": "2026-Q1",
        "status": "overdue",
        "due_on": "2026-04-30",
        "done_on": None,
        "assumed_term": False,
    }
    assert [one["number"] for one in here["records"]] == [31]
    early = client.get(f"{LIST}/{SHOP}/duties", params={"on": "2017-12-31"}).json()
    assert (early["is_there"], early["duties"]) == (False, [])
    assert client.get(f"{LIST}/370199/duties").status_code == 404


def test_what_is_overdue_is_paged_by_organisation(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get(f"{LIST}/{CITY}/overdue", params={"on": "2026-08-01"}).json()
    codes = [one["code"] for one in whole["organisations"]]
    assert TOWN not in codes and codes == ["370100", "370102", SHOP, "370102001-00013"]
    assert whole["next"] is None
    monkeypatch.setattr(duties, "MAX_EXAMINED", 2)
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(5):
        asked = {"limit": "3", "on": "2026-08-01"} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"{LIST}/{CITY}/overdue", params=asked).json()
        seen += [one["code"] for one in page["organisations"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == codes
    unknown = client.get(f"{LIST}/{TOWN}/overdue", params={"on": "2026-08-01", "unknown": "true"}).json()
    assert unknown["organisations"][0]["duties"][0]["status"] == "unknown"
    assert client.get(f"{LIST}/{CITY}/overdue", params={"on": "2017-01-01"}).status_code == 404
    assert client.get(f"{LIST}/{CITY}/overdue", params={"limit": "0"}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/370102/overdue?unknwon=true",
        "/370102/overdue?cursor=x",
        "/370102/duties?on=2026-02-30",
        "/３７０１０２/duties",
    ],
)
def test_what_bad_input_gets(client: TestClient, path: str) -> None:
    answer = client.get(LIST + path)
    assert answer.status_code == 422, answer.text
    assert all(one["message"] and one["remedy"] for one in answer.json()["errors"])


def test_the_public_site_does_not_serve_them(wiring: Wiring) -> None:
    found_all(wiring)
    public = create_app(wiring, ServingOptions(public=frozenset({"yihui.example"})))
    with TestClient(public, base_url="http://yihui.example") as site:
        assert site.get(f"{LIST}/{TOWN}/duties").status_code == 404
        assert site.get(f"{LIST}/{TOWN}/overdue").status_code == 404
