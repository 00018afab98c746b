"""/api/v1/organisations: the tree of unions on any day, each officer's own subtrees."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from core.civil_time import civil_date
from members.organisations.messages import OrganisationKind
from yihui.http.route_guard import CurrentReach
from yihui.http.site import Site
from yihui.http.stations.cursors import MAX_CURSOR_CHARS, build_cursor, parse_cursor

MAX_LISTED_ORGANISATIONS = 200
MAX_DEPTH = 10
CODE_FORM = r"^[0-9]{6}([0-9]{3})?(-[0-9]{5})?$"
OrganisationCode = Annotated[str, Path(pattern=CODE_FORM, examples=["370102"])]
OnDay = Annotated[date | None, Query(description="The civil day; today unless given.")]
Cursor = Annotated[str, Field(max_length=MAX_CURSOR_CHARS)]


class PageParameters(BaseModel):
    """A page of a list, on a day."""

    model_config = ConfigDict(extra="forbid")
    on: date | None = None
    limit: int = Field(default=50, ge=1, le=MAX_LISTED_ORGANISATIONS)
    cursor: Cursor | None = None
    lang: Annotated[str, Field(max_length=20)] | None = None

    def cursor_query(self, path: str, day: date) -> str:
        """Return the query to which a cursor belongs: the path, the day and all criteria."""
        return f"{path} {day} {self.model_dump_json(exclude={'on', 'cursor', 'limit', 'lang'})}"


class SearchParameters(PageParameters):
    """``name`` stands anywhere in the name; ``code`` is the beginning of a code."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    code: Annotated[str, Field(pattern=r"^[0-9][0-9-]{0,14}$")] | None = None
    kind: OrganisationKind | None = None
    parent: Annotated[str, Field(pattern=CODE_FORM)] | None = None


class TreeParameters(PageParameters):
    """``depth`` is how many levels below the organisation."""

    depth: int = Field(default=1, ge=0, le=MAX_DEPTH)


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/organisations")

    def choose_day(given: date | None) -> date:
        return given or civil_date(site.wiring.now())

    @made.get("")
    def organisations(asked: Annotated[SearchParameters, Query()], reach: CurrentReach) -> dict[str, object]:
        """List the organisations of a day by code, those that match if criteria are given.

        ``name`` may be written in simplified or traditional characters. Follow ``next`` to the end.
        """
        from members.organisations.search import OrganisationQuery
        from yihui.services.organisations.lookup import search_organisations
        from yihui.views.organisations import organisation_json

        day = choose_day(asked.on)
        place = asked.cursor_query("", day)
        after = parse_cursor(place, asked.cursor) if asked.cursor else ""
        query = OrganisationQuery(
            day, asked.name, asked.code, asked.kind, asked.parent, after, asked.limit + 1
        )
        found = search_organisations(site.wiring, query, reach)
        shown = found[: asked.limit]
        return {
            "on": day.isoformat(),
            "organisations": [organisation_json(span) for span in shown],
            "next": build_cursor(place, shown[-1].code) if len(found) > len(shown) else None,
        }

    @made.get("/{code}")
    def organisation(code: OrganisationCode, reach: CurrentReach, on: OnDay = None) -> dict[str, object]:
        """Show an organisation on a day: what is above it, what is directly below it, what came after it.

        ``organisation`` is null if it wasn't there on that day; then ``last`` is what it was before, and
        ``successors`` are the organisations to which its members went. ``children`` are at most 200; ask for
        all by ``/api/v1/organisations?parent=``. ``members`` counts its own members of today.
        """
        from yihui.services.organisations.lookup import load_organisation_state
        from yihui.views.organisation_states import organisation_state_json

        return organisation_state_json(load_organisation_state(site.wiring, code, choose_day(on), reach))

    @made.get("/{code}/tree")
    def organisation_tree(
        code: OrganisationCode, asked: Annotated[TreeParameters, Query()], reach: CurrentReach
    ) -> dict[str, object]:
        """List an organisation and those below it on a day, each after its parent.

        ``level`` counts from 0 at the organisation itself. Follow ``next`` to the end.
        """
        from yihui.services.organisations.lookup import load_subtree_page
        from yihui.views.organisations import organisation_json

        day = choose_day(asked.on)
        place = asked.cursor_query(code, day)
        after = parse_cursor(place, asked.cursor) if asked.cursor else ""
        found = load_subtree_page(site.wiring, code, day, asked.depth, after, asked.limit + 1, reach)
        shown = found[: asked.limit]
        return {
            "on": day.isoformat(),
            "code": code,
            "organisations": [
                {**organisation_json(span), "level": span.lineage.index(code)} for span in shown
            ],
            "next": build_cursor(place, shown[-1].path) if len(found) > len(shown) else None,
        }

    return made
