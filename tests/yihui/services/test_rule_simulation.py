"""An officer's simulation of a rule for her subtree alone; a rule is its owner's."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from benefits import set_budget
from core.faults import FaultError
from rules import RuleFaults
from store import Database
from tests.transactions import read_in, value_in, write_in
from tests.yihui.commands import Command, Done, commands_through
from tests.yihui.refusals import codes, faults_of
from tests.yihui.simulating import DRAFT, draft, events
from tools.servers.deciding import TREASURER
from tools.servers.officers import add_officer, appoint
from yihui.access.accounts import insert_account
from yihui.access.acting import Acting, acting_as
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.audit import AuditEntry
from yihui.access.officers import (
    OfficerRecord,
    insert_appointment,
    insert_officer,
    load_assignments,
    withdraw_appointment,
)
from yihui.access.roles import Right, Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import PROVINCE_CODE, Settings, Wiring, build_wiring
from yihui.http.job_runner import load_job_kinds
from yihui.money.places import find_rule_owners
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.access.act_places import find_act_places, owners_of_rule
from yihui.services.access.authorisation import authorise_actor
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.job_runs import run_next_job
from yihui.services.operation.jobs import JobState, list_jobs_of_places, require_job_of_place
from yihui.services.rules.desk import submit_version
from yihui.services.rules.desk_simulation import SIMULATION_JOB, begin_simulation, read_simulated_draft
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import RuleService
from yihui.services.rules.lookup import draft_rule
from yihui.services.rules.rules import SHIPPED_RULES
from yihui.services.rules.simulation import SimulationRequest
from yihui.services.rules.simulation_report import REPORT_JSON, SimulationReport
from yihui.services.rules.versions import list_waiting_versions

NOW = "2026-12-01T00:00+08:00"
TODAY = date(2026, 12, 1)
TEXT = DRAFT.format(title='"网上练兵"')
WHOLE = {"place": "370000", "backdate": True}
MEMBER = re.compile(r"\bm-\d+\b")


@pytest.fixture
def wiring(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    monkeypatch.setenv("YIHUI_NOW", NOW)
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_DATABASE_URL", target)
    (tmp_path / DEMO_MARKER_FILE).touch()
    made = build_wiring(Settings(target, tmp_path), now=lambda: datetime.fromisoformat(NOW))
    with made.database.write() as connection:
        for name, place in (("wang", "370202"), ("zhao", "370203"), ("li", "370000")):
            add_officer(connection, name)
            appoint(connection, name, "rule_author", place)
    yield made
    made.close()


@pytest.fixture
def yihui_on(target: str, capsys: pytest.CaptureFixture[str]) -> Command:
    """Commands on the test's own database."""
    call = commands_through(capsys)

    def on(*arguments: object, lang: str = "zh") -> Done:
        return call("--db", target, *arguments, lang=lang)

    return on


@pytest.fixture
def journal(wiring: Wiring, yihui_on: Command, tmp_path: Path) -> Command:
    """A year of events, handled; the command that reads the same database."""
    done = yihui_on("run", events(tmp_path))
    assert done.code == 0, done.err
    return yihui_on


def officer(wiring: Wiring, name: str) -> Actor:
    return Actor(name, f"{name}-person", ActorKind.OFFICER, read_in(wiring.database, load_assignments, name))


def begin(wiring: Wiring, name: str = "li", content: str = TEXT, **terms: object) -> str:
    simulated = read_simulated_draft(RuleFile("rule.yaml", content))
    request = SimulationRequest(tuple(simulated.file.texts()), **{**WHOLE, **terms})  # type: ignore[arg-type]
    return begin_simulation(wiring, officer(wiring, name), simulated, request)


def run(wiring: Wiring, id_: str) -> SimulationReport:
    assert run_next_job(wiring, load_job_kinds()) == id_
    job, result = require_job_of_place(wiring, SIMULATION_JOB, OfficerScope(None, TODAY), id_)
    assert job.state is JobState.DONE, job.faults
    assert (job.done, job.page) == (job.total, f"/desk/rules/simulations/{id_}")
    assert result is not None
    return REPORT_JSON.validate_python(result)


def test_the_figures_are_those_of_the_command(wiring: Wiring, journal: Command, tmp_path: Path) -> None:
    id_ = begin(wiring)
    found = run(wiring, id_)
    stored = value_in(wiring.database, text("SELECT result FROM jobs WHERE id = :id"), {"id": id_})
    assert "370200" in stored and not MEMBER.search(stored), "the stored result names no member"
    told = journal("rules", "simulate", draft(tmp_path), "--backdate", "--json")
    asked, ours = json.loads(told.out), REPORT_JSON.dump_python(found, mode="json")
    assert {**asked, "members": []} == ours
    assert found.proposed.granted > 20
    # Members and what changes for them are counted from the command's list, which names each.
    gains = [one["proposed_fen"] - one["present_fen"] for one in asked["members"]]
    assert sum(band.gainers for band in found.bands) == sum(one > 0 for one in gains) == found.gainers


def test_two_subtrees_share_no_member_and_three_make_the_whole(wiring: Wiring, journal: Command) -> None:
    write_in(wiring.database, set_budget, "quiz", 150_000, TREASURER)
    whole = run(wiring, begin(wiring))
    parts = [run(wiring, begin(wiring, place=place)) for place in ("370202", "370203", "370204")]
    for side in ("present", "proposed"):
        for figure in ("granted", "amount_fen", "refused"):
            total = getattr(getattr(whole, side), figure)
            assert sum(getattr(getattr(part, side), figure) for part in parts) == total
    assert sum(part.gainers for part in parts) == whole.gainers
    assert all(0 < part.gainers < whole.gainers for part in parts)
    uses = [fund.proposed for part in parts for fund in part.funds if fund.name == "quiz"]
    assert not any(use.used or use.size for use in uses if use), "a budget is used up by other subtrees too"
    ends = [use.runs_out_on for use in uses if use and use.runs_out_on]
    (quiz,) = [fund for fund in whole.funds if fund.name == "quiz"]
    assert quiz.proposed is not None and quiz.proposed.runs_out_on == min(ends), (
        "each subtree is told when its members find no money left"
    )
    assert sum(part.events for part in parts) == whole.events
    (below,) = parts[0].organisations
    assert below.key == "370202001"
    city = run(wiring, begin(wiring, place="370200"))
    assert [pair.key for pair in city.organisations] and {p.key for p in city.organisations} == {
        "370202", "370203", "370204"
    }  # fmt: skip


def test_what_makes_no_sense_begins_nothing(wiring: Wiring) -> None:
    assert codes(begin, wiring, since=date(2026, 5, 2), until=date(2026, 5, 1)) == [
        "simulation.days_reversed"
    ]
    wrong = TEXT.replace("event.score", "event.scores"), TEXT.replace("amount_fen:", "amount:")
    for content in ("", "no: rule\n", *wrong):
        with pytest.raises((RuleFaults, FaultError)):
            begin(wiring, content=content)
    assert run_next_job(wiring, load_job_kinds()) is None


def test_the_place_must_be_the_officers(wiring: Wiring) -> None:
    for name, place in (("wang", "370203"), ("wang", "370200"), ("li", "380000")):
        assert faults_of(begin, wiring, name, place=place)[0].code.startswith("authorisation.")
    for place in ("here", "3702", "37" + "0" * 19):
        assert faults_of(begin, wiring, place=place)[0].code == "simulation.place"
    assert begin(wiring, "wang", place="370202001")


def test_a_result_is_found_by_those_who_read_its_place_alone(wiring: Wiring, journal: Command) -> None:
    id_ = begin(wiring, "wang", place="370202")
    run(wiring, id_)
    for places, is_found in (({"370202"}, True), ({"370000"}, True), ({"370203"}, False), (set(), False)):
        scope = OfficerScope(frozenset(places), TODAY)
        listed = [job.id for job in list_jobs_of_places(wiring, SIMULATION_JOB, scope)]
        assert listed == ([id_] if is_found else [])
        if not is_found:
            assert (
                faults_of(require_job_of_place, wiring, SIMULATION_JOB, scope, id_)[0].code == "job.unknown"
            )
    with pytest.raises(FaultError):
        require_job_of_place(wiring, "planning.analysis", OfficerScope(None, TODAY), id_)


OWNED_AT = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
OWNED_ON = date(2026, 10, 9)
OWN_DISTRICT = "370202"


def author(place: str, role: Role = Role.RULE_AUTHOR) -> Actor:
    return Actor("wang", "wang", ActorKind.OFFICER, (Assignment(role, place, OWNED_ON),), OWNED_AT)


@pytest.fixture
def owned(database: Database, tmp_path: Path) -> Wiring:
    built = build_wiring(Settings(database.target, tmp_path, (SHIPPED_RULES,)), lambda: OWNED_AT)
    built.__dict__["database"] = database
    return built


def own_version(owned: Wiring) -> RuleFile:
    """The province's rule, as a district would have it."""
    draft = draft_rule(owned, "birthday-cake", date(2027, 1, 1), None, None)
    text = draft.text.replace(f'owner: "{PROVINCE_CODE}"', f'owner: "{OWN_DISTRICT}"')
    assert text != draft.text
    return RuleFile("rule.yaml", text, draft.tables)


def test_a_district_submits_no_version_of_the_provinces_rule(owned: Wiring) -> None:
    file = own_version(owned)
    assert codes(submit_version, owned, author(OWN_DISTRICT), file, takes_over=True) == [
        "authorisation.elsewhere"
    ]
    waiting = submit_version(owned, author(PROVINCE_CODE), file, takes_over=True).candidate.stated.hash
    for named in ("birthday-cake", waiting):  # who stops the rule, and who approves the version
        assert set(find_act_places(owned, "rule", named)) == {PROVINCE_CODE, OWN_DISTRICT}
    with owned.database.read() as connection:  # who pays for it meanwhile
        found = find_rule_owners(owned, connection, ["birthday-cake", "gone"])
    assert found == {"birthday-cake": {PROVINCE_CODE, OWN_DISTRICT}, "gone": {PROVINCE_CODE}}


def test_the_place_of_a_rule_is_its_stated_owner_and_not_one_in_another_text(
    owned: Wiring,
) -> None:
    text = f'"owner": "{PROVINCE_CODE}"\ntitle: "x\n\nowner: {OWN_DISTRICT}\n\n"\n'
    with owned.database.read() as connection:
        assert owners_of_rule(owned, connection, text) == [PROVINCE_CODE]
        assert set(owners_of_rule(owned, connection, own_version(owned).text)) == {
            PROVINCE_CODE,
            OWN_DISTRICT,
        }


def test_an_officer_approves_a_version_while_its_author_may_write_rules(
    owned: Wiring,
) -> None:
    earlier = OWNED_AT - timedelta(days=7)
    with owned.database.write() as connection:
        for name in ("wang", "zhao"):
            insert_officer(connection, OfficerRecord(name, name, "市总", "console:root", earlier))
            insert_account(connection, name, "", name, name, earlier)
        held = Assignment(Role.RULE_AUTHOR, PROVINCE_CODE, OWNED_ON)
        number = insert_appointment(connection, "wang", held, "console:root", earlier)
    file = own_version(owned)
    waiting = submit_version(owned, author(PROVINCE_CODE), file, takes_over=True).candidate.stated.hash

    def refusal(who: str) -> list[str]:
        return codes(RuleService(owned).approve, waiting, who, seen=True)

    assert refusal("console:root") == refusal("console:wang") == ["second_person.console"]
    assert refusal("li.min") == ["second_person.no_officer"]
    write_in(owned.database, withdraw_appointment, number, "console:root", OWNED_AT)
    assert refusal("zhao") == ["second_person.first_right"]
    write_in(owned.database, insert_appointment, "wang", held, "console:root", OWNED_AT)
    approver = Assignment(Role.RULE_APPROVER, PROVINCE_CODE, OWNED_ON)
    zhao = Actor("zhao", "zhao", ActorKind.OFFICER, (approver,), OWNED_AT)
    with acting_as(Acting(zhao, OWNED_ON, AuditEntry("rules.approve.approve", "form", "a-key"))):
        authorise_actor(owned, zhao, Right.APPROVE_RULES, PROVINCE_CODE)
        done = RuleService(owned).approve(waiting, "zhao", seen=True)
    assert done.candidate.stated.hash == waiting
    with owned.database.read() as connection:
        query = select(audit_entries.c.actor, audit_entries.c.role).order_by(audit_entries.c.sequence.desc())
        assert tuple(connection.execute(query.limit(1)).one()) == ("zhao", "rule_approver"), (
            "not the author's"
        )


def test_a_version_waits_before_who_writes_approves_or_audits_for_its_owner(owned: Wiring) -> None:
    draft = draft_rule(owned, "birthday-cake", date(2027, 1, 1), None, None)
    file = RuleFile("rule.yaml", draft.text, draft.tables)
    version = submit_version(owned, author(PROVINCE_CODE), file, takes_over=True).candidate.stated.hash
    writing = (Role.RULE_AUTHOR, Role.RULE_APPROVER, Role.AUDITOR)
    for role in writing:
        shown = list_waiting_versions(owned, author(PROVINCE_CODE, role))
        assert [one.version.hash for one in shown] == [version]
    for role, place in (
        *((role, OWN_DISTRICT) for role in writing),
        (Role.FINANCE_PREPARER, PROVINCE_CODE),
        (Role.ADMINISTRATOR, PROVINCE_CODE),
    ):
        assert list_waiting_versions(owned, author(place, role)) == []
