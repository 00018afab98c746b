"""A roll: what of it is kept, and what is told of a bad one."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.sheets.csv import read_csv
from events import Event, validate_event
from members import RollEntry
from tests.members.rolls import parse_roll
from yihui.samples.roll import id_number

KEY = b"k" * 32
NOW = datetime(2026, 10, 3, tzinfo=UTC)
HEADER = "身份证号,手机号,组织代码,入会日期,工种,区县代码,技能等级,困难等级,就业形态"
NUMBERS = [id_number("370202", date(1990, 1, day)) for day in range(1, 20)]


def line(
    number: str = NUMBERS[0],
    organisation: str = "370202001-00017",
    joined: str = "2020-05-01",
    rest: str = ",,,,",
) -> str:
    return f"{number},13812345678,{organisation},{joined},{rest}"


def roll(
    *lines: str, header: str = HEADER
) -> tuple[list[RollEntry], list[tuple[int | None, str | None]], str]:
    """Good rows; row and field of each fault; all that is said."""
    enrolled, faults = parse_roll(read_csv("\n".join([header, *lines]).encode(), "roll.csv"), KEY)
    assert all(fault.file == "roll.csv" and fault.remedy for fault in faults)
    said = " ".join(f"{f.message} {f.remedy} {f.field} {f.value} {f.params}" for f in faults)
    return enrolled, [(fault.row, fault.field) for fault in faults], said


def test_what_goes_on_is_a_pseudonym_a_birthday_and_what_rules_need() -> None:
    (row,), faults, _ = roll(line(rest="外卖员,370202,高级工,一般困难,新就业形态"))
    assert faults == []
    event = validate_event(row.as_event("/rolls"), NOW)
    assert isinstance(event, Event)
    assert (event.type, event.subject, event.source) == ("member.imported", row.member_id, "/rolls")
    assert event.occurred_at == datetime(2020, 4, 30, 16, tzinfo=UTC)  # midnight in Shanghai
    assert row.payload.model_dump(exclude_none=True) == {
        "organisation": "370202001-00017",
        "joined_on": date(2020, 5, 1),
        "district": "370202",
        "trade": "外卖员",
        "employment_form": "新就业形态",
        "birthday": date(1990, 1, 1),
        "skill_level": "高级工",
        "hardship_level": "一般困难",
    }
    assert NUMBERS[0] not in event.text
    assert "13812345678" not in event.text


@pytest.mark.parametrize(
    ("written", "calendar"),
    [
        ("公历", "solar"),
        ("阳历", "solar"),
        ("农历", "lunar"),
        ("阴历", "lunar"),
        ("lunar", "lunar"),
        ("", None),
    ],
)
def test_a_roll_may_say_by_which_calendar_birthdays_are_kept(written: str, calendar: str | None) -> None:
    (row,), faults, _ = roll(
        f"{NUMBERS[0]},370202,2020-05-01,h-0001,{written}",
        header="身份证号,组织代码,入会日期,家庭编号,生日历法",
    )
    assert faults == []
    assert (row.payload.birthday_calendar, row.payload.household) == (calendar, "h-0001")


def test_a_lunar_birthday_that_is_no_solar_day_refuses_nothing() -> None:
    header = "身份证号,组织代码,入会日期,出生日期,性别,生日历法"
    rows, faults, _ = roll(f"{NUMBERS[0]},370202,2020-05-01,1990-02-30,不详,农历", header=header)
    assert (len(rows), faults) == (1, [])


@pytest.mark.parametrize("header", ["证件类型", "有效证件类别"])
def test_a_kind_of_document_is_a_word_or_a_code_as_provinces_write_it(header: str) -> None:
    kinds = (
        "居民身份证",
        "1",
        "０１",
        "111",
        "1-居民身份证",
        "01 居民身份证",
        "（1）身份证",
        "111.居民身份证",
    )
    lines = [f"{number},370202,2020-05-01,{kind}" for number, kind in zip(NUMBERS, kinds, strict=False)]
    enrolled, faults, _ = roll(*lines, header=f"身份证号,组织代码,入会日期,{header}")
    assert (len(enrolled), faults) == (len(kinds), [])
    others = ("护照", "2", "414", "2-护照", "1-护照")
    lines = [f"{number},370202,2020-05-01,{kind}" for number, kind in zip(NUMBERS, others, strict=False)]
    enrolled, faults, _ = roll(*lines, header=f"身份证号,组织代码,入会日期,{header}")
    assert enrolled == [] and faults == [(row, header) for row in range(2, len(others) + 2)]


def test_a_birthday_or_a_sex_that_cant_be_read_refuses_its_row_and_an_empty_one_is_not_compared() -> None:
    header = "身份证号,组织代码,入会日期,性别,出生日期,证件类型"
    cells = (
        "女,1990-01-01,",
        "２,民国79年1月2日,",
        "2-女性,1990.1.3,",
        ",,",
        "9,19900105,",
        "未说明的性别,,",
    )
    lines = [f"{number},370202,2020-05-01,{rest}" for number, rest in zip(NUMBERS, cells, strict=False)]
    enrolled, faults, _ = roll(*lines, header=header)
    assert (len(enrolled), faults) == (len(cells), [])
    assert [note.short_code for row in enrolled for note in row.notes] == []
    cells = ("不男,1990-01-01,", "非女,33000,", "3,1990年,", "张伟,李娜,护照", "男,1990-02-30,")
    lines = [f"{number},370202,2020-05-01,{rest}" for number, rest in zip(NUMBERS, cells, strict=False)]
    enrolled, faults, said = roll(*lines, header=header)
    assert enrolled == []
    assert sorted(faults) == sorted(
        [
            *(
                (row, "性别") for row in (2, 3, 4, 5, 6)
            ),  # of row 6 the note that the ID number says otherwise
            *((row, "出生日期") for row in (3, 4, 5, 6)),
            (5, "证件类型"),
        ]
    )
    assert "33000" in said and "不男" in said and "张伟" not in said and "李娜" not in said


def test_what_the_sheet_says_otherwise_than_the_id_number_is_a_note_by_row() -> None:
    header = "身份证号,组织代码,入会日期,性别,出生日期"
    (row,), faults, _ = roll(f"{NUMBERS[0]},370202,2020-05-01,男,1990-01-02", header=header)
    assert faults == []
    assert [(note.short_code, note.row, note.field, note.severity) for note in row.notes] == [
        ("other_birthday", 2, "出生日期", "warning"),
        ("other_sex", 2, "性别", "warning"),
    ]


@pytest.mark.parametrize(
    ("words", "left", "refused"),
    [
        ("入会 新入会 首次入会 重新入会 恢复会籍 會籍恢復 1 １ 1-入会 01新入会", 0, 0),
        ("转入 已转入 会籍转入 组织关系转入 转入会籍 2 2.转入", 0, 0),
        ("保留 保留会籍 会籍保留 3 3、保留会籍", 0, 0),
        ("转出 已转出 转会转出 组织关系转出 4 04_转出", 6, 0),
        ("除名 开除 开除会籍 已除名 5", 5, 0),
        ("退会 已退会 自愿退会 自动退会 6", 5, 0),
        ("未入会 不转入 拟退会 未恢复会籍 转会 去世 退会后恢复会籍 4-入会 1-退会 7 入会/退会", 0, 11),
    ],
)
def test_a_change_of_membership_is_one_of_six_kinds_and_never_its_opposite(
    words: str, left: int, refused: int
) -> None:
    header = "身份证号,组织代码,入会日期,会籍变化类型"
    lines = [
        f"{number},370202,2020-05-01,{word}" for number, word in zip(NUMBERS, words.split(), strict=False)
    ]
    enrolled, faults = parse_roll(read_csv("\n".join([header, *lines]).encode(), "roll.csv"), KEY)
    assert len(enrolled) == len(lines) - left - refused
    assert [fault.short_code for fault in faults] == ["left"] * left + ["unknown_change"] * refused


def test_a_household_is_no_name_and_a_calendar_one_of_two() -> None:
    header = "身份证号,组织代码,入会日期,家庭编号,生日历法"
    enrolled, faults, _ = roll(f"{NUMBERS[0]},370202,2020-05-01,张三家,回历", header=header)
    assert (enrolled, faults) == ([], [(2, "家庭编号"), (2, "生日历法")])


def test_a_household_called_by_an_id_number_never_becomes_an_event() -> None:
    header = "身份证号,组织代码,入会日期,家庭编号"
    (row,), _, _ = roll(f"{NUMBERS[0]},370202,2020-05-01,{NUMBERS[1]}", header=header)
    assert not isinstance(validate_event(row.as_event("/rolls"), NOW), Event)


def test_the_same_row_is_the_same_event_and_another_row_another() -> None:
    (first,), _, _ = roll(line())
    (again,), _, _ = roll(line())
    (moved,), _, _ = roll(line(organisation="370202001-00018"))
    assert first.as_event("/rolls") == again.as_event("/rolls")
    assert first.as_event("/rolls")["id"] != moved.as_event("/rolls")["id"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2020年5月1日", date(2020, 5, 1)),
        ("2020-02-30", None),
    ],
)
def test_a_date_is_read_as_offices_write_it_or_told_and_never_guessed(written: str, day: date | None) -> None:
    rows, faults, said = roll(line(joined=written))
    assert [row.payload.joined_on for row in rows] == [day] * (day is not None)
    assert faults == [(2, "入会日期")] * (day is None)
    assert day or written in said


def test_all_faults_come_at_once_with_their_rows_and_the_good_rows_beside_them() -> None:
    wrong = NUMBERS[1][:-1] + ("1" if NUMBERS[1][-1] == "0" else "0")
    rows, faults, said = roll(
        line(),
        line(number=wrong, organisation="37020", joined="gestern", rest="外卖员,3702,特级工,很困难,"),
        line(number=NUMBERS[2]),
        "1,2,3",
        line(number="", joined=""),
    )
    assert [row.row for row in rows] == [2, 4]
    assert sorted(faults, key=str) == sorted(
        [
            *[
                (3, field)
                for field in ("身份证号", "组织代码", "入会日期", "区县代码", "技能等级", "困难等级")
            ],
            (5, None),
            (6, "身份证号"),
            (6, "入会日期"),
        ],
        key=str,
    )
    assert wrong not in said
    assert f"3702{'*' * 10}{wrong[-4:]}" in said


def test_an_id_number_in_a_shifted_column_is_not_quoted_either() -> None:
    rows, faults, said = roll(f"张三,13812345678,{NUMBERS[0]},13912345678,,{NUMBERS[1]},,,")
    assert rows == []
    assert {field for _, field in faults} == {"身份证号", "组织代码", "入会日期", "区县代码"}
    assert not any(secret in said for secret in (*NUMBERS[:2], "13912345678"))


def test_nobody_has_joined_after_today() -> None:
    table = read_csv("\n".join([HEADER, line(), line(NUMBERS[1], joined="2026-10-04")]).encode(), "roll.csv")
    (row,), (fault,) = parse_roll(table, KEY, date(2026, 10, 3))
    assert (row.row, fault.row, fault.field, fault.value) == (2, 3, "入会日期", "2026-10-04")
    assert len(parse_roll(table, KEY, date(2026, 10, 4))[0]) == 2


@pytest.mark.parametrize("name", ["身份证号", "组织代码", "入会日期"])
def test_a_missing_column_is_named_once_and_no_row_is_read(name: str) -> None:
    rows, faults, said = roll(line(), line(), header=HEADER.replace(name, "备注", 1))
    assert rows == []
    assert faults == [(1, name)]
    assert "备注" in said


def test_two_columns_for_the_same_thing_are_not_chosen_between() -> None:
    rows, faults, said = roll(line(), header=HEADER.replace("手机号", "证件号码"))
    assert rows == []
    assert faults == [(1, "身份证号")]
    assert "身份证号、证件号码" in said


def test_a_person_who_stands_there_twice_is_told_with_the_first_row() -> None:
    lower = id_number("370202", date(1949, 12, 31))
    rows, faults, said = roll(
        line(), line(NUMBERS[3]), line(f"'{NUMBERS[0]}", joined="2021-01-01"), line(lower)
    )
    assert [row.row for row in rows] == [2, 3, 5]
    assert faults == [(4, "身份证号")]
    assert "'first': '2'" in said


@pytest.mark.needs("shared")
def test_the_dates_of_a_roll_from_the_field_are_read_or_refused_by_row(shared: Path) -> None:
    file = shared.parent / "field" / "round2" / "59_roll_dates.csv"
    rows, faults = parse_roll(read_csv(file.read_bytes(), file.name), KEY, today=date(2026, 11, 29))
    assert {row.payload.joined_on for row in rows} == {date(2020, 3, 8)}
    assert [row.row for row in rows] == [2, 3, 4, 5, 10, 12, 13]
    assert [fault.row for fault in faults] == [6, 7, 8, 9, 11, 14, 15, 16]
