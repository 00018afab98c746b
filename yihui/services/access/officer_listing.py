"""List officers with their roles, for those who administer them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from members import scrub_personal_numbers
from yihui.access.actor import Assignment
from yihui.access.officer_faults import OFFICER_ACT_FAULTS
from yihui.access.officers import (
    Appointment,
    OfficerRecord,
    find_officer,
    list_appointments,
    list_officers,
    load_assignments,
)
from yihui.bootstrap import Wiring


@dataclass(frozen=True, slots=True)
class OfficerView:
    """An officer with all appointments, and the roles that hold on a day."""

    officer: OfficerRecord
    appointments: tuple[Appointment, ...]
    in_force: tuple[Assignment, ...]


def list_officer_views(wiring: Wiring) -> list[OfficerView]:
    """List all officers with their roles of today."""
    now = wiring.now()
    with wiring.database.read() as connection:
        return [load_view(connection, one.id, now) for one in list_officers(connection)]


def load_officer_view(wiring: Wiring, name: str) -> OfficerView:
    """Return an officer with all appointments. *Raises*: FaultError for an unknown name."""
    with wiring.database.read() as connection:
        found = find_officer(connection, name)
        if found is None:
            shown = scrub_personal_numbers(name[:40])
            raise FaultError(OFFICER_ACT_FAULTS.build("unknown", field="NAME", value=shown))
        return load_view(connection, found.id, wiring.now())


def load_view(connection: Connection, name: str, now: datetime) -> OfficerView:
    """Return a known officer with all appointments and the roles of today."""
    found = find_officer(connection, name)
    assert found is not None, "the caller knows the officer"
    day = civil_date(now)
    in_force = tuple(one for one in load_assignments(connection, found.id) if one.holds(day))
    return OfficerView(found, tuple(list_appointments(connection, [found.id])), in_force)
