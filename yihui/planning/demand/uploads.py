"""Read files of demand that planners uploaded, before and after they are stored."""

from collections.abc import Mapping
from pathlib import Path

from core.faults import FaultError
from geo.registry.demand_files import DemandFile, read_demand_content
from members import find_personal_headers
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.planning.demand.file import DemandFileReading
from yihui.planning.demand.request import DemandQuery, parse_file_options
from yihui.planning.demand.run import DemandSummary, read_uploaded_demand, sum_by_area
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.demand_files import DEMAND_UPLOAD_FAULTS, store_demand_file
from yihui.services.operation.uploads import load_upload


def read_demand_upload(wiring: Wiring, actor: Actor, id_: str) -> DemandSummary:
    """Read an uploaded file that is not stored yet, and sum it by area.

    *Raises*: FaultError with all faults of the file; for one that is gone, or another officer's.
    """
    upload = load_upload(wiring, actor, id_)
    area = upload.options.get("area", "")
    return _read(wiring, "", area, upload.content, upload.name, upload.options)


def read_stored_demand(wiring: Wiring, file: DemandFile) -> DemandSummary:
    """Read a stored file, and sum it by area. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        content = read_demand_content(connection, file.id)
    if content is None:
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("unknown", field="file", value=file.name))
    return _read(wiring, file.name, file.area, content, file.file_name, file.options)


def store_checked_upload(
    wiring: Wiring, scope: OfficerScope, actor: Actor, upload: str, name: str
) -> DemandFile:
    """Store an uploaded file under a name if it has no fault. *Raises*: FaultError with every fault."""
    read_demand_upload(wiring, actor, upload)
    return store_demand_file(wiring, scope, actor, upload, name)


def _read(
    wiring: Wiring, name: str, area: str, content: bytes, file_name: str, fields: Mapping[str, str]
) -> DemandSummary:
    options = parse_file_options(fields, Path(file_name))
    chosen = read_uploaded_demand(wiring, name, area, content, options)
    assert chosen.file_reading is not None
    if personal := _list_personal_headers(chosen.file_reading):
        value = "、".join(personal)[:100]
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("personal", file=file_name, value=value))
    return sum_by_area(DemandQuery(name or file_name, area, options.spacing_m, options), chosen)


def _list_personal_headers(reading: DemandFileReading) -> list[str]:
    """List the columns about persons; “name” alone may be that of a place."""
    found = set(find_personal_headers(reading).values())
    return [one for one in reading.headers if "身份证" in one or (one in found and one.lower() != "name")]
