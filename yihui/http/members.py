"""/api/v1/members: what a member has, and why or why not."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from geo.faults import InputFaults
from members import scrubbed
from yihui.http.site import Site


def _not_personal(member: str) -> str:
    if scrubbed(member) != member:  # with a wrong check digit it may still be a person's
        raise PydanticCustomError("personal_data", "an ID number or a phone")
    return member


MemberId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"), AfterValidator(_not_personal)]


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
        from yihui.rulings import no_such_rule, why_json

        with site.wiring.database.read() as connection:
            found = decisions_about(connection, member, rule_id=rule, on=at)
        language = site.language(request)
        if rule and not found and not site.wiring.library.versions(rule):
            raise InputFaults([no_such_rule(site.wiring.library, rule, language)])
        return {"member": member, "decisions": [why_json(item, language) for item in found]}

    return made
