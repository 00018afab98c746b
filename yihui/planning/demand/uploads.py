"""Read files of demand that planners uploaded, before they are stored."""

from core.faults import FaultError
from members import find_personal_headers
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.planning.demand.fields import parse_upload_form
from yihui.planning.demand.file import DemandFileReading
from yihui.planning.demand.query import DemandQuery
from yihui.planning.demand.run import DemandSummary, read_uploaded_demand, sum_by_area
from yihui.services.operation.demand_files import DEMAND_UPLOAD_FAULTS
from yihui.services.operation.uploads import load_upload


def read_demand_upload(wiring: Wiring, actor: Actor, id_: str) -> DemandSummary:
    """Read an uploaded file that is not stored yet, and sum it by area.

    *Raises*: FaultError with all faults of the file; for one that is gone, or another officer's.
    """
    upload = load_upload(wiring, actor, id_)
    form = parse_upload_form(upload.options, upload.name)
    chosen = read_uploaded_demand(wiring, "", form.area, upload.content, form)
    assert chosen.file_reading is not None
    if personal := _list_personal_headers(chosen.file_reading):
        value = "、".join(personal)[:100]
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("personal", file=upload.name, value=value))
    return sum_by_area(DemandQuery(upload.name, form.area, form.spacing_m, form), chosen)


def _list_personal_headers(reading: DemandFileReading) -> list[str]:
    """List the columns about persons; “name” alone may be that of a place."""
    found = set(find_personal_headers(reading).values())
    return [one for one in reading.headers if "身份证" in one or (one in found and one.lower() != "name")]
