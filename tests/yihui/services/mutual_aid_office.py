"""Officers who work on mutual aid, with a policy, enrolled members and claims, for tests."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from members.mutual_aid.claim import AidClaim, ClaimAct
from members.mutual_aid.policy import Policy, PolicyAct
from tests.members.organisations.acting import event_of, handle
from tests.yihui.services.hardship_office import JINAN, LIXIA, Office, officer
from yihui.access.actor import Actor
from yihui.services.mutual_aid.claims import (
    ActOnClaim,
    WrittenClaim,
    correct_claim,
    preview_claim,
    refuse_claim,
    send_back_claim,
    submit_claim,
    withdraw_claim,
)
from yihui.services.mutual_aid.enrolments import (
    EnrolmentCorrection,
    confirm_correction,
    correct_enrolment,
    enrol_members,
    propose_correction,
)
from yihui.services.mutual_aid.intake import WrittenBill, WrittenPolicy
from yihui.services.mutual_aid.lists import ClaimProof, prove_claim
from yihui.services.mutual_aid.member_list import read_member_lines
from yihui.services.mutual_aid.payment import approve_claim, reverse_claim
from yihui.services.mutual_aid.policies import (
    ActOnPolicy,
    approve_policy,
    withdraw_policy,
    write_policy,
)

FIRST, SECOND = officer("li.min"), officer("wang.fang")
MEMBER, OTHER = "m-1", "m-2"  # of Lixia, as in tests/yihui/services/hardship_office.py
NEWCOMER = "m-3"  # joined Lixia in October
BANDS = "1000-10000=50%; 10000-=60%"
POLICY = WrittenPolicy(
    LIXIA, "2026", "", "", "20", "30", "1000", BANDS, "8000", "10000", "职工医疗互助办法", "第九条"
)
BILL = WrittenBill("2026-09-01", "2026-09-12", "12000", "6000", "500", "5500", "LX-2026-000123")


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

    def write(self, actor: Actor = FIRST, **written: Any) -> Policy:
        values = {name: getattr(POLICY, name) for name in WrittenPolicy.__slots__}
        return write_policy(self.wiring, actor, WrittenPolicy(**{**values, **written}))

    def approve_policy(self, number: int, actor: Actor = SECOND) -> Policy:
        return approve_policy(self.wiring, actor, ActOnPolicy(number, PolicyAct.APPROVE))

    def withdraw_policy(self, number: int, actor: Actor = FIRST) -> Policy:
        return withdraw_policy(self.wiring, actor, ActOnPolicy(number, PolicyAct.WITHDRAW, None, "写错了"))

    def enrol(
        self, number: int, on: date = date(2026, 1, 1), members: list[str] | None = None, actor: Actor = FIRST
    ) -> Policy:
        listed = None if members is None else read_member_lines(members)
        return enrol_members(self.wiring, actor, ActOnPolicy(number, PolicyAct.ENROL), on, listed)

    def correct_enrolment(
        self,
        number: int,
        member: str = MEMBER,
        actor: Actor = FIRST,
        reason: str = "名单写错了",
        **changed: Any,
    ) -> Policy:
        """Correct an enrolment; without anything else it covers from the first day of 2026 on."""
        work = propose_correction if changed.pop("takes_back", False) else correct_enrolment
        correction = EnrolmentCorrection(member, **{"covered_from": date(2026, 1, 1), **changed})
        return work(self.wiring, actor, ActOnPolicy(number, PolicyAct.AMEND, None, reason), correction)

    def confirm_correction(self, number: int, member: str = MEMBER, actor: Actor = SECOND) -> Policy:
        return confirm_correction(self.wiring, actor, ActOnPolicy(number, PolicyAct.AMEND), member)

    def policy(self, on: date = date(2026, 1, 1), **written: Any) -> int:
        """Write, approve and fill a policy; return its number."""
        number = self.write(**written).number
        self.approve_policy(number)
        self.enrol(number, on)
        return number

    def bill(self, **written: str) -> WrittenBill:
        values = {name: getattr(BILL, name) for name in WrittenBill.__slots__}
        return WrittenBill(**{**values, **written})

    def submit(
        self, policy: int, member: str = MEMBER, actor: Actor = FIRST, **written: str
    ) -> AidClaim:  # fmt: skip
        return submit_claim(self.wiring, actor, WrittenClaim(policy, member, self.bill(**written)))

    def preview_fen(self, policy: int, member: str = MEMBER, actor: Actor = FIRST, **written: str) -> int:
        return preview_claim(self.wiring, actor, WrittenClaim(policy, member, self.bill(**written)))[
            1
        ].payable_fen

    def on_claim(self, number: int, act: ClaimAct, seen: int | None = None) -> ActOnClaim:
        return ActOnClaim(number, act, seen, "已核对")

    def approve(self, number: int, actor: Actor = SECOND, seen: int | None = None) -> AidClaim:
        return approve_claim(self.wiring, actor, self.on_claim(number, ClaimAct.APPROVE, seen))

    def refuse(self, number: int, actor: Actor = SECOND) -> AidClaim:
        return refuse_claim(self.wiring, actor, self.on_claim(number, ClaimAct.REFUSE))

    def send_back(self, number: int, actor: Actor = SECOND) -> AidClaim:
        return send_back_claim(self.wiring, actor, self.on_claim(number, ClaimAct.SEND_BACK))

    def correct(self, number: int, actor: Actor = FIRST, **written: str) -> AidClaim:
        wanted = self.on_claim(number, ClaimAct.CORRECT)
        return correct_claim(self.wiring, actor, wanted, self.bill(**{"receipt": "", **written}))

    def withdraw(self, number: int, actor: Actor = FIRST) -> AidClaim:
        return withdraw_claim(self.wiring, actor, self.on_claim(number, ClaimAct.WITHDRAW))

    def reverse(self, number: int, actor: Actor = FIRST) -> AidClaim:
        return reverse_claim(self.wiring, actor, self.on_claim(number, ClaimAct.REVERSE))

    def prove(self, number: int, actor: Actor = FIRST) -> ClaimProof:
        return prove_claim(self.wiring, actor, number)

    def back(self, days: int) -> "AidOffice":
        self.now -= timedelta(days=days)
        return self


__all__ = [
    "BANDS",
    "FIRST",
    "JINAN",
    "LIXIA",
    "MEMBER",
    "NEWCOMER",
    "OTHER",
    "SECOND",
    "AidOffice",
    "officer",
]
