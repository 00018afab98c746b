"""What an officer does to a station of the register: set what is known of it, place it, take a change back, keep its old id."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.cases.stations.changing import (
    RegisteredStation,
    change_fields,
    load_registered,
    lock_register,
    place,
    preview_week,
    read_photo,
)
from yihui.cases.stations.forms import (
    FacilitiesForm,
    HoursForm,
    NoteForm,
    OldIdForm,
    PhoneForm,
    PhotoForm,
    PointForm,
    RevokeForm,
    ShownPhotoForm,
    StationForm,
)
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Door, Kind, Preview
from yihui.frame.cells import Cell, Choice, Officer, Several
from yihui.frame.content import Table, TableColumn
from yihui.runtime.language import Language
from yihui.views.station_details import STATION_CHANGE_TITLES
from yihui.views.station_fields import title_fields

if TYPE_CHECKING:
    from geo.registry.stations import StationHistoryEntry
    from geo.station import Station

RIGHT = Right.CHANGE_STATIONS
STATION = Kind[RegisteredStation](
    "station",
    lambda at, id_, _: load_registered(at.connection, id_, at.now),
    lambda one: one.version,
    lambda one: one.station.district or PROVINCE_CODE,
    key=str,
)


def _state(act: "Doing[Any, RegisteredStation]", after: "Station", reason: str = "") -> Change:
    """Return a change with the fields that differ, as the history has them."""
    from geo.registry.hand_changes import read_fields

    before = act.thing.station
    names = [name for name in type(after).model_fields if getattr(before, name) != getattr(after, name)]
    return Change(after.id, read_fields(after, names), read_fields(before, names), reason)


def _set(act: Doing[StationForm, RegisteredStation]) -> Change:
    return _state(act, change_fields(act.connection, act.thing.station, act.form, act.actor.id, act.now))


def _place(act: Doing[PointForm, RegisteredStation]) -> Change:
    return _state(act, place(act.wiring, act.connection, act.thing, act.form, act.actor.id, act.now))


def _revoke(act: Doing[RevokeForm, RegisteredStation]) -> Change:
    from geo.registry.statements import revoke_change

    after = revoke_change(act.connection, act.thing.station, act.form.change, act.actor.id, act.now)
    return _state(act, after, act.form.reason or "")


def _link(act: Doing[OldIdForm, RegisteredStation]) -> Change:
    from geo.registry.links import link_stations

    new = act.thing.station.id
    return Change(link_stations(act.connection, act.form.old, new, act.now, act.actor.id), {"linked": new})


def _add_photo(act: Doing[PhotoForm, RegisteredStation]) -> Change:
    """Store a photo; who stores it here has looked at it."""
    from geo.registry.photos import add_photo, show_photo

    pictured, id_ = act.form.picture.pictured, act.thing.station.id
    assert pictured is not None, "the form drew it"
    number = add_photo(act.connection, id_, read_photo(pictured), act.actor.id, act.now)
    show_photo(act.connection, id_, number, act.actor.id, act.now)
    return Change(id_, {"photo": number})


def _show_photo(act: Doing[ShownPhotoForm, RegisteredStation]) -> Change:
    from geo.registry.photos import show_photo

    id_ = act.thing.station.id
    show_photo(act.connection, id_, act.form.photo, act.actor.id, act.now)
    return Change(id_, {"photo": act.form.photo})


def _remove_photo(act: Doing[ShownPhotoForm, RegisteredStation]) -> Change:
    from geo.registry.photos import delete_photo

    id_ = act.thing.station.id
    delete_photo(act.connection, id_, act.form.photo)
    return Change(id_, {}, {"photo": act.form.photo})


def _offer_photos(one: RegisteredStation, *, waiting: bool) -> Mapping[str, Mapping[str, Cell]]:
    photos = [photo for photo in one.photos if photo.shown_at is None or not waiting]
    return {"photo": {str(photo.number): Several((photo.at, Officer(photo.by)), " · ") for photo in photos}}


def _preview_hours(act: Doing[HoursForm, RegisteredStation], language: Language) -> Preview:
    station = act.thing.station
    week = preview_week(station, act.form.values(station), act.now, language)
    columns: Sequence[TableColumn[tuple[str, str]]] = (
        TableColumn[tuple[str, str]]("days", N_("Which days"), itemgetter(0)),
        TableColumn[tuple[str, str]]("hours", N_("Opening hours"), itemgetter(1)),
    )
    return Preview([Table("week", N_("An ordinary week as riders will read it"), columns, week, "")])


def _begin_point(one: RegisteredStation) -> Mapping[str, object]:
    """Return where enough riders agree that the station is, else where it stands."""
    if one.pin is not None:
        return {"point": "{:.6f},{:.6f}".format(*one.pin.middle), "datum": "wgs84"}
    station = one.station
    return {"point": f"{station.lon:.6f},{station.lat:.6f}", "datum": "wgs84"} if station.is_placed else {}


def _offer_changes(one: RegisteredStation) -> Mapping[str, Mapping[str, Cell]]:
    return {"change": {str(entry.sequence): _name(entry) for entry in one.revocable}}


def _name(entry: "StationHistoryEntry") -> Cell:
    named = (Choice(title, title) for title in title_fields(json.loads(entry.after)))
    kind = Choice(entry.change, STATION_CHANGE_TITLES[entry.change])
    return Several((entry.at, kind, *named, Officer(entry.cause)), " · ")


def _build_field_act(
    name: str,
    title: str,
    form: type[StationForm],
    begin: Callable[["Station"], Mapping[str, object]],
    preview: "Callable[[Doing[Any, RegisteredStation], Language], Preview] | None" = None,
) -> Act[Any, RegisteredStation]:
    return Act(
        name,
        title,
        form,
        _set,
        RIGHT,
        f"{RIGHT.value}.set_{name}",
        N_("The register was changed; riders read it at once."),
        STATION,
        button=N_("Store it"),
        begin=lambda one: begin(one.station),
        prepare=lock_register,
        preview=preview,
    )


HOURS = _build_field_act(
    "hours", N_("Set the opening hours"), HoursForm, lambda one: {"hours": one.hours_text}, _preview_hours
)
PHONE = _build_field_act("phone", N_("Set the telephone"), PhoneForm, lambda one: {"phone": one.phone})
FACILITIES = _build_field_act(
    "facilities",
    N_("Set what is there"),
    FacilitiesForm,
    lambda one: {"facilities": tuple(sorted(one.facilities))},
)
NOTE = _build_field_act("note", N_("Write a note"), NoteForm, lambda one: {"note": one.note})
PLACE = Act("place", N_("Place it on the map"), PointForm, _place, RIGHT, f"{RIGHT.value}.place",
            N_("The station was placed."), STATION, button=N_("Place it"), begin=_begin_point, prepare=lock_register,
            ticked=N_("I have looked at the place on a map"))  # fmt: skip
REVOKE = Act("revoke", N_("Take a change back"), RevokeForm, _revoke, RIGHT, f"{RIGHT.value}.revoke_change",
             N_("The change was taken back; what was known before holds again."), STATION, button=N_("Take it back"),
             prepare=lock_register, offered=_offer_changes)  # fmt: skip
PHOTO = Act("photo", N_("Store a photo"), PhotoForm, _add_photo, RIGHT, f"{RIGHT.value}.attach_photo",
            N_("The photo was stored; riders see it."), STATION, doors=NO_JSON, prepare=lock_register)  # fmt: skip
SHOW_PHOTO = Act("show-photo", N_("Show a photo to riders"), ShownPhotoForm, _show_photo, RIGHT, f"{RIGHT.value}.show_photo",
                 N_("Riders see the photo now."), STATION, button=N_("Show it"), prepare=lock_register,
                 offered=partial(_offer_photos, waiting=True), ticked=N_("I have looked at it: no face and no paper can be read"))  # fmt: skip
REMOVE_PHOTO = Act("remove-photo", N_("Take a photo away"), ShownPhotoForm, _remove_photo, RIGHT, f"{RIGHT.value}.remove_photo",
                   N_("The photo was deleted."), STATION, button=N_("Delete it"), prepare=lock_register, is_grave=True,
                   offered=partial(_offer_photos, waiting=False))  # fmt: skip
LINK = Act("link", N_("This is an earlier station under a new id"), OldIdForm, _link, RIGHT, f"{RIGHT.value}.link",
           N_("The station keeps its old id."), STATION, button=N_("Keep the old id"), prepare=lock_register,
           ticked=N_("I have checked that both are one place"), doors=frozenset({Door.DESK, Door.API}))  # fmt: skip
