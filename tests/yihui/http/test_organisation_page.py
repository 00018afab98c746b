"""The page of an organisation that everybody reads, and its members' part."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shutil import copytree

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.conftest import NOW, RIDERS, Clock, wire_register
from tests.yihui.http.organisation_page_town import CODE, PAGE, plant_pages, write_page
from tests.yihui.organising import edit_page, organise, publish_page
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.cases.organisations.acts import MERGE
from yihui.cases.organisations.page_versions import WITHDRAW
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience

PATH = f"/organisations/{CODE}"
STATIONS = "quancheng, night"
SITE = ServingOptions(chosen=frozenset({Audience.OFFICERS, Audience.RIDERS}))
PUBLIC = ServingOptions(public=frozenset({"yihui.example"}))


@pytest.fixture(scope="module")
def planted_folder(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's folder with the page and the keys, to be copied."""
    folder = tmp_path_factory.mktemp("planted")
    made = wire_register(register_file, folder)
    plant_pages(made, STATIONS)
    made.close()
    return folder


def wire_copy(planted_folder: Path, folder: Path, now: Callable[[], datetime] = lambda: NOW) -> Wiring:
    copytree(planted_folder, folder, dirs_exist_ok=True)
    return build_wiring(Settings(str(folder / "yihui.db"), folder), now=now)


@pytest.fixture(scope="module")
def planted(planted_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    """For tests that only read."""
    made = wire_copy(planted_folder, tmp_path_factory.mktemp("read"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def reader(planted: Wiring) -> TestClient:
    return TestClient(create_app(planted, SITE))


@pytest.fixture
def wiring(planted_folder: Path, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = wire_copy(planted_folder, tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def client(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring, RIDERS))


def test_the_public_part_holds_only_what_the_officers_chose_to_publish(reader: TestClient) -> None:
    page = reader.get(PATH).text
    for shown in ("张三", "冬季送温暖", "泉城路户外劳动者驿站", "join.svg"):
        assert shown in page, shown
    for hidden in ("李四", "王五", "会员大会", "二楼", "过去的公告", "以后的公告", "前主席"):
        assert hidden not in page, hidden
    members = reader.get(f"{PATH}/members")
    assert members.headers["cache-control"] == "no-store"
    for shown in ("张三", "李四", "会员大会", "二楼"):
        assert shown in members.text, shown
    assert "王五" not in members.text


def test_the_public_site_serves_the_public_part_alone(planted: Wiring) -> None:
    with TestClient(create_app(planted, PUBLIC), base_url="http://127.0.0.1") as client:
        page = client.get(PATH)
        assert page.status_code == 200 and "李四" not in page.text and f"{PATH}/members" not in page.text
        assert client.get(f"{PATH}/members").status_code == 404


def test_frames_are_allowed_by_the_setting_and_for_the_embedded_form_alone(planted: Wiring) -> None:

    def policies(made: Wiring) -> list[str]:
        client = TestClient(create_app(made, SITE))
        answers = [client.get(path) for path in (PATH, f"{PATH}?embed", f"{PATH}/members?embed")]
        told = [answer.headers["content-security-policy"] for answer in answers]
        return [text.partition("frame-ancestors ")[2].partition(";")[0] for text in told]

    assert policies(planted) == ["'none'"] * 3
    named = replace(planted, settings=replace(planted.settings, frame_ancestors=("https://app.example",)))
    assert policies(named) == ["'none'", "https://app.example", "'none'"]


def test_a_draft_and_a_withdrawn_page_are_not_shown(client: TestClient, wiring: Wiring) -> None:
    edit_page(wiring, CODE, write_page(wiring.data_folder, "about: 新的介绍\n"))
    assert "新的介绍" not in client.get(PATH).text
    publish_page(wiring, CODE, number=2)
    assert "新的介绍" in client.get(PATH).text and client.get(f"{PATH}/logo.png").status_code == 404
    publish_page(wiring, CODE, number=1)
    assert "冬季送温暖" in client.get(PATH).text
    organise(wiring, WITHDRAW, CODE)
    page = client.get(PATH).text
    assert "冬季送温暖" not in page and "解放路街道工会联合会" in page
    assert client.get(f"{PATH}/theme.css").text == ":root {  }\n"


def test_the_page_of_an_ended_organisation_leads_to_where_its_members_went(
    client: TestClient, wiring: Wiring
) -> None:
    organise(wiring, MERGE, CODE, into="370102")
    page = client.get(PATH)
    assert page.status_code == 200 and 'href="/organisations/370102"' in page.text
    assert "冬季送温暖" not in page.text and "join.svg" not in page.text


def test_words_of_officers_are_never_elements(client: TestClient, wiring: Wiring) -> None:
    hostile = PAGE.replace("解放路职工之家", "'<img src=x onerror=alert(1)>'").replace(
        "主席, name: 张三", "'<script>', name: '\"><i>'"
    )
    edit_page(wiring, CODE, write_page(wiring.data_folder, hostile % STATIONS))
    publish_page(wiring, CODE)
    page = client.get(PATH).text
    assert "<script>" not in page and "<img src=x" not in page and "<i>" not in page


def test_an_unknown_organisation_is_a_page_that_says_so(reader: TestClient) -> None:
    for path in ("/organisations/370199", "/organisations/370199/members"):
        answer = reader.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404 and "370199" in answer.text
    for code in ("37010", "３７０１０２", "370102%2F..%2F", "370102001-1"):
        assert reader.get(f"/organisations/{code}").status_code in (404, 422)
