"""A rule as a document: every shipped rule, its chapters in words, examples that the engine decided, and the PDF."""

import pypdfium2
import pytest

from tests.yihui.http.desk.officers import Officers, text_of
from tests.yihui.http.two_districts import TwoDistricts
from yihui.runtime.language import load_language
from yihui.services.rules.measures import load_measures_source
from yihui.services.rules.versions import list_versions
from yihui.views.rule_measures import Measures, build_measures

READER = "rule_approver/inside"
CHAPTERS = [
    "目的和依据",
    "适用对象",
    "发放内容",
    "条件",
    "次数、名额和预算",
    "程序和期限",
    "材料",
    "施行时间",
]


def page_of(union: TwoDistricts, rule: str) -> str:
    found = next(one for one in list_versions(union.wiring) if one.rule == rule)
    return f"/desk/rules/versions/{found.hash}"


def measures_of(union: TwoDistricts, rule: str, language: str = "zh") -> Measures:
    source = load_measures_source(union.wiring, page_of(union, rule).rpartition("/")[2])
    return build_measures(source.rule, source.examples, source.owner_name, load_language(language))


def test_a_claim_has_every_chapter_in_words(union: TwoDistricts) -> None:
    made = measures_of(union, "mutual-aid-claim")
    chapters = {one.title: one.articles for one in made.chapters}
    assert list(chapters) == CHAPTERS
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
    source = load_measures_source(union.wiring, page_of(union, rule).rpartition("/")[2])
    granted = [one for one in source.examples if one.is_granted]
    stated = {
        fen for part in source.rule.parts for fen in (part.amount, *part.amounts) if isinstance(fen, int)
    }
    assert granted and {fen for one in granted for fen in one.amounts_fen} <= stated
    reasons = {one.otherwise for one in source.rule.definition.require}
    refused = {reason for one in source.examples for reason in one.reasons}
    assert refused and refused & reasons


def test_the_page_prints_and_the_pdf_holds_the_same(site: Officers, union: TwoDistricts) -> None:
    page = page_of(union, "mutual-aid-claim")
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
