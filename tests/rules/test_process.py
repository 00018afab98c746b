"""What a process demands of an application, and how it says what is missing."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import pytest

from rules import Decision, FactValue, RuleFaults, evaluate_rules, lint_rule_files, load_library
from tests.rules.conftest import event_of

RULE = """\
id: schooling
title: 助学
purpose: 核实困难程度
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01}
on: application.confirmed
%s
process:
  programme: 金秋助学
  attachments: 2
  reviews: [基层工会, 县级工会, 市级工会]
  public_notice: {days: 5, counted: work_days}
benefit: {kind: cash, amount_fen: 100}
"""
ON = date(2026, 8, 20)
ALL: Mapping[str, FactValue] = {
    "submitted_on": date(2026, 8, 1),
    "attachments": 2,
    "stages": ("基层工会", "县级工会", "市级工会"),
    "order": ("基层工会>县级工会", "基层工会>市级工会", "县级工会>市级工会"),
    "same_reviewer": (),
    "published_on": date(2026, 8, 10),
    "notice_days": 9,
    "notice_work_days": 5,
    "objections": 0,
}
MEMBER: Mapping[str, FactValue] = {"member.organisation": "370202", "member.status": "active"}


def decide(
    changed: Mapping[str, FactValue] = MappingProxyType({}),
    text: str = RULE % "",
    programme: str = "金秋助学",
    happened_on: date | None = None,
) -> Decision | None:
    steps = {f"application.{name}": value for name, value in {**ALL, **changed}.items()}
    confirmed = event_of("application.confirmed", ON, {"programme": programme, "happened_on": happened_on})
    found = evaluate_rules(confirmed, {**MEMBER, **steps}, load_library([("r.yaml", text)]))
    return found[0] if found else None


def missing(decision: Decision | None) -> list[str]:
    assert decision is not None
    assert (decision.outcome == "due") == (not decision.missing)
    return [checked.else_text for checked in decision.missing]


def test_an_application_that_went_the_whole_way_is_due() -> None:
    assert missing(decide()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"submitted_on": None}, "没有收到申请，或者申请已经撤回、不予通过"),
        ({"attachments": 1}, "申请附件还差1份"),
        ({"attachments": 0}, "申请附件还差2份"),
        ({"stages": ("基层工会", "市级工会")}, "还没有通过“县级工会”的审核"),
        ({"order": ("县级工会>基层工会",)}, "审核次序不对，应当是基层工会→县级工会→市级工会"),
        ({"order": ("市级工会>县级工会",)}, "审核次序不对，应当是基层工会→县级工会→市级工会"),
        (
            {"same_reviewer": ("基层工会=市级工会", "市级工会=基层工会")},
            "有两个审核环节是同一个人审的，或者没有登记审核人",
        ),
        ({"notice_work_days": 4}, "公示还差1个工作日"),
        ({"notice_work_days": 3}, "公示还差2个工作日"),
        ({"notice_work_days": 0}, "公示还差5个工作日"),
        ({"objections": 1}, "公示中的异议还没有处理完"),
    ],
)
def test_each_step_that_is_missing_is_named(changed: Mapping[str, FactValue], said: str) -> None:
    decision = decide(changed)
    assert missing(decision) == [said]
    assert all(checked.remedy for checked in decision.missing)  # type: ignore[union-attr]


def test_all_that_is_missing_is_named_at_once_in_the_order_of_the_way() -> None:
    nothing: dict[str, FactValue] = {
        "submitted_on": None,
        "attachments": 0,
        "stages": (),
        "order": (),
        "published_on": None,
        "notice_days": 0,
        "notice_work_days": 0,
    }
    assert missing(decide(nothing)) == [
        "没有收到申请，或者申请已经撤回、不予通过",
        "申请附件还差2份",
        "还没有通过“基层工会”的审核",
        "还没有通过“县级工会”的审核",
        "还没有通过“市级工会”的审核",
        "公示还差5个工作日",
    ]


def test_a_notice_in_a_year_without_a_calendar_is_unknown_and_not_too_short() -> None:
    decision = decide({"notice_work_days": None})
    assert decision is not None
    assert [(checked.unknown, checked.not_known) for checked in decision.missing] == [
        (True, ("application.notice_work_days",))
    ]


def test_a_notice_may_be_counted_in_days() -> None:
    text = (RULE % "").replace("days: 5, counted: work_days", "days: 10, counted: days")
    assert missing(decide(text=text)) == ["公示还差1天"]
    assert missing(decide({"notice_days": 10, "notice_work_days": None}, text)) == []


def test_a_stage_that_no_rule_asks_for_is_no_harm() -> None:
    more: dict[str, FactValue] = {
        "stages": (*ALL["stages"], "省级工会"),  # type: ignore[misc]
        "order": (*ALL["order"], "省级工会>基层工会"),  # type: ignore[misc]
        "same_reviewer": ("省级工会=基层工会", "基层工会=省级工会"),
    }
    assert missing(decide(more)) == []


def test_the_rule_looks_at_its_own_programme_only() -> None:
    assert decide(programme="职工疗休养") is None
    among = RULE % "among: event.school_stage == '本科' or member.status == 'active'"
    assert missing(decide(text=among)) == []
    assert decide(text=among, programme="职工疗休养") is None
    assert decide(text=RULE % "among: member.status == 'left'") is None


def test_what_the_rule_requires_itself_comes_after_the_process() -> None:
    text = RULE % "require: [{that: member.status == 'left', else: 没有退会, remedy: 无}]"
    assert missing(decide({"attachments": 0}, text)) == ["申请附件还差2份", "没有退会"]


def test_without_stages_attachments_and_notice_a_submission_is_all_that_is_asked() -> None:
    text = (RULE % "").split("process:")[0] + "process: {programme: 金秋助学}\nbenefit: {kind: item}\n"
    assert missing(decide(dict.fromkeys(set(ALL) - {"submitted_on"}), text)) == []


FAULTS = [
    ("on: application.confirmed", "on: member.birthday", "process-event", 10),
    ("on: application.confirmed", "on: poll.completed", "process-event", 10),
    ("[基层工会, 县级工会, 市级工会]", "[基层工会, 基层工会]", None, 12),
    ("[基层工会, 县级工会, 市级工会]", '["基层\'工会"]', None, 12),
    ("[基层工会, 县级工会, 市级工会]", "[甲>乙]", None, 12),
    ("[基层工会, 县级工会, 市级工会]", "[一, 二, 三, 四, 五, 六, 七, 八, 九, 十, 十一]", None, 12),
    ("programme: 金秋助学", "programme: \"金秋' or true or '助学\"", None, 10),
    ("days: 5", "days: 0", None, 13),
    ("days: 5", "days: 61", None, 13),
    ("counted: work_days", "counted: weeks", None, 13),
    ("attachments: 2", "attachments: -1", None, 11),
    ("{days: 5, counted: work_days}", "{days: 5, counted: days}\n  work_days: {省总工会: 5}", None, 14),
    ("{days: 5, counted: work_days}", "{days: 5, counted: days}\n  work_days: {publish: 0}", None, 14),
    ("{days: 5, counted: work_days}", "{days: 5, counted: days}\n  work_days: {confirm: 251}", None, 14),
    ("{days: 5, counted: work_days}", "{days: 5, counted: days}\n  work_days: {publish:}", None, 14),
]


@pytest.mark.parametrize(("old", "new", "code", "line"), FAULTS)
def test_a_process_that_cannot_be_is_a_fault_with_its_line(
    old: str, new: str, code: str | None, line: int
) -> None:
    text = (RULE % "").replace(old, new)
    assert new in text
    findings = [finding for finding in lint_rule_files([("r.yaml", text)]) if finding.severity == "error"]
    assert findings
    assert code is None or code in {finding.short_code for finding in findings}
    with pytest.raises(RuleFaults):
        load_library([("r.yaml", text)])
    assert line in {finding.row for finding in findings}


def test_the_days_of_stages_demand_nothing_of_the_applicant() -> None:
    stated = (RULE % "").replace(
        "counted: work_days}", "counted: work_days}\n  work_days: {基层工会: 5, publish: 3}"
    )
    (without,), (rule,) = (load_library([("r.yaml", text)]).rules for text in (RULE % "", stated))
    assert rule.definition.process is not None and without.definition.process is not None
    assert rule.definition.process.work_days == {"基层工会": 5, "publish": 3}
    assert rule.definition.process.preconditions() == without.definition.process.preconditions()
    assert "work_days" not in str(without.definition.model_dump(exclude_defaults=True)["process"].keys())
    assert missing(decide(text=stated)) == []


SUMMER, WINTER = "window: {from: 07-01, until: 08-31}", "window: {from: 12-15, until: 01-31}"


def limited(words: str) -> str:
    """The rule with one more line in its process."""
    return (RULE % "").replace("  attachments: 2\n", f"  attachments: 2\n  {words}\n")


@pytest.mark.parametrize(
    ("window", "applied_on", "is_open"),
    [
        (SUMMER, date(2026, 6, 30), False),
        (SUMMER, date(2026, 7, 1), True),
        (SUMMER, date(2026, 8, 31), True),
        (SUMMER, date(2026, 9, 1), False),
        (WINTER, date(2025, 12, 14), False),
        (WINTER, date(2025, 12, 15), True),
        (WINTER, date(2026, 1, 31), True),
        (WINTER, date(2026, 2, 1), False),
        (WINTER, None, False),
    ],
)
def test_a_window_takes_the_days_of_each_year_also_across_new_year_by_the_first_submission(
    window: str, applied_on: date | None, is_open: bool
) -> None:
    decision = decide({"applied_on": applied_on}, limited(window))
    assert (missing(decision) == []) is is_open
    assert is_open or "起再申请" in (decision.missing[0].remedy or "")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("happened_on", "holds"),
    [
        (date(2026, 5, 3), True),
        (date(2026, 5, 2), False),
        (date(2026, 8, 1), True),
        (date(2026, 8, 2), False),  # after the submission
        (None, False),
    ],
)
def test_what_happened_is_applied_for_within_its_days(happened_on: date | None, holds: bool) -> None:
    text = limited("within: P90D")
    decision = decide({"applied_on": date(2026, 8, 1)}, text, happened_on=happened_on)
    assert (missing(decision) == []) is holds


@pytest.mark.parametrize("day", ["02-29", "13-01", "7-1", "0701", "W01-1"])
def test_a_day_that_not_every_year_has_is_refused(day: str) -> None:
    with pytest.raises(RuleFaults):
        load_library([("r.yaml", limited(f"window: {{from: '{day}', until: 08-31}}"))])


@pytest.mark.parametrize("days", ["P0D", "P3M", "90", "P90D "])
def test_days_after_the_occasion_are_days(days: str) -> None:
    with pytest.raises(RuleFaults):
        load_library([("r.yaml", limited(f"within: '{days}'"))])
