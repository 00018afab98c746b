"""Do recorded acts again in a scratch ledger, each at its place between the events of the journal.

What chance or a secret decided is taken from the ledger that is replayed: the secret of a lottery, and the
use that a merchant's code stood for. Of a payment by bank the act holds the digest of the file with the accounts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

import benefits
from benefits import (
    BankReturn,
    CompletedDraw,
    Officer,
    PayoutCriteria,
    RefundRequest,
    ReversalCriteria,
    SpendingRequest,
    VoucherKey,
)
from benefits.draws.waiting_list import WaitingChoice, record_waiting_choice
from benefits.payout.hand_over import HandOver, post_hand_over
from benefits.rulebook.versions import find_rule_version
from core.civil_time import civil_date
from core.faults import FaultError
from events.acts import Act, last_act, read_acts
from events.clawbacks import claw_back_for_events
from events.held_events import resume_rule
from events.redecision import redecide_appeal
from events.sweeping import move_up_waiting_lists, sweep_step
from rules import Rule, RuleLibrary
from rules.lottery.file import PublicDigits
from store import Database

_AT_ONCE = 500
_NO_WORDS = "-"  # of an appeal: the journal holds no member's own words
_NO_KEY = VoucherKey(bytes(32))  # nobody uses the codes of a scratch ledger
_BANK_RETURN: TypeAdapter[BankReturn] = TypeAdapter(BankReturn)
_CHOICE: TypeAdapter[WaitingChoice] = TypeAdapter(WaitingChoice)
_HAND_OVER: TypeAdapter[HandOver] = TypeAdapter(HandOver)


@dataclass(slots=True)
class Redoing:
    """Acts of the ledger ``real``, done again in another one. ``refused`` counts acts that it doesn't allow."""

    real: Database
    library: Callable[[Connection], RuleLibrary]
    done: int = 0
    refused: int = 0

    def do(self, act: Act, connection: Connection) -> None:
        """Do an act again, with its own day and instant. A refused act changes nothing."""
        try:
            with connection.begin_nested():
                _DEEDS[act.kind](self, act, connection)
            self.done += 1
        except FaultError:
            self.refused += 1

    def from_real(self, read: Callable[[Connection], Any]) -> Any:
        with self.real.read() as connection:
            return read(connection)


def redo_all_acts(redoing: Redoing, into: Database) -> None:
    """Do all acts again after all events, for a source that doesn't know when they were done.

    Budgets and versions of rules are left out: the scratch ledger began with the last ones.
    """
    for found in _pages(redoing):
        with into.write() as connection:
            for act in found:
                if act.kind != "budget" and act.kind not in _RULE_CHANGES:
                    redoing.do(act, connection)


def redo_rule_changes(redoing: Redoing, connection: Connection) -> None:
    """Approve and retire all versions of rules before the first event."""
    for found in _pages(redoing):
        for act in found:
            if act.kind in _RULE_CHANGES:
                redoing.do(act, connection)


def _pages(redoing: Redoing) -> Iterator[list[Act]]:
    last, end = 0, redoing.from_real(last_act)
    while found := redoing.from_real(partial(read_acts, between=(last, end), size=_AT_ONCE)):
        yield found
        last = found[-1].sequence


_Deed = Callable[[Redoing, Act, Connection], None]


def _sweep(self: Redoing, act: Act, connection: Connection) -> None:
    sweep_step(connection, _day(act, "up_to"), self.library(connection), act.at, by_clock=True)


def _move_up(self: Redoing, act: Act, connection: Connection) -> None:
    move_up_waiting_lists(connection, act.day, self.library(connection), act.at, act.at)


def _claim(_: Redoing, act: Act, connection: Connection) -> None:
    benefits.record_claim(connection, _text(act, "grant"), act.at, act.day)


def _give_up(_: Redoing, act: Act, connection: Connection) -> None:
    id_ = _text(act, "participation")
    member = benefits.find_participant(connection, id_)
    benefits.withdraw_participation(connection, id_, member, act.at, act.day)


def _budget(_: Redoing, act: Act, connection: Connection) -> None:
    benefits.set_budget(connection, _text(act, "budget"), int(str(act.terms["amount_fen"])), _officer(act))


def _commit_draw(self: Redoing, act: Act, connection: Connection) -> None:
    known = dict(self.from_real(lambda real: benefits.read_lottery_secrets(real, _text(act, "rule"))))
    number = PublicDigits.model_validate(act.terms["number"])
    versions = _collecting(self, act, connection, "lottery")
    benefits.commit_rule_lotteries(connection, _officer(act), versions, number, known.__getitem__)


def _draw(self: Redoing, act: Act, connection: Connection) -> None:
    versions = _collecting(self, act, connection, "lottery")
    drawn = benefits.draw_rule_lotteries(connection, _officer(act), versions, _text(act, "number"))
    _claw_back(connection, act, drawn)


def _rank(self: Redoing, act: Act, connection: Connection) -> None:
    versions = _collecting(self, act, connection, "by_rank")
    _claw_back(connection, act, benefits.grant_by_rank(connection, _officer(act), versions))


def _reverse(_: Redoing, act: Act, connection: Connection) -> None:
    since, until = (_day(act, name) if act.terms[name] else None for name in ("since", "until"))
    wrong = ReversalCriteria(
        _text(act, "rule"), _optional(act, "version"), since, until, _optional(act, "decision")
    )
    benefits.apply_reversal(connection, _officer(act), wrong)


def _reprice(self: Redoing, act: Act, connection: Connection) -> None:
    versions = self.library(connection).versions(_text(act, "rule"))
    (rule,) = [one for one in versions if one.hash == act.terms["version"]]
    choice = _CHOICE.validate_python(act.terms["choice"])
    record_waiting_choice(connection, _officer(act), rule, choice)


def _void(_: Redoing, act: Act, connection: Connection) -> None:
    number = int(str(act.terms["number"]))
    benefits.void_grant_remainder(connection, _officer(act), _text(act, "grant"), repeats=number)


def _issue_code(self: Redoing, act: Act, connection: Connection) -> None:
    benefits.issue_voucher_code(
        connection, _NO_KEY, _text(act, "grant"), act.day, act.at, anew=bool(act.terms["anew"])
    )


def _redeem(self: Redoing, act: Act, connection: Connection) -> None:
    for use in self.from_real(lambda real: benefits.read_recorded_uses(real, _texts(act, "uses"))):
        benefits.repeat_recorded_use(connection, use, act.at)


def _refund(_: Redoing, act: Act, connection: Connection) -> None:
    request = RefundRequest(
        _text(act, "merchant"),
        _text(act, "request"),
        _text(act, "use"),
        _day(act, "on"),
        _fen(act, "amount"),
        bool(act.terms["reusable"]),
    )
    benefits.refund_grant(connection, request, act.at)


def _spend_points(_: Redoing, act: Act, connection: Connection) -> None:
    request = SpendingRequest(
        _text(act, "member"),
        int(str(act.terms["points"])),
        _text(act, "purpose"),
        _text(act, "request"),
        act.day,
    )
    benefits.spend_points(connection, request, act.at)


def _hand_over(_: Redoing, act: Act, connection: Connection) -> None:
    post_hand_over(connection, _HAND_OVER.validate_python(act.terms["step"]), act.day, act.at)


def _prepare_payout(_: Redoing, act: Act, connection: Connection) -> None:
    wanted = PayoutCriteria(despite_debts=True, grants=frozenset(_texts(act, "grants")))
    terms, file = _text(act, "terms_digest"), _text(act, "file_digest")
    benefits.create_payout_batch(connection, _officer(act), wanted, None, terms, lambda *_: file)


def _release_payout(_: Redoing, act: Act, connection: Connection) -> None:
    file = _text(act, "file_digest")
    benefits.release_batch(connection, _officer(act), _text(act, "batch"), lambda *_: file)


def _cancel_payout(_: Redoing, act: Act, connection: Connection) -> None:
    benefits.cancel_batch(connection, _officer(act), _text(act, "batch"))


def _bank_return(_: Redoing, act: Act, connection: Connection) -> None:
    file = _BANK_RETURN.validate_python(act.terms["file"])
    batch_id, partly = _optional(act, "batch"), bool(act.terms["partly"])
    benefits.apply_bank_return(connection, _officer(act), file, batch_id=batch_id, partly=partly)


def _claw_back_grant(_: Redoing, act: Act, connection: Connection) -> None:
    benefits.claw_back_grant(connection, _officer(act), _text(act, "grant"), _text(act, "source"))


def _settle_debt(_: Redoing, act: Act, connection: Connection) -> None:
    benefits.settle_debt(connection, _officer(act), _text(act, "debt"), _fen(act))


def _waive_debt(_: Redoing, act: Act, connection: Connection) -> None:
    benefits.waive_debt(connection, _officer(act), _text(act, "debt"), _fen(act))


def _appeal(_: Redoing, act: Act, connection: Connection) -> None:
    benefits.lodge_appeal(connection, _text(act, "decision"), _NO_WORDS, act.day, act.at)


def _answer_appeal(self: Redoing, act: Act, connection: Connection) -> None:
    if act.terms["verdict"] == "rejected":
        benefits.reject_appeal(connection, _officer(act), _text(act, "appeal"))
    else:
        redecide_appeal(connection, _officer(act), _text(act, "appeal"), self.library)


def _approve_rule(self: Redoing, act: Act, connection: Connection) -> None:
    version = self.from_real(lambda real: find_rule_version(real, _text(act, "version")))
    author = Officer(version.submitted_by, version.submitted_at, civil_date(version.submitted_at))
    benefits.submit_rule_version(connection, author, version.submission)
    benefits.approve_rule_version(connection, _officer(act), version.hash, _optional(act, "before"))


def _retire_rule(_: Redoing, act: Act, connection: Connection) -> None:
    rule, version = _text(act, "rule"), _optional(act, "version")
    benefits.retire_rule(connection, _officer(act), rule, version, _day(act, "last_day"))


def _stop_rule(_: Redoing, act: Act, connection: Connection) -> None:
    benefits.stop_rule(connection, _officer(act), _text(act, "rule"), _optional(act, "version"))


def _resume_rule(self: Redoing, act: Act, connection: Connection) -> None:
    version = _optional(act, "version")
    resume_rule(connection, _officer(act), _text(act, "rule"), self.library, version)


_RULE_CHANGES: Mapping[str, _Deed] = {"approve_rule": _approve_rule, "retire_rule": _retire_rule}
_DEEDS: Mapping[str, _Deed] = {
    "sweep": _sweep,
    "move_up": _move_up,
    "claim": _claim,
    "give_up": _give_up,
    "budget": _budget,
    "commit_draw": _commit_draw,
    "draw": _draw,
    "rank": _rank,
    "reverse": _reverse,
    "reprice": _reprice,
    "void": _void,
    "issue_code": _issue_code,
    "redeem": _redeem,
    "refund": _refund,
    "spend_points": _spend_points,
    "claw_back": _claw_back_grant,
    "settle_debt": _settle_debt,
    "waive_debt": _waive_debt,
    "hand_over": _hand_over,
    "prepare_payout": _prepare_payout,
    "release_payout": _release_payout,
    "cancel_payout": _cancel_payout,
    "bank_return": _bank_return,
    "appeal": _appeal,
    "answer_appeal": _answer_appeal,
    "stop_rule": _stop_rule,
    "resume_rule": _resume_rule,
    **_RULE_CHANGES,
}


def _collecting(self: Redoing, act: Act, connection: Connection, mode: str) -> tuple[Rule, ...]:
    return benefits.find_collecting_versions(self.library(connection), _text(act, "rule"), mode, act.day)


def _claw_back(connection: Connection, act: Act, drawn: list[CompletedDraw]) -> None:
    granted = [ruling for each in drawn if each.given for ruling in each.given.granted]
    claw_back_for_events(connection, (), granted, act.at)


def _officer(act: Act) -> Officer:
    return Officer(_text(act, "by"), act.at, act.day, str(act.terms.get("reason") or ""))


def _text(act: Act, name: str) -> str:
    return str(act.terms[name])


def _optional(act: Act, name: str) -> str | None:
    found = act.terms.get(name)
    return None if found is None else str(found)


def _fen(act: Act, name: str = "amount_fen") -> int | None:
    amount = act.terms[name]
    return None if amount is None else int(str(amount))


def _texts(act: Act, name: str) -> list[str]:
    found = act.terms[name]
    assert isinstance(found, list), f"act {act.sequence}: {name} is no list"
    return found


def _day(act: Act, name: str) -> date:
    return date.fromisoformat(_text(act, name))
