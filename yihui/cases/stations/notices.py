"""What an officer announces of a station for some days, as its keeper may; and what takes an announcement back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.cases.stations.acts import RIGHT, STATION
from yihui.cases.stations.changing import RegisteredStation, lock_register, preview_days
from yihui.cases.stations.forms import LONGEST_HOURS, STATION_FORM_FAULTS
from yihui.frame.acts import Act, Change, Doing, Preview
from yihui.frame.cells import Cell, Choice, Several
from yihui.frame.content import Table, TableColumn
from yihui.frame.types import Form, FreeText, RecordNumber
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.status.statements import StatusReport
    from yihui.services.events.special_dates import SpecialDays

_SOURCE = "/notices"  # of events
_REMEDY = N_("write the days and then the hours, such as 今天 10:00-15:00, 明天 关门, or 明天 照常")


class DaysForm(Form):
    """Days, and the hours on them, in one line; riders read the reason."""

    text: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_HOURS),
        Prompt(
            N_("Days and hours"),
            hint=N_(
                "Such as 今天 10:00-15:00, 明天 关门, 除夕到初三：10:00-15:00, 10月1日到7日：关门, 明天 照常"
            ),
        ),
    ]
    reason: Annotated[
        FreeText | None,
        Field(max_length=200),
        Prompt(N_("Reason"), hint=N_("Riders read it; write no names or numbers.")),
    ] = None


class NoticeForm(Form):
    """Which announcement is taken back."""

    notice: Annotated[RecordNumber, Prompt(N_("Which announcement"))]


def _read_days(act: Doing[DaysForm, RegisteredStation]) -> "SpecialDays":
    from yihui.services.events.special_dates import parse_special_days

    try:
        return parse_special_days(act.form.text, civil_date(act.now), act.thing.station.calendar)
    except FaultError as error:
        remedies = (_REMEDY if "hours" in fault.code else fault.remedy for fault in error.faults)
        faults = [
            replace(fault, field="text", remedy=one)
            for fault, one in zip(error.faults, remedies, strict=True)
        ]
        raise FaultError(faults) from error


def _announce(act: Doing[DaysForm, RegisteredStation]) -> Change:
    found = _read_days(act)
    said = {"first": str(found.first), "last": str(found.last), "hours_text": found.hours_text}
    return _publish(act, [{**said, "reason": act.form.reason or ""}])


def _withdraw(act: Doing[NoticeForm, RegisteredStation]) -> Change:
    """Give each day the hours that an earlier announcement set, unless that was taken back, or else the usual ones."""
    from geo.status.notices import list_replacement_notices

    station = act.thing
    found = [one for one in station.list_notices() if int(one.id) == act.form.notice]
    if not found:
        raise FaultError(STATION_FORM_FAULTS.build("notice", field="notice"))
    instead = list_replacement_notices(station.words, found[0], civil_date(act.now))
    return _publish(
        act,
        [
            {"first": str(one.first), "last": str(one.last), "hours_text": one.hours_text, "reason": one.note}
            for one in instead
        ],
    )


def _publish(
    act: "Doing[DaysForm, RegisteredStation] | Doing[NoticeForm, RegisteredStation]",
    days: Sequence[Mapping[str, str]],
) -> Change:
    from yihui.services.events.events import process_events
    from yihui.services.stations.reports import build_station_event

    id_, times = act.thing.station.id, (act.now, act.now)
    events = [build_station_event(_SOURCE, "station.exception_set", {"station": id_, **one}, times) for one in days]  # fmt: skip
    process_events(act.wiring, act.connection, events, act.now)
    return Change(id_, {"days": [dict(one) for one in days]})


def _preview(act: Doing[DaysForm, RegisteredStation], language: Language) -> Preview:
    from geo.status.live import build_live_summary

    live = build_live_summary(act.thing.words, act.now)
    days = preview_days(act.thing.station, live, _read_days(act), language)
    column = TableColumn[tuple[str, str]]
    columns = (
        column("days", N_("Which days"), itemgetter(0)),
        column("hours", N_("Opening hours"), itemgetter(1)),
    )
    return Preview([Table("days", N_("These days as riders will read them"), columns, days, "")])


def _offer(one: RegisteredStation) -> Mapping[str, Mapping[str, Cell]]:
    return {"notice": {str(int(said.id)): _name(said) for said in one.list_notices()}}


def _name(said: "StatusReport") -> Cell:
    days = tuple(dict.fromkeys(said.days))
    hours = said.hours_text or Choice("closed", N_("closed all day"))
    return Several((Several(days, " – "), hours), " · ")


ANNOUNCE = Act(
    "announce",
    N_("Set the hours of some days"),
    DaysForm,
    _announce,
    RIGHT,
    f"{RIGHT.value}.announce_days",
    N_("It was announced; riders read it at once."),
    STATION,
    button=N_("Announce it"),
    prepare=lock_register,
    preview=_preview,
)
WITHDRAW = Act(
    "withdraw",
    N_("Take an announcement back"),
    NoticeForm,
    _withdraw,
    RIGHT,
    f"{RIGHT.value}.withdraw_days",
    N_("The announcement was taken back; what held before holds again."),
    STATION,
    button=N_("Take it back"),
    prepare=lock_register,
    offered=_offer,
)
