"""A version of a rule: which cases come out as expected under it, and the rule as a document in words, with its PDF."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from tests.yihui.http.desk.officers import open_desk
from tests.yihui.http.two_districts import TwoDistricts, build_two_districts
from tools.servers.desk import Officers, text_of
from yihui.bootstrap import Wiring
from yihui.runtime.language import load_language
from yihui.services.rules.examples import load_measures_source
from yihui.services.rules.versions import list_versions
from yihui.views.rule_measures import Measures, build_measures

RULE = """\
id: tea-voucher
title: 茶券
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: course.completed
require:
  - {that: member.status == 'active', else: 会籍已暂停, remedy: 办理激活}
benefit: {kind: cash, amount_fen: 30000}
limit: {times: 1, per: [member], every: quarter}
"""
CASES = """\
- case: 会籍正常的会员练兵得三百元
  rule: tea-voucher
  event: {type: course.completed, occurred_on: 2026-05-01, course: 安全, score: 80}
  member: {status: active, district: "370102", organisation: "370102001-00001"}
  expect: {outcome: due, amount_fen: 30000}
- case: 会籍已暂停的会员也得三百元
  rule: tea-voucher
  event: {type: course.completed, occurred_on: 2026-05-01, course: 安全, score: 80}
  member: {status: suspended, district: "370102", organisation: "370102001-00001"}
  expect: {outcome: due, amount_fen: 30000}
- case: 去年练兵的会员没有
  rule: tea-voucher
  event: {type: course.completed, occurred_on: 2025-05-01, course: 安全, score: 80}
  member: {status: active, district: "370102", organisation: "370102001-00001"}
  expect: {outcome: none}
"""
AUTHOR, READER = "rule_author/inside", "rule_approver/inside"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rules")
    (made / "tea.yaml").write_text(RULE, "utf-8")
    (made / "tea.cases.yaml").write_text(CASES, "utf-8")
    return made


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, folder: Path
) -> Iterator[TwoDistricts]:
    made = build_two_districts(tmp_path_factory.mktemp("cases"), migrated_file)
    made.wiring.close()
    made.wiring = Wiring(replace(made.wiring.settings, rules=(folder,)), made.wiring.now)
    yield made
    made.wiring.close()


@pytest.fixture(scope="module")
def desk(town: TwoDistricts) -> Iterator[Officers]:
    with open_desk(town.wiring) as opened:
        yield opened


def page_of(town: TwoDistricts, rule: str, state: str) -> str:
    found = [one.hash for one in list_versions(town.wiring) if (one.rule, one.state) == (rule, state)]
    return f"/desk/rules/versions/{found[0]}/cases"


def test_a_case_shows_what_was_expected_and_what_the_version_decides(
    desk: Officers, town: TwoDistricts
) -> None:
    told = text_of(desk.open(page_of(town, "tea-voucher", "active"), AUTHOR))
    assert "1 of 2 cases come out as expected" in told
    failed = told.split("not as expected (1)")[1].split("as expected (1)")[0]
    assert "会籍已暂停的会员也得三百元" in failed and "tea.cases.yaml:" in failed
    assert "outcome it is granted it is refused amount 300 yuan nothing" in failed
    assert "1 case of this rule is about days or members of other versions" in told
    assert "no case touches" in told  # the limit never stands against a grant


def test_a_submitted_version_shows_what_it_would_change(desk: Officers, town: TwoDistricts) -> None:
    text = RULE.replace("30000", "20000").replace("2026-01-01, until: 2026-12-31", "2027-01-01")
    sent = desk.send("/desk/rules/new", "/desk/rules/new", "rule_author/ancestor", text=text)
    assert sent.status_code == 303, text_of(sent)
    told = text_of(desk.open(page_of(town, "tea-voucher", "submitted"), AUTHOR))
    assert "as if it had always been in force" in told
    assert "amount 300 yuan 200 yuan" in told
    # The case of a year without the rule fails too: the trial holds on every day.
    assert "outcome the rule doesn't concern the member it is granted" in told


def version_page(union: TwoDistricts, rule: str) -> str:
    found = next(one for one in list_versions(union.wiring) if one.rule == rule)
    return f"/desk/rules/versions/{found.hash}"


def measures_of(union: TwoDistricts, rule: str, language: str = "zh") -> Measures:
    source = load_measures_source(union.wiring, version_page(union, rule).rpartition("/")[2])
    return build_measures(source.rule, source.examples, source.owner_name, load_language(language))


def test_a_claim_has_every_chapter_in_words(union: TwoDistricts) -> None:
    made = measures_of(union, "mutual-aid-claim")
    chapters = {one.title: one.articles for one in made.chapters}
    assert len(chapters) == 8
    assert "按住院天数核定医疗互助金" in chapters["目的和依据"]
    assert "不符合的：个人负担的费用没有到起付线" in "\n".join(chapters["条件"])
    assert "附件1" in chapters["发放内容"][0]
    assert "3个工作日" in "".join("".join(chapters["程序和期限"]).split())
    assert "2026-01-01" in chapters["施行时间"][0] and "2028-12-31" in chapters["施行时间"][0]
    table, figures, examples = made.appendices
    assert table.title == "医疗互助金" and len(table.rows) == 7
    assert table.rows[-1] == ["其他情形", "住院天数不足3天，不在互助范围之内"]
    assert any("起付线" in row[0] for row in figures.rows)
    assert any("发放" in row[1] for row in examples.rows)
    assert any("没有到起付线" in row[1] for row in examples.rows)


@pytest.mark.parametrize("rule", ["birthday-cake", "winter-warmth", "autumn-schooling"])
def test_an_example_is_what_the_engine_decides(union: TwoDistricts, rule: str) -> None:
    source = load_measures_source(union.wiring, version_page(union, rule).rpartition("/")[2])
    granted = [one for one in source.examples if one.is_granted]
    stated = {
        fen for part in source.rule.parts for fen in (part.amount, *part.amounts) if isinstance(fen, int)
    }
    assert granted and {fen for one in granted for fen in one.amounts_fen} <= stated
    reasons = {one.otherwise for one in source.rule.definition.require}
    refused = {reason for one in source.examples for reason in one.reasons}
    assert refused and refused & reasons


def test_the_page_prints_and_the_pdf_holds_the_same(site: Officers, union: TwoDistricts) -> None:
    page = version_page(union, "mutual-aid-claim")
    assert f'href="{page}/document"' in site.open(page, READER).text
    shown = site.open(f"{page}/document", READER)
    assert shown.status_code == 200 and "measures for “职工医疗互助理赔”" in text_of(shown)
    chinese = site.open(f"{page}/document", READER, "zh").text
    assert "职工医疗互助理赔施行办法" in chinese and "<nav" not in chinese
    pdf = site.open(f"{page}/document.pdf", READER, "zh")
    assert (
        pdf.headers["content-type"] == "application/pdf"
        and "mutual-aid-claim-" in pdf.headers["content-disposition"]
    )
    document = pypdfium2.PdfDocument(pdf.content)
    text = "".join(one.get_textpage().get_text_range() for one in document)
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (595, 842), "A4"
    for wanted in ("职工医疗互助理赔施行办法", "施行时间", "个人负担的费用没有到起付线", "附件1"):
        assert wanted in "".join(text.split()), wanted
