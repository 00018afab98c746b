"""Generate a made-up roll of existing members, as an organisation would submit it, and one with a fault.

The ID numbers have a valid check digit, so that they pass, but belong to no person: their order code is
000, which is never issued.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

from stdnum.cn import ric

from yihui.samples.people import Person, draw_person

HEADER = ("身份证号", "手机号", "组织代码", "工种", "就业形态", "入会日期", "区县代码")
SHEET_HEADER = (
    *("序号", "姓名", "证件类型", "证件号码", "性别", "出生日期"),
    *("手机号码", "工作单位", "入会时间", "会籍变化类型"),
)
SHEET_ORGANISATION = "370102001"
SHEET_NAMES, SHEET_CHANGES = "甲乙丙丁戊", ("入会", "1", "转入", "3", "转出")
FAULTY_ROW = 42  # line of the faulty file, the header being line 1
JOINED_FROM = date(2009, 1, 1)
JOINED_WITHIN_DAYS = 16 * 365
ORDER_CODE = "000"

RollRow = tuple[str, ...]


def id_number(area: str, birthday: date) -> str:
    """Return a well-formed ID number that belongs to no person. *Source*: GB 11643-1999."""
    digits = f"{area}{birthday:%Y%m%d}{ORDER_CODE}"
    return digits + ric.calc_check_digit(digits + "0")


def generate_roll(seed: int, rows: int) -> list[RollRow]:
    """Return the rows of the roll, without its header; no ID number occurs twice."""
    return list(_lines(Random(f"roll {seed}"), rows))


def _lines(rng: Random, rows: int) -> Iterator[RollRow]:
    seen: set[str] = set()
    while len(seen) < rows:
        someone = draw_person(len(seen) + 1, rng)
        number = id_number(someone.district, someone.birthday)
        if number not in seen:
            seen.add(number)
            yield _line(someone, number, rng)


def _line(someone: Person, number: str, rng: Random) -> RollRow:
    grown_up = someone.birthday.replace(year=someone.birthday.year + 18)
    joined = max(grown_up, JOINED_FROM + timedelta(days=int(rng.random() * JOINED_WITHIN_DAYS)))
    phone = f"1990000{someone.number % 10_000:04d}"
    return (
        number,
        phone,
        someone.organisation,
        someone.trade,
        someone.employment_form,
        joined.isoformat(),
        someone.district,
    )


def with_wrong_check_digit(lines: Sequence[RollRow]) -> list[RollRow]:
    """Return the same roll with a wrong check digit on line ``FAULTY_ROW`` of the file."""
    at = FAULTY_ROW - 2
    number = lines[at][0]
    wrong = number[:-1] + ("1" if number[-1] == "0" else "0")
    return [*lines[:at], (wrong, *lines[at][1:]), *lines[at + 1 :]]


def generate_union_sheet(seed: int, organisation: str) -> list[tuple[str, ...]]:
    """Return the rows of a union's 实名制 sheet with its titles and notes; it has no column with the organisation."""
    rng = Random(f"sheet {seed}")
    day = date(1979, 3, 1) + timedelta(days=rng.randrange(3_000))
    rows = [
        ("工会会员实名制信息采集表（示例，人员均为虚构）",),
        (f"填报单位：{organisation}", *[""] * 7, "单位：人"),
    ]
    rows.append(SHEET_HEADER)
    for number, (name, change) in enumerate(zip(SHEET_NAMES, SHEET_CHANGES, strict=True), 1):
        born = day + timedelta(days=401 * number)
        facts = (
            "居民身份证",
            id_number(organisation[:6], born),
            "女",
            f"{born:%Y-%m-%d}",
            f"1990001{number:04d}",
        )
        rows.append(
            (f"{number}", f"示例{name}", *facts, "某某物流（示例）", f"{2015 + number}-05-01", change)
        )
    return [*rows, ("合计", f"{len(SHEET_NAMES)}人"), ("备注：会籍变化类型可写文字，也可写 1 到 6",)]


def write_roll(lines: Sequence[RollRow], out: Path) -> None:
    """Write a roll as UTF-8 CSV."""
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(lines)
