"""Proposals to found a union: who may accept one, and whose members go."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.faults import FaultError
from tests.members.organisations.acting import event_of, handle
from tests.yihui.http.two_districts import HERE, build_two_districts, officer
from yihui.access.roles import Role
from yihui.cases.organisations.proposals import ACCEPT
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.fields import parse_values

HOMES = ("370102001-00011", "370202001-00011")


def test_a_district_founds_no_union_of_the_members_of_another_districts_home(
    tmp_path: Path, migrated_file: Path
) -> None:
    union = build_two_districts(tmp_path, migrated_file)
    acts = [
        event_of("organisation.founded", code, "2020-01-01", name="会员之家", kind="member_home")
        for code in HOMES
    ]
    acts += [
        event_of(
            "member.joined",
            f"m-{n}",
            "2026-03-01",
            organisation=code,
            employer="泉城物流",
            joined_on="2026-03-01",
        )
        for n, code in enumerate(HOMES)
    ]
    with union.wiring.database.write() as connection:
        assert not handle(connection, *acts).dead_letters
    form = parse_values(ACCEPT.form, {"code": f"{HERE}001-00090", "name": "泉城物流工会"})
    refused = {}
    for position in ("inside", "ancestor"):
        with pytest.raises(FaultError) as error:
            do_act(union.wiring, officer(Role.ADMINISTRATOR, position), ACCEPT, ActRequest("泉城物流"), form)
        refused[position] = error.value.code
    union.wiring.settings = replace(union.wiring.settings, founding_members=2)
    for _ in range(2):  # a double click
        wanted = ActRequest("泉城物流", once="founded-0001")
        assert (
            do_act(union.wiring, officer(Role.ADMINISTRATOR, "ancestor"), ACCEPT, wanted, form)
            == "370102001-00090"
        )
    union.wiring.close()
    assert refused == {"inside": "authorisation.elsewhere", "ancestor": "founding_proposal.too_few"}
