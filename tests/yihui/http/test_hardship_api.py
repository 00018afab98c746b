"""/api/v1/hardship: case files over HTTP, with the rules of the officers' pages. Today is 2026-11-20."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.two_districts import HERE, OWN, build_two_districts, read_actor
from yihui.http.app import create_app

FILES = "/api/v1/hardship/files"
FIRST, SECOND, AUDITOR = "case_worker/inside", "demo", "auditor/inside"
OPENED: dict[str, Any] = {
    "organisation": HERE,
    "level": "深度困难",
    "persons": [
        {"relation": "self", "member": OWN, "income": "2000", "name": "张三"},
        {"relation": "child", "name": "张小一"},
    ],
    "causes": ["illness"],
    "plan": "申请大病救助",
}


class Api:
    """Requests of officers; a refusal is returned as its status and its first sentence."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, who: str = FIRST) -> Any:
        return self._read(self.client.get(path, headers={"x-actor": who, "accept-language": "en"}))

    def post(self, path: str, who: str = FIRST, **body: Any) -> Any:
        return self._read(
            self.client.post(path, json=body, headers={"x-actor": who, "accept-language": "en"})
        )

    def act(self, act: str, version: int, who: str = FIRST, **body: Any) -> Any:
        return self.post(f"{FILES}/1/acts", who, act=act, version=version, **body)

    def _read(self, answer: httpx.Response) -> Any:
        if answer.is_success:
            return answer.json()
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["errors"][0]["message"]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Api]:
    union = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    app = create_app(union.wiring, actor_finder=read_actor)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        made = Api(client)
        opened = made.post(FILES, **OPENED)
        assert (opened["number"], opened["state"], opened["version"]) == (1, "filed", 1)
        yield made
    union.wiring.close()


def test_a_case_file_goes_from_its_opening_to_a_visit_by_two_officers(api: Api) -> None:
    assert api.act("review", 1, level="深度困难", reason="核对")[0] == 422, "its own author reviews it not"
    assert api.act("review", 1, SECOND, level="深度困难", reason="核对")["state"] == "on_file"
    assert api.act("measure", 2, kind="job", text="推荐岗位")["measures"][0]["kind"] == "job"
    planned = api.act("plan_visit", 3, member=OWN, on="2026-10-03", amount="500", purpose="国庆慰问")
    assert planned["visits"][0]["amount_fen"] == 50_000
    assert [one["number"] for one in api.get(f"{FILES}?visits=true")["files"]] == [1]
    assert api.act("release_visit", 4, visit=1)[0] == 422, "who planned it releases nothing"
    assert api.act("release_visit", 4, SECOND, visit=1)["visits"][0]["state"] == "released"
    assert api.act("end_visit", 5, visit=1, reason="家中无人")["visits"][0]["state"] == "returned"
    changed = api.act("change", 6, plan="申请低保", reason="变化")
    assert (changed["plan"], changed["causes"]) == ("申请低保", ["illness"])
    shown = api.get(f"{FILES}/1", AUDITOR)
    assert [one["act"] for one in shown["history"]][-1] == "change" and shown["attachments"] == []
    assert shown["persons"][0]["name"] == "张*" and "张三" not in str(shown)
    assert api.post(f"{FILES}/1/names", reason="核对身份")["names"] == {"1": "张三", "2": "张小一"}
    assert api.act("close", 7, reason="已脱困")["state"] == "closed"
    assert api.act("reopen", 8, level="一般困难", reason="返困")["state"] == "filed"
    assert api.act("close", 1, reason="已脱困")[0] == 409, "another version was seen"
