"""Sessions of a station on its page: those that members can attend, and nothing else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from shutil import copy

import pytest
from fastapi.testclient import TestClient

from geo.registry import Register, import_stations
from tests.yihui.http.keeper_pages import app_of
from tests.yihui.http.riding import NOW, STATIONS
from tests.yihui.http.test_sessions_api import YOGA
from yihui.bootstrap import Settings, build_wiring
from yihui.services.benefits.sessions import close_session, create_session
from yihui.services.rules.life import RuleService

CARE = """
id: summer-care
title: 暑期托管班<b>
kind: childcare
station: palace
owner: "370000"
basis: [{kind: example, note: 测试用}]
from: 2027-07-05
until: 2027-07-30
weekdays: [1, 2, 3, 4, 5]
begins: "08:00"
ends: "17:30"
places: 20
enrolment: {mode: lottery, from: 2027-06-01, until: 2027-06-20}
"""
FILES = {
    "yoga": YOGA.replace("quancheng", "palace"),
    "summer-care": CARE,
    "draft": CARE.replace("summer-care", "draft").replace("暑期托管班<b>", "没批准的班"),
    "closed": YOGA.replace("id: yoga", "id: closed")
    .replace("瑜伽课", "停办的课")
    .replace("quancheng", "palace"),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("site")
    database = str(copy(migrated_file, folder / "yihui.db"))
    wiring = build_wiring(Settings(database=database, data_folder=folder), now=lambda: NOW)
    with wiring.database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, source, list(STATIONS), NOW - timedelta(days=9), confirmed=True)
    for name, text in FILES.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
        create_session(wiring, folder / f"{name}.yaml", "li.min")
        if name != "draft":
            RuleService(wiring).approve(name, "gh-017", seen=True)
    close_session(wiring, "closed", "gh-017", "教室装修")
    yield app_of(wiring)
    wiring.database.close()


def sessions_of(client: TestClient, **asked: str) -> list[str]:
    """The lines about sessions, as one reads them."""
    html = client.get("/", params={**asked, "part": "answer"}).text
    lines = re.findall(r"<li data-session=.*?</li>", html, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", line)).split()) for line in lines]


def test_a_stations_page_shows_the_sessions_that_members_can_attend(client: TestClient) -> None:
    yoga, care = sessions_of(client, station="palace", lang="zh")
    for text in (
        "瑜伽课",
        "2026-11-16 至 2026-11-30，18:00–19:30；本周 11-20",
        "名额 1 个，还剩 1 个",
        "先到先得",
    ):
        assert text in yoga
    assert "暑期托管班<b>" in care
    assert "抽签决定名额" in care
    assert "first come first served" in sessions_of(client, station="palace", lang="en")[0]


def test_a_station_without_sessions_and_a_list_have_no_such_part(client: TestClient) -> None:
    assert sessions_of(client, station="spring") == []
    assert sessions_of(client, lon="117.0150", lat="36.6600", datum="wgs84") == []
