"""/api/v1/members: what a member has, and why or why not."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request

from yihui.http.site import Site

MemberId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/members")

    @made.get("/{member}/benefits")
    def benefits(member: MemberId) -> dict[str, object]:
        """A member's benefits, newest first."""
        from benefits import grants_of
        from yihui.rulings import grant_json

        with site.wiring.database.read() as connection:
            grants = grants_of(connection, member)
        return {"member": member, "benefits": [grant_json(grant) for grant in grants]}

    @made.get("/{member}/benefits/why")
    def why(
        request: Request, member: MemberId, rule: str | None = None, at: date | None = None
    ) -> dict[str, object]:
        """Every decision about a member: what was looked at, what is missing, how to mend it."""
        from benefits import why as decisions_about
        from yihui.rulings import why_json

        with site.wiring.database.read() as connection:
            found = decisions_about(connection, member, rule_id=rule, on=at)
        language = site.language(request)
        return {"member": member, "decisions": [why_json(item, language) for item in found]}

    return made
