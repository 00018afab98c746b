"""The report on benefits at the desk: by rule, county and month, of one's own subtree to the fen, also as a workbook."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.yihui.http.desk.money_of_districts import build_money
from tests.yihui.http.desk.officers import Officers, open_desk, text_of
from tests.yihui.http.two_districts import HERE, THERE, UNION
from yihui.bootstrap import Wiring

PAGE = "/desk/money/reports"
FINANCE, CHIEF = "finance_preparer/inside", "finance_preparer/ancestor"


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Wiring]:
    made = build_money(tmp_path_factory.mktemp("reports"), migrated_file)
    yield made
    made.close()


@pytest.fixture(scope="module")
def site(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "own", "foreign"),
    [
        ("", "gift-here", "gift-there"),
        ("by=organisation", HERE, THERE),
        (f"by=organisation&organisation={UNION}", HERE, THERE),
    ],
)
def test_an_officer_sees_the_figures_of_the_own_subtree(
    site: Officers, query: str, own: str, foreign: str
) -> None:
    told = text_of(site.open(f"{PAGE}?{query}", FINANCE))
    assert own in told and foreign not in told and "370202" not in told
    if f"organisation={UNION}" not in query:
        assert foreign in text_of(site.open(f"{PAGE}?{query}", CHIEF))


def test_the_months_sum_to_what_the_own_rule_granted(site: Officers) -> None:
    told = text_of(site.open(f"{PAGE}?by=month&since=2026-09-01", FINANCE))
    assert "2026-09 300 0 0 0 " in told and "2026-10 0 100 100 100 " in told
    assert "total 300 100 100 100 " in told
    nothing = text_of(site.open(f"{PAGE}?until=2020-01-01", FINANCE))
    assert "nothing was granted" in nothing


def test_the_workbook_holds_the_same_and_no_budget_of_the_whole(site: Officers) -> None:
    book = site.open(f"{PAGE}/workbook?by=programme", FINANCE)
    assert 'filename="benefits-programme-2026-10-03.xlsx"' in book.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert "gift-here" in texts and "gift-there" not in texts


def test_what_is_not_ones_own_is_refused(site: Officers) -> None:
    for path in (PAGE, f"{PAGE}/workbook"):
        assert site.open(f"{path}?organisation={THERE}", FINANCE).status_code == 403
