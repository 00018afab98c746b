"""States labelled by hand, by reading the phrase as a rider would and the calendar beside it.

Local wall clock. 2026 on the mainland: days off 10-01…10-07, 02-15…02-23, make-up work-days 01-04 (Su),
02-14 (Sa), 02-28 (Sa), 05-09 (Sa), 09-20 (Su), 10-10 (Sa). Taiwan: 02-28 (Sa, in lieu 02-27), 10-10 (Sa, in
lieu 10-09), 09-28 (Mo), and no make-up days.
"""

from geo.calendars import Calendar
from tests.geo.hours.labelled_states import LETTERS, answers

SHUT, OPEN, WHO_KNOWS = tuple(LETTERS)

CN = {
    "周一至周五9:00-17:00": [
        ("2026-10-09 10:00", OPEN),  # Friday after the holiday
        (
            "2026-10-10 10:00",
            WHO_KNOWS,
        ),  # make-up Saturday: people work, and the phrase says Monday to Friday
        ("2026-10-10 18:00", SHUT),
        ("2026-10-01 10:00", WHO_KNOWS),  # a Thursday off; the phrase says nothing of holidays
        ("2026-10-01 18:00", SHUT),
        ("2026-10-03 10:00", SHUT),  # a Saturday off
        ("2026-10-12 16:59", OPEN),
        ("2026-10-12 17:00", SHUT),
        ("2026-10-12 08:59", SHUT),
        ("2027-03-22 10:00", OPEN),  # no table yet, and never a day off
        ("2027-02-15 10:00", WHO_KNOWS),  # no table yet: the Spring Festival?
        ("2027-10-09 10:00", WHO_KNOWS),  # a Saturday that may be made up
    ],
    "工作日 8:30-17:30": [
        ("2026-10-10 10:00", OPEN),  # make-up Saturday
        ("2026-01-04 10:00", OPEN),  # make-up Sunday
        ("2026-09-20 17:29", OPEN),
        ("2026-10-01 10:00", SHUT),
        ("2026-10-07 10:00", SHUT),
        ("2026-10-08 10:00", OPEN),
        ("2026-10-11 10:00", SHUT),  # an ordinary Sunday
        ("2027-03-01 10:00", WHO_KNOWS),  # no table yet
    ],
    "周一至周五 8:30-12:00 13:30-17:00 (节假日除外)": [
        ("2026-10-02 10:00", SHUT),
        ("2026-10-08 12:30", SHUT),
        ("2026-10-08 13:30", OPEN),
        ("2026-05-09 10:00", WHO_KNOWS),  # a make-up Saturday is no holiday
        ("2026-06-19 10:00", SHUT),
        ("2027-01-04 10:00", WHO_KNOWS),
    ],
    "每天8:30-21:00（法定节假日除外）": [
        ("2026-10-03 10:00", SHUT),
        ("2026-10-10 10:00", OPEN),
        ("2026-10-17 10:00", OPEN),  # a Saturday
        ("2026-02-17 10:00", SHUT),
    ],
    "8:30-17:30 周六日休息": [
        ("2026-10-10 10:00", WHO_KNOWS),  # made up
        ("2026-10-01 10:00", WHO_KNOWS),
        ("2026-10-17 10:00", SHUT),
        ("2026-10-16 10:00", OPEN),
    ],
    "周二至周日9:00-17:00（16:30停止入馆），周一闭馆（节假日除外）": [
        ("2026-10-12 10:00", SHUT),  # an ordinary Monday
        ("2026-10-05 10:00", WHO_KNOWS),  # a Monday in the holiday: perhaps open
        ("2026-10-06 10:00", OPEN),  # a Tuesday in the holiday
        ("2026-10-06 16:45", WHO_KNOWS),  # after the last entry
        ("2026-10-06 17:00", SHUT),
        ("2026-10-05 18:00", SHUT),
    ],
    "周五、周六 20:00-02:00": [
        ("2026-10-17 01:00", OPEN),  # Friday's night
        ("2026-10-18 01:59", OPEN),  # Saturday's night
        ("2026-10-03 01:00", WHO_KNOWS),  # the night of a Friday off
        ("2026-10-05 01:00", SHUT),
        ("2026-10-02 01:00", SHUT),
    ],
    "工作日 20:00-02:00": [
        ("2026-10-01 01:00", OPEN),  # the night that began on the last work-day
        ("2026-10-02 01:00", SHUT),
        ("2026-10-11 01:00", OPEN),  # the night of the make-up Saturday
        ("2026-10-10 21:00", OPEN),
        ("2026-01-01 01:00", OPEN),  # began on a work-day of the year before
    ],
    "7:00-22:00，春节期间休息": [
        ("2026-02-17 12:00", WHO_KNOWS),
        ("2026-02-16 12:00", WHO_KNOWS),
        ("2026-03-02 12:00", OPEN),
    ],
    "每月第一个星期四闭馆，每天9:00-17:00": [
        ("2026-10-01 10:00", SHUT),
        ("2026-10-08 10:00", OPEN),
        ("2026-11-05 10:00", SHUT),
    ],
    "周一至周五：9:00-21:00 周末及节假日：8:00-22:00": [
        ("2026-10-02 21:30", OPEN),  # a Friday in the holiday keeps the weekend's hours
        ("2026-10-09 21:30", SHUT),
        ("2026-10-17 08:30", OPEN),
    ],
    # 开放 after days adds them to the hours before; it does not restrict the hours to them.
    "8:00-20:00，节假日开放": [
        ("2026-10-12 10:00", OPEN),
        ("2026-10-01 10:00", OPEN),
        ("2026-10-12 21:00", SHUT),
    ],
    "9:00-21:00，春节照常營業": [("2026-10-12 10:00", OPEN), ("2026-02-17 10:00", OPEN)],
    "周一闭馆，节假日开放 9:00-17:00": [
        ("2026-10-12 10:00", SHUT),
        ("2026-10-13 10:00", WHO_KNOWS),
        ("2026-10-01 10:00", OPEN),
        ("2026-10-05 10:00", WHO_KNOWS),  # a Monday and a holiday
    ],
    "周一至周五9:00-17:00，节假日开放": [
        ("2026-10-01 10:00", OPEN),
        ("2026-10-03 10:00", WHO_KNOWS),
        ("2026-10-17 10:00", WHO_KNOWS),  # is a weekend a 节假日?
        ("2026-10-18 18:00", SHUT),
    ],
    "周一至周五9:00-17:00，周末开放": [("2026-10-17 10:00", WHO_KNOWS), ("2026-10-14 10:00", OPEN)],
    # a span inside a span may be a break
    "8:00-18:00（12:00-14:00）": [
        ("2026-10-12 13:00", WHO_KNOWS),
        ("2026-10-12 14:00", OPEN),
        ("2026-10-12 18:00", SHUT),
    ],
    "8:00-12:00 周一至周五 14:00-18:00": [
        ("2026-10-17 10:00", WHO_KNOWS),
        ("2026-10-17 15:00", SHUT),
        ("2026-10-14 10:00", OPEN),
        ("2026-10-14 15:00", OPEN),
    ],
    # 平时 beside holidays or a closing day is every other day
    "平时8:00-20:00，法定节假日休息": [
        ("2026-10-17 10:00", OPEN),
        ("2026-10-01 10:00", SHUT),
        ("2026-10-10 10:00", OPEN),
    ],
    "平日8:00-20:00，周一休息": [("2026-10-17 10:00", OPEN), ("2026-10-12 10:00", SHUT)],
    "五一、国庆期间 9:00-21:00，平时 9:00-17:00": [
        ("2026-10-17 10:00", OPEN),
        ("2026-10-17 18:00", SHUT),
        ("2026-10-01 18:00", OPEN),
        ("2026-10-04 18:00", WHO_KNOWS),
    ],
    "夏季8:00-20:00，平时9:00-17:00": [("2026-10-17 10:00", OPEN), ("2026-07-18 18:00", WHO_KNOWS)],
    "平日9:00-18:00，周五9:00-20:00": [("2026-10-17 10:00", WHO_KNOWS), ("2026-10-14 10:00", OPEN)],
    "9:00-17:00，周六日及节假日开放": [("2026-10-14 10:00", WHO_KNOWS)],
    "周一闭馆（不含节假日），9:00-17:00": [
        ("2026-10-05 10:00", WHO_KNOWS),
        ("2026-10-12 10:00", SHUT),
        ("2026-10-01 10:00", OPEN),
    ],
    "工作日9:00-12:00、13:30-17:00，周末及节假日休息": [
        ("2026-10-10 10:00", WHO_KNOWS),  # made up
        ("2026-10-17 10:00", SHUT),
        ("2026-10-01 10:00", SHUT),
    ],
    "工作日8:00-20:00 周末9:00-18:00": [
        ("2026-10-01 10:00", WHO_KNOWS),
        ("2026-10-17 10:00", OPEN),
        ("2026-10-10 10:00", OPEN),
        ("2026-10-10 19:00", WHO_KNOWS),
    ],
    "周一至周五9:00-17:00，节假日照常": [("2026-10-01 10:00", OPEN)],
    "周一到周五8:00-18:00；周六、周日9:00-16:00": [
        ("2026-10-01 10:00", WHO_KNOWS),
        ("2026-10-03 10:00", OPEN),
        ("2026-10-10 10:00", OPEN),  # a Saturday or a work-day: open either way
        ("2026-10-10 17:00", WHO_KNOWS),
    ],
    "星期一至星期六 8:00~18:00": [("2026-10-01 10:00", WHO_KNOWS), ("2026-10-10 10:00", OPEN)],
    "周二至周日9:00-17:00（周一闭馆）": [("2026-10-01 10:00", OPEN), ("2026-10-10 10:00", OPEN)],
}

TW = {
    "週一至週五08:00-17:30(國定假日除外)": [
        ("2026-10-09 10:00", SHUT),  # in lieu of the 10th
        ("2026-09-28 10:00", SHUT),
        ("2026-10-01 10:00", OPEN),  # the mainland's holiday only
        ("2026-10-12 17:00", OPEN),
        ("2027-10-11 10:00", WHO_KNOWS),
    ],
    "上班日8:00~17:00": [
        ("2026-02-27 10:00", SHUT),
        ("2026-02-28 10:00", SHUT),
        ("2026-03-02 10:00", OPEN),
        ("2025-02-08 10:00", OPEN),  # the last make-up Saturday
    ],
    "平日11:00-22:00\n假日10:00-22:00": [
        ("2026-10-17 10:30", OPEN),
        ("2026-10-16 10:30", SHUT),
        ("2026-09-28 10:30", OPEN),
        ("2025-02-08 10:30", WHO_KNOWS),  # is a make-up Saturday a 平日?
        ("2025-02-08 12:00", WHO_KNOWS),  # open either way; to say so would take a proof
    ],
    "週一至週日09:00-17:00(全年無休,除夕除外)": [
        ("2026-02-16 10:00", WHO_KNOWS),
        ("2026-05-01 10:00", OPEN),
    ],
}

NONE = {
    "工作日 8:30-17:30": [("2026-10-12 10:00", WHO_KNOWS)],
    "周一至周五8:30-17:30": [
        ("2026-11-12 10:00", OPEN),
        ("2026-10-01 10:00", WHO_KNOWS),  # a holiday there as well?
    ],
}

LABELLED = [
    (text, calendar, when, state)
    for calendar, table in ((Calendar.CN, CN), (Calendar.TW, TW), (Calendar.NONE, NONE))
    for text, labels in table.items()
    for when, state in labels
]


def test_the_state_is_what_a_reader_of_the_door_would_say() -> None:
    assert [one for one in answers(LABELLED) if one[2] != one[3]] == []
