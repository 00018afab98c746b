"""The grid of a rule's table on the desk: edited, pasted, refused with its cells, submitted."""

import re
from html import unescape

import pytest

from tests.yihui.http.desk.officers import Officers, text_of
from tests.yihui.http.desk.test_rule_form import FORM, NOTICE, versions
from tests.yihui.http.two_districts import TwoDistricts

pytestmark = pytest.mark.endure

PAGE, AUTHOR = "/desk/rules/new/table", "rule_author/ancestor"


def fields_of(page: str) -> dict[str, str]:
    """The fields of the grid's form as a browser would send them."""
    form = page[page.index('<form id="rule-table"') :]
    found = re.findall(r'<input (?:type="hidden" |id="\w+" )name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "form_key"}


@pytest.fixture
def fields(site: Officers) -> dict[str, str]:
    return fields_of(site.open(f"{PAGE}?source=winter-warmth", AUTHOR).text)


def test_the_table_of_a_rule_in_force_is_shown_with_words_and_yuan(
    site: Officers, fields: dict[str, str]
) -> None:
    assert [fields[f"g0_{n}_{c}"] for n in range(3) for c in range(2)] == [
        "深度困难、意外致困", "2000", "相对困难", "1500", "一般困难", "1000"
    ]  # fmt: skip
    page = site.open("/desk/rules/winter-warmth", AUTHOR).text
    assert f'href="{PAGE}?source=winter-warmth"' in page
    assert PAGE not in site.open("/desk/rules/birthday-cake", AUTHOR).text


def test_a_cell_that_is_not_understood_is_marked_and_nothing_is_stored(
    site: Officers, union: TwoDistricts, fields: dict[str, str]
) -> None:
    before = versions(union)
    wrong = {**fields, "g0_1_0": "非深度困难", "g0_2_1": "1,00"}
    for path in (PAGE, f"{PAGE}/text", f"{PAGE}/submit"):
        shown = site.send(f"{PAGE}?source=winter-warmth", path, AUTHOR, **wrong, takes_over="yes")
        said = text_of(shown)
        assert "row 2" in said and "“非深度困难” is not understood" in said and "“1,00” is no amount" in said
        for name in ("g0_1_0", "g0_2_1"):
            assert re.search(rf'id="{name}"[^>]* aria-invalid="true"', shown.text)
        assert 'value="非深度困难"' in shown.text and versions(union) == before


def test_rows_are_added_removed_and_pasted(site: Officers, fields: dict[str, str]) -> None:
    added = fields_of(site.post(PAGE, AUTHOR, **fields, act="add.0.0").text)
    assert added["g0_count"] == "4" and added["g0_1_0"] == "" and added["g0_2_0"] == "相对困难"
    again = fields_of(site.post(PAGE, AUTHOR, **added, act="remove.0.2").text)
    assert again["g0_count"] == "3" and again["g0_2_0"] == "一般困难" and again["g0_2_o"] == "2"
    pasted = "等级\t金额\n一般困难\t1100\n除一般困难外\t９００元\n"
    shown = fields_of(site.post(PAGE, AUTHOR, **fields, act="paste.0", g0_pasted=pasted).text)
    assert [shown[f"g0_{n}_{c}"] for n in range(2) for c in range(2)] == [
        "一般困难",
        "1100",
        "除一般困难外",
        "９００元",
    ]
    assert shown["g0_0_o"] == "2" and shown["g0_count"] == "2"
    refused = site.post(PAGE, AUTHOR, **fields, act="paste.0", g0_pasted="一般困难\t1\t2")
    assert "3 cells" in text_of(refused) and "一般困难\t1\t2" in refused.text
    assert fields_of(refused.text)["g0_count"] == "3"


def test_the_edited_table_goes_on_as_text_and_is_submitted_once(
    site: Officers, union: TwoDistricts, fields: dict[str, str]
) -> None:
    changed = {**fields, "g0_0_1": "2,100.00元"}
    text = site.post(f"{PAGE}/text", AUTHOR, **changed).text
    assert "title: 深度困难、意外致困, value: 210000" in text and 'name="text"' in text
    assert "意外致困&#39;]&#34;, amount_fen: param.most" in text
    simulation = site.post(f"{PAGE}/simulate", AUTHOR, **changed)
    assert "value: 210000" in simulation.text and 'action="/desk/rules/simulations"' in simulation.text
    before = versions(union)
    sent = site.send(f"{PAGE}?source=winter-warmth", f"{PAGE}/submit", AUTHOR, **changed, takes_over="yes")
    assert sent.status_code == 303, text_of(sent)
    assert versions(union) == before + 1
    assert "2,100" in text_of(site.open(sent.headers["location"], AUTHOR))


def test_a_notice_is_simulated_before_it_is_submitted(site: Officers, union: TwoDistricts) -> None:
    before = versions(union)
    assert f'formaction="{FORM}/simulate"' in site.open(FORM, AUTHOR).text
    shown = site.post(f"{FORM}/simulate", AUTHOR, **NOTICE)
    assert "秋日茶歇券" in shown.text and 'action="/desk/rules/simulations"' in shown.text
    wrong = site.post(f"{FORM}/simulate", AUTHOR, **{**NOTICE, "amount": "许多"})
    assert "is no amount" in text_of(wrong) and 'id="notice"' in wrong.text
    assert site.post(f"{FORM}/simulate", "auditor/ancestor", **NOTICE).status_code == 403
    assert versions(union) == before


def test_the_first_day_is_changed_in_the_grid(site: Officers, fields: dict[str, str]) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", fields["since"])
    moved = site.post(f"{PAGE}/text", AUTHOR, **{**fields, "since": "2027-03-01"})
    assert "from: 2027-03-01" in moved.text and f"from: {fields['since']}" not in moved.text
    same = site.post(f"{PAGE}/text", AUTHOR, **fields)
    assert f"from: {fields['since']}" in same.text
