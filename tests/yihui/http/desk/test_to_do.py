"""What waits on an officer's first page, with a link, until it is decided: of the own subtree, and not of oneself."""

import re

from tests.yihui.budgets import propose_budget, set_budget
from tests.yihui.http.desk.officers import CASE_WORKER
from tests.yihui.http.desk.test_hardship import LIST, OPENED, REVIEW
from tests.yihui.http.desk.test_mutual_aid import send_act
from tests.yihui.http.two_districts import FOREIGN, OTHER_UNION, OWN, THERE, UNION, TwoDistricts
from tools.servers.desk import DEMO, Officers, text_of

RELEASER, ENDED, ADMINISTRATOR = "finance_releaser/ancestor", "case_worker/ended", "administrator/inside"
DUE = "organisations whose election or count of members is due"


def test_events_that_wait_may_concern_any_member_and_are_not_shown_to_a_district(site: Officers) -> None:
    assert site.open("/desk/stream", "administrator/inside").status_code == 403
    navigation = site.open("/desk", "administrator/inside").text.split("<main")[0]
    assert 'href="/desk/stream"' not in navigation
    assert site.open("/desk/stream", "administrator/ancestor").status_code == 200


def elect(site: Officers, code: str, who: str, version: int, **fields: str) -> int:
    page, form = (
        f"/desk/organisations/{code}",
        {"document": "选举办法", "version": str(version), "checked": "yes"},
    )
    return site.send(page, f"{page}/elect", who, **form, **fields).status_code


def test_an_election_is_in_the_to_do_when_its_term_ends(site: Officers) -> None:
    assert count(site, DUE, ADMINISTRATOR) == 0
    for code, who in ((UNION, ADMINISTRATOR), (OTHER_UNION, DEMO)):
        assert elect(site, code, who, 1, on="2023-12-01", term_years="3") == 303
    assert count(site, DUE, ADMINISTRATOR) == 1, "the one of another district is not hers"
    assert 'href="/desk/organisations?due=yes"' in site.open("/desk", ADMINISTRATOR).text
    listed = site.open("/desk/organisations?due=yes", ADMINISTRATOR).text
    assert f"/desk/organisations/{UNION}" in listed and OTHER_UNION not in listed
    assert elect(site, UNION, ADMINISTRATOR, 2, on="2026-10-01", term_years="5") == 303
    assert count(site, DUE, ADMINISTRATOR) == 0


def count(site: Officers, words: str, who: str) -> int | None:
    """Return how much of a kind waits on an officer's first page; 0 if none, None if the kind isn't named."""
    page = text_of(site.open("/desk", who))
    found = re.search(rf"{words} (\d+)", page)
    return int(found[1]) if found else 0 if words in page else None


def test_a_changed_budget_waits_for_who_may_confirm_it(site: Officers, union: TwoDistricts) -> None:
    words = "changes of budgets to confirm"
    assert count(site, words, RELEASER) == 0
    for budget, by in (("cakes", "wang"), ("tea", "li.min")):
        set_budget(union.wiring, budget, "1000", by)
        propose_budget(union.wiring, budget, "2000", by)
    assert count(site, words, RELEASER) == 1, "an own proposal doesn't wait for its officer"
    assert 'href="/desk/money/budgets?state=waiting"' in site.open("/desk", RELEASER).text
    assert count(site, words, DEMO) == 2
    assert count(site, words, "finance_releaser/inside") == 0, "no rule of hers names them"
    assert count(site, words, CASE_WORKER) is None
    page = "/desk/money/budgets/cakes"
    version = re.search(r'name="version" value="(\d+)"', site.open(page, RELEASER).text)
    assert version
    confirmed = site.send(page, f"{page}/confirm", RELEASER, version=version[1])
    assert confirmed.headers.get("location") == f"{page}?done=confirm", text_of(confirmed)
    assert count(site, words, RELEASER) == 0


def open_case_file(site: Officers, who: str = CASE_WORKER, **fields: str) -> str:
    """Open a case file of a household; return the path of its page."""
    return send_act(site, f"{LIST}/open", who, **{**OPENED, **fields})


def test_a_review_that_is_due_waits_on_the_first_page_until_it_is_done(
    site: Officers, union: TwoDistricts
) -> None:
    waits = "reviews of hardship that are due"
    assert f"{waits} 1" not in text_of(site.open("/desk", CASE_WORKER))
    other = open_case_file(site, DEMO, organisation=THERE, member=FOREIGN)
    assert f"{waits} 1" not in text_of(site.open("/desk", CASE_WORKER)), "of another district"
    page = open_case_file(site)
    home = site.open("/desk", CASE_WORKER)
    assert f"{waits} 1" in text_of(home) and 'href="/desk/hardship/files?state=due"' in home.text
    assert f"{waits} 2" in text_of(site.open("/desk", DEMO)) and count(site, waits, ENDED) is None
    for sought in (page.rpartition("/")[2], OWN, "复核"):
        found = site.post("/desk/search", CASE_WORKER, q=sought).text
        assert f'href="{page}"' in found and f'href="{other}"' not in found, sought
    assert f'href="{other}"' not in site.post("/desk/search", CASE_WORKER, q=FOREIGN).text
    assert f'href="{page}"' not in site.post("/desk/search", "hotline_agent/inside", q="复核").text
    for sought in ("9" * 30, "0", "٣"):  # no number of a file
        assert site.post("/desk/search", CASE_WORKER, q=sought).status_code == 200
    listed = site.open(f"{LIST}?state=due", CASE_WORKER).text
    assert f'href="{page}"' in listed and f'href="{other}"' not in listed
    send_act(site, f"{page}/review", DEMO, version="1", **REVIEW)
    assert f"{waits} 1" not in text_of(site.open("/desk", CASE_WORKER))
    assert f'href="{page}"' not in site.post("/desk/search", CASE_WORKER, q="复核").text
