"""An officer reads which cases of a rule come out as expected under one of its versions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.yihui.http.desk.officers import Officers, open_desk, text_of
from tests.yihui.http.two_districts import TwoDistricts, build_two_districts
from yihui.bootstrap import Wiring
from yihui.services.rules.versions import list_versions

RULE = """\
id: tea-voucher
title: 茶券
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: course.completed
require:
  - {that: member.status == 'active', else: 会籍已暂停, remedy: 办理激活}
benefit: {kind: cash, amount_fen: 30000}
limit: {times: 1, per: [member], every: quarter}
"""
CASES = """\
- case: 会籍正常的会员练兵得三百元
  rule: tea-voucher
  event: {type: course.completed, occurred_on: 2026-05-01, course: 安全, score: 80}
  member: {status: active, district: "370102", organisation: "370102001-00001"}
  expect: {outcome: due, amount_fen: 30000}
- case: 会籍已暂停的会员也得三百元
  rule: tea-voucher
  event: {type: course.completed, occurred_on: 2026-05-01, course: 安全, score: 80}
  member: {status: suspended, district: "370102", organisation: "370102001-00001"}
  expect: {outcome: due, amount_fen: 30000}
- case: 去年练兵的会员没有
  rule: tea-voucher
  event: {type: course.completed, occurred_on: 2025-05-01, course: 安全, score: 80}
  member: {status: active, district: "370102", organisation: "370102001-00001"}
  expect: {outcome: none}
"""
AUTHOR = "rule_author/inside"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rules")
    (made / "tea.yaml").write_text(RULE, "utf-8")
    (made / "tea.cases.yaml").write_text(CASES, "utf-8")
    return made


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, folder: Path
) -> Iterator[TwoDistricts]:
    made = build_two_districts(tmp_path_factory.mktemp("cases"), migrated_file)
    made.wiring.close()
    made.wiring = Wiring(replace(made.wiring.settings, rules=(folder,)), made.wiring.now)
    yield made
    made.wiring.close()


@pytest.fixture(scope="module")
def desk(town: TwoDistricts) -> Iterator[Officers]:
    with open_desk(town.wiring) as opened:
        yield opened


def page_of(town: TwoDistricts, rule: str, state: str) -> str:
    found = [one.hash for one in list_versions(town.wiring) if (one.rule, one.state) == (rule, state)]
    return f"/desk/rules/versions/{found[0]}/cases"


def test_a_case_shows_what_was_expected_and_what_the_version_decides(
    desk: Officers, town: TwoDistricts
) -> None:
    told = text_of(desk.open(page_of(town, "tea-voucher", "active"), AUTHOR))
    assert "1 of 2 cases come out as expected" in told
    failed = told.split("not as expected (1)")[1].split("as expected (1)")[0]
    assert "会籍已暂停的会员也得三百元" in failed and "tea.cases.yaml:" in failed
    assert "outcome it is granted it is refused amount 300 yuan nothing" in failed
    assert "1 cases of this rule are about days or members of other versions" in told
    assert "no case touches" in told  # the limit never stands against a grant


def test_a_submitted_version_shows_what_it_would_change(desk: Officers, town: TwoDistricts) -> None:
    text = RULE.replace("30000", "20000").replace("2026-01-01, until: 2026-12-31", "2027-01-01")
    sent = desk.send("/desk/rules/new", "/desk/rules/new", "rule_author/ancestor", text=text)
    assert sent.status_code == 303, text_of(sent)
    told = text_of(desk.open(page_of(town, "tea-voucher", "submitted"), AUTHOR))
    assert "as if it had always been in force" in told
    assert "amount 300 yuan 200 yuan" in told
    # The case of a year without the rule fails too: the trial holds on every day.
    assert "outcome the rule doesn't concern the member it is granted" in told
