"""How far an application has come: its steps folded, against what each fact means."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import Calendar, workday_table
from members import (
    ApplicationStep,
    FactValue,
    application_facts,
    read_application_steps,
    record_application_steps,
    steps_by_application,
)
from members.applications import (
    LONGEST_NOTICE_DAYS,
    MAX_STAGES,
    compute_progress,
    notice_days,
    notice_work_days,
)
from store import Database
from tests.profile import searched

FIRST = date(2026, 4, 20)
CN = workday_table(Calendar.CN)


def shanghai(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)


def step(kind: str, day: date = FIRST, hour: int = 9, **more: object) -> ApplicationStep:
    said = {"application": "a", "event_id": "e", **more}
    return ApplicationStep(
        member_id="m-1",
        programme="金秋助学",
        year=2026,
        effective_at=shanghai(day, hour),
        type=f"application.{kind}",
        source="/test",
        **said,  # type: ignore[arg-type]
    )


def on(steps: Sequence[ApplicationStep], day: date, application: str = "a") -> dict[str, FactValue]:
    facts = application_facts(compute_progress(steps, application, day), day, CN)
    return {path.removeprefix("application."): value for path, value in facts.items()}


# ---- the oracle -------------------------------------------------------------------------------
def in_order(steps: Sequence[ApplicationStep], day: date) -> list[ApplicationStep]:
    """Live through every hour up to the end of the day: what falls into it, in order of the way, then of arrival.

    From a refusal on it is that of arrival alone: what came after it answers it, but for the first submission of all.
    """
    lived: list[ApplicationStep] = []
    now = shanghai(FIRST, 0) - timedelta(days=3)
    while now < shanghai(day + timedelta(days=1), 0):
        hour = [one for one in steps if one.application == "a" and one.effective_at == now]
        refused = next((n for n, one in enumerate(hour) if one.type.endswith("refused")), len(hour))
        handed_in = next((n for n, one in enumerate(hour) if one.type.endswith("submitted")), 0)
        if handed_in > refused and not any(one.type.endswith("submitted") for one in lived):
            hour.insert(refused, hour.pop(handed_in))
            refused += 1
        for kinds in (("submitted", "withdrawn", "appealed"), ("reviewed",), ("published",), ("confirmed",)):
            lived += [one for one in hour[:refused] if one.type.removeprefix("application.") in kinds]
        lived += hour[refused:]
        now += timedelta(hours=1)
    return lived


def this_round(lived: Sequence[ApplicationStep]) -> list[ApplicationStep]:
    """From the last submission on; nothing after a withdrawal."""
    begins = [n for n, one in enumerate(lived) if one.type.endswith(("submitted", "withdrawn"))]
    return list(lived[begins[-1] :]) if begins else list(lived)


def accepted(steps: Sequence[ApplicationStep]) -> list[str]:
    """Each stage that was accepted and not rejected since, in order of its first acceptance since then."""
    found = {}
    for stage in {one.stage for one in steps if one.stage}:
        rejected = [n for n, one in enumerate(steps) if one.accepted is False and one.stage in (stage, None)]
        since = max(rejected, default=-1)
        yes = [n for n, one in enumerate(steps) if n > since and one.accepted and one.stage == stage]
        if yes:
            found[stage] = yes[0]
    return sorted(found, key=found.__getitem__)


def shown_since(steps: Sequence[ApplicationStep]) -> ApplicationStep | None:
    """The first publication since the last rejection and since the last stage that was newly accepted."""
    changes = [
        n
        for n, one in enumerate(steps)
        if one.accepted is False or accepted(steps[: n + 1]) != accepted(steps[:n])
    ]
    since = max(changes, default=-1)
    shown = [one for one in steps[since + 1 :] if one.type.endswith("published")]
    return shown[0] if shown else None


def reviewer_of(steps: Sequence[ApplicationStep], stage: str) -> str | None:
    """Who accepted it first since it was last rejected."""
    last_no = max(
        (n for n, one in enumerate(steps) if one.accepted is False and one.stage in (stage, None)), default=-1
    )
    return next(one.reviewer for one in steps[last_no + 1 :] if one.accepted and one.stage == stage)


def is_handed_in_anew(after: Sequence[ApplicationStep]) -> bool:
    """Whether what was refused was handed in again, and not appealed against before."""
    kinds = [one.type.removeprefix("application.") for one in after]
    return next((kind == "submitted" for kind in kinds if kind in ("submitted", "appealed")), False)


def day_of(one: ApplicationStep) -> date:
    return (one.effective_at + timedelta(hours=8)).date()


def without_unheard(lived: Sequence[ApplicationStep]) -> list[ApplicationStep]:
    """All but the appeals that no refusal stands before, or that come later than thirty days after it."""
    kept: list[ApplicationStep] = []
    for one in lived:
        since_begun = this_round(kept)
        ends = [end for end in since_begun if end.type.endswith(("refused", "appealed"))]
        if not one.type.endswith("appealed") or (
            is_refused(since_begun) and day_of(one) <= day_of(ends[-1]) + timedelta(days=30)
        ):
            kept.append(one)
    return kept


def is_refused(steps: Sequence[ApplicationStep]) -> bool:
    """Whether the last of refusals and appeals that were heard is a refusal."""
    ends = [one.type for one in steps if one.type.endswith(("refused", "appealed"))]
    return ends[-1:] == ["application.refused"]


def is_late(lived: Sequence[ApplicationStep]) -> bool:
    """Whether the last step is a submission, thirty days after the last one, the appeal or what was sent back."""
    *before, last = lived
    ends = [one for one in before if one.type.endswith(("submitted", "appealed")) or one.accepted is False]
    return (
        last.type.endswith("submitted")
        and bool(ends)
        and day_of(last) > day_of(ends[-1]) + timedelta(days=30)
    )


def as_rejection(one: ApplicationStep) -> ApplicationStep:
    """A refusal takes back all stages, the notice and the objections."""
    if not one.type.endswith("refused"):
        return one
    return replace(one, type="application.reviewed", accepted=False, objections=one.objections or 0)


def applied_on(lived: Sequence[ApplicationStep], day: date) -> date:
    """The first submission since the last withdrawal, or since the last end after which it was handed in."""
    handed_in = [n for n, one in enumerate(lived) if one.type.endswith("submitted")]
    ended = [
        n
        for n, one in enumerate(lived)
        if one.type.endswith("withdrawn")
        or (one.type.endswith("confirmed") and n < max(handed_in, default=-1))
        or (one.type.endswith("refused") and is_handed_in_anew(lived[n + 1 :]))
    ] + [n - 1 for n in handed_in if is_late(lived[: n + 1])]
    first = next((n for n in handed_in if n > max(ended, default=-1)), None)
    return day if first is None else day_of(lived[first])


def oracle(steps: Sequence[ApplicationStep], day: date) -> dict[str, FactValue]:
    lived = without_unheard(in_order(steps, day))
    told_to = this_round(lived)
    papers = {paper for one in told_to if one.type.endswith("appealed") for paper in one.attachments}
    current = [as_rejection(one) for one in told_to]
    begun = bool(current) and current[0].type == "application.submitted"
    stages = accepted(current)
    shown = shown_since(current)
    shown_on = day_of(shown) if shown else None
    full = [FIRST + timedelta(days=n) for n in range(-9, 60)]
    full = [one for one in full if shown_on is not None and shown_on < one < day]
    told = [one.objections for one in current if one.objections is not None]
    pairs = [(a, b) for n, a in enumerate(stages) for b in stages[n + 1 :]]
    doubtful = [
        (a, b) for a, b in pairs if len({reviewer_of(current, a), reviewer_of(current, b)} - {None}) < 2
    ]
    return {
        "submitted_on": day_of(current[0]) if begun and not is_refused(told_to) else None,
        "applied_on": applied_on(lived, day),
        "attachments": len(papers.union(current[0].attachments if begun else ())),
        "stages": tuple(stages),
        "order": tuple(f"{a}>{b}" for a, b in pairs),
        "same_reviewer": tuple(text for a, b in doubtful for text in (f"{a}={b}", f"{b}={a}")),
        "published_on": shown_on,
        "notice_days": len(full),
        "notice_work_days": sum(CN.kind_of_day(one) == "workday" for one in full),
        "objections": told[-1] if told else 0,
    }


STEPS = st.builds(
    lambda kind, day, hour, application, more: step(
        kind,
        FIRST + timedelta(days=day),
        hour,
        application=application,
        objections=more[0],
        attachments=tuple(more[1]) if kind in ("submitted", "appealed") else (),
        stage=more[2] if kind == "reviewed" else None,
        reviewer=more[3] if kind == "reviewed" else None,
        accepted=more[4] if kind == "reviewed" else None,
    ),
    st.sampled_from(
        [
            *("submitted", "reviewed", "reviewed", "reviewed", "published", "published"),
            *("confirmed", "withdrawn", "refused", "appealed"),
        ]
    ),
    st.sampled_from([*range(8), 31, 33, 36]),
    st.sampled_from([0, 9, 9, 23]),
    st.sampled_from(["a", "a", "a", "a", "b"]),
    st.tuples(
        st.sampled_from([None, None, 0, 1, 2]),
        st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
        st.sampled_from(["基层", "基层", "县级", None]),
        st.sampled_from(["r1", "r2", None]),
        st.booleans(),
    ),
)


@searched(500)
@given(steps=st.lists(STEPS, min_size=3, max_size=12), day=st.sampled_from([*range(3, 15), 34, 40]))
def test_an_application_has_come_as_far_as_its_steps_say(steps: list[ApplicationStep], day: int) -> None:
    assert on(steps, FIRST + timedelta(days=day)) == oracle(steps, FIRST + timedelta(days=day))


# ---- what the facts mean ----------------------------------------------------------------------
def reviewed(
    stage: str, day: date = FIRST, reviewer: str = "r1", *, accepted: bool = True
) -> ApplicationStep:
    return step("reviewed", day, stage=stage, reviewer=reviewer, accepted=accepted)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@pytest.mark.parametrize(
    ("published", "confirmed", "days", "work_days"),
    [
        (date(2026, 5, 11), date(2026, 5, 11), 0, 0),
        (date(2026, 5, 11), date(2026, 5, 12), 0, 0),
        (date(2026, 5, 11), date(2026, 5, 13), 1, 1),
        (date(2026, 5, 11), date(2026, 5, 17), 5, 4),  # Saturday counts as a day only
        (date(2026, 4, 30), date(2026, 5, 7), 6, 1),  # 1 to 5 May are off
        (date(2026, 5, 7), date(2026, 5, 10), 2, 2),  # Saturday 9 May is made up
        (date(2026, 5, 12), date(2026, 5, 11), 0, 0),  # before it was shown
    ],
)
def test_the_day_of_publication_does_not_count_and_the_last_day_ends_at_midnight(
    published: date, confirmed: date, days: int, work_days: int
) -> None:
    assert notice_days(published, confirmed) == days
    assert notice_work_days(published, confirmed, CN) == work_days


def test_work_days_of_a_year_without_a_calendar_are_unknown() -> None:
    last = CN.last_year
    assert notice_work_days(date(last, 12, 28), date(last + 1, 1, 6), CN) is None
    assert notice_work_days(date(last, 8, 3), date(last + 9, 1, 6), CN) == LONGEST_NOTICE_DAYS


def test_the_submission_that_is_replayed_after_its_refusal_of_that_midnight_opens_nothing() -> None:
    handed_in, refusal = step("submitted", hour=0), step("refused", hour=0)
    assert compute_progress([refusal, handed_in], "a", FIRST).is_refused
    assert not compute_progress([refusal, handed_in, handed_in], "a", FIRST).is_refused, "she applied anew"
    before = step("submitted", FIRST - timedelta(days=1))
    assert not compute_progress([refusal, handed_in, before], "a", FIRST).is_refused


@pytest.mark.parametrize(
    ("later", "stages"),
    [
        (("submitted",), ()),
        (("appealed",), ()),
        (("appealed", "reviewed"), ("基层",)),
        (("submitted", "reviewed", "confirmed"), ("基层",)),
    ],
)
def test_what_comes_after_a_refusal_of_the_same_midnight_counts_after_it(
    later: Sequence[str], stages: tuple[str, ...]
) -> None:
    def at_midnight(kind: str) -> ApplicationStep:
        said = {"stage": "基层", "reviewer": "r2", "accepted": True} if kind == "reviewed" else {}
        return step(kind, day(1), 0, **said)

    way = [step("submitted"), *map(at_midnight, ("reviewed", "refused"))]
    assert on(way, day(1))["submitted_on"] is None
    way += map(at_midnight, later)
    progress = compute_progress(way, "a", day(1))
    assert (progress.is_refused, progress.submitted_on) == (False, day(1 if "submitted" in later else 0))
    assert on(way, day(1))["stages"] == stages
    assert [one.type for one in steps_by_application(way)["a"]][-len(later) :] == [
        f"application.{kind}" for kind in later
    ]


def test_all_who_refused_it_are_known_until_it_begins_anew() -> None:
    way = [step("submitted"), step("refused", day(1), reviewer="r1"), step("appealed", day(2))]
    way += [step("refused", day(3), reviewer="r2"), step("appealed", day(4))]
    assert [one.reviewer for one in compute_progress(way, "a", day(4)).refusals] == ["r1", "r2"]
    way += [step("refused", day(5), reviewer="r3"), step("submitted", day(6))]
    assert compute_progress(way, "a", day(6)).refusals == ()


@pytest.mark.parametrize(("after", "is_refused"), [(30, False), (31, True)])
def test_an_appeal_that_comes_too_late_changes_nothing(after: int, is_refused: bool) -> None:
    way = [step("submitted"), step("refused", day(1))]
    way.append(step("appealed", day(1 + after), attachments=("x",), objections=1))
    progress = compute_progress(way, "a", day(60))
    assert progress.is_refused == is_refused and len(progress.attachments) == (not is_refused)
    assert progress.objections == (not is_refused)


def test_no_more_stages_count_than_any_rule_asks_for() -> None:
    way = [step("submitted"), *(reviewed(f"s{n}", day(1)) for n in range(MAX_STAGES + 5))]
    assert on(way, day(1))["stages"] == tuple(f"s{n}" for n in range(MAX_STAGES))


@pytest.mark.both_databases
def test_steps_come_back_as_they_went_in_by_member_in_order_of_arrival(database: Database) -> None:
    steps = [
        step("submitted", day(2), attachments=("x", "y"), event_id="e1"),
        step("reviewed", day(1), stage="基层", reviewer="r1", accepted=False, objections=3, event_id="e2"),
        step("confirmed", day(3), application="b", event_id="e3"),
    ]
    with database.write() as connection:
        record_application_steps(connection, steps)
        record_application_steps(connection, [])
    with database.read() as connection:
        assert read_application_steps(connection, ["m-1", "m-2"]) == {"m-1": steps, "m-2": []}
    listed = steps_by_application(steps)
    assert [one.event_id for one in listed["a"]] == ["e2", "e1"]
