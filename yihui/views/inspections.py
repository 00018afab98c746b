"""Name what inspections look at and find, and write lists of them as CSV and as a workbook."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from core.text_marks import N_
from geo.registry.inspections import InspectionPlan, InspectionState, InspectionTask, ItemAnswer
from yihui.runtime.language import Language
from yihui.views.csv_text import render_csv
from yihui.views.labels import FACILITY_LABELS, code_label
from yihui.views.workbook import Worksheet, render_workbook

ITEM_LABELS: Mapping[str, str] = MappingProxyType(
    {
        **FACILITY_LABELS,
        "open": N_("open as its hours say"),
        "sign": N_("sign at the door"),
        "hours_posted": N_("opening hours posted"),
        "clean": N_("clean and tidy"),
        "room": N_("room enough"),
    }
)
STATE_LABELS: Mapping[InspectionState, str] = MappingProxyType(
    {
        InspectionState.PLANNED: N_("planned"),
        InspectionState.DONE: N_("inspected"),
        InspectionState.WITHDRAWN: N_("withdrawn"),
    }
)
_PLAN_HEADINGS = (
    N_("inspection"),
    N_("station's id"),
    N_("station"),
    N_("district"),
    N_("due on"),
    N_("state"),
    N_("inspected on"),
    N_("wrong"),
    N_("not looked at"),
    N_("remark"),
    N_("by"),
)
_TASK_HEADINGS = (
    N_("task"),
    N_("station's id"),
    N_("station"),
    N_("what"),
    N_("note"),
    N_("due on"),
    N_("inspection"),
)


def item_label(item: str, language: Language) -> str:
    """Return the name of an item of a checklist; of one that is no longer known its code."""
    return code_label(ITEM_LABELS, item, language)


def list_wrong(answers: Mapping[str, ItemAnswer], language: Language) -> list[str]:
    """Return what an inspection found wrong, each with its note."""
    wrong = [(item, answer.note) for item, answer in answers.items() if answer.is_met is False]
    return [f"{item_label(item, language)}：{note}" for item, note in wrong]


def list_unseen(answers: Mapping[str, ItemAnswer], language: Language) -> list[str]:
    """Return the items that an inspector did not look at."""
    return [item_label(item, language) for item, answer in answers.items() if answer.is_met is None]


def render_inspections_csv(
    plans: Sequence[InspectionPlan], tasks: Sequence[InspectionTask] | None, language: Language
) -> str:
    """Render inspections, or tasks where they are given, as CSV for spreadsheet programs."""
    return render_csv(_rows(plans, tasks, language))


def render_inspections_xlsx(
    plans: Sequence[InspectionPlan], tasks: Sequence[InspectionTask] | None, language: Language
) -> bytes:
    """Render inspections, or tasks where they are given, as a workbook of one sheet."""
    heads, *rows = _rows(plans, tasks, language)
    return render_workbook([Worksheet("", rows, heads, (18,))])


def _rows(
    plans: Sequence[InspectionPlan], tasks: Sequence[InspectionTask] | None, language: Language
) -> Iterator[list[str]]:
    headings = _PLAN_HEADINGS if tasks is None else _TASK_HEADINGS
    yield [language.translate(heading) for heading in headings]
    found = (
        (_plan_cells(plan, language) for plan in plans)
        if tasks is None
        else (_task_cells(task, language) for task in tasks)
    )
    yield from found


def _plan_cells(plan: InspectionPlan, language: Language) -> list[str]:
    end = plan.outcome
    answers = end.answers if end else {}
    return [
        str(plan.number),
        plan.station,
        plan.station_name,
        plan.district or "",
        str(plan.due_on),
        language.translate(STATE_LABELS[plan.state]),
        str(end.inspected_on or "") if end else "",
        "；".join(list_wrong(answers, language)),
        "；".join(list_unseen(answers, language)),
        end.remark if end else plan.remark,
        end.by if end else plan.planned_by,
    ]


def _task_cells(task: InspectionTask, language: Language) -> list[str]:
    what = item_label(task.item, language)
    return [
        str(task.number),
        task.station,
        task.station_name,
        what,
        task.note,
        str(task.due_on),
        str(task.opened_by),
    ]
