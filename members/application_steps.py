"""Store and load the steps of applications; rows are appended and never changed."""

from collections.abc import Iterable, Sequence

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, bindparam, insert, select

from members.applications import ApplicationStep
from members.tables import application_steps

_COLUMNS = [application_steps.c[name] for name in ApplicationStep.__slots__]
_READ = (
    select(*_COLUMNS)
    .where(application_steps.c.member_id.in_(bindparam("members", expanding=True)))
    .order_by(application_steps.c.sequence)
)


def read_application_steps(
    connection: Connection, members: Iterable[str]
) -> dict[str, list[ApplicationStep]]:
    """Return all application steps of some members, in order of arrival; one query, none without members."""
    found: dict[str, list[ApplicationStep]] = {member: [] for member in members}
    if found:
        for row in connection.execute(_READ, {"members": list(found)}).mappings():
            digests = tuple(from_json(row["attachments"]))
            found[row["member_id"]].append(ApplicationStep(**{**row, "attachments": digests}))
    return found


def record_application_steps(connection: Connection, steps: Sequence[ApplicationStep]) -> None:
    """Append steps, in order."""
    if steps:
        connection.execute(insert(application_steps), [_row(step) for step in steps])


def _row(step: ApplicationStep) -> dict[str, object]:
    row = {name: getattr(step, name) for name in ApplicationStep.__slots__}
    return {**row, "attachments": to_json(step.attachments).decode()}
