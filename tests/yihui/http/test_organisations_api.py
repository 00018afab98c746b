"""/api/v1/organisations: a search, one organisation on a day, and its tree; only on the private site."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.conftest import OFFICERS
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.services.organisations.organisations import carry_out_act

LIST = "/api/v1/organisations"
ORGANISATIONS = {
    "370100": "济南市总工会",
    "370102": "历下区总工会",
    "370102001": "解放路街道工会联合会",
    "370102001-00012": "历下区示例快递公司工会",
    "370102001-00013": "历下区示例外卖站工会",
}


def found_all(wiring: Wiring) -> None:
    for code, name in ORGANISATIONS.items():
        data = {"on": date(2018, 1, 1), "name": name, "by": "li.min"}
        carry_out_act(wiring, code, "organisation.founded", data)


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    """It is only read."""
    found_all(filled)
    into = {"on": date(2024, 5, 1), "into": "370102001-00012", "by": "li.min"}
    carry_out_act(filled, "370102001-00013", "organisation.merged", into)
    return TestClient(create_app(filled, OFFICERS))


def codes(answer: dict[str, Any]) -> list[str]:
    return [one["code"] for one in answer["organisations"]]


def test_a_search_is_paged_and_answers_with_the_days_tree(client: TestClient) -> None:
    first = client.get(LIST, params={"name": "快递", "on": "2020-01-01"}).json()
    assert codes(first) == ["370102001-00012"] and first["next"] is None
    assert codes(client.get(LIST, params={"name": "示例", "on": "2020-01-01"}).json())[1:] == [
        "370102001-00013"
    ]
    assert codes(client.get(LIST, params={"name": "示例"}).json()) == ["370102001-00012"]
    seen: list[str] = []
    cursor: str | None = None
    for _ in ORGANISATIONS:
        asked = {"limit": "2", "on": "2020-01-01"} | ({"cursor": cursor} if cursor else {})
        page = client.get(LIST, params=asked).json()
        seen, cursor = seen + codes(page), page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ORGANISATIONS)
    other = client.get(LIST, params={"limit": 2, "on": "2020-01-02", "cursor": "AAAA"})
    assert other.status_code == 422


def test_one_organisation_has_its_path_children_and_successors(client: TestClient) -> None:
    here = client.get(f"{LIST}/370102001").json()
    assert [one["name"] for one in here["path"]] == [None, *list(ORGANISATIONS.values())[:3]]
    assert [one["code"] for one in here["children"]] == ["370102001-00012"] and here["child_count"] == 1
    gone = client.get(f"{LIST}/370102001-00013").json()
    assert gone["organisation"] is None and gone["last"]["ended"] == "merged"
    assert [one["code"] for one in gone["successors"]] == ["370102001-00012"]
    then = client.get(f"{LIST}/370102001-00013", params={"on": "2020-01-01"}).json()
    assert then["organisation"]["name"] == "历下区示例外卖站工会" and then["successors"] == []


def test_the_tree_lists_each_after_its_parent_to_the_depth(client: TestClient) -> None:
    tree = client.get(f"{LIST}/370102/tree", params={"depth": 1}).json()
    assert [(one["code"], one["level"]) for one in tree["organisations"]] == [("370102", 0), ("370102001", 1)]
    first = client.get(f"{LIST}/370102/tree", params={"depth": 3, "limit": 2}).json()
    rest = client.get(f"{LIST}/370102/tree", params={"depth": 3, "limit": 2, "cursor": first["next"]}).json()
    assert codes(first) + codes(rest) == ["370102", "370102001", "370102001-00012"]
