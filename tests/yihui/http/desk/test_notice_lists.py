"""A whole list published on one page: ticked, sent once, shown with masked names, printed, in Chromium."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.yihui.http.desk.officers import CASE_WORKER, ORIGIN, Officers, acts_of, open_desk, text_of
from tests.yihui.http.desk.test_applications import SECOND, Desk, act, desk, read_visitor
from tests.yihui.http.two_districts import FOREIGN, OWN

__all__ = ["desk"]
PAGE = "/desk/applications/publishing"
DRAFT = f"{PAGE}?programme=困难帮扶"


@pytest.fixture
def site(desk: Desk) -> Iterator[Officers]:
    with open_desk(desk.wiring, read_visitor) as opened:
        assert act(opened, desk, "accept") == act(opened, desk, "accept", SECOND) == 303
        yield opened


def choices(site: Officers, who: str = CASE_WORKER) -> list[str]:
    return re.findall(r'name="chosen" value="([0-9:]+)"', site.open(DRAFT, who).text)


def publish(site: Officers, chosen: list[str], who: str = CASE_WORKER, **fields: str) -> httpx.Response:
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    sent = {"programme": "困难帮扶", "checked": "yes", "chosen": chosen, **fields}
    sent["form_key"] = fields.get("form_key") or site.form_key(DRAFT, who)
    return site.client.post(PAGE, data=sent, headers=headers)


def test_a_list_is_published_once_and_each_name_leads_to_its_application(site: Officers, desk: Desk) -> None:
    assert (
        "欧阳**" in site.open(DRAFT, CASE_WORKER).text and FOREIGN not in site.open(DRAFT, CASE_WORKER).text
    )
    chosen, key = choices(site), site.form_key(DRAFT, CASE_WORKER)
    for _ in range(2):  # a double click
        done = publish(site, chosen, form_key=key)
        assert (done.status_code, done.headers["location"]) == (
            303,
            "/desk/applications/lists/1?done=published",
        )
    page = site.open(done.headers["location"], CASE_WORKER)
    assert "the list was published" in text_of(page) and "shown from 2026-10-03 to 2026-10-08" in text_of(
        page
    )
    assert f'href="/desk/applications/{desk.number()}"' in page.text
    poster = site.open("/desk/applications/lists/1?poster=1", CASE_WORKER)
    for shown in (page, poster):
        assert "欧阳**" in shown.text and "春花" not in shown.text and OWN not in shown.text
    assert ("li.min", "applications.decide.publish_list") in acts_of(desk.wiring, OWN)
    assert ("li.min", "applications.decide.publish_list") in acts_of(desk.wiring, "1")
    assert "/desk/applications/lists/1" in site.open("/desk/applications/notices", CASE_WORKER).text
    assert act(site, desk, "withdraw") == 303
    assert "no longer on the list" in text_of(site.open("/desk/applications/lists/1", CASE_WORKER))
    assert "欧阳**" not in site.open("/desk/applications/lists/1?poster=1", CASE_WORKER).text
