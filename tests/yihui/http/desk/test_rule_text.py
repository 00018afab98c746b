"""A rule's text checked while it is written: findings with their lines, the words, and what is refused."""

import re

import pytest
from sqlalchemy import func, select

from benefits.tables.rulebook import rule_versions
from tests.yihui.http.desk.officers import Officers, text_of
from tests.yihui.http.two_districts import TwoDistricts

NEW, CHECK = "/desk/rules/new", "/desk/rules/new/check"
AUTHOR, ELSEWHERE = "rule_author/ancestor", "rule_approver/ancestor"


def versions(union: TwoDistricts) -> int:
    with union.wiring.database.read() as connection:
        return connection.execute(select(func.count()).select_from(rule_versions)).scalar_one()


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


def test_a_sound_text_is_said_in_words_and_nothing_is_stored(
    site: Officers, union: TwoDistricts, fields: dict[str, str]
) -> None:
    before = versions(union)
    shown = site.post(CHECK, AUTHOR, **fields, takes_over="yes")
    said = text_of(shown)
    assert shown.status_code == 200 and versions(union) == before
    assert "the linter finds nothing to mend" in said and "职工医疗互助理赔" in said
    assert list(fields) == ["text", "table:tables/mutual-aid.json"] or len(fields) == 2
    for text in fields.values():
        assert text.strip().splitlines()[3].strip() in shown.text.replace("&#34;", '"').replace("&gt;", ">")
    assert re.search(r'name="takes_over" value="yes" checked', shown.text)


def test_each_finding_names_its_line_and_the_words_stay(site: Officers, fields: dict[str, str]) -> None:
    text = fields["text"].replace("member.status != 'suspended'", "member.status != 'sleeping'")
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "sleeping" in one)
    shown = site.post(CHECK, AUTHOR, **{**fields, "text": text})
    assert "say --takes-over" in text_of(shown), "what it overlaps doesn't hide the other findings"
    assert ("text", line) in lines_of(shown.text) and f"line {line}" in text_of(shown)
    assert "to be mended first" in text_of(shown) and "sleeping" in text_of(shown)


def test_a_finding_in_a_table_leads_to_the_table(site: Officers, fields: dict[str, str]) -> None:
    name = next(one for one in fields if one.startswith("table:"))
    shown = site.post(CHECK, AUTHOR, **{**fields, name: fields[name].replace("{", "[", 1)})
    assert {target for target, _ in lines_of(shown.text)} >= {"t1"}, text_of(shown)


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
    for path in (CHECK, NEW):
        assert site.post(path, AUTHOR, text="x" * (257 << 10)).status_code == 413
