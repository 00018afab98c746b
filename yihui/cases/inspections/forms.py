"""What officers write into inspections: a plan, what an inspector found line by line, why a plan is withdrawn."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, create_model

from core.prompts import Prompt
from core.text_marks import N_
from geo.station import Kind
from yihui.frame.types import AreaCode, CivilDay, Form, FreeText, StationId
from yihui.views.labels import FACILITY_LABELS, STATION_KIND_LABELS

if TYPE_CHECKING:
    from geo.registry.inspections import ItemAnswer

DAYS_TO_INSPECT, DAYS_TO_MEND = 14, 30  # unless the officer sets a day
Answer = Literal["yes", "no", "unseen"]
ANSWER_TITLES: Mapping[Answer, str] = {"yes": N_("yes"), "no": N_("no"), "unseen": N_("not looked at")}
_IS_MET: Mapping[Answer, bool | None] = {"yes": True, "no": False, "unseen": None}
ITEM_TITLES: Mapping[str, str] = {
    "open": N_("open as its hours say"),
    "sign": N_("sign at the door"),
    "hours_posted": N_("opening hours posted"),
    "clean": N_("clean and tidy"),
    "room": N_("room enough"),
    **FACILITY_LABELS,
}
_NOT_SAID = "unseen"


_Due = Annotated[CivilDay | None, Prompt(N_("Last day"), hint=N_("Empty: in 14 days."))]
_Remark = Annotated[FreeText | None, Prompt(N_("For the inspector (no names and no numbers)"))]


class PlanForm(Form):
    """The inspection of one station."""

    station: Annotated[StationId, Prompt(N_("Station"))]
    due: _Due = None
    remark: _Remark = None


class PlanDistrictForm(Form):
    """Inspections of a district's stations: of a kind or any, not inspected since a day, if one is given."""

    district: Annotated[AreaCode, Prompt(N_("County, city or province"))]
    kind: Annotated[
        Kind | None, Prompt(N_("Kind"), hint=N_("Not said: of each kind."), labels=STATION_KIND_LABELS)
    ] = None
    since: Annotated[CivilDay | None, Prompt(N_("Only those not inspected since"))] = None
    due: _Due = None
    remark: _Remark = None


def note_of(item: str) -> str:
    """Return the field that says what is wrong with an item."""
    return f"{item}_note"


def _iter_record_fields() -> Iterator[tuple[str, Any]]:
    """Yield the fields of a record: two for each line that a checklist can have, then the days and a remark."""
    for item, title in ITEM_TITLES.items():
        yield item, (Annotated[Answer, Prompt(title, labels=ANSWER_TITLES)], _NOT_SAID)  # type: ignore[arg-type]
        yield note_of(item), (Annotated[FreeText | None, Prompt(N_("what is wrong"))], None)
    on = Prompt(N_("Inspected on"), hint=N_("Empty: today."))
    until = Prompt(N_("What is wrong is to be mended until"), hint=N_("Empty: in 30 days."))
    yield "on", (Annotated[CivilDay | None, on], None)
    yield "tasks_due", (Annotated[CivilDay | None, until], None)
    yield "remark", (Annotated[FreeText | None, Prompt(N_("Remark (no names and no numbers)"))], None)


# What an inspector found: an answer for each line of the station's checklist, and by when what is wrong is mended.
RecordForm: type[BaseModel] = create_model("RecordForm", __base__=Form, **dict(_iter_record_fields()))


def read_answers(form: BaseModel) -> "dict[str, ItemAnswer]":
    """Return what a form answers, by item; what was not looked at has no note."""
    from geo.registry.inspections import ItemAnswer

    said = form.model_dump()
    return {
        item: ItemAnswer(_IS_MET[said[item]], said[note_of(item)] or "")
        for item in ITEM_TITLES
        if said[item] != _NOT_SAID or said[note_of(item)]
    }


def answer_code(is_met: bool | None) -> Answer:
    """Return the code of a stored answer."""
    return next(code for code, value in _IS_MET.items() if value is is_met)
