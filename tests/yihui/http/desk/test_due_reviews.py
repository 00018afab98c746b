"""Reviews of hardship that are due: counted on the first page, listed, and found by search, in the own subtree."""

from tests.yihui.http.desk.officers import CASE_WORKER, DEMO, Officers, text_of
from tests.yihui.http.desk.test_hardship import LIST, OPENED
from tests.yihui.http.two_districts import FOREIGN, OWN, THERE, TwoDistricts


def open_file(site: Officers, who: str, **fields: str) -> str:
    opened = site.send(LIST, LIST, who, **{**OPENED, **fields})
    assert opened.status_code == 303, text_of(opened)
    return opened.headers["location"].partition("?")[0]


def test_a_review_that_is_due_waits_on_the_first_page_until_it_is_done(
    site: Officers, union: TwoDistricts
) -> None:
    waits = "reviews of hardship that are due"
    assert f"1 {waits}" not in text_of(site.open("/desk", CASE_WORKER))
    other = open_file(site, DEMO, **{"organisation": THERE, "member-1": FOREIGN})
    assert f"1 {waits}" not in text_of(site.open("/desk", CASE_WORKER)), "of another district"
    page = open_file(site, CASE_WORKER)
    home = site.open("/desk", CASE_WORKER)
    assert f"1 {waits}" in text_of(home) and 'href="/desk/hardship?only=due"' in home.text
    assert f"2 {waits}" in text_of(site.open("/desk", DEMO))
    for sought in (page.rpartition("/")[2], OWN, "复核"):
        found = site.open(f"/desk/search?q={sought}", CASE_WORKER).text
        assert f'href="{page}"' in found and f'href="{other}"' not in found, sought
    assert f'href="{other}"' not in site.open(f"/desk/search?q={FOREIGN}", CASE_WORKER).text
    assert f'href="{page}"' not in site.open("/desk/search?q=复核", "hotline_agent/inside").text
    for sought in ("9" * 30, "0", "٣"):  # no number of a file
        assert site.open(f"/desk/search?q={sought}", CASE_WORKER).status_code == 200
    listed = site.open(f"{LIST}?only=due", CASE_WORKER).text
    assert f'href="{page}"' in listed and f'href="{other}"' not in listed
    review = {"act": "review", "level": "深度困难", "reason": "已核对"}
    assert site.send(page, f"{page}/acts", DEMO, **review).status_code == 303
    assert f"1 {waits}" not in text_of(site.open("/desk", CASE_WORKER))
    assert f'href="{page}"' not in site.open("/desk/search?q=复核", CASE_WORKER).text
