"""/desk: what waits for the officer, what changed since yesterday, and budgets about to run out."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.http.desk.jobs import JOB_KIND_LABELS, JOB_STATE_LABELS
from yihui.http.desk.pages import OfficerPages
from yihui.views.names import budget_label, organisation_label, rule_label

if TYPE_CHECKING:
    from yihui.runtime.language import Language
    from yihui.services.desk.home import RecentChange
    from yihui.services.desk.record_names import RecordNames

# Kind → what waits, and the page that shows it.
WAITING_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "joins": (N_("join requests to review"), "/desk/joins"),
        "transfers": (N_("transfers to confirm"), "/desk/joins?only=transfers"),
        "versions": (N_("rule versions to approve"), "/desk/rules?state=submitted"),
        "batches": (N_("payout batches to release"), "/desk/money/payouts?state=prepared"),
        "failed": (N_("payments that the bank refused"), "/desk/money/failed"),
        "unanswered": (N_("payments without an answer of the bank"), "/desk/money/failed#unanswered"),
        "appeals": (N_("appeals to answer"), "/desk/money/appeals"),
        "certificates": (N_("certificates of members to record"), "/desk/members#certificates"),
        "letters": (N_("dead letters"), "/desk/stream"),
        "doors": (N_("stations reported as locked"), "/desk/stations/reports?only=locked"),
        "inspections": (N_("overdue inspections of stations"), "/desk/stations/inspections?show=overdue"),
        "tasks": (
            N_("overdue repairs that inspections asked for"),
            "/desk/stations/inspections?show=late_tasks",
        ),
        "cases": (N_("overdue cases of the hotline"), "/desk/hotline/cases?state=overdue"),
        "applications": (N_("overdue applications"), "/desk/applications?only=overdue"),
        "reviews": (N_("reviews of hardship that are due"), "/desk/hardship/files?state=due"),
        "proposals": (N_("acts that colleagues proposed to you"), "/desk/approvals"),
        "visits": (N_("visits whose money waits for release"), "/desk/hardship/files?state=visits"),
        "policies": (N_("policies of mutual aid to approve"), "/desk/mutual-aid/policies"),
        "claims": (N_("claims of mutual aid to review"), "/desk/mutual-aid/claims?state=submitted"),
        "corrections": (N_("corrections of enrolments to confirm"), "/desk/approvals#corrections"),
        "organisations": (
            N_("organisations whose election or count of members is due"),
            "/desk/organisations?due=true",
        ),
    }
)
COUNTED_LABELS = MappingProxyType(
    {
        "events": N_("events processed"),
        "member_changes": N_("changes of members' facts"),
    }
)
_ROOMS = MappingProxyType(
    {"rule": "/desk/rules", "organisation": "/desk/organisations", "station": "/desk/stations"}
)
_NOT_OF_A_RULE = frozenset({"mended", "dropped", "erased", "voided"})  # acts that name no rule
_BUDGET = "budget/"


def change_path(change: "RecentChange") -> str:
    """Return the page of what was changed: of one record its own, of several the list."""
    if change.id.startswith(_BUDGET):
        return "/desk/money"
    if change.count > 1 or (change.kind == "rule" and change.act in _NOT_OF_A_RULE):
        return _ROOMS[change.kind]
    return f"{_ROOMS[change.kind]}/{quote(change.id, safe='')}"


def _change_name(change: "RecentChange", names: "RecordNames", language: "Language") -> str:
    """Return what was changed by the name that people know it by; by its id where it has none."""
    if change.id.startswith(_BUDGET):
        budget = change.id.removeprefix(_BUDGET)
        return language.render(N_("the budget of {rule}"), rule=budget_label(budget, names))
    if change.kind == "organisation":
        return organisation_label(change.id, names)
    return rule_label(change.id, names) if change.kind == "rule" else change.id


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("")
    def home(request: Request) -> Response:
        from yihui.services.desk.home import NEWEST_ROWS, load_home_overview, used_share
        from yihui.views.organisations import ORGANISATION_ACT_TITLES
        from yihui.views.rule_life import ACT_TEXTS
        from yihui.views.station_details import STATION_CHANGE_TITLES

        visit = pages.open(request)
        names = pages.record_names()
        overview = load_home_overview(pages.site.wiring, visit.actor)
        return pages.render(
            visit,
            "home.html",
            overview=overview,
            waiting_labels=WAITING_LABELS,
            counted_labels=COUNTED_LABELS,
            change_path=change_path,
            change_name=lambda change: _change_name(change, names, visit.language),
            act_titles={**STATION_CHANGE_TITLES, **ORGANISATION_ACT_TITLES, **ACT_TEXTS},
            used_share=used_share,
            job_kinds=JOB_KIND_LABELS,
            job_states=JOB_STATE_LABELS,
            most_rows=NEWEST_ROWS,
        )
