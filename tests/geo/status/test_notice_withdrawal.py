"""Taking back an announcement brings back what was announced before, day by day."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geo.hours import USUAL_HOURS
from geo.status.live import build_live_summary
from geo.status.notices import ReplacementNotice, list_replacement_notices
from geo.status.statements import ReporterRole, ReportKind, StatusReport
from tests.profile import searched

TODAY = date(2027, 2, 3)
MORNING = datetime(2027, 2, 3, 1, 0, tzinfo=UTC)  # 9:00 in Beijing


def announced(n: int, first: int, days: int, text: str | None) -> StatusReport:
    """The n-th word of the morning; without hours a closed day."""
    at = MORNING + timedelta(minutes=n)
    start = TODAY + timedelta(days=first)
    last = start + timedelta(days=days if text is not None else 0)
    what = ReportKind.HOURS if text is not None else ReportKind.CLOSED_DAY
    return StatusReport(
        f"{n:04}", "a", at, ReporterRole.KEEPER, what, first=start, last=last, hours_text=text or ""
    )


def fine(n: int) -> StatusReport:
    return StatusReport(f"{n:04}", "a", MORNING + timedelta(minutes=n), ReporterRole.KEEPER, ReportKind.FINE)


WORD = st.one_of(
    st.tuples(
        st.integers(-2, 4),
        st.integers(0, 4),
        st.sampled_from([None, "", "10:00-15:00", "9:00-12:00", USUAL_HOURS]),
    ),
    st.none(),
)


@st.composite
def mornings(draw: st.DrawFn) -> list[StatusReport]:
    words = draw(st.lists(WORD, min_size=1, max_size=6))
    return [fine(n) if word is None else announced(n, *word) for n, word in enumerate(words)]


def hours_on(day: date, sayings: list[StatusReport]) -> str:
    """What holds on a day, by going through all that was said in order."""
    found = [USUAL_HOURS]
    for saying in sayings:
        if saying.what is ReportKind.FINE:
            continue
        opened_again = saying.what is ReportKind.CLOSED_DAY and any(
            one.what is ReportKind.FINE and one.order > saying.order and saying.days[0] == TODAY
            for one in sayings
        )
        if saying.days[0] <= day <= saying.days[1] and not opened_again:
            found.append(saying.hours_text)
    return found[-1]


@searched(100, anew=True)
@given(mornings(), st.data())
def test_every_day_is_as_if_the_word_had_never_been_said(
    said: list[StatusReport], data: st.DataObject
) -> None:
    of_days = [saying for saying in said if saying.what is not ReportKind.FINE]
    if not of_days:
        return
    taken_back = data.draw(st.sampled_from(of_days))
    if taken_back.what is ReportKind.CLOSED_DAY and hours_on(taken_back.days[0], said) != "":
        return  # opened again already: nothing of it is left to be taken back
    before = [one for one in of_days if one.order < taken_back.order]
    if taken_back.hours_text in {one.hours_text for one in before}:
        return  # it stands in the place of what it repeats
    instead = [
        StatusReport(f"{100 + n:04}", "a", MORNING + timedelta(hours=2, minutes=n), ReporterRole.KEEPER, ReportKind.HOURS,
               first=days.first, last=days.last, hours_text=days.hours_text)
        for n, days in enumerate(list_replacement_notices(said, taken_back, TODAY))
    ]  # fmt: skip
    without = [saying for saying in said if saying is not taken_back]
    for n in range(9):
        day = TODAY + timedelta(days=n)
        assert hours_on(day, [*said, *instead]) == hours_on(day, without)
    assert all(one.first >= TODAY for one in list_replacement_notices(said, taken_back, TODAY)), (
        "what is over stays as it was"
    )


def test_days_alike_are_announced_together_and_the_usual_hours_by_their_word() -> None:
    before = announced(0, 1, 1, "10:00-15:00")
    closed = announced(1, 0, 4, "")
    assert list_replacement_notices([before, closed], closed, TODAY) == [
        ReplacementNotice(TODAY, TODAY, USUAL_HOURS),
        ReplacementNotice(TODAY + timedelta(days=1), TODAY + timedelta(days=2), "10:00-15:00"),
        ReplacementNotice(TODAY + timedelta(days=3), TODAY + timedelta(days=4), USUAL_HOURS),
    ]


def test_riders_are_told_the_same_as_before_once_a_closed_day_is_taken_back() -> None:
    before, closed = announced(0, 0, 2, "10:00-15:00"), announced(1, 0, 0, None)
    (again,) = list_replacement_notices([before, closed], closed, TODAY)
    undone = announced(2, 0, 0, again.hours_text)
    at = MORNING + timedelta(hours=3)
    told = [
        spell.hours_text
        for spell in build_live_summary([before, closed, undone], at).spells
        if spell.holds(minute(at))
    ]
    assert told[-1] == "10:00-15:00"


def minute(at: datetime) -> int:
    return int(at.timestamp() // 60) + 8 * 60


@searched(100, anew=True)
@given(st.lists(st.sampled_from(["", "10:00-15:00", "9:00-12:00"]), min_size=1, max_size=5))
def test_one_withdrawal_after_the_other_leads_to_the_usual_hours(texts: list[str]) -> None:
    said = [announced(n, 1, 0, text) for n, text in enumerate(texts)]
    day, held = TODAY + timedelta(days=1), [texts[-1]]
    while hours_on(day, said) != USUAL_HOURS:
        (instead,) = list_replacement_notices(said, said[-1], TODAY)
        said.append(announced(len(said), 1, 0, instead.hours_text))
        held.append(instead.hours_text)
    assert len(held) == len(set(held)) <= len(set(texts)) + 1, "each withdrawal brings something else"
