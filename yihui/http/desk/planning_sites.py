"""/desk/planning/ID/sites: where further stations would serve most who a scenario leaves out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from core.civil_time import CIVIL_TIME, civil_date
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.jobs import JOB_STATE_LABELS
from yihui.http.desk.pages import NO_FEEDBACK, ActOutcome, FormFeedback, OfficerPages
from yihui.http.desk.planning_page import list_demands, read_terms, scenario_path
from yihui.http.desk.visit import OfficerVisit
from yihui.planning.scenario.job import SITES_JOB, comparison_parameters
from yihui.planning.scenario.request import MAX_SITES, parse_site_count
from yihui.services.operation.jobs import JobRequest, find_latest_job, find_latest_result, request_job
from yihui.services.operation.scenarios import Scenario, require_scenario


class _Site(TypedDict):
    name: str
    district: str
    lon: float
    lat: float
    gained: float


class _Sites(TypedDict):
    unit: str
    total: float
    before: float
    after: float
    is_proven: bool
    version: int
    sites: list[_Site]


_SITES: TypeAdapter[_Sites] = TypeAdapter(_Sites)


@dataclass(frozen=True, slots=True)
class ProposedSites:
    """The sites that were proposed last, as texts; ``is_old``: the scenario has changed since."""

    summary: str
    sites: Sequence[Mapping[str, str]]
    is_old: bool


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/planning/{id_}/sites")
    def sites(request: Request, id_: str) -> Response:
        return show(pages.open(request, Right.PLAN), id_, NO_FEEDBACK)

    def show(visit: OfficerVisit, id_: str, feedback: FormFeedback) -> Response:
        scenario = require(visit, id_)
        return pages.render(
            visit,
            "planning_sites.html",
            feedback,
            scenario=scenario,
            job=find_latest_job(wiring, scenario.owner, _path(id_)),
            job_states=JOB_STATE_LABELS,
            found=_load_sites(pages, visit, scenario),
            hour=wiring.now().astimezone(CIVIL_TIME).hour,
            demands=list_demands(pages, visit, scenario.area),
            most=MAX_SITES,
        )

    def require(visit: OfficerVisit, id_: str) -> Scenario:
        return require_scenario(wiring, pages.scope(visit, Right.PLAN), visit.actor.id, id_)

    @made.post("/planning/{id_}/sites")
    async def propose(request: Request, id_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            count = parse_site_count(form_value(sent, "sites"))
            scenario = require(visit, id_)
            terms = read_terms(pages, visit, scenario, sent)
            at = terms.instant(civil_date(wiring.now()))
            parameters = {**comparison_parameters(scenario, terms, at), "sites": count}
            asked = JobRequest(SITES_JOB, scenario.area, scenario.name, _path(id_), parameters)
            state_act("scenario", id_, after={"job": asked.id})
            return ActOutcome(f"/desk/jobs/{request_job(wiring, visit.actor, asked)}")

        answer = await pages.submit(
            request, Right.PLAN, "sites", act, lambda visit, feedback: show(visit, id_, feedback)
        )
        pages.site.job_runner.wake()
        return answer


def _path(id_: str) -> str:
    return f"{scenario_path(id_)}/sites"


def _load_sites(pages: OfficerPages, visit: OfficerVisit, scenario: Scenario) -> ProposedSites | None:
    """Return the sites that were proposed last; None before the first time."""
    result = find_latest_result(pages.site.wiring, scenario.owner, _path(scenario.id))
    if result is None:
        return None
    from yihui.planning.text import demand_amount_text

    found, language = _SITES.validate_python(result), visit.language
    unit = found["unit"]
    summary = language.render(
        N_(
            "Of {total}, {before} have an open place within reach; with all of these sites it would be {after}."
        ),
        total=demand_amount_text(found["total"], unit, language),
        before=demand_amount_text(found["before"], unit, language),
        after=demand_amount_text(found["after"], unit, language),
    )
    sites = [
        {
            "district": one["district"],
            "lon": f"{one['lon']:.5f}",
            "lat": f"{one['lat']:.5f}",
            "gained": demand_amount_text(one["gained"], unit, language),
        }
        for one in found["sites"]
    ]
    return ProposedSites(summary, sites, found["version"] != scenario.version)
