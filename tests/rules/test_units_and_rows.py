"""What a benefit may be counted in, and what a row of its table may be worth."""

import pytest

from rules import RuleFaults, load_library

RULE = """
id: trial
title: 试行
basis: [{{kind: example, note: 测试用}}]
owner: "370000"
in_force: {{from: 2026-01-01}}
on: member.joined
require: [{{that: member.status == 'active', else: 未激活, remedy: 激活}}]
benefit: {benefit}
"""


@pytest.mark.parametrize(
    "benefit",
    [
        "{kind: item, unit: " + "盒" * 33 + "}",  # the ledger keeps 32 characters of a unit
        "{kind: cash, table: {rows: [{when: member.status == 'active', amount_fen: 0}], else: 无}}",
    ],
)
def test_what_the_ledger_could_not_keep_is_refused_when_it_is_written(benefit: str) -> None:
    with pytest.raises(RuleFaults):
        load_library([("trial.yaml", RULE.format(benefit=benefit))])


def test_a_unit_of_thirty_two_characters_is_good() -> None:
    load_library([("trial.yaml", RULE.format(benefit="{kind: item, unit: " + "盒" * 32 + "}"))])
