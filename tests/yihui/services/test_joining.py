"""Joining in three steps: who becomes a member, who is transferred, and what bad input gets."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from events import read_member_rows
from events.erasure import erase_everywhere
from members import facts_on, identify_member, read_member_changes
from members.joining.tables import join_code_sends, join_requests
from members.vault.tables import vault_persons
from tests.members.organisations.acting import event_of, handle
from tests.transactions import read_in, rows_in, write_in
from tests.yihui.organising import make_link
from tests.yihui.refusals import codes, faults_of
from tests.yihui.services.joining_people import (
    CITY,
    HERE,
    NOW,
    SENT,
    THERE,
    Clock,
    approve,
    changes_of,
    found_tree,
    id_number,
    join,
    joining_wiring,
    last_code,
    member_event,
    person,
    prove,
    say_review,
)
from yihui.bootstrap import Settings, Wiring
from yihui.cases.joining.identity import TypedIdentity, enter_code, give_identity
from yihui.cases.joining.joining import confirm_joining, transfer_joining
from yihui.cases.joining.requests import JoinPlace, JoinStatus, begin_joining, load_status
from yihui.services.access.acting import acting_officer
from yihui.services.members.vault import find_persons, require_vault
from yihui.services.members.vault_upkeep import forget_old_keys, rotate_vault


def member_of(wiring: Wiring, who: TypedIdentity) -> str:
    return identify_member(who.id_number, wiring.identity_key).member_id


def organisation_of(wiring: Wiring, member: str) -> tuple[object, object]:
    facts = facts_on(read_in(wiring.database, read_member_changes, [member])[member], NOW.date())
    return facts["member.status"], facts["member.organisation"]


def stored_secrets(wiring: Wiring) -> list[object]:
    """What requests hold of persons and codes."""
    columns = [join_requests.c[name] for name in ("name", "phone", "id_number", "key_id", "code_digest")]
    return [value for row in rows_in(wiring.database, select(*columns)) for value in row if value is not None]


def test_a_rider_scans_a_code_and_joins_in_three_steps(wiring: Wiring) -> None:
    printed = make_link(wiring, HERE)
    who = person()
    begun, is_new = begin_joining(wiring, JoinPlace(token=printed.rpartition("/")[2]))
    id = begun.request.id
    assert is_new and begun.names[HERE] == "泉城物流工会"
    sent = give_identity(wiring, id, who)
    assert sent.request.state == "code_sent" and sent.masks["name"] == "张*"
    assert enter_code(wiring, id, last_code(wiring, who.phone)).request.state == "proven"
    assert confirm_joining(wiring, id).request.state == "waiting"
    member = member_of(wiring, who)
    for _ in range(2):
        done = approve(wiring, id)
        assert (done.request.state, done.request.member_id) == ("joined", member)
    assert organisation_of(wiring, member) == ("active", HERE)
    assert changes_of(wiring, "member.joined") == [member]
    shown = read_in(wiring.vault_database, require_vault(wiring).read_persons, [member])[member]
    assert (shown.name, shown.phone, shown.id_number) == (who.name, who.phone, who.id_number)
    assert stored_secrets(wiring) == [], "the request keeps nothing of the person"
    assert [found.member_id for found in find_persons(wiring, who.phone)] == [member]


def test_each_call_repeated_with_its_key_changes_nothing(wiring: Wiring) -> None:
    who = person()
    begun, _ = begin_joining(wiring, JoinPlace(organisation=HERE), "begin-key-1")
    again, is_new = begin_joining(wiring, JoinPlace(organisation=HERE), "begin-key-1")
    id = begun.request.id
    assert (again.request.id, is_new) == (id, False)
    assert codes(begin_joining, wiring, JoinPlace(organisation=THERE), "begin-key-1") == [
        "joining.key_reused"
    ]
    for _ in range(3):
        give_identity(wiring, id, who, "identity-key")
    assert len((wiring.data_folder / SENT).read_text().splitlines()) == 1
    code = last_code(wiring, who.phone)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert faults_of(enter_code, wiring, id, wrong)[0].params["left"] == "4"
    for _ in range(2):
        assert enter_code(wiring, id, code).request.state == "proven"
        assert enter_code(wiring, id, "999999").request.state == "proven", "it was proven before"
    for _ in range(3):
        assert confirm_joining(wiring, id).request.state == "waiting"


def test_a_request_is_read_and_gone_on_with_by_another_process(
    wiring: Wiring, target: str, tmp_path: Path
) -> None:
    id = prove(wiring, person()).request.id
    other = joining_wiring(target, tmp_path)
    assert load_status(other, id).masks["id_number"].endswith(id_number(1)[-4:])
    assert confirm_joining(other, id).request.state == "waiting"
    other.close()


def test_all_faults_of_an_identity_come_at_once_and_masked(wiring: Wiring) -> None:
    begun, _ = begin_joining(wiring, JoinPlace(organisation=HERE))
    number = id_number(1)
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    faults = faults_of(give_identity, wiring, begun.request.id, TypedIdentity("张", wrong, "1380000"))
    assert [fault.field for fault in faults] == ["name", "id_number", "phone"]
    assert wrong not in repr(faults)
    assert load_status(wiring, begun.request.id).request.state == "begun"
    assert stored_secrets(wiring) == []


def test_the_fifth_wrong_code_ends_the_request_and_a_sixth_says_so(wiring: Wiring) -> None:
    who = person()
    begun, _ = begin_joining(wiring, JoinPlace(organisation=HERE))
    id = begun.request.id
    give_identity(wiring, id, who)
    right = last_code(wiring, who.phone)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    found = []
    for _ in range(5):
        found += codes(enter_code, wiring, id, wrong)
    assert found == ["joining.wrong_code"] * 4 + ["joining.locked"]
    assert codes(enter_code, wiring, id, right) == ["joining.locked"]
    assert stored_secrets(wiring) == [], "and what was known of the person is gone"


def test_codes_are_throttled_by_phone_over_all_requests(wiring: Wiring, clock: Clock) -> None:
    who, ids = person(), [begin_joining(wiring, JoinPlace(organisation=HERE))[0].request.id for _ in range(6)]
    give_identity(wiring, ids[0], who)
    assert codes(give_identity, wiring, ids[1], person(2, phone=who.phone)) == ["joining.too_soon"]
    for id in ids[1:5]:
        clock.now += timedelta(seconds=61)
        give_identity(wiring, id, who)
    clock.now += timedelta(seconds=61)
    assert codes(give_identity, wiring, ids[5], who) == ["joining.too_many_codes"]


def test_an_organisation_takes_as_many_as_are_set_in_a_day_and_a_member_always(
    target: str, tmp_path: Path, clock: Clock
) -> None:
    wiring = joining_wiring(target, tmp_path, clock, joins_per_day=1)
    found_tree(wiring)
    first, second = (prove(wiring, person(serial)).request.id for serial in (1, 2))
    confirm_joining(wiring, first)
    clock.now += timedelta(minutes=2)
    assert codes(confirm_joining, wiring, second) == ["joining.full"]
    assert codes(begin_joining, wiring, JoinPlace(organisation=HERE)) == ["joining.full"]
    prove(wiring, person(3), THERE)
    clock.now += timedelta(hours=24)
    assert begin_joining(wiring, JoinPlace(organisation=HERE))[1]
    wiring.close()


def test_nothing_of_a_person_or_code_lies_in_clear_or_in_a_log(
    wiring: Wiring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    who = person(name="欧阳修远")
    begun, _ = begin_joining(wiring, JoinPlace(organisation=HERE))
    give_identity(wiring, begun.request.id, who)
    code = last_code(wiring, who.phone)
    with wiring.database.read() as connection:
        rows = [*connection.execute(select(join_requests)), *connection.execute(select(join_code_sends))]
    text = caplog.text + repr(rows) + repr(who) + repr(load_status(wiring, begun.request.id))
    assert not [secret for secret in (who.name, who.phone, who.id_number, f"'{code}'") if secret in text]
    assert (wiring.data_folder / SENT).stat().st_mode & 0o077 == 0


def test_a_code_that_was_not_sent_counts_and_the_same_call_sends_anew(target: str, tmp_path: Path) -> None:
    clock = Clock()
    wiring = joining_wiring(target, tmp_path, clock)
    found_tree(wiring)
    (tmp_path / SENT).mkdir()
    id = begin_joining(wiring, JoinPlace(organisation=HERE))[0].request.id
    assert codes(give_identity, wiring, id, person(), "the-same-key") == ["joining.not_sent"]
    (tmp_path / SENT).rmdir()
    assert codes(give_identity, wiring, id, person(), "the-same-key") == ["joining.too_soon"]
    clock.now += timedelta(minutes=1)
    assert give_identity(wiring, id, person(), "the-same-key").request.state == "code_sent"
    assert last_code(wiring, person().phone)
    wiring.close()


def test_without_a_vault_or_a_sender_the_fault_says_what_to_do(target: str, tmp_path: Path) -> None:
    bare = Wiring(Settings(target, tmp_path), Clock())
    found_tree(bare)
    faults = faults_of(begin_joining, bare, JoinPlace(organisation=HERE))
    assert [fault.code for fault in faults] == ["joining.no_vault"]
    assert "create-key" in faults[0].remedy
    with_key = joining_wiring(target, tmp_path)
    silent = Wiring(Settings(target, tmp_path), Clock())
    id = begin_joining(silent, JoinPlace(organisation=HERE))[0].request.id
    assert codes(give_identity, silent, id, person()) == ["joining.no_sender"]
    for one in (bare, with_key, silent):
        one.close()


def test_a_place_that_is_none_is_refused(wiring: Wiring) -> None:
    for place, code in (
        (JoinPlace(), "joining.no_place"),
        (JoinPlace(token="", organisation=""), "joining.no_place"),
        (JoinPlace("x", HERE), "joining.two_places"),
        (JoinPlace("not-a-token"), "joining.link"),
        (JoinPlace(organisation="379999"), "joining.organisation"),
    ):
        assert codes(begin_joining, wiring, place) == [code]


def test_a_dissolved_organisation_takes_nobody_also_at_the_last_step(wiring: Wiring) -> None:
    id = prove(wiring, person()).request.id
    write_in(wiring.database, handle, event_of("organisation.dissolved", HERE, "2026-10-01"))
    for act in (
        lambda: begin_joining(wiring, JoinPlace(organisation=HERE)),
        lambda: confirm_joining(wiring, id),
    ):
        assert codes(act) == ["joining.organisation_ended"]
    assert changes_of(wiring, "member.joined") == []


def test_steps_out_of_order_say_which_comes_first(wiring: Wiring) -> None:
    id = begin_joining(wiring, JoinPlace(organisation=HERE))[0].request.id
    for step, code in (
        (lambda: enter_code(wiring, id, "123456"), "joining.no_identity"),
        (lambda: confirm_joining(wiring, id), "joining.no_identity"),
        (lambda: transfer_joining(wiring, id), "joining.no_identity"),
        (lambda: confirm_joining(wiring, "f" * 32), "joining.unknown"),
    ):
        assert codes(step) == [code]
    give_identity(wiring, id, person())
    assert codes(confirm_joining, wiring, id) == ["joining.not_proven"]


def test_a_member_elsewhere_is_transferred_with_one_tap(wiring: Wiring, clock: Clock) -> None:
    join(wiring, person())
    clock.now += timedelta(minutes=2)
    proven = prove(wiring, person(), THERE)
    id, member = proven.request.id, member_of(wiring, person())
    assert proven.elsewhere == HERE
    faults = faults_of(confirm_joining, wiring, id)
    assert [fault.code for fault in faults] == ["joining.elsewhere"]
    assert faults[0].value == "泉城物流工会"
    for _ in range(2):
        assert transfer_joining(wiring, id).request.state == "transferred"
    assert organisation_of(wiring, member) == ("active", THERE)
    assert changes_of(wiring, "member.transferred") == [member]
    assert stored_secrets(wiring) == []
    clock.now += timedelta(minutes=2)
    own = prove(wiring, person(), THERE)
    assert codes(transfer_joining, wiring, own.request.id) == ["joining.own_organisation"]


@pytest.mark.parametrize(  # for a commit each pair of an act, an organisation and a difference
    ("act", "organisation", "changed"),
    [
        (confirm_joining, HERE, {"phone": "13900000000"}),
        (confirm_joining, THERE, {"name": "李四"}),
        (transfer_joining, HERE, {"name": "李四"}),
        (transfer_joining, THERE, {"phone": "13900000000"}),
        pytest.param(confirm_joining, HERE, {"name": "李四"}, marks=pytest.mark.endure),
        pytest.param(confirm_joining, THERE, {"phone": "13900000000"}, marks=pytest.mark.endure),
        pytest.param(transfer_joining, HERE, {"phone": "13900000000"}, marks=pytest.mark.endure),
        pytest.param(transfer_joining, THERE, {"name": "李四"}, marks=pytest.mark.endure),
    ],
)
def test_who_types_another_phone_or_name_learns_nothing_and_moves_nobody(
    wiring: Wiring, act: Callable[[Wiring, str], JoinStatus], organisation: str, changed: dict[str, str]
) -> None:
    """Whether the ID number's owner is a member here, elsewhere or nowhere: the answer is the same, also without reviews."""
    join(wiring, person())
    unknown = act(
        wiring, prove(wiring, person(2, **{**changed, "phone": "13900000009"}), organisation).request.id
    )
    thief = prove(wiring, person(**{"phone": "13900000000", **changed}), organisation)
    assert thief.elsewhere is None
    done = act(wiring, thief.request.id)
    assert (done.request.state, done.request.review_cause) == ("waiting", "other_data")
    shown = [
        (one.request.state, one.request.reviewer, one.elsewhere, one.masks.keys()) for one in (done, unknown)
    ]
    assert shown[0] == shown[1]
    assert organisation_of(wiring, member_of(wiring, person())) == ("active", HERE)


@pytest.mark.parametrize("act", [confirm_joining, transfer_joining])
def test_a_member_of_whom_the_vault_holds_nothing_is_never_moved_by_her_id_number(
    wiring: Wiring, act: Callable[[Wiring, str], JoinStatus]
) -> None:
    member = member_of(wiring, person())
    member_event(wiring, "member.imported", member, "2020-05-01", organisation=HERE, joined_on="2020-05-01")
    proven = prove(wiring, person(name="李四"), THERE)
    assert proven.elsewhere is None
    assert act(wiring, proven.request.id).request.state == "waiting"
    assert organisation_of(wiring, member) == ("active", HERE)
    assert approve(wiring, proven.request.id).request.state == "transferred"
    assert organisation_of(wiring, member) == ("active", THERE)


def test_a_transfer_goes_through_the_new_organisations_review(wiring: Wiring, clock: Clock) -> None:
    join(wiring, person())
    say_review(wiring, THERE, "wang")
    clock.now += timedelta(minutes=2)
    proven = prove(wiring, person(), THERE)
    waiting = transfer_joining(wiring, proven.request.id)
    assert (waiting.request.state, waiting.request.review_cause) == ("waiting", "review")
    assert approve(wiring, proven.request.id, "wang").request.state == "transferred"
    assert changes_of(wiring, "member.transferred") == [member_of(wiring, person())]


def test_a_suspended_member_is_sent_to_an_officer(wiring: Wiring, clock: Clock) -> None:
    member = join(wiring, person()).request.member_id
    assert member is not None
    member_event(wiring, "member.profile_changed", member, "2026-10-03", status="suspended")
    clock.now += timedelta(days=2)
    id = prove(wiring, person(), THERE).request.id
    for act in (confirm_joining, transfer_joining):
        assert codes(act, wiring, id) == ["joining.not_active"]


def test_what_nobody_confirms_is_deleted_after_a_day(wiring: Wiring, clock: Clock) -> None:
    id = prove(wiring, person()).request.id
    assert len(stored_secrets(wiring)) == 4
    clock.now += timedelta(days=1)
    assert codes(confirm_joining, wiring, id) == ["joining.expired"]
    begin_joining(wiring, JoinPlace(organisation=HERE))
    assert stored_secrets(wiring) == []
    assert load_status(wiring, id).request.state == "expired"


def test_an_erased_person_leaves_no_request_behind(wiring: Wiring, clock: Clock) -> None:
    done = join(wiring, person())
    clock.now += timedelta(minutes=2)
    waiting = prove(wiring, person(), CITY)
    officer = acting_officer(wiring, "li", "she asked for it")
    with wiring.database.write() as connection:
        assert done.request.member_id
        erase_everywhere(connection, officer, done.request.member_id)
    for id in (done.request.id, waiting.request.id):
        assert codes(load_status, wiring, id) == ["joining.unknown"]
    assert rows_in(wiring.database, select(vault_persons)) == []
    clock.now += timedelta(minutes=2)
    assert confirm_joining(wiring, prove(wiring, person()).request.id).request.state == "waiting"


def test_a_request_outlives_a_rotation_of_the_vaults_key(wiring: Wiring) -> None:
    join(wiring, person(7))
    id = prove(wiring, person()).request.id
    rotate_vault(wiring)
    assert forget_old_keys(wiring) == [], "a waiting request still needs the old key"
    confirm_joining(wiring, id)
    assert approve(wiring, id).request.state == "joined"
    assert len(forget_old_keys(wiring)) == 1


def test_what_is_exported_of_a_person_names_the_requests_without_their_secrets(
    wiring: Wiring, clock: Clock
) -> None:
    member = join(wiring, person()).request.member_id
    clock.now += timedelta(minutes=2)
    id = begin_joining(wiring, JoinPlace(organisation=THERE), "begin-key-1")[0].request.id
    give_identity(wiring, id, person(), "identity-key")
    assert member is not None
    rows = read_in(wiring.database, read_member_rows, member)["join_requests"]
    assert {row["state"] for row in rows} == {"joined", "code_sent"}
    assert all(row.keys().isdisjoint({"code_digest", "begin_key", "last_call"}) for row in rows)
