"""Files of demand that planners upload: stored under a name, listed for their areas, deleted by their owners."""

import secrets
from collections.abc import Mapping

from sqlalchemy import Connection

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.demand_files import (
    UPLOADED_DEMAND,
    DemandFile,
    count_owned_demand_files,
    delete_demand_file_row,
    find_demand_file,
    has_demand_file_named,
    list_demand_files,
    record_demand_file,
)
from members import has_personal_number
from yihui.access.acting import state_act
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act
from yihui.services.access.authorisation import authorise_actor
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.uploads import delete_upload, load_upload

MAX_DEMAND_FILES = 30  # of one officer
MAX_DEMAND_BYTES = 16 << 20
MAX_NAME_CHARS = 100
DEMAND_UPLOAD_FAULTS = FaultTable(
    "demand_upload",
    {
        "unread": (N_("the file was not read to its end yet"), N_("wait for it, or let it be read again")),
        "no_file": (
            N_("no file was chosen, or it is empty"),
            N_("choose a CSV, XLSX, GeoJSON, GeoPackage, GeoParquet, zipped Shapefile or GeoTIFF file"),
        ),
        "unknown": (
            N_("there is no file of demand {value} for your areas"),
            N_("choose one of the list, or upload it"),
        ),
        "area": (
            N_("the area {value} is not yours to plan"),
            N_("choose an area of your organisation or below it"),
        ),
        "not_owner": (N_("the file was uploaded by {value}"), N_("who uploaded it can delete it")),
        "name": (
            N_("the name is empty, has more than {most} characters, or holds a phone number or an ID number"),
            N_("write in a few words what it counts, such as “orders, September”"),
        ),
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


def store_demand_file(
    wiring: Wiring, scope: OfficerScope, actor: Actor, upload: str, name: str, summary: Mapping[str, object]
) -> DemandFile:
    """Store an uploaded file, which was read without a fault, with how it was read. *Raises*: FaultError."""
    found = load_upload(wiring, actor, upload)
    options = {key: value for key, value in found.options.items() if key != "area"}
    area, name = found.options.get("area", ""), _check_name(name)
    check_demand_area(scope, area)
    made = DemandFile(
        *(secrets.token_hex(16), name, actor.id, area, found.name, options, summary),
        *(len(found.content), wiring.now()),
    )
    state_act(
        "demand_file", made.id, organisation=area, after={"name": made.name, "size_bytes": made.size_bytes}
    )
    with open_act(wiring) as connection:
        if has_demand_file_named(connection, actor.id, name):
            raise FaultError(DEMAND_UPLOAD_FAULTS.build("same_name", field="name", value=name))
        count = count_owned_demand_files(connection, actor.id)
        if count >= MAX_DEMAND_FILES:
            raise FaultError(DEMAND_UPLOAD_FAULTS.build("too_many", field="file", count=count))
        record_demand_file(connection, made, found.content)
    delete_upload(wiring, upload)
    return made


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_CHARS or has_personal_number(name) or not name.isprintable():
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("name", field="name", most=MAX_NAME_CHARS))
    return name


def list_covered_demand_files(wiring: Wiring, scope: OfficerScope) -> list[DemandFile]:
    """List the files for areas of the officer's subtrees, whoever uploaded them."""
    with wiring.database.read() as connection:
        return [one for one in list_demand_files(connection) if scope.covers_district(one.area)]


def require_demand_file(wiring: Wiring, scope: OfficerScope, id_: str) -> DemandFile:
    """Return a file for an area of the officer's subtrees. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        return _require(connection, scope, id_)


def _require(connection: Connection, scope: OfficerScope, id_: str) -> DemandFile:
    found = find_demand_file(connection, id_)
    if found is None or not scope.covers_district(found.area):
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("unknown", field="file", value=id_[:40]))
    return found


def delete_demand_file(wiring: Wiring, scope: OfficerScope, actor: Actor, id_: str) -> None:
    """Delete the officer's own file; figures that were computed with it stay. *Raises*: FaultError."""
    with open_act(wiring) as connection:
        found = _require(connection, scope, id_)
        if found.owner != actor.id:
            raise FaultError(DEMAND_UPLOAD_FAULTS.build("not_owner", field="file", value=found.owner))
        state_act("demand_file", id_, organisation=found.area, before={"name": found.name})
        delete_demand_file_row(connection, id_)


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
