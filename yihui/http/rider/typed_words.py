"""What a rider typed into the field for an address that is no name: a need, coordinates, or the link of a map app."""

from collections.abc import Callable, Mapping, Sequence

from core.faults import Fault
from geo.crs import from_wgs84, point_to_wgs84
from geo.datum import Datum
from geo.place_names.typed import FILTERS_BY_NEED, KIND_CODES, list_beside_readings, read_needs
from geo.place_names.typed_points import TypedPoint, list_shared_places, read_typed_point
from yihui.http.rider.request import LOCATION_FIELDS, select_location_fields
from yihui.runtime.errors import ErrorLine
from yihui.runtime.language import Language

FormFields = Mapping[str, list[str]]
_WORDS = ("q", "near", "by")
_DECIMALS = 6  # a decimetre


def resolve_typed_words(
    sent: FormFields,
    form: FormFields,
    list_called: Callable[[str], Sequence[str]],
    finds_place: Callable[[str], bool],
) -> FormFields | None:
    """Return the question that typed words mean, in the fields that ask it; None where a name was typed, or nothing.

    ``sent`` are all fields, ``form`` those with one kind of location (see `select_location_fields`). A need is looked for
    at the place that was typed with it, which stays to be searched unless it is one district, or at the other location
    that was sent, if there is one; a text that is a place's whole name (`list_called`) stays whole. A typed kind of station
    takes the place of one that was chosen. Typed numbers are in the form's datum. Of a link without coordinates the words
    beside it are read as if they were typed alone, if they are a need or a place is found by them.
    """
    if "q" in form:
        rest = {name: values for name, values in sent.items() if name not in _WORDS}
        typed = form["q"][-1]
        if isinstance(point := read_typed_point(typed), TypedPoint):
            datum = point.datum or _datum(sent)
            kept = {name: values for name, values in rest.items() if name not in _PLACE_FIELDS}
            return {**kept, "lon": [f"{point.lon}"], "lat": [f"{point.lat}"], "datum": [datum.value]}
        if point is not None:
            for name in list_shared_places(typed):
                plain = {**form, "q": [name]}
                alone = resolve_typed_words({**sent, "q": [name]}, plain, list_called, finds_place)
                if alone or finds_place(name):
                    return alone or plain
            return None
        needs = read_needs(typed)
        if not needs.codes:
            needs = next((one for one in list_beside_readings(typed) if list_called(one.place)), needs)
        if needs.codes and not (needs.place and list_called(typed)):
            kinds = [code for code in needs.codes if code in KIND_CODES]
            facilities = [
                code for code in needs.codes if code not in KIND_CODES and code not in FILTERS_BY_NEED
            ]
            needed = [*rest.get("facility", []), *facilities]
            place = {**form, "q": [needs.place]} if needs.place else select_location_fields(rest)
            match list_called(needs.place) if needs.place else ():
                case [code] if code:
                    place = {name: values for name, values in form.items() if name not in _WORDS}
                    place["district"] = [code]
            place = {
                **place,
                **{field: [value] for code, (field, value) in FILTERS_BY_NEED.items() if code in needs.codes},
            }
            meant = {**place, "facility": list(dict.fromkeys(needed)), "kind": kinds or rest.get("kind", [])}
            return {name: values for name, values in meant.items() if values}
    if "to_q" in form and isinstance(point := read_typed_point(form["to_q"][-1]), TypedPoint):
        there = point_to_wgs84((point.lon, point.lat), point.datum or _datum(form))
        ((lon, lat),) = from_wgs84([there], _datum(form)).round(_DECIMALS).tolist()
        kept = {name: values for name, values in form.items() if name not in ("to_q", "to_name", "offset")}
        return {**kept, "to_lon": [f"{lon}"], "to_lat": [f"{lat}"]}
    if "to_q" in form and point is not None:
        return next(
            ({**form, "to_q": [name]} for name in list_shared_places(form["to_q"][-1]) if finds_place(name)),
            None,
        )
    return None


_PLACE_FIELDS = frozenset(field for fields in LOCATION_FIELDS.values() for field in fields)


def _datum(fields: FormFields) -> Datum:
    named = fields.get("datum", [""])[-1]
    return Datum(named) if named in {one.value for one in Datum} else Datum.WGS84


def find_link_fault(form: FormFields, language: Language) -> ErrorLine | None:
    """Return what is wrong with a pasted link of a map app that holds no coordinates; None for any other text."""
    for field in ("q", "to_q"):
        if isinstance(fault := read_typed_point(form.get(field, [""])[-1]), Fault):
            return ErrorLine(language.render(fault.message), language.render(fault.remedy), field=field)
    return None
