"""Names in the forms of the desk: what stands in a form at first, and the codes for which typed names stand."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.faults import Fault, FaultError
from yihui.frame.acts import Act
from yihui.frame.fields import FieldKind, FormField, fields_of
from yihui.frame.pages import OfficerPages, OfficerVisit
from yihui.frame.typed import begin_rows

_NAMED = frozenset({FieldKind.ORGANISATION, FieldKind.STATION, FieldKind.MEMBER, FieldKind.AREA})


def begin_form(
    pages: OfficerPages, visit: OfficerVisit, act: Act[Any, Any], thing: object
) -> Mapping[str, str]:
    """Return what stands in a form at first: what is known, the officer's only organisation, who was chosen."""
    known = act.begin(thing) if act.begin is not None and thing is not None else {}
    begun: dict[str, str] = {}
    for one in fields_of(act.form):
        if one.kind is FieldKind.ROWS:
            rows: Sequence[Mapping[str, Any]] = known.get(one.name, ())  # type: ignore[assignment]
            named = [column.name for column in one.columns if column.kind is FieldKind.MEMBER]
            begun |= begin_rows(one, [_name_members(pages, visit, row, named) for row in rows])
            continue
        typed = ""
        if one.name in known or not one.required:
            typed = one.begin(known.get(one.name, one.default))
        if one.kind is FieldKind.ORGANISATION:
            typed = pages.choice(visit, one.kind, typed or _find_only_place(visit, act, one))
        if one.kind is FieldKind.AREA:
            place = _find_only_place(visit, act, one)
            typed = pages.choice(
                visit, one.kind, typed or (place if place in pages.site.place_names() else "")
            )
        begun[one.name] = typed
    return begun


def choose_begun(
    pages: OfficerPages, visit: OfficerVisit, act: Act[Any, Any], begun: Mapping[str, str]
) -> Mapping[str, str]:
    """Return what an address says of a form's fields, a member by her name."""
    known = {one.name: one.kind for one in fields_of(act.form) if one.name in begun}
    return {
        name: pages.choice(visit, kind, begun[name]) if kind is FieldKind.MEMBER else begun[name]
        for name, kind in known.items()
    }


def _name_members(
    pages: OfficerPages, visit: OfficerVisit, row: Mapping[str, Any], named: Sequence[str]
) -> Mapping[str, object]:
    """Return a row with members as they are typed in the place of their ids."""
    return {
        **row,
        **{name: pages.choice(visit, FieldKind.MEMBER, row[name]) for name in named if row.get(name)},
    }


def _find_only_place(visit: OfficerVisit, act: Act[Any, Any], one: FormField) -> str:
    """Return the one organisation for which the officer may do an act that makes something; empty if there are more."""
    places = visit.scope(act.right) if act.makes and one.required else None
    return next(iter(places)) if places is not None and len(places) == 1 else ""


def resolve_names(
    pages: OfficerPages, visit: OfficerVisit, fields: Sequence[FormField], values: dict[str, Any]
) -> list[Fault]:
    """Put codes in place of names; return each name that not exactly one record has."""
    faults: list[Fault] = []
    for one in fields:
        for place, row in enumerate(values.get(one.name, ()) if one.kind is FieldKind.ROWS else ()):
            found = resolve_names(pages, visit, one.columns, row)
            faults += (fault.at(field=f"{one.name}.{place}.{fault.field}") for fault in found)
        if one.kind in _NAMED and isinstance(values.get(one.name), str):
            try:
                values[one.name] = pages.resolve(visit, one.kind, str(values[one.name]))
            except FaultError as error:
                faults += (fault.at(field=one.name) for fault in error.faults)
    return faults
