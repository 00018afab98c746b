"""Officers who work on mutual aid, with a policy, enrolled members and claims, for tests."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from members.mutual_aid.claim import AidClaim
from members.mutual_aid.policy import Policy
from tests.members.organisations.acting import event_of, handle
from tests.yihui.nouns import ENGLISH, do, list_rows, preview
from tests.yihui.services.hardship_office import LIXIA, Office, officer
from yihui.access.actor import Actor
from yihui.cases.mutual_aid import claim_file, claims, enrolments, policies
from yihui.cases.mutual_aid.claim_pages import CLAIMS as CLAIMS  # for other tests too
from yihui.cases.mutual_aid.claim_pages import ClaimFilter
from yihui.cases.mutual_aid.enrolments import enrolment_key
from yihui.cases.mutual_aid.proof import ClaimProof, prove_claim
from yihui.frame.acts import Act, Key
from yihui.frame.content import ThingPage
from yihui.frame.listing import Looking
from yihui.frame.looking import show_thing
from yihui.frame.noun import Noun

FIRST, SECOND = officer("li.min"), officer("wang.fang")
MEMBER, OTHER = "m-1", "m-2"  # of Lixia, as in tests/yihui/services/hardship_office.py
NEWCOMER = "m-3"  # joined Lixia in October
BANDS = "1000-10000=50%; 10000-=60%"
POLICY = {
    "organisation": LIXIA,
    "year": "2026",
    "contribution": "20",
    "waiting_days": "30",
    "deductible": "1000",
    "bands": BANDS,
    "claim_cap": "8000",
    "year_cap": "10000",
    "document": "职工医疗互助办法",
    "clause": "第九条",
}
BILL = {
    "admitted_on": "2026-09-01",
    "discharged_on": "2026-09-12",
    "total": "12000",
    "insurance": "6000",
    "other": "500",
    "self_paid": "5500",
    "receipt": "LX-2026-000123",
}


def filled(typed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in typed.items() if value not in ("", None)}


class AidOffice(Office):
    """An office with a policy of mutual aid, whose clock stands still until it is set."""

    def __init__(self, target: str, folder: Path) -> None:
        super().__init__(target, folder)
        self.found()
        with self.wiring.database.write() as connection:
            joined = event_of(
                "member.imported", NEWCOMER, "2026-10-02", organisation=LIXIA, joined_on="2026-10-02"
            )
            assert not handle(connection, joined).dead_letters

    def do(
        self,
        act: Act[Any, Any],
        actor: Actor | None,
        key: Key | None = None,
        seen: int | None = None,
        **typed: Any,
    ) -> Any:
        """Do an act with what is typed; an empty field counts as left out, as on a page."""
        return do(self.wiring, actor, act, key, seen=seen, **filled(typed))

    def preview(self, act: Act[Any, Any], actor: Actor, key: Key, **typed: Any) -> Mapping[str, object]:
        return preview(self.wiring, actor, act, key, **filled(typed))

    def load_policy(self, number: int) -> Policy:
        with self.wiring.database.read() as connection:
            return policies.POLICIES.require(connection, number)

    def load_claim(self, number: int) -> AidClaim:
        with self.wiring.database.read() as connection:
            return claim_file.CLAIMS.require(connection, number)

    def show(self, noun: Noun, key: Key, actor: Actor = FIRST) -> ThingPage:
        return show_thing(self.wiring, actor, noun, key, ENGLISH).page

    def list_claims(self, actor: Actor = FIRST, **asked: Any) -> list[int]:
        return [one.number for one in list_rows(self.wiring, actor, CLAIMS, **asked)]

    def write(self, actor: Actor = FIRST, **written: Any) -> Policy:
        return self.load_policy(self.do(policies.WRITE, actor, **{**POLICY, **written}))

    def approve_policy(self, number: int, actor: Actor = SECOND) -> Policy:
        return self.load_policy(self.do(policies.APPROVE, actor, number))

    def withdraw_policy(self, number: int, actor: Actor = FIRST) -> Policy:
        return self.load_policy(self.do(policies.WITHDRAW, actor, number, reason="写错了"))

    def enrol(
        self, number: int, on: date = date(2026, 1, 1), members: Any = None, actor: Actor = FIRST
    ) -> Policy:
        source = "roll" if members is None else "list"
        return self.load_policy(self.do(policies.ENROL, actor, number, source=source, on=on, members=members))

    def correct_enrolment(
        self,
        number: int,
        member: str = MEMBER,
        actor: Actor = FIRST,
        reason: str = "名单写错了",
        **changed: Any,
    ) -> Policy:
        """Correct an enrolment; without anything else it covers from the first day of 2026 on."""
        typed = {"covered_from": date(2026, 1, 1), **changed}
        self.do(enrolments.CORRECT, actor, enrolment_key(number, member), reason=reason, **typed)
        return self.load_policy(number)

    def confirm_correction(self, number: int, member: str = MEMBER, actor: Actor = SECOND) -> Policy:
        self.do(enrolments.CONFIRM, actor, enrolment_key(number, member))
        return self.load_policy(number)

    def drop_correction(self, number: int, member: str = MEMBER, actor: Actor = SECOND) -> Policy:
        self.do(enrolments.DROP, actor, enrolment_key(number, member), reason="名单没错")
        return self.load_policy(number)

    def policy(self, on: date = date(2026, 1, 1), **written: Any) -> int:
        """Write, approve and fill a policy; return its number."""
        number = self.write(**written).number
        self.approve_policy(number)
        self.enrol(number, on)
        return number

    def submit(self, policy: int, member: str = MEMBER, actor: Actor = FIRST, **written: Any) -> AidClaim:
        typed = {**BILL, "member": member, **written}
        return self.load_claim(self.do(claims.SUBMIT, actor, policy, **typed))

    def preview_fen(self, policy: int, member: str = MEMBER, actor: Actor = FIRST, **written: Any) -> object:
        typed = {**BILL, "member": member, **written}
        return self.preview(claims.SUBMIT, actor, policy, **typed)["payable_fen"]

    def approve(self, number: int, actor: Actor = SECOND, seen: int | None = None) -> AidClaim:
        return self.load_claim(self.do(claims.APPROVE, actor, number, seen, reason="已核对"))

    def refuse(self, number: int, actor: Actor = SECOND) -> AidClaim:
        return self.load_claim(self.do(claims.REFUSE, actor, number, reason="已核对"))

    def send_back(self, number: int, actor: Actor = SECOND, seen: int | None = None) -> AidClaim:
        return self.load_claim(self.do(claims.SEND_BACK, actor, number, seen, reason="已核对"))

    def correct(self, number: int, actor: Actor = FIRST, **written: Any) -> AidClaim:
        typed = {**BILL, "receipt": "", "reason": "已核对", **written}
        return self.load_claim(self.do(claims.CORRECT, actor, number, **typed))

    def withdraw(self, number: int, actor: Actor = FIRST) -> AidClaim:
        return self.load_claim(self.do(claims.WITHDRAW, actor, number, reason="已核对"))

    def reverse(self, number: int, actor: Actor = FIRST) -> AidClaim:
        return self.load_claim(self.do(claims.REVERSE, actor, number, reason="已核对"))

    def prove(self, number: int) -> ClaimProof:
        with self.wiring.database.read() as connection:
            look = Looking(self.wiring, connection, FIRST, self.now, ClaimFilter())
            return prove_claim(look, claim_file.CLAIMS.require(connection, number))
