"""States labelled by hand, by reading the phrase as a rider would and the calendar beside it.

Local wall clock, in 2026 where no year is named. On the mainland: days off 10-01…10-07, 02-15…02-23, make-up
work-days 01-04 (Su), 02-14 (Sa), 02-28 (Sa), 05-09 (Sa), 09-20 (Su), 10-10 (Sa). Taiwan: 02-28 (Sa, in lieu
02-27), 10-10 (Sa, in lieu 10-09), 09-28 (Mo), and no make-up days.
"""

from core.calendars import Calendar
from tests.geo.hours.labelled_states import LETTERS, answers

SHUT, OPEN, WHO_KNOWS = tuple(LETTERS)

CN = {
    # It says nothing of holidays, nor of a make-up Saturday; for 2027 there is no table yet.
    "周一至周五9:00-17:00": {
        OPEN: "10-09 10:00, 10-12 16:59, 2027-03-22 10:00",  # the last is never a day off
        SHUT: "10-10 18:00, 10-01 18:00, 10-03 10:00, 10-12 17:00, 10-12 08:59",
        WHO_KNOWS: "10-10 10:00, 10-01 10:00, 2027-02-15 10:00, 2027-10-09 10:00",
    },
    "工作日 8:30-17:30": {
        OPEN: "10-10 10:00, 01-04 10:00, 09-20 17:29, 10-08 10:00",
        SHUT: "10-01 10:00, 10-07 10:00, 10-11 10:00",
        WHO_KNOWS: "2027-03-01 10:00",
    },
    "周一至周五 8:30-12:00 13:30-17:00 (节假日除外)": {
        OPEN: "10-08 13:30",
        SHUT: "10-02 10:00, 10-08 12:30, 06-19 10:00",
        WHO_KNOWS: "05-09 10:00, 2027-01-04 10:00",  # a make-up Saturday is no holiday
    },
    "每天8:30-21:00（法定节假日除外）": {
        OPEN: "10-10 10:00, 10-17 10:00",
        SHUT: "10-03 10:00, 02-17 10:00",
    },
    "8:30-17:30 周六日休息": {
        OPEN: "10-16 10:00",
        SHUT: "10-17 10:00",
        WHO_KNOWS: "10-10 10:00, 10-01 10:00",
    },
    "周二至周日9:00-17:00（16:30停止入馆），周一闭馆（节假日除外）": {
        OPEN: "10-06 10:00",
        SHUT: "10-12 10:00, 10-06 17:00, 10-05 18:00",
        WHO_KNOWS: "10-05 10:00, 10-06 16:45",  # a Monday in the holiday: perhaps open; after the last entry
    },
    "周五、周六 20:00-02:00": {
        OPEN: "10-17 01:00, 10-18 01:59",  # Friday's night; Saturday's night
        SHUT: "10-05 01:00, 10-02 01:00",
        WHO_KNOWS: "10-03 01:00",  # the night of a Friday off
    },
    # A night belongs to the work-day on which it began, also that of the year before.
    "工作日 20:00-02:00": {
        OPEN: "10-01 01:00, 10-11 01:00, 10-10 21:00, 01-01 01:00",
        SHUT: "10-02 01:00",
    },
    "7:00-22:00，春节期间休息": {OPEN: "03-02 12:00", WHO_KNOWS: "02-17 12:00, 02-16 12:00"},
    "每月第一个星期四闭馆，每天9:00-17:00": {OPEN: "10-08 10:00", SHUT: "10-01 10:00, 11-05 10:00"},
    "周一至周五：9:00-21:00 周末及节假日：8:00-22:00": {
        OPEN: "10-02 21:30, 10-17 08:30",  # a Friday in the holiday keeps the weekend's hours
        SHUT: "10-09 21:30",
    },
    # 开放 after days adds them to the hours before; it does not restrict the hours to them.
    "8:00-20:00，节假日开放": {OPEN: "10-12 10:00, 10-01 10:00", SHUT: "10-12 21:00"},
    "9:00-21:00，春节照常營業": {OPEN: "10-12 10:00, 02-17 10:00"},
    "周一闭馆，节假日开放 9:00-17:00": {
        OPEN: "10-01 10:00",
        SHUT: "10-12 10:00",
        WHO_KNOWS: "10-13 10:00, 10-05 10:00",  # a Monday and a holiday
    },
    "周一至周五9:00-17:00，节假日开放": {
        OPEN: "10-01 10:00",
        SHUT: "10-18 18:00",
        WHO_KNOWS: "10-03 10:00, 10-17 10:00",  # is a weekend a 节假日?
    },
    "周一至周五9:00-17:00，周末开放": {
        OPEN: "10-14 10:00",
        WHO_KNOWS: "10-17 10:00",
    },
    # a span inside a span may be a break
    "8:00-18:00（12:00-14:00）": {OPEN: "10-12 14:00", SHUT: "10-12 18:00", WHO_KNOWS: "10-12 13:00"},
    "8:00-12:00 周一至周五 14:00-18:00": {
        OPEN: "10-14 10:00, 10-14 15:00",
        SHUT: "10-17 15:00",
        WHO_KNOWS: "10-17 10:00",
    },
    # 平时 beside holidays or a closing day is every other day
    "平时8:00-20:00，法定节假日休息": {OPEN: "10-17 10:00, 10-10 10:00", SHUT: "10-01 10:00"},
    "平日8:00-20:00，周一休息": {OPEN: "10-17 10:00", SHUT: "10-12 10:00"},
    "五一、国庆期间 9:00-21:00，平时 9:00-17:00": {
        OPEN: "10-17 10:00, 10-01 18:00",
        SHUT: "10-17 18:00",
        WHO_KNOWS: "10-04 18:00",
    },
    "夏季8:00-20:00，平时9:00-17:00": {OPEN: "10-17 10:00", WHO_KNOWS: "07-18 18:00"},
    "平日9:00-18:00，周五9:00-20:00": {OPEN: "10-14 10:00", WHO_KNOWS: "10-17 10:00"},
    "9:00-17:00，周六日及节假日开放": {WHO_KNOWS: "10-14 10:00"},
    "周一闭馆（不含节假日），9:00-17:00": {
        OPEN: "10-01 10:00",
        SHUT: "10-12 10:00",
        WHO_KNOWS: "10-05 10:00",
    },
    "工作日9:00-12:00、13:30-17:00，周末及节假日休息": {
        SHUT: "10-17 10:00, 10-01 10:00",
        WHO_KNOWS: "10-10 10:00",
    },
    "工作日8:00-20:00 周末9:00-18:00": {
        OPEN: "10-17 10:00, 10-10 10:00",
        WHO_KNOWS: "10-01 10:00, 10-10 19:00",
    },
    "周一至周五9:00-17:00，节假日照常": {OPEN: "10-01 10:00"},
    "周一到周五8:00-18:00；周六、周日9:00-16:00": {
        OPEN: "10-03 10:00, 10-10 10:00",  # a Saturday or a work-day: open either way
        WHO_KNOWS: "10-01 10:00, 10-10 17:00",
    },
    "星期一至星期六 8:00~18:00": {OPEN: "10-10 10:00", WHO_KNOWS: "10-01 10:00"},
    "周二至周日9:00-17:00（周一闭馆）": {OPEN: "10-01 10:00, 10-10 10:00"},
}

TW = {
    "週一至週五08:00-17:30(國定假日除外)": {
        OPEN: "10-01 10:00, 10-12 17:00",  # the mainland's holiday only
        SHUT: "10-09 10:00, 09-28 10:00",
        WHO_KNOWS: "2027-10-11 10:00",
    },
    "上班日8:00~17:00": {
        OPEN: "03-02 10:00, 2025-02-08 10:00",  # the last make-up Saturday
        SHUT: "02-27 10:00, 02-28 10:00",
    },
    "平日11:00-22:00\n假日10:00-22:00": {
        OPEN: "10-17 10:30, 09-28 10:30",
        SHUT: "10-16 10:30",
        WHO_KNOWS: "2025-02-08 10:30, 2025-02-08 12:00",  # is a make-up Saturday a 平日?
    },
    "週一至週日09:00-17:00(全年無休,除夕除外)": {OPEN: "05-01 10:00", WHO_KNOWS: "02-16 10:00"},
}

NONE = {
    "工作日 8:30-17:30": {WHO_KNOWS: "10-12 10:00"},
    "周一至周五8:30-17:30": {
        OPEN: "11-12 10:00",
        WHO_KNOWS: "10-01 10:00",  # a holiday there as well?
    },
}

LABELLED = [
    (text, calendar, when if when.startswith("20") else f"2026-{when}", state)
    for calendar, table in ((Calendar.CN, CN), (Calendar.TW, TW), (Calendar.NONE, NONE))
    for text, labels in table.items()
    for state, instants in labels.items()
    for when in instants.split(", ")
]


def test_the_state_is_what_a_reader_of_the_door_would_say() -> None:
    assert [one for one in answers(LABELLED) if one[2] != one[3]] == []
