"""A rule written at the desk, from a notice or as text: checked as one types, submitted once, refused with its lines."""

import re

import pytest
from sqlalchemy import func, select

from benefits.tables.rulebook import rule_versions
from tests.yihui.http.two_districts import TwoDistricts
from tools.servers.desk import Officers, text_of

FORM, CHECK = "/desk/rules/form", "/desk/rules/form/check"
NEW, CHECK_TEXT = "/desk/rules/new", "/desk/rules/new/check"
AUTHOR = "rule_author/ancestor"
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


def test_a_notice_is_simulated_before_it_is_submitted(site: Officers, union: TwoDistricts) -> None:
    before = versions(union)
    assert f'formaction="{FORM}/simulate"' in site.open(FORM, AUTHOR).text
    shown = site.post(f"{FORM}/simulate", AUTHOR, **NOTICE)
    assert "秋日茶歇券" in shown.text and 'action="/desk/rules/simulations"' in shown.text
    wrong = site.post(f"{FORM}/simulate", AUTHOR, **{**NOTICE, "amount": "许多"})
    assert "is no amount" in text_of(wrong) and 'id="notice"' in wrong.text
    assert site.post(f"{FORM}/simulate", "auditor/ancestor", **NOTICE).status_code == 403
    assert versions(union) == before


def test_the_form_is_submitted_once(site: Officers, union: TwoDistricts) -> None:
    before, key = versions(union), site.form_key(FORM, AUTHOR)
    first = site.send(FORM, FORM, AUTHOR, key=key, **NOTICE)
    again = site.send(FORM, FORM, AUTHOR, key=key, **NOTICE)
    assert first.status_code == again.status_code == 303, first.text
    assert first.headers["location"] == again.headers["location"]
    assert versions(union) == before + 1
    page = text_of(site.open(first.headers["location"], "rule_approver/ancestor"))
    assert "秋日茶歇券" in page and "the version was submitted" in page


@pytest.fixture
def fields(site: Officers) -> dict[str, str]:
    """The fields of the form as it is filled in from a rule with a table of its own file."""
    page = site.open(f"{NEW}?source=mutual-aid-claim", AUTHOR).text
    areas = re.findall(r'<textarea id="\w+" name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return {
        name: text.replace("&#34;", '"').replace("&gt;", ">").replace("&#39;", "'") for name, text in areas
    }


def lines_of(page: str) -> list[tuple[str, int]]:
    found = re.findall(r'data-target="(\w+)" data-line="(\d+)"', page)
    return [(target, int(line)) for target, line in found]


def test_each_finding_names_its_line_the_words_stay_and_nothing_is_stored(
    site: Officers, union: TwoDistricts, fields: dict[str, str]
) -> None:
    before = versions(union)
    text = fields["text"].replace("member.status != 'suspended'", "member.status != 'sleeping'")
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "sleeping" in one)
    shown = site.post(CHECK_TEXT, AUTHOR, **{**fields, "text": text})
    assert "say --takes-over" in text_of(shown), "what it overlaps doesn't hide the other findings"
    assert ("text", line) in lines_of(shown.text) and f"line {line}" in text_of(shown)
    assert "to be mended first" in text_of(shown) and "sleeping" in text_of(shown)
    assert versions(union) == before and len(fields) == 2
    sound = site.post(CHECK_TEXT, AUTHOR, **fields, takes_over="yes")
    assert "the linter finds nothing to mend" in text_of(sound) and "职工医疗互助理赔" in text_of(sound)
    assert re.search(r'name="takes_over" value="yes" checked', sound.text)


def test_a_long_rule_is_submitted_as_it_is_checked(site: Officers, union: TwoDistricts) -> None:
    """More than 64 kB of a form: a Chinese character takes nine bytes in it."""
    page = site.open(f"{NEW}?source=birthday-cake", AUTHOR).text
    found = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    text = (
        found[1].replace("&#34;", '"').replace("&#39;", "'").replace("&gt;", ">")
        + "\n# "
        + "注" * 9_000
        + "\n"
    )
    before = versions(union)
    sent = site.send(NEW, NEW, AUTHOR, text=text, takes_over="yes")
    assert sent.status_code == 303, text_of(sent)
    assert versions(union) == before + 1
    for path in (CHECK_TEXT, NEW):
        assert site.post(path, AUTHOR, text="x" * (257 << 10)).status_code == 413
