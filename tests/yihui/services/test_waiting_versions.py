"""Who sees the versions of rules that wait for a decision."""

from datetime import UTC, date, datetime
from pathlib import Path

from store import Database
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.bootstrap import PROVINCE_CODE, Settings, build_wiring
from yihui.services.rules.desk import submit_version
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.lookup import draft_rule
from yihui.services.rules.rules import SHIPPED_RULES
from yihui.services.rules.waiting import list_waiting_versions

NOW = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
DISTRICT = "370202"


def officer(name: str, role: Role, place: str = PROVINCE_CODE) -> Actor:
    return Actor(name, name, ActorKind.OFFICER, (Assignment(role, place, date(2026, 10, 9)),), NOW)


def test_a_version_waits_before_who_writes_approves_or_audits_for_its_owner(
    database: Database, tmp_path: Path
) -> None:
    wiring = build_wiring(Settings(database.target, tmp_path, (SHIPPED_RULES,)), lambda: NOW)
    author = officer("wang", Role.RULE_AUTHOR)
    draft = draft_rule(wiring, "birthday-cake", date(2027, 1, 1), None, None)
    file = RuleFile("rule.yaml", draft.text, draft.tables)
    version = submit_version(wiring, author, file, takes_over=True).candidate.stated.hash
    for reader in (author, officer("zhao", Role.RULE_APPROVER), officer("sun", Role.AUDITOR)):
        assert [one.version.hash for one in list_waiting_versions(wiring, reader)] == [version]
    for stranger in (
        *(officer("li", role, DISTRICT) for role in (Role.RULE_AUTHOR, Role.RULE_APPROVER, Role.AUDITOR)),
        officer("li", Role.FINANCE_PREPARER),
        officer("li", Role.ADMINISTRATOR),
    ):
        assert list_waiting_versions(wiring, stranger) == []
    wiring.database.close()
