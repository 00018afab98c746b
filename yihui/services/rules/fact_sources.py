"""Which facts the application's doors fill, for lint: derived from the forms, the acts on applications and the defaults."""

from datetime import date
from functools import cache

from core.calendars import Calendar, WorkdayTable
from members.applications import OFFICERS_SOURCES, ApplicationProgress, application_facts
from members.history import MEMBER_DEFAULTS
from rules.linting import FactSources


@cache
def build_fact_sources() -> FactSources:
    """Build what lint has to know: a form asks for what is stated, an act adds what belongs to its step."""
    from yihui.cases.applications.rule_forms import STATED_FIELDS  # no part of a riders' site
    from yihui.cases.applications.stages import FIELDS_OF_ALL_STEPS, FIELDS_OF_STEPS

    filled = {
        type: frozenset({*STATED_FIELDS, *FIELDS_OF_ALL_STEPS, *own}) for type, own in FIELDS_OF_STEPS.items()
    }
    no_year = WorkdayTable(Calendar.CN, 1, 0, frozenset(), frozenset())
    steps = dict(application_facts(ApplicationProgress(), date.min, no_year))
    del steps["application.notice_work_days"]  # unknown where a year's calendar is
    steps["application.applied_on"] = "event.occurred_on"
    return FactSources(filled, {**MEMBER_DEFAULTS, **steps}, tuple(OFFICERS_SOURCES))
