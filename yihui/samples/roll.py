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


def write_roll(lines: Sequence[RollRow], out: Path) -> None:
    """Write a roll as UTF-8 CSV."""
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(lines)
