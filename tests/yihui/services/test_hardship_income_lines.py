"""Lines of income per organisation: inherited down the tree, dated, decided within the officer's subtree."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core.faults import FaultError
from members.hardship.case import FileAct
from members.hardship.income_lines import IncomeLine, find_income_line
from members.hardship.repository import read_events
from tests.yihui.services.hardship_office import (
    FIRST,
    JINAN,
    LIXIA,
    NINE,
    PROVINCE,
    QINGDAO,
    SECOND,
    Office,
    officer,
)
from yihui.access.actor import Actor
from yihui.services.hardship.income_lines import DecidedLine, decide_income_line
from yihui.services.hardship.lists import load_file
from yihui.views.hardship import income_text

TODAY = date(2026, 11, 18)


@pytest.fixture
def office(target: str, tmp_path: Path) -> Iterator[Office]:
    made = Office(target, tmp_path, hardship_line_fen=90_000).found()
    yield made
    made.wiring.close()


def decide(
    office: Office, code: str, yuan: str, since: date = TODAY, document: str = "鲁工发〔2026〕3号"
) -> None:
    decide_income_line(office.wiring, officer("zhao", PROVINCE), DecidedLine(code, since, yuan, document))


def line(office: Office, number: int) -> int | None:
    return load_file(office.wiring, FIRST, number).status.income.line_fen


def test_the_nearest_line_above_counts_and_the_setting_where_there_is_none(office: Office) -> None:
    number = office.open().file.number
    assert line(office, number) == 90_000, "of the setting"
    decide(office, QINGDAO, "700")
    assert line(office, number) == 90_000, "another city's"
    decide(office, PROVINCE, "1000")
    assert line(office, number) == 100_000
    decide(office, JINAN, "1100.50")
    assert line(office, number) == 110_050
    decide(office, LIXIA, "1200", date(2026, 11, 19))
    assert line(office, number) == 110_050, "from tomorrow on"
    office.later(days=1)
    assert line(office, number) == 120_000
    shown = income_text(load_file(office.wiring, FIRST, number).status, office.wiring.language)
    assert "历下区总工会规定，自 2026-11-19 起执行：鲁工发〔2026〕3号" in shown


def test_a_review_records_the_line_that_held_on_its_day(office: Office) -> None:
    decide(office, JINAN, "800")
    number = office.on_file()
    decide(office, JINAN, "900")
    with office.wiring.database.read() as connection:
        (_, review) = read_events(connection, [number])[number]
    assert review.act is FileAct.REVIEW and review.data["line_fen"] == 80_000
    assert line(office, number) == 90_000, "the later decision of one day"


def test_of_lines_the_newest_day_counts_and_of_one_day_the_later_record() -> None:
    def decided(code: str, day: int, fen: int) -> IncomeLine:
        return IncomeLine(code, date(2026, 1, day), fen, "文件", "zhao", NINE)

    lines = [
        decided("370100", 5, 1),
        decided("370100", 3, 2),
        decided("370100", 5, 3),
        decided("370000", 9, 4),
    ]
    chain = ("370102", "370100", "370000")
    found = [find_income_line(lines, chain, date(2026, 1, day)) for day in (2, 3, 4, 5, 9)]
    assert [one and one.line_fen for one in found] == [None, 2, 2, 3, 3]


REFUSED: list[tuple[Actor, DecidedLine]] = [
    (SECOND, DecidedLine(JINAN, TODAY, "900", "文件")),
    (officer("qian", QINGDAO), DecidedLine(LIXIA, TODAY, "900", "文件")),
    (FIRST, DecidedLine(LIXIA, TODAY, "0", "文件")),
    (FIRST, DecidedLine(LIXIA, TODAY, "-1", "文件")),
    (FIRST, DecidedLine(LIXIA, TODAY, "100000.01", "文件")),
    (FIRST, DecidedLine(LIXIA, TODAY, "viel", "文件")),
    (FIRST, DecidedLine(LIXIA, TODAY, "900", " ")),
    (FIRST, DecidedLine(LIXIA, TODAY, "900", "电话 13812345678")),
    (officer("zhao", PROVINCE), DecidedLine("370199", TODAY, "900", "文件")),
]


def test_a_refused_line_changes_nothing(office: Office) -> None:
    number = office.open().file.number
    for who, decided in REFUSED:
        with pytest.raises(FaultError):
            decide_income_line(office.wiring, who, decided)
        assert line(office, number) == 90_000
