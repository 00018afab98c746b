"""/api/v1/members: a member's benefits and the reasons of decisions; /api/v1/polls: the chart of a poll's result."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from members import scrub_personal_numbers
from yihui.http.login.login_request import find_actor
from yihui.http.route_rights import CurrentReach
from yihui.http.site import Site

PollId = Annotated[str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
GrantId = Annotated[str, Path(pattern=r"^[0-9a-f]{40}$")]


def _not_personal(member: str) -> str:
    if scrub_personal_numbers(member) != member:  # even with a wrong check digit it may be a person's number
        raise PydanticCustomError("personal_data", "an ID number or a phone")
    return member


MemberId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"), AfterValidator(_not_personal)]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/members")

    @made.get("/{member}/benefits")
    def benefits(member: MemberId, reach: CurrentReach) -> dict[str, object]:
        """List a member's benefits, newest first, and the draws and waiting lists that the member takes part in.

        Each benefit has its state and its last day.
        """
        from yihui.services.benefits.benefits import load_member_benefits
        from yihui.views.benefits import member_benefits_json
        from yihui.views.claims import participation_json

        found = load_member_benefits(site.wiring, member, reach=reach)
        return {
            "member": member,
            "benefits": member_benefits_json(found),
            "taking_part": [participation_json(part) for part in found.participations],
        }

    @made.post("/{member}/benefits/{grant}/claim")
    def claim(member: MemberId, grant: GrantId, reach: CurrentReach) -> dict[str, object]:
        """Claim a benefit before it lapses. A repeated request changes nothing."""
        from yihui.services.benefits.claims import claim_grant as claim_now
        from yihui.views.claims import claim_result_json

        return claim_result_json(claim_now(site.wiring, grant, member, reach))

    @made.delete("/{member}/entries/{entry}")
    def give_up(member: MemberId, entry: GrantId, reach: CurrentReach) -> dict[str, object]:
        """Give up an entry in a draw or a place on a waiting list. A repeated request changes nothing."""
        from yihui.services.benefits.claims import give_up_participation as give_up_now

        done = give_up_now(site.wiring, entry, member, reach)
        return {"id": done.id, "rule": done.rule_id, "is_new": done.is_new}

    @made.get("/{member}/benefits/why")
    def why(
        request: Request,
        member: MemberId,
        reach: CurrentReach,
        rule: str | None = None,
        at: date | None = None,
        code: bool = False,
    ) -> dict[str, object]:
        """Explain every decision about a member, of one rule or one day if given.

        Conditions are said in words; ``code`` adds each as the rule's file writes it.

        ``agent`` holds three sentences that an agent of the 12351 line can read out. If a rule is given and
        no decision was made under it, ``not_looked`` explains why; without a rule it names the applications
        that no rule decided since they were handed in too late.
        """
        from yihui.services.benefits.benefits import list_member_decisions, list_missing_decisions
        from yihui.services.desk.record_names import load_place_names
        from yihui.views.benefits import decisions_json

        found = list_member_decisions(site.wiring, member, rule, at, "member", reach)
        language, names = site.language(request), load_place_names(site.wiring, site.place_names())
        missing = [] if rule and found else list_missing_decisions(site.wiring, member, rule, at, language)
        return {
            "member": member,
            **decisions_json(found, missing, at, language, names, with_code=code),
        }

    return made


class ChartResponse(Response):
    """A picture."""

    media_type = "image/svg+xml"


def polls_router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/polls")

    @made.get("/{poll}/results.svg", response_class=ChartResponse)
    def poll_chart(request: Request, poll: PollId) -> ChartResponse:
        """Show the result as a chart.

        An SVG picture without a script.
        """
        from yihui.cases.polls.chart import load_poll_chart

        actor = find_actor(site, request)
        return ChartResponse(load_poll_chart(site.wiring, actor, poll, site.language(request)))

    return made
