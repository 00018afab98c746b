"""Files of demand that planners uploaded: those that the analyses of an area may use, and what is wrong with one."""

from collections.abc import Mapping

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.planning import (
    UPLOADED_DEMAND,
    DemandFile,
    build_demand_file,
    find_demand_file,
    select_demand_files,
)
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise_actor
from yihui.services.access.officer_scope import OfficerScope

MAX_DEMAND_FILES = 30  # of one officer
DEMAND_UPLOAD_FAULTS = FaultTable(
    "demand_upload",
    {
        "unread": (N_("the file was not read to its end yet"), N_("wait for it, or let it be read again")),
        "unknown": (
            N_("there is no file of demand {value} for your areas"),
            N_("choose one of the list, or upload it"),
        ),
        "area": (
            N_("the area {value} is not yours to plan"),
            N_("choose an area of your organisation or below it"),
        ),
        "not_owner": (N_("the file was uploaded by {value}"), N_("who uploaded it can delete it")),
        "same_name": (N_("you have a file of demand named “{value}” already"), N_("choose another name")),
        "too_many": (
            N_("you have {count} files of demand already"),
            N_("delete one that you no longer need"),
        ),
        "personal": (
            N_("the file has columns about persons: {value}"),
            N_("take them out; places and numbers are all that is needed"),
        ),
    },
)


def check_demand_area(scope: OfficerScope, area: str) -> None:
    """*Raises*: FaultError unless the area is a province, a city or a county of the officer's subtrees."""
    from geo.formats.outlines import load_area_names

    if area not in load_area_names() or not scope.covers_district(area):
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("area", field="area", value=area[:12]))


def list_covered_demand_files(wiring: Wiring, scope: OfficerScope) -> list[DemandFile]:
    """List the files for areas of the officer's subtrees, whoever uploaded them."""
    with wiring.database.read() as connection:
        files = map(build_demand_file, connection.execute(select_demand_files()))
        return [one for one in files if scope.covers_district(one.area)]


def list_usable_demands(wiring: Wiring, scope: OfficerScope, area: str) -> Mapping[str, str]:
    """Return the names of the files that an analysis of an area can use, by the code of their demand."""
    from geo.districts import is_code_within

    return {
        f"{UPLOADED_DEMAND}{one.id}": one.name
        for one in list_covered_demand_files(wiring, scope)
        if is_code_within(area, one.area) or is_code_within(one.area, area)
    }


def authorise_demand(wiring: Wiring, actor: Actor, demand: str) -> None:
    """*Raises*: FaultError if a job's officer may no longer use the uploaded file of its demand."""
    with wiring.database.read() as connection:
        found = find_demand_file(connection, demand.removeprefix(UPLOADED_DEMAND))
    if found is not None:  # the reading says that it was deleted
        authorise_actor(wiring, actor, Right.PLAN, found.area)
