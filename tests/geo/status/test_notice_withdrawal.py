"""Taking back an announcement brings back what was announced before, day by day."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geo.hours import USUAL
from geo.status.live import live_at
from geo.status.notice_withdrawal import Restated, restated
from geo.status.statements import Saying, Voice, What

TODAY = date(2027, 2, 3)
MORNING = datetime(2027, 2, 3, 1, 0, tzinfo=UTC)  # 9:00 in Beijing


def announced(n: int, first: int, days: int, text: str | None) -> Saying:
    """The n-th word of the morning; without hours a closed day."""
    at = MORNING + timedelta(minutes=n)
    start = TODAY + timedelta(days=first)
    last = start + timedelta(days=days if text is not None else 0)
    what = What.HOURS if text is not None else What.CLOSED_DAY
    return Saying(f"{n:04}", "a", at, Voice.KEEPER, what, first=start, last=last, hours_text=text or "")


def fine(n: int) -> Saying:
    return Saying(f"{n:04}", "a", MORNING + timedelta(minutes=n), Voice.KEEPER, What.FINE)


WORD = st.one_of(
    st.tuples(
        st.integers(-2, 4), st.integers(0, 4), st.sampled_from([None, "", "10:00-15:00", "9:00-12:00", USUAL])
    ),
    st.none(),
)


@st.composite
def mornings(draw: st.DrawFn) -> list[Saying]:
    words = draw(st.lists(WORD, min_size=1, max_size=6))
    return [fine(n) if word is None else announced(n, *word) for n, word in enumerate(words)]


def hours_on(day: date, sayings: list[Saying]) -> str:
    """What holds on a day, by going through all that was said in order."""
    found = [USUAL]
    for saying in sayings:
        if saying.what is What.FINE:
            continue
        opened_again = saying.what is What.CLOSED_DAY and any(
            one.what is What.FINE and one.order > saying.order and saying.days[0] == TODAY for one in sayings
        )
        if saying.days[0] <= day <= saying.days[1] and not opened_again:
            found.append(saying.hours_text)
    return found[-1]


@given(mornings(), st.data())
def test_every_day_is_as_if_the_word_had_never_been_said(said: list[Saying], data: st.DataObject) -> None:
    of_days = [saying for saying in said if saying.what is not What.FINE]
    if not of_days:
        return
    taken_back = data.draw(st.sampled_from(of_days))
    if taken_back.what is What.CLOSED_DAY and hours_on(taken_back.days[0], said) != "":
        return  # opened again already: nothing of it is left to be taken back
    instead = [
        Saying(f"{100 + n:04}", "a", MORNING + timedelta(hours=2, minutes=n), Voice.KEEPER, What.HOURS,
               first=days.first, last=days.last, hours_text=days.hours_text)
        for n, days in enumerate(restated(said, taken_back, TODAY))
    ]  # fmt: skip
    without = [saying for saying in said if saying is not taken_back]
    for n in range(9):
        day = TODAY + timedelta(days=n)
        assert hours_on(day, [*said, *instead]) == hours_on(day, without)
    assert all(one.first >= TODAY for one in restated(said, taken_back, TODAY)), (
        "what is over stays as it was"
    )


def test_days_alike_are_announced_together_and_the_usual_hours_by_their_word() -> None:
    before = announced(0, 1, 1, "10:00-15:00")
    closed = announced(1, 0, 4, "")
    assert restated([before, closed], closed, TODAY) == [
        Restated(TODAY, TODAY, USUAL),
        Restated(TODAY + timedelta(days=1), TODAY + timedelta(days=2), "10:00-15:00"),
        Restated(TODAY + timedelta(days=3), TODAY + timedelta(days=4), USUAL),
    ]


def test_days_of_which_something_else_was_announced_since_are_left_as_they_are() -> None:
    closed = announced(0, 0, 3, "")
    since = announced(1, 1, 0, "10:00-15:00")
    days = [(one.first - TODAY).days for one in restated([closed, since], closed, TODAY)]
    assert days == [0, 2]


def test_riders_are_told_the_same_as_before_once_a_closed_day_is_taken_back() -> None:
    before, closed = announced(0, 0, 2, "10:00-15:00"), announced(1, 0, 0, None)
    (again,) = restated([before, closed], closed, TODAY)
    undone = announced(2, 0, 0, again.hours_text)
    at = MORNING + timedelta(hours=3)
    told = [
        spell.hours_text for spell in live_at([before, closed, undone], at).spells if spell.holds(minute(at))
    ]
    assert told[-1] == "10:00-15:00"


def minute(at: datetime) -> int:
    return int(at.timestamp() // 60) + 8 * 60


def test_a_closed_day_that_was_opened_again_covers_nothing_announced_before_it() -> None:
    before, closed = announced(0, 0, 0, "10:00-15:00"), announced(1, 0, 0, None)
    assert restated([before, closed, fine(2)], before, TODAY) == [Restated(TODAY, TODAY, USUAL)]
