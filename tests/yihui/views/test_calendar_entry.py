"""The calendar file of a benefit's last day, read back by a library of calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from yihui.views.calendar_entry import CalendarEntry, render_calendar

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def read_back(entry: CalendarEntry) -> Calendar:
    written = render_calendar(entry, AT)
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n")) and "\n" not in written.replace(
        "\r\n", ""
    )
    return Calendar.from_ical(written)


@pytest.mark.parametrize(
    "title",
    ["a, b; c\\n d: e", "很长的名字" * 40, "😀" * 50, "两行\n第二行", "BEGIN:VEVENT", 'x"y'],
)
def test_a_library_reads_the_day_the_texts_and_the_reminders(title: str) -> None:
    calendar = read_back(CalendarEntry("u-1@yihui", date(2026, 12, 31), title, f"{title}；明细"))
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("dtstart") == date(2026, 12, 31) and event.decoded("dtend") == date(2027, 1, 1)
    assert (str(event["summary"]), str(event["description"])) == (title, f"{title}；明细")
    assert event.decoded("dtstamp") == AT and str(event["uid"]) == "u-1@yihui"
    alarms = [alarm.decoded("trigger") for alarm in calendar.walk("VALARM")]
    assert alarms == [-timedelta(days=6, hours=15), -timedelta(hours=15)]


@given(title=st.text(max_size=200), text=st.text(max_size=400))
def test_no_text_breaks_out_of_its_value(title: str, text: str) -> None:
    calendar = read_back(CalendarEntry("u", date(2026, 2, 28), title, text))
    assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT", "VALARM", "VALARM"]
    (event,) = calendar.walk("VEVENT")
    assert {"SUMMARY", "DESCRIPTION", "DTSTART", "DTEND", "UID"} <= set(event)
