"""A gap job that waited while the site was upgraded asks about the week in which it was begun."""

from datetime import date, datetime

from core.civil_time import CIVIL_TIME
from yihui.access.actor import ActorKind
from yihui.planning.analysis.job import ANALYSIS_JOB, load_order
from yihui.planning.gaps.request import GapOrder
from yihui.planning.gaps.run import list_gap_instants
from yihui.services.operation.jobs import Job, JobState


def test_a_stored_question_without_a_week_is_about_the_usual_one_when_it_was_begun() -> None:
    begun = datetime(2026, 10, 18, 12, tzinfo=CIVIL_TIME)  # a Sunday
    stored = {"analysis": "gaps", "language": "zh", "order": {"area": "370102"}}
    said = (ANALYSIS_JOB, "planner", ActorKind.OFFICER, "370102", "空白", "/desk", stored)
    job = Job("1", *said, JobState.WAITING, 0, 0, 0, (), begun, None, None, is_cancel_requested=False)
    order = load_order(job)
    assert isinstance(order, GapOrder)
    assert (order.at, order.week_of) == (None, date(2026, 10, 16))
    assert list_gap_instants(order)[0] == datetime(2026, 10, 12, tzinfo=CIVIL_TIME)
