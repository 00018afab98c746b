"""Which rules are in force: approved ones over those shipped, taken as a whole or not at all, at once."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

import benefits
from benefits import Officer
from benefits.tables.rulebook import rule_acts, rule_versions
from rules import RuleFaults, RuleLibrary
from store import Database, open_database
from tests.guards import lift_guards
from tests.transactions import read_in, values_in, write_in
from tests.yihui.commands import Command
from tests.yihui.demo_folder import mark_demo
from tests.yihui.refusals import do_at_once, refused
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.rules.ceilings import list_unlimited_rules
from yihui.services.rules.desk import check_rule_text, load_version_file
from yihui.services.rules.documents import RuleFile, read_rule_file
from yihui.services.rules.in_force import Rulebook
from yihui.services.rules.life import RuleService
from yihui.services.rules.lookup import draft_rule
from yihui.services.rules.rules import SHIPPED_RULES
from yihui.services.rules.versions import list_missing_rules, list_versions

NOW = datetime(2026, 6, 10, 2, tzinfo=UTC)
RULE = """\
id: {id}
title: 高温补贴
basis: [{{kind: example}}]
owner: "370200"
in_force: {{from: {begins}{until}}}
on: weather.heat_warned
require:
  - {{that: event.temperature_c >= {degrees}, else: 未到温度, remedy: 无须办理}}
benefit: {{kind: cash, amount_fen: {fen}}}
limit: {{times: 1, per: [member], every: month}}
"""


def rule(
    id: str = "heat", begins: str = "2026-07-01", until: str = "", fen: int = 1000, degrees: int = 40
) -> str:
    ends = f", until: {until}" if until else ""
    return RULE.format(id=id, begins=begins, until=ends, fen=fen, degrees=degrees)


class City:
    """A city's desk: files go in under one name, a colleague approves."""

    def __init__(self, folder: Path, target: str) -> None:
        self.inbox = folder / "drafts"
        self.inbox.mkdir()
        self.wiring: Wiring = build_wiring(Settings(target, folder, (SHIPPED_RULES,), "en"), lambda: NOW)

    def approve(self, text: str, *, takes_over: bool = False) -> str:
        hash_ = self.submit(text, takes_over=takes_over)
        RuleService(self.wiring).approve(hash_, "wang", seen=True)
        return hash_

    def submit(self, text: str, *, takes_over: bool = False) -> str:
        path = self.inbox / "draft.yaml"
        path.write_text(text, "utf-8")
        file = read_rule_file(path)
        return RuleService(self.wiring).submit_file(file, "li.min", takes_over=takes_over).candidate.rule.hash

    def spans(self, rule_id: str) -> list[str]:
        found = self.wiring.library.versions(rule_id)
        return [f"{r.definition.in_force.since}..{r.definition.in_force.until or ''}" for r in found]

    def retire(self, rule_id: str, last_day: str) -> None:
        with self.wiring.database.write() as connection:
            acting = Officer("wang", NOW, NOW.date(), "不再发放")
            benefits.retire_rule(connection, acting, rule_id, None, datetime.fromisoformat(last_day).date())


@pytest.fixture
def city(tmp_path: Path, migrated: Path) -> Iterator[City]:
    made = City(tmp_path, str(migrated))
    yield made
    made.wiring.close()


@pytest.mark.both_databases
def test_an_approved_version_is_in_force_and_one_that_waits_is_not(tmp_path: Path, target: str) -> None:
    city = City(tmp_path, target)
    hash_ = city.submit(rule())
    assert city.spans("heat") == []
    RuleService(city.wiring).approve("heat", "wang", seen=False)
    assert city.spans("heat") == ["2026-07-01.."]
    assert city.wiring.library.versions("heat")[0].hash == hash_
    city.wiring.close()


@pytest.mark.both_databases
def test_a_version_that_two_approve_at_once_is_approved_once(tmp_path: Path, target: str) -> None:
    city = City(tmp_path, target)

    def approve(hash_: str) -> str:
        RuleService(city.wiring).approve(hash_, "wang", seen=True)
        return "approved"

    assert do_at_once(approve, [city.submit(rule())] * 2).count("approved") == 1
    acts = values_in(city.wiring.database, select(rule_acts.c.act))
    assert sorted(acts) == ["approved", "submitted"]
    city.wiring.close()


def test_a_city_takes_over_a_shipped_rule_from_a_day_on(city: City) -> None:
    [shipped] = city.wiring.library.versions("birthday-cake")
    text = _shipped("birthday-cake").replace("2024-01-01", "2026-07-01").replace("20000", "25000")
    with pytest.raises(Exception, match="birthday-cake begins on 2026-07-01"):
        city.approve(text)
    city.approve(text, takes_over=True)
    first, second = city.wiring.library.versions("birthday-cake")
    assert (first.hash, str(first.definition.in_force.until)) == (shipped.hash, "2026-06-30")
    assert first.definition.programme_span == shipped.definition.in_force, "its periods count on"
    assert second.definition.in_force.until == shipped.definition.in_force.until


def _shipped(id: str) -> str:
    return (SHIPPED_RULES / f"{id}.yaml").read_text("utf-8")


def test_the_examples_are_in_force_only_in_a_demo_or_where_they_are_named(tmp_path: Path) -> None:
    def ids(*named: Path) -> set[str]:
        wiring = build_wiring(Settings(str(tmp_path / "none.db"), tmp_path, named))
        assert wiring.library.caps, "the caps always hold"
        return {rule.id for rule in wiring.library.rules}

    assert ids() == set()
    assert ids(SHIPPED_RULES / "birthday-cake.yaml") == {"birthday-cake"}
    every = ids(SHIPPED_RULES)
    mark_demo(tmp_path)
    assert ids() == every > {"birthday-cake"}


def test_an_example_is_the_model_of_a_rule_with_any_owner_until_a_version_has_its_id(
    tmp_path: Path, migrated: Path
) -> None:
    wiring = build_wiring(Settings(str(migrated), tmp_path), lambda: NOW)
    draft = draft_rule(wiring, "birthday-cake", date(2026, 7, 1), None, "370200")
    file = RuleFile("cake.yaml", draft.text)
    assert {one.state for one in list_versions(wiring)} == {"example"}
    RuleService(wiring).submit_file(file, "li.min")
    RuleService(wiring).approve("birthday-cake", "wang", seen=False)
    assert [one.state for one in list_versions(wiring) if one.rule == "birthday-cake"] == ["coming"]
    wiring.close()


def test_approval_and_doctor_name_a_rule_that_no_budget_limits(city: City) -> None:
    def warnings(text: str) -> list[str]:
        found = check_rule_text(city.wiring, RuleFile("heat.yaml", text), takes_over=False).warnings
        return [fault.code for fault in found if "ceiling" in fault.code]

    paid = rule() + "budget: heat\n"
    assert warnings(rule()) == ["rules.no-ceiling.unnamed"]
    assert warnings(paid) == ["rules.no-ceiling"]
    waiting = load_version_file(city.wiring, city.approve(paid))
    assert [fault.code for fault in waiting.warnings] == ["rules.no-ceiling"]
    assert "heat" in list_unlimited_rules(city.wiring, city.wiring.library)
    with city.wiring.database.write() as connection:
        benefits.set_budget(connection, "heat", 1_000, Officer("zhao.lei", NOW, NOW.date(), "年度预算"))
    assert "heat" not in list_unlimited_rules(city.wiring, city.wiring.library)
    assert warnings(rule("rain") + "budget: heat\n") == []


def test_a_rule_that_approved_versions_depend_on_is_named_once_it_is_out_of_force(city: City) -> None:
    city.approve(rule() + "depends: [{after: birthday-cake, within: P1Y, else: 先领蛋糕}]\n")
    assert list_missing_rules(city.wiring) == []
    bare = build_wiring(replace(city.wiring.settings, rules=()), lambda: NOW)
    assert list_missing_rules(bare) == ["birthday-cake"]
    city.retire("heat", f"{NOW.date()}")
    assert list_missing_rules(bare) == ["birthday-cake"], "it is in force today"
    later = build_wiring(replace(city.wiring.settings, rules=()), lambda: NOW + timedelta(days=2))
    assert list_missing_rules(later) == []
    bare.close()
    later.close()


def test_versions_follow_each_other_without_a_gap(city: City) -> None:
    city.approve(rule(until="2026-08-31"))
    with pytest.raises(Exception, match="no version from 2026-09-01 to 2026-09-30"):
        city.approve(rule(begins="2026-10-01"))
    city.approve(rule(begins="2026-09-01", fen=2000))
    assert city.spans("heat") == ["2026-07-01..2026-08-31", "2026-09-01.."]


def test_after_a_rule_was_retired_a_gap_is_meant(city: City) -> None:
    city.approve(rule())
    city.retire("heat", "2026-08-31")
    assert city.spans("heat") == ["2026-07-01..2026-08-31"]
    city.approve(rule(begins="2027-06-01", fen=2000))
    assert city.spans("heat") == ["2026-07-01..2026-08-31", "2027-06-01.."]


def test_an_open_version_is_ended_by_the_one_that_takes_over(city: City) -> None:
    city.approve(rule())
    city.approve(rule(begins="2026-09-01", fen=2000), takes_over=True)
    city.approve(rule(begins="2026-08-01", fen=3000), takes_over=True)
    assert city.spans("heat") == ["2026-07-01..2026-07-31", "2026-08-01.."]


def test_a_version_that_is_approved_can_be_handed_in_no_more(city: City) -> None:
    city.approve(rule())
    with pytest.raises(Exception, match="is approved already"):
        city.submit(rule(), takes_over=True)


def test_what_was_rejected_can_be_handed_in_again(city: City) -> None:
    hash_ = city.submit(rule())
    RuleService(city.wiring).reject("heat", "wang", "金额不对")
    with pytest.raises(Exception, match="was rejected"):
        RuleService(city.wiring).approve(hash_, "wang", seen=False)
    assert city.approve(rule()) == hash_


def test_a_file_with_faults_is_neither_handed_in_nor_approved(city: City) -> None:
    with pytest.raises(RuleFaults):
        city.submit(rule().replace("event.temperature_c", "event.temperatur"))
    with pytest.raises(RuleFaults):
        city.submit("id: [")
    assert read_in(city.wiring.database, benefits.list_submitted_versions) == []


def test_a_version_that_was_altered_in_the_database_is_an_error(city: City) -> None:
    hash_ = city.approve(rule())
    with city.wiring.database.write() as connection:
        lift_guards(connection)
        altered = update(rule_versions).where(rule_versions.c.hash == hash_)
        connection.execute(altered.values(text=rule(fen=9999)))
    again = build_wiring(city.wiring.settings, lambda: NOW)
    assert refused(lambda: again.library) == ["altered-version"]
    again.close()


def test_a_version_whose_days_were_altered_to_end_before_they_begin_is_still_listed(city: City) -> None:
    hash_ = city.approve(rule())
    with city.wiring.database.write() as connection:
        lift_guards(connection)
        altered = update(rule_versions).where(rule_versions.c.hash == hash_)
        connection.execute(altered.values(until=date(2020, 1, 1)))
    again = build_wiring(city.wiring.settings, lambda: NOW)
    assert [one.hash for one in list_versions(again, "heat")] == [hash_]
    assert read_in(again.database, benefits.verify_ledger).disagreements != ()
    again.close()


def test_a_file_that_gives_itself_out_for_an_approved_version_is_an_error(city: City, tmp_path: Path) -> None:
    city.approve(rule())
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "heat.yaml").write_text("# 同样内容，另有注释\n" + rule(), "utf-8")
    settings = Settings(city.wiring.settings.database, tmp_path, (folder,), "en")
    again = build_wiring(settings, lambda: NOW)
    assert len(again.library.versions("heat")) == 1, "the very same version does no harm"
    (folder / "heat.yaml").write_text(rule(fen=9999), "utf-8")
    another = build_wiring(settings, lambda: NOW)
    assert refused(lambda: another.library)[0] == "altered-version"
    again.close()
    another.close()


class Watched:
    """A runner's rulebook over a folder, and what it was told."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.told = database, folder, list[Exception]()
        self.book = Rulebook((folder,), self.told.append)

    def library(self) -> RuleLibrary:
        return write_in(self.database, self.book.for_batch)


@pytest.fixture
def watched(tmp_path: Path, migrated: Path) -> Iterator[Watched]:
    database = open_database(str(migrated))
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "heat.yaml").write_text(rule(), "utf-8")
    yield Watched(database, folder)
    database.close()


def test_a_running_runner_takes_what_was_approved_elsewhere(watched: Watched, tmp_path: Path) -> None:
    before = watched.library()
    assert watched.library() is before, "nothing is loaded twice"
    city = City(tmp_path, str(tmp_path / "yihui.db"))
    city.approve(rule("rain"))
    after = watched.library()
    assert (len(before.versions("rain")), len(after.versions("rain"))) == (0, 1)
    assert before.digest != after.digest
    city.retire("rain", "2026-08-31")
    assert watched.library().digest not in (before.digest, after.digest)
    city.wiring.close()


def test_a_file_that_changes_is_taken_with_all_others_or_not_at_all(watched: Watched) -> None:
    before = watched.library()
    (watched.folder / "heat.yaml").write_text(rule(fen=2000), "utf-8")
    changed = watched.library()
    assert changed.digest != before.digest
    (watched.folder / "more.yaml").write_text(rule("more"), "utf-8")
    (watched.folder / "broken.yaml").write_text("id: [", "utf-8")
    assert watched.library() is changed, "a sound file beside a broken one waits"
    assert watched.library() is changed
    assert len(watched.told) == 1, "told once"
    (watched.folder / "broken.yaml").unlink()
    assert len(watched.library().versions("more")) == 1


@pytest.mark.endure
def test_what_is_approved_meanwhile_holds_although_a_file_is_broken(watched: Watched, tmp_path: Path) -> None:
    watched.library()
    (watched.folder / "heat.yaml").write_text("id: [", "utf-8")
    city = City(tmp_path, str(tmp_path / "yihui.db"))
    city.approve(rule("rain"))
    library = watched.library()
    assert (len(library.versions("rain")), len(library.versions("heat"))) == (1, 1)
    city.wiring.close()


def test_a_folder_that_is_gone_leaves_the_rules_in_force(watched: Watched) -> None:
    before = watched.library()
    watched.folder.rename(watched.folder.with_name("elsewhere"))
    assert watched.library() is before
    assert [type(error) for error in watched.told] == [FileNotFoundError]


def test_at_the_start_a_broken_file_is_an_error(watched: Watched) -> None:
    (watched.folder / "heat.yaml").write_text("id: [", "utf-8")
    with pytest.raises(RuleFaults):
        watched.library()


@pytest.mark.endure
def test_a_broken_file_is_told_in_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "heat.yaml").write_text(rule(), "utf-8")
    wiring = build_wiring(Settings(str(tmp_path / "a.db"), tmp_path, (folder,)), lambda: NOW)
    write_in(wiring.database, wiring.rulebook.for_batch)
    (folder / "heat.yaml").write_text(rule().replace("event.temperature_c", "event.wärme"), "utf-8")
    with caplog.at_level(logging.ERROR, "yihui.rules"), wiring.database.write() as connection:
        assert len(wiring.rulebook.for_batch(connection).versions("heat")) == 1
    assert "heat.yaml:8" in caplog.text and "现行规则不受影响" in caplog.text
    wiring.close()


def test_looking_at_rules_makes_no_database(yihui: Command, tmp_path: Path) -> None:
    done = yihui("rules", "show", "--json")
    assert json.loads(done.out)
    assert not (tmp_path / "yihui.db").exists()
