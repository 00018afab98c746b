"""An election and a count of members at the desk: recorded on a form, due on the page, listed in the to-do."""

from tests.yihui.http.desk.officers import Officers, text_of
from tests.yihui.http.two_districts import OTHER_UNION, UNION

ADMINISTRATOR = "administrator/inside"
DUE = "organisations whose election or count of members is due"


def record(site: Officers, code: str, who: str = ADMINISTRATOR, **fields: str) -> int:
    page = f"/desk/organisations/{code}"
    return site.send(page, f"{page}/acts", who, document="选举办法", **fields).status_code


def test_an_election_is_on_the_page_and_in_the_to_do_when_its_term_ends(site: Officers) -> None:
    page = f"/desk/organisations/{UNION}"
    assert "next election: no election is recorded" in text_of(site.open(page, ADMINISTRATOR))
    assert f"1 {DUE}" not in text_of(site.open("/desk", ADMINISTRATOR))
    assert record(site, UNION, kind="election_held", on="2023-12-01", term_years="3") == 303
    assert record(site, OTHER_UNION, "demo", kind="election_held", on="2023-12-01", term_years="3") == 303
    shown = text_of(site.open(page, ADMINISTRATOR))
    assert "next election: due by 2026-12-01" in shown and "election held term in years: 3" in shown
    home = site.open("/desk", ADMINISTRATOR)
    assert f"1 {DUE}" in text_of(home), "the one of another district is not hers"
    assert 'href="/desk/organisations?due=true"' in home.text
    listed = site.open("/desk/organisations?due=true", ADMINISTRATOR).text
    assert f"/desk/organisations/{UNION}" in listed and OTHER_UNION not in listed
    assert record(site, UNION, kind="election_held", on="2026-10-01", term_years="5") == 303
    assert "next election: due by 2031-10-01" in text_of(site.open(page, ADMINISTRATOR))
    assert UNION not in site.open("/desk/organisations?due=true", ADMINISTRATOR).text


def test_a_count_of_members_says_when_the_next_one_is_due(site: Officers) -> None:
    page = f"/desk/organisations/{UNION}"
    assert "next count of members: no count is recorded" in text_of(site.open(page, ADMINISTRATOR))
    for typed in ("", "-3", "many", "9" * 4_400):
        assert record(site, UNION, kind="members_counted", on="2026-10-01", number=typed) == 422, typed
    assert record(site, UNION, kind="members_counted", on="2026-10-01", number="３１") == 303
    shown = text_of(site.open(page, ADMINISTRATOR))
    assert "next count of members: due by 2028-01-31" in shown and "members counted 31" in shown
