"""/api/v1/statistics: members counted and listed."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from yihui.access.roles import Right
from yihui.http.route_guard import CurrentReach
from yihui.http.site import Site
from yihui.services.access.reach import open_reach

GroupBy = Literal["organisation", "level", "trade", "employment_form", "month"]
OrganisationCode = Annotated[str, Field(pattern=r"^[0-9]{6}([0-9]{3})?(-[0-9]{5})?$")]


class StatisticsParameters(BaseModel):
    """What is counted, and the cell whose members are listed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    organisation: OrganisationCode | None = Field(None, description="Only this one and what is below it.")
    by: GroupBy = Field("organisation", description="The rows.")
    across: GroupBy | None = Field(None, description="The columns.")
    first: date | None = Field(None, alias="from", description="The first day; otherwise 1 January.")
    last: date | None = Field(
        None, alias="to", description="The last day, whose tree counts; otherwise today."
    )
    reader: OrganisationCode | None = Field(
        None,
        alias="as",
        description=(
            "The reader's organisation: outside its subtree numbers are rounded. By default the officer's own."
        ),
    )
    list_: bool = Field(False, alias="list", description="List the members behind a number instead.")
    measure: Literal["members", "joins", "transfers_in", "transfers_out", "leavers"] | None = Field(
        None, description="With list: what it counts; otherwise members."
    )
    row: str | None = Field(None, max_length=100, description="With list: the key of the row.")
    column: str | None = Field(None, max_length=100, description="With list: the key of the column.")
    after: str | None = Field(None, max_length=100, description="With list: go on after this.")
    limit: int = Field(1_000, ge=1, le=1_000, description="With list: at most so many members.")


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/statistics")

    @made.get("/members")
    def member_statistics(
        asked: Annotated[StatisticsParameters, Query()], reach: CurrentReach
    ) -> dict[str, object]:
        """Count members, joins, transfers and leavers of an organisation and all below it.

        Outside the reader's subtree numbers are rounded to ``rounded_to``, and null is fewer than
        ``fewer_than``. With ``list``, the answer holds the members behind one number, a page at a time.
        """
        from core.faults import FaultError
        from yihui.services.organisations.statistics import (
            STATISTICS_FAULTS,
            ListQuery,
            StatisticsQuery,
            list_counted_members,
            load_member_statistics,
        )
        from yihui.views.statistics import member_list_json, statistics_json

        query = StatisticsQuery(
            asked.organisation, asked.by, asked.across, asked.first, asked.last, asked.reader
        )
        if asked.list_:
            chosen = ListQuery(asked.measure or "members", asked.row, asked.column, asked.after, asked.limit)
            reader = open_reach(site.wiring, reach.actor, Right.READ_MEMBERS, reach.request_id)
            return member_list_json(list_counted_members(site.wiring, query, chosen, reader))
        cell = {"measure": asked.measure, "row": asked.row, "column": asked.column, "after": asked.after}
        faults = [
            STATISTICS_FAULTS.build("cell_without_list", field=name, value=value)
            for name, value in cell.items()
            if value is not None
        ]
        if faults:
            raise FaultError(faults)
        return statistics_json(load_member_statistics(site.wiring, query, reach))

    return made
