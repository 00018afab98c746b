"""Three sentences for a hotline agent, for every outcome: what, why, what to do; complete, in plain Chinese."""

import re
from dataclasses import replace
from datetime import date

from benefits import (
    Appeal,
    AppealAnswer,
    Debt,
    DecisionExplanation,
    DecisionRecord,
    Grant,
    GrantFacts,
    GrantPartRecord,
    GrantPosition,
    Reason,
    WaitingListPlace,
    compute_grant_standing,
)
from benefits.reporting.decision_record import DrawEntry
from benefits.reporting.rule_versions import BasisReference, StoredRule
from yihui.runtime.language import load_language
from yihui.views.agent_script import decision_state, render_agent_summary
from yihui.views.grants import STATE_TEXTS

ZH, EN = load_language("zh"), load_language("en")
DAY = date(2026, 5, 1)
WHY = DecisionExplanation(
    "d" * 40, "m-1", "cake", "生日蛋糕券", "1" * 64, "/t", "e-1", "member.birthday", DAY, "granted", (), ()
)
VERSION = StoredRule(
    "1" * 64, "cake", "生日蛋糕券", "370000", "member.birthday", DAY, None,
    (BasisReference("document", document="《基层工会经费收支管理办法》", clause="第八条"),),
)  # fmt: skip
GRANT = Grant("d" * 40, "m-1", "cake", "voucher", "生日蛋糕券", 30000, 1, None, DAY, date(2026, 8, 1))


TO_CLAIM = replace(GRANT, claim_by=date(2026, 5, 2))
CASH = replace(GRANT, kind="cash")
FULL = Reason("quota-exhausted", "名额已满")


def refusal(code: str, **params: str) -> DecisionRecord:
    return ended("refused", Reason(code, "会籍已暂停。", "", params))


def ended(outcome: str, *reasons: Reason, **more: object) -> DecisionRecord:
    return DecisionRecord(replace(WHY, outcome=outcome, reasons=reasons), VERSION, **more)  # type: ignore[arg-type]


def granted(kind: str = "voucher", **position: int) -> DecisionRecord:
    return holding(replace(GRANT, kind=kind), GrantPosition(**position))


def holding(grant: Grant, position: GrantPosition, **held: object) -> DecisionRecord:
    return DecisionRecord(WHY, VERSION, parts=(part(grant, {"fen": position}, **held),))


def part(
    grant: Grant, positions: dict[str, GrantPosition], today: date = DAY, **held: object
) -> GrantPartRecord:
    facts = GrantFacts(grant, positions, **held)  # type: ignore[arg-type]
    return GrantPartRecord(facts, compute_grant_standing(facts, today), ())


def owing(debt: Debt, **position: int) -> DecisionRecord:
    owed = part(GRANT, {"fen": GrantPosition(**position)}, debts=(debt,))
    return replace(granted(), parts=(owed,), debts=(debt,))


DEBT = Debt(
    "c" * 40, "d" * 40, "m-1", "cake", 20000, 10000, 100, "member.left", DAY, "一年内离会，全额退回。"
)
APPEAL = Appeal("f" * 40, "d" * 40, 1, "m-1", DAY, "我是骑手")

CASES: dict[str, tuple[DecisionRecord, str]] = {
    "promised": (granted(promised=30000), "promised"),
    "nothing moved yet": (replace(granted(), parts=(part(GRANT, {}),)), "promised"),
    "handed out": (granted(issued=30000), "handed_out"),
    "used": (granted(redeemed=30000), "used"),
    "used and invoiced": (granted(settled=30000), "used"),
    "used in part": (granted(issued=10000, redeemed=20000), "partly_used"),
    "expired": (granted(expired=30000), "expired"),
    "voided": (granted(reversed=30000), "voided"),
    "cash promised": (granted("cash", promised=30000), "promised"),
    "cash prepared": (granted("cash", issued=30000), "preparing"),
    "cash with the bank": (granted("cash", redeemed=30000), "on_the_way"),
    "cash paid": (granted("cash", settled=30000), "paid"),
    "clawed back": (owing(replace(DEBT, amount_fen=0), reversed=30000), "clawed_back"),
    "clawed back and owed": (owing(DEBT, settled=20000, reversed=10000), "owing"),
    "to be claimed": (holding(TO_CLAIM, GrantPosition(promised=30000)), "claimable"),
    "lapsed": (holding(TO_CLAIM, GrantPosition(expired=30000), lapsed_on=date(2026, 5, 3)), "lapsed"),
    "sent back by the bank": (holding(CASH, GrantPosition(issued=30000), returned="户名不符。"), "returned"),
    "sent back without a reason": (holding(CASH, GrantPosition(issued=30000), returned=""), "returned"),
    "reversed": (ended("reversed", Reason("reversed", "重复发放")), "reversed"),
    "stopped": (ended("held", Reason("stopped", "暂停")), "held"),
    "in a lottery": (ended("entered", lot=DrawEntry("lottery", None, None)), "entered"),
    "in a ranking": (ended("entered", lot=DrawEntry("by_rank", None, None)), "ranked"),
    "drawn": (ended("entered", lot=DrawEntry("lottery", DAY, None)), "drawn"),
    "withdrawn": (ended("entered", lot=DrawEntry("lottery", None, DAY)), "withdrawn"),
    "waiting": (ended("waiting", FULL, line=WaitingListPlace(7, DAY, now=2, waiting=5)), "waiting"),
    **{
        f"waiting, {left}": (ended("waiting", FULL, line=WaitingListPlace(7, DAY, left, DAY)), state)
        for left, state in (("granted", "moved_up"), ("passed", "passed"), ("withdrawn", "withdrawn"))
    },
    "appealed": (replace(refusal("condition"), appeals=(APPEAL,)), "refused"),
    "rejected": (
        replace(
            refusal("condition"),
            appeals=(replace(APPEAL, answer=AppealAnswer("rejected", "gh-1", DAY, "工种属实")),),
        ),
        "refused",
    ),
    "decided anew": (replace(granted(promised=30000), anew=APPEAL), "promised"),
    "unknown fact": (refusal("unknown", facts="member.trade"), "refused"),
    "no rule kept": (replace(granted(promised=30000), version=None), "promised"),
}


def test_every_outcome_has_its_state_and_three_whole_sentences() -> None:
    for name, (told, state) in CASES.items():
        assert decision_state(told) == state, name
        check(render_agent_summary(told, ZH), "。")
        check(render_agent_summary(told, EN), ".")
    assert {state for _, state in CASES.values()} >= set(STATE_TEXTS)


def check(sentences: tuple[str, str, str], stop: str) -> None:
    assert len(sentences) == 3
    for text in sentences:
        assert text.endswith(stop), text
        assert not re.search(r"\d{4}-\d\d-\d\d", text), "an agent reads it out"
        assert "{" not in text and "None" not in text, text
        assert text.count("。") == (1 if stop == "。" else 0), text
        assert "。。" not in text and "；；" not in text and "：。" not in text, text
    if stop == "。":
        assert not re.search(r"[A-Za-z]{4,}", "".join(sentences).replace("m-1", "").replace("cake", "")), (
            sentences
        )


def test_a_benefit_to_be_claimed_is_fetched_by_its_claim_day_and_not_by_its_last_day() -> None:
    _, _, do = render_agent_summary(CASES["to be claimed"][0], ZH)
    assert "2026年5月2日" in do and "8月1日" not in do


def test_a_lapse_names_the_day_that_is_over_and_no_future_day() -> None:
    said = "".join(render_agent_summary(CASES["lapsed"][0], ZH))
    assert "2026年5月2日" in said and "8月1日" not in said
