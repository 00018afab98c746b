"""/desk: what waits for the officer, what changed since yesterday, and budgets about to run out."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.http.desk.pages import OfficerPages

# Kind → what waits, and the page that shows it.
WAITING_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "joins": (N_("join requests to review"), "/desk/joins"),
        "transfers": (N_("transfers to confirm"), "/desk/joins?only=transfers"),
        "versions": (N_("rule versions to approve"), "/desk/rules?state=submitted"),
        "batches": (N_("payout batches to release"), "/desk/money/payouts?state=prepared"),
        "appeals": (N_("appeals to answer"), "/desk/money/appeals"),
        "letters": (N_("dead letters"), "/desk/stream"),
        "doors": (N_("stations reported as locked"), "/desk/stations/reports?only=locked"),
        "duties": (N_("organisations with overdue duties"), "/desk/organisations/overdue"),
    }
)
COUNTED_LABELS = MappingProxyType(
    {
        "events": N_("events processed"),
        "member_changes": N_("changes of members' facts"),
    }
)
CHANGE_PATHS = MappingProxyType(
    {"rule": "/desk/rules/", "organisation": "/desk/organisations/", "station": "/desk/stations/"}
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("")
    def home(request: Request) -> Response:
        from yihui.services.desk_home import load_home_overview, used_share

        visit = pages.open(request)
        overview = load_home_overview(pages.site.wiring, visit.actor)
        return pages.render(
            visit,
            "home.html",
            overview=overview,
            waiting_labels=WAITING_LABELS,
            counted_labels=COUNTED_LABELS,
            change_paths=CHANGE_PATHS,
            used_share=used_share,
        )
