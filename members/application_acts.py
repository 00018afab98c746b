"""Store what officers do with applications."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from members.application_tables import application_acts


@dataclass(frozen=True, slots=True)
class RecordedApplicationAct:
    """What an officer did with an application, and why."""

    member_id: str
    application: str
    kind: str
    stage: str | None
    event_id: str
    officer: str
    acted_at: datetime
    reason: str


def record_application_act(connection: Connection, act: RecordedApplicationAct) -> None:
    """Append an act."""
    row = {name: getattr(act, name) for name in RecordedApplicationAct.__slots__}
    connection.execute(insert(application_acts).values(row))


def list_application_acts(
    connection: Connection, member_id: str, application: str
) -> list[RecordedApplicationAct]:
    """List what officers did with an application, in order."""
    c = application_acts.c
    query = select(*(c[name] for name in RecordedApplicationAct.__slots__))
    query = query.where(c.member_id == member_id, c.application == application).order_by(c.sequence)
    return [RecordedApplicationAct(**row) for row in connection.execute(query).mappings()]


def erase_application_acts(connection: Connection, member_id: str) -> int:
    """Delete the acts on a member's applications; return the number of rows."""
    c = application_acts.c
    return connection.execute(delete(application_acts).where(c.member_id == member_id)).rowcount
