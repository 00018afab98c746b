"""A list of organisations at the desk: taken over only as its preview showed it, and not kept afterwards."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import open_desk
from tests.yihui.http.two_districts import HERE, TwoDistricts
from tools.servers.desk import DEMO, ORIGIN, Officers
from yihui.cases.organisations.state import read_state

FORM = "/desk/organisations/import"
LIST, OTHER = (f"组织代码,组织名称\n{HERE},{name}\n".encode() for name in ("历下区总工会", "历城区总工会"))


@pytest.fixture
def site(fresh_union: TwoDistricts) -> Iterator[Officers]:
    with open_desk(fresh_union.wiring) as opened:
        yield opened


def send(site: Officers, content: bytes = b"", **fields: str) -> httpx.Response:
    sent = {"form_key": site.form_key(FORM, DEMO), **fields}
    headers = {"x-actor": DEMO, "origin": ORIGIN, "accept": "text/html"}
    files = {"list": ("list.csv", content)} if content else None
    answer: httpx.Response = site.client.post(FORM, data=sent, files=files, headers=headers)
    return answer


def hidden(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'name="(previewed|list_upload)" value="([\w.]+)"', page.text))


def test_a_list_is_taken_over_as_its_preview_showed_it_and_then_deleted(
    site: Officers, fresh_union: TwoDistricts
) -> None:
    def name() -> str:
        with fresh_union.wiring.database.read() as connection:
            return read_state(connection, HERE, NOW.date()).last.name

    before = name()
    shown = send(site, LIST)
    assert shown.status_code == 200 and "历下区总工会" in shown.text and name() == before, (
        "a preview comes first"
    )
    other = send(site, OTHER, previewed=hidden(shown)["previewed"])
    assert other.status_code == 200 and "历城区总工会" in other.text and name() == before, "of this list, too"
    assert send(site, **hidden(shown)).status_code == 303 and name() == "历下区总工会"
    assert send(site, **hidden(shown)).status_code == 404, "the file is deleted"


def test_a_list_of_a_whole_city_is_no_too_long_body(site: Officers) -> None:
    assert send(site, LIST + b"\n" * (300 << 10)).status_code == 200
