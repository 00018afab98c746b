"""A rule written from a notice on the desk: checked as one types, submitted once, refused with what was typed."""

import re

from sqlalchemy import func, select

from benefits.tables.rulebook import rule_versions
from tests.yihui.http.desk.officers import Officers, text_of
from tests.yihui.http.two_districts import TwoDistricts

FORM, CHECK = "/desk/rules/form", "/desk/rules/form/check"
AUTHOR, ELSEWHERE = "rule_author/ancestor", "planner/ancestor"
NOTICE = {
    "title": "秋日茶歇券",
    "document": "示例文件〔2026〕2号",
    "clause": "第一条",
    "owner": "370000",
    "since": "2027-01-01",
    "until": "2027-12-31",
    "on": "member.anniversary",
    "standing": "yes",
    "c0_fact": "event.years",
    "c0_comparison": "at_least",
    "c0_value": "３",
    "kind": "voucher",
    "amount": "20",
    "times": "1",
    "every": "calendar_year",
    "claim_days": "20",
    "expiry_days": "30",
}


def versions(union: TwoDistricts) -> int:
    with union.wiring.database.read() as connection:
        return connection.execute(select(func.count()).select_from(rule_versions)).scalar_one()


def test_a_check_shows_the_words_and_stores_nothing(site: Officers, union: TwoDistricts) -> None:
    before = versions(union)
    shown = site.post(CHECK, AUTHOR, **NOTICE)
    said = text_of(shown)
    assert shown.status_code == 200 and versions(union) == before
    assert "the rule in words" in said and "event.years >= 3" in said and "20" in said
    kept = re.findall(r'<input id="(\w+)"[^>]* value="([^"]+)"', shown.text)
    assert dict(kept)["claim_days"] == "20"
    assert 'value="qiu-ri-cha-xie-quan"' in shown.text, "the id is made from the title"
    assert "不符合“入会满几年不小于3”" in shown.text, "the reason is written in Chinese, to be edited"
    assert re.search(r'<option value="event.years" selected>', shown.text)


def test_what_the_linter_finds_is_shown(site: Officers) -> None:
    never = {**NOTICE, "c1_fact": "event.years", "c1_comparison": "below", "c1_value": "2"}
    said = text_of(site.post(CHECK, AUTHOR, **never))
    found = said.partition("to be mended first")[2][:200]
    assert "condition 2: " in found and "full years as a member" in found and "event.years" not in found


TABLE = {
    "on": "application.confirmed",
    "purpose": "核定",
    "c0_fact": "",
    "c0_value": "",
    "kind": "cash",
    "amount_by": "grid",
    "grid_fact_1": "member.hardship_level",
    "programme": "hardship-aid",
}


def test_rows_of_the_table_are_mended_where_the_linter_finds_something(site: Officers) -> None:
    hidden = {**NOTICE, **TABLE, "grid": "等级\t金额\n不限\t2000\n不限\t500\n深度困难、一般困难\t1000\n"}
    said = text_of(site.post(CHECK, AUTHOR, **hidden))
    found = said.partition("to be mended first")[2].partition("the rule in words")[0]
    for line, cells in ((3, "不限"), (4, "深度困难、一般困难")):
        assert f"table of amounts, row {line}: the row {cells} is never reached" in found
        assert "the first that holds decides: line 2" in found.partition(cells)[2][:200]
    mended = {**hidden, "grid": "等级\t金额\n深度困难、一般困难\t1000\n不限\t500\n"}
    said = text_of(site.post(CHECK, AUTHOR, **mended))
    assert "never reached" not in said and "1,000" in said.partition("the rule in words")[2]


def test_a_notice_is_simulated_before_it_is_submitted(site: Officers, union: TwoDistricts) -> None:
    before = versions(union)
    assert f'formaction="{FORM}/simulate"' in site.open(FORM, AUTHOR).text
    shown = site.post(f"{FORM}/simulate", AUTHOR, **NOTICE)
    assert "秋日茶歇券" in shown.text and 'action="/desk/rules/simulations"' in shown.text
    wrong = site.post(f"{FORM}/simulate", AUTHOR, **{**NOTICE, "amount": "许多"})
    assert "is no amount" in text_of(wrong) and 'id="notice"' in wrong.text
    assert site.post(f"{FORM}/simulate", "auditor/ancestor", **NOTICE).status_code == 403
    assert versions(union) == before


def test_each_filled_row_brings_another(site: Officers) -> None:
    rows = {
        f"c{n}_{part}": value for n in range(5) for part, value in (("fact", "event.years"), ("value", "3"))
    }
    shown = site.post(CHECK, AUTHOR, **NOTICE, **{name: rows[name] for name in rows if name not in NOTICE})
    assert 'id="c5_fact"' in shown.text and 'id="c6_fact"' not in shown.text


def test_the_form_is_submitted_once(site: Officers, union: TwoDistricts) -> None:
    before, key = versions(union), site.form_key(FORM, AUTHOR)
    first = site.send(FORM, FORM, AUTHOR, key=key, **NOTICE)
    again = site.send(FORM, FORM, AUTHOR, key=key, **NOTICE)
    assert first.status_code == again.status_code == 303, first.text
    assert first.headers["location"] == again.headers["location"]
    assert versions(union) == before + 1
    page = text_of(site.open(first.headers["location"], "rule_approver/ancestor"))
    assert "秋日茶歇券" in page and "the version was submitted" in page
