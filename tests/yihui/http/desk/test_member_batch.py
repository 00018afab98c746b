"""A sheet of people who join at once: checked in a preview, confirmed once, and deleted."""

import httpx

from tests.yihui.http.desk.officers import CASE_WORKER, ORIGIN, Officers, acts_of, text_of
from tests.yihui.http.two_districts import OTHER_UNION, UNION, TwoDistricts
from tests.yihui.services.joining_people import id_number
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.desk import load_member_page

PAGE = "/desk/members/batch"
HEADER = "姓名,身份证号,手机号"


def sheet(*serials: int, broken: bool = False) -> bytes:
    rows = [f"张三,{id_number(n)},138{n:08}" for n in serials]
    return "\n".join([HEADER, *rows, *(["李四,123,138"] if broken else [])]).encode()


def upload(
    site: Officers, content: bytes, who: str = CASE_WORKER, organisation: str = UNION
) -> httpx.Response:
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    fields = {"organisation": organisation, "form_key": site.form_key(PAGE, who)}
    return site.client.post(PAGE, data=fields, files={"file": ("s.csv", content)}, headers=headers)


def count_members(union: TwoDistricts) -> int:
    scope = OfficerScope(None, union.wiring.now().date())
    return len(load_member_page(union.wiring, scope, UNION, "", "").members)


def test_a_sheet_is_previewed_then_everybody_joins_once(site: Officers, union: TwoDistricts) -> None:
    before, sent = count_members(union), upload(site, sheet(1, 2, 3))
    assert sent.status_code == 303
    preview = sent.headers["location"]
    assert "will join: 3." in text_of(site.open(preview, CASE_WORKER))
    assert count_members(union) == before, "a preview stores nothing"
    unsigned = site.send(preview, f"{preview}/confirm", CASE_WORKER)
    assert unsigned.status_code == 422 and "has signed” is not ticked" in text_of(unsigned)
    key = site.form_key(preview, CASE_WORKER)
    for _ in range(2):  # a double click
        done = site.send(preview, f"{preview}/confirm", CASE_WORKER, key=key, signed="yes")
        assert done.status_code == 303 and done.headers["location"] == f"{PAGE}?done=joined"
    assert count_members(union) == before + 3
    assert ("li.min", "members.change.batch") in acts_of(union.wiring, UNION)
    assert site.open(preview, CASE_WORKER).status_code == 404, "the sheet is deleted"
    assert not list((union.wiring.data_folder / "uploads").glob("*/s.csv"))


def test_every_faulty_row_is_named_without_its_numbers(site: Officers, union: TwoDistricts) -> None:
    before, sent = count_members(union), upload(site, sheet(7, 7, broken=True))
    page = site.open(sent.headers["location"], CASE_WORKER)
    told = text_of(page)
    assert "faults:" in told and "stands on the sheet twice" in told
    assert id_number(7) not in page.text and "sign them up" not in told
    assert count_members(union) == before


def test_a_sheet_for_another_district_or_without_a_file_is_refused(site: Officers) -> None:
    assert upload(site, sheet(8), organisation=OTHER_UNION).status_code == 403
    assert upload(site, b"").status_code == 422
    assert upload(site, sheet(8), organisation="").status_code == 422


def test_another_officer_can_not_open_the_sheet(site: Officers) -> None:
    sent = upload(site, sheet(9))
    assert site.open(sent.headers["location"], "demo").status_code == 404
