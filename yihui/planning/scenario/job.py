"""The background jobs of a scenario: its comparison with today, and proposals of further sites."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import TypeAdapter

from geo.scenario import ScenarioChange
from yihui.access.roles import Right
from yihui.planning.scenario.outline import Outline
from yihui.planning.scenario.request import ComparisonTerms, ScenarioOrder
from yihui.services.operation.demand_files import authorise_demand
from yihui.services.operation.job_runs import SHARES, JobKind, JobRun, observe_job
from yihui.services.operation.scenarios import Scenario

_OUTLINE: TypeAdapter[Outline] = TypeAdapter(Outline)
COMPARISON_JOB = "planning.comparison"
_COMPARISON_STEPS = 10  # of two studies
_SITES_STEPS = 2  # the ground is read, and a plan is solved
_CHANGES: TypeAdapter[tuple[ScenarioChange, ...]] = TypeAdapter(tuple[ScenarioChange, ...])


def comparison_parameters(
    scenario: Scenario, terms: ComparisonTerms, at: datetime, outline: Outline = ()
) -> Mapping[str, object]:
    """Return what the job needs: the changes as they are now, so that later ones don't count."""
    return {
        "area": scenario.area,
        "at": at.isoformat(),
        "changes": _CHANGES.dump_python(scenario.state.changes, mode="json"),
        "version": scenario.version,
        "radius_m": terms.radius_m,
        "demand": terms.demand,
        "outline": outline,
    }


def run_comparison_job(run: JobRun) -> Mapping[str, object]:
    """Compare the scenario of a job with today. *Raises*: FaultError; JobCancelled."""
    from yihui.planning.scenario.data import scenario_figures
    from yihui.planning.scenario.run import compare_scenario

    asked = run.job.parameters
    authorise_demand(run.wiring, run.actor, str(asked["demand"]))
    order = ScenarioOrder(
        area=str(asked["area"]),
        at=datetime.fromisoformat(str(asked["at"])),
        changes=_CHANGES.validate_python(asked["changes"]),
        radius_m=float(str(asked["radius_m"])),
        demand=str(asked["demand"]),
        outline=_OUTLINE.validate_python(asked["outline"]),
    )
    with observe_job(run, _COMPARISON_STEPS):
        found = compare_scenario(run.wiring, order)
    return dict(scenario_figures(found, int(str(asked["version"]))))


COMPARISON_JOB_KIND = JobKind(Right.PLAN, SHARES, run_comparison_job, is_long=True)
SITES_JOB = "planning.sites"


def run_sites_job(run: JobRun) -> Mapping[str, object]:
    """Propose sites that serve most of who the scenario leaves out. *Raises*: FaultError; JobCancelled."""
    from yihui.planning.siting.request import SitingOrder
    from yihui.planning.siting.run import propose_sites

    asked = run.job.parameters
    authorise_demand(run.wiring, run.actor, str(asked["demand"]))
    order = SitingOrder(
        area=str(asked["area"]),
        at=datetime.fromisoformat(str(asked["at"])),
        p=int(str(asked["sites"])),
        radius_m=float(str(asked["radius_m"])),
        demand=str(asked["demand"]),
        changes=_CHANGES.validate_python(asked["changes"]),
    )
    with observe_job(run, _SITES_STEPS):
        found = propose_sites(run.wiring, order)
    return {
        "unit": found.unit,
        "total": found.total,
        "before": found.before,
        "after": found.after,
        "is_proven": found.is_proven,
        "version": asked["version"],
        "sites": [
            {
                "name": one.name,
                "district": one.district_name,
                "lon": round(one.lon, 5),
                "lat": round(one.lat, 5),
                "gained": one.gained,
            }
            for one in found.proposals
        ],
    }


SITES_JOB_KIND = JobKind(Right.PLAN, SHARES, run_sites_job, is_long=True)
