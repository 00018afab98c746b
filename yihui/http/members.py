"""/api/v1/members: a member's benefits, the reasons of decisions, and appeals."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from core.faults import FaultError
from members import scrub_personal_numbers
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.site import Site
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benefits import Appeal


MAX_APPEAL_BYTES = 16 << 10


def _not_personal(member: str) -> str:
    if scrub_personal_numbers(member) != member:  # even with a wrong check digit it may be a person's number
        raise PydanticCustomError("personal_data", "an ID number or a phone")
    return member


MemberId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"), AfterValidator(_not_personal)]


GrantId = Annotated[str, Path(pattern=r"^[0-9a-f]{40}$")]


class Lodged(BaseModel):
    """An appeal: against which decision, in the member's words."""

    model_config = ConfigDict(extra="forbid")
    decision: Annotated[str, Field(min_length=1, max_length=64)]
    text: Annotated[str, Field(min_length=1, max_length=4_000)]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/members")

    @made.get("/{member}/benefits")
    def benefits(member: MemberId) -> dict[str, object]:
        """A member's benefits, newest first."""
        from benefits import (
            claim_status_by_grant,
            list_member_grants,
            list_participations,
            read_grant_positions,
        )
        from yihui.views.claims import participation_json
        from yihui.views.grants import grant_positions_json
        from yihui.views.outcomes import grant_json

        with site.wiring.database.read() as connection:
            grants, claiming = (
                list_member_grants(connection, member),
                claim_status_by_grant(connection, member),
            )
            parts = list_participations(connection, member)
            standing = read_grant_positions(connection, [grant.id for grant in grants])
        return {
            "member": member,
            "benefits": [
                {
                    **grant_json(grant, claiming[grant.id]),
                    "standing": grant_positions_json(standing[grant.id]),
                }
                for grant in grants
            ],
            "taking_part": [participation_json(part) for part in parts],
        }

    @made.post("/{member}/benefits/{grant}/claim")
    def claim(member: MemberId, grant: GrantId) -> dict[str, object]:
        """Claim a benefit that lapses otherwise; repeated it changes nothing."""
        from yihui.services.claims import claim_grant as claim_now
        from yihui.views.claims import claim_result_json

        return claim_result_json(claim_now(site.wiring, grant, member))

    @made.delete("/{member}/entries/{entry}")
    def give_up(member: MemberId, entry: GrantId) -> dict[str, object]:
        """Give up an entry, or a place on the waiting list; repeated it changes nothing."""
        from yihui.services.claims import give_up_participation as give_up_now

        done = give_up_now(site.wiring, entry, member)
        return {"id": done.id, "rule": done.rule_id, "is_new": done.is_new}

    @made.get("/{member}/benefits/why")
    def why(
        request: Request, member: MemberId, rule: str | None = None, at: date | None = None
    ) -> dict[str, object]:
        """Every decision about a member, explained; ``agent`` holds three sentences for a 12351 agent."""
        from benefits import load_decision_records
        from yihui.services.unknown_ids import require_known_member
        from yihui.views.decisions import decision_record_json

        with site.wiring.database.read() as connection:
            found = load_decision_records(connection, member, rule_id=rule, on=at)
            if not (found or rule):
                require_known_member(connection, member, "member")
        language = site.language(request)
        answer: dict[str, object] = {
            "member": member,
            "decisions": [decision_record_json(item, language) for item in found],
        }
        if rule and not found:
            answer["not_looked"] = _no_decision_reasons(site, member, rule, at, language)
        return answer

    @made.get("/{member}/appeals")
    def appeals(member: MemberId) -> dict[str, object]:
        """A member's appeals with their answers, the earliest first."""
        from benefits import list_appeals
        from yihui.views.decisions import appeal_json

        with site.wiring.database.read() as connection:
            found = list_appeals(connection, member_id=member)
        return {"member": member, "appeals": [appeal_json(appeal) for appeal in found]}

    @made.post("/{member}/appeals", status_code=201, openapi_extra=openapi_json_body(Lodged))
    async def lodge(request: Request, member: MemberId) -> Response:
        """Appeal against a decision, in the member's own words; repeated it changes nothing."""
        said = parse_json_body(Lodged, await read_json_body(request, MAX_APPEAL_BYTES))
        return await run_in_threadpool(_lodge, site, member, said)

    return made


def _no_decision_reasons(
    site: Site, member: str, rule: str, at: date | None, language: Language
) -> list[dict[str, object]]:
    """Explain why the rule decided nothing about the member. *Raises*: FaultError for an unknown rule."""
    from events import explain_skipped_rule
    from yihui.services.unknown_ids import unknown_rule_fault
    from yihui.views.decisions import no_decision_json

    wiring = site.wiring
    library = wiring.library
    with wiring.database.read() as connection:
        found = explain_skipped_rule(connection, member, rule, library, at, wiring.now())
    if not found:
        raise FaultError([unknown_rule_fault(library, rule, language)])
    title = library.versions(rule)[-1].definition.title
    return no_decision_json(found, title, member, at.isoformat() if at else None, language)


def _lodge(site: Site, member: str, said: Lodged) -> Response:
    from benefits import APPEAL_FAULTS, ActRefused, lodge_appeal
    from core.civil_time import civil_date
    from events.retries import run_in_transaction
    from yihui.views.decisions import appeal_json

    now = site.wiring.now()

    def work(connection: "Connection") -> "Appeal":
        lodged = lodge_appeal(connection, said.decision, said.text, civil_date(now), now)
        if lodged.member_id != member:  # the answer must not reveal whose decision it is
            raise ActRefused(
                APPEAL_FAULTS.build("not_own_decision", field="decision", value=said.decision[:40])
            )
        return lodged

    lodged = run_in_transaction(site.wiring.database, work)
    return JSONResponse(appeal_json(lodged), 201)
