"""/api/v1/audit: who did what, and who read personal data, for those who may read the audit log."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from yihui.http.current_actor import find_actor
from yihui.http.site import Site
from yihui.http.stations.cursors import build_cursor, parse_cursor

_CODE_FORM = r"^[0-9]{6}([0-9]{3})?(-[0-9]{5})?$"
MAX_LISTED_ENTRIES = 1_000


class AuditParameters(BaseModel):
    """Which entries are wanted: all that are given must fit. Days are civil, both included."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    actor: str | None = Field(None, min_length=1, max_length=64, description="Only what this actor did.")
    act: str | None = Field(
        None, min_length=1, max_length=64, description="Only this act or those below it: members.unmask."
    )
    kind: str | None = Field(None, min_length=1, max_length=32, description="Only objects of this kind.")
    object: str | None = Field(
        None, min_length=1, max_length=128, description="With kind: only the object with this id."
    )
    organisation: str | None = Field(
        None, pattern=_CODE_FORM, description="Only this one and what is below it."
    )
    first: date | None = Field(None, alias="from", description="The first day.")
    last: date | None = Field(None, alias="to", description="The last day.")
    limit: int = Field(100, ge=1, le=MAX_LISTED_ENTRIES)
    cursor: Annotated[str, Field(max_length=200)] | None = None


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/audit")

    @made.get("")
    def audit_entries(request: Request, asked: Annotated[AuditParameters, Query()]) -> dict[str, object]:
        """List the audit log, the newest entry first, as far as the reader's roles reach.

        Erased texts are null. Follow ``next`` to the end.
        """
        from yihui.services.access.audit import AuditQuery, list_audit_entries
        from yihui.views.audit import audit_entry_json

        place = f"audit {asked.model_dump_json(exclude={'cursor', 'limit'})}"
        before = int(parse_cursor(place, asked.cursor)) if asked.cursor else None
        query = AuditQuery(
            asked.actor, asked.act, asked.kind, asked.object, asked.organisation, asked.first, asked.last
        )
        page = list_audit_entries(site.wiring, find_actor(site, request), query, before, asked.limit)
        return {
            "entries": [audit_entry_json(one) for one in page.entries],
            "next": build_cursor(place, str(page.before)) if page.before is not None else None,
        }

    return made
