"""Hours as an officer reads them."""

from datetime import UTC, date, datetime

import pytest

from geo.coverage.hours import week_instants
from yihui.planning.gaps.text import gap_times_text, week_hours_text
from yihui.runtime.language import load_language

ZH, EN = load_language("zh"), load_language("en")


def week(*parts: tuple[range | tuple[int, ...], int, int]) -> list[bool]:
    """Hours from a to b on some days; b may reach into the next day."""
    holds = [False] * 168
    for days, a, b in parts:
        for day in days:
            for hour in range(a, b):
                holds[(day * 24 + hour) % 168] = True
    return holds


DAILY, WORKDAYS = range(7), range(5)


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (week((DAILY, 22, 30)), "周一至周日 22:00–次日6:00", "Mon to Sun 22:00–6:00 the next day"),
        (week((DAILY, 0, 24)), "一周七天全天", "at every hour of the week"),
        (week((DAILY, 12, 14)), "周一至周日 12:00–14:00", "Mon to Sun 12:00–14:00"),
        (week(((5,), 0, 24)), "周六全天", "Sat all day"),
        (week(((5,), 0, 48)), "周六 0:00–周日 24:00", "Sat 0:00 – Sun 24:00"),
        (week(((0, 2), 9, 10)), "周一、周三 9:00–10:00", "Mon, Wed 9:00–10:00"),
        (week(((0, 1, 2, 6), 9, 10)), "周一至周三、周日 9:00–10:00", "Mon to Wed, Sun 9:00–10:00"),
        (
            [not holds for holds in week((WORKDAYS, 8, 18))],
            "周一至周四 18:00–次日8:00；周五 18:00–下周一 8:00",
            "Mon to Thu 18:00–8:00 the next day; Fri 18:00 – next Mon 8:00",
        ),
        (week(((6,), 22, 26)), "周日 22:00–次日2:00", "Sun 22:00–2:00 the next day"),
        (week(((3,), 20, 24)), "周四 20:00–24:00", "Thu 20:00–24:00"),
        ([False] * 168, "", ""),
    ],
)
def test_hours_of_a_week_are_said_as_people_say_them(hours: list[bool], zh: str, en: str) -> None:
    assert week_hours_text(ZH, hours) == zh
    assert week_hours_text(EN, hours) == en


def test_the_hours_of_a_night_that_was_asked_about_are_said_as_hours_of_the_week() -> None:
    night = [at for at in week_instants(date(2026, 9, 7)) if (at.hour + 8) % 24 in (22, 23, 0, 1, 2, 3, 4, 5)]
    assert gap_times_text(ZH, [True] * 56, night) == "周一至周日 22:00–次日6:00"


def test_a_single_instant_is_said_with_its_date() -> None:
    assert gap_times_text(ZH, [True], [datetime(2026, 9, 7, 15, 10, tzinfo=UTC)]) == "2026年9月7日 23:10"
