"""Find who owns a rule: by its versions in force, and by those that wait for approval."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from benefits.tables.rulebook import rule_versions
from yihui.bootstrap import PROVINCE_CODE, Wiring


def find_version_owners(
    wiring: Wiring, connection: Connection, rules: Collection[str], *, unless_in_force: Collection[str] = ()
) -> Mapping[str, frozenset[str]]:
    """Return who owns the versions of each rule: those in force, and those that wait for approval.

    ``unless_in_force`` are further owners of a rule of which no version is in force.
    """
    from rules.yaml.rule_text import parse_rule_document  # payments are listed without reading YAML

    in_force: dict[str, set[str]] = {}
    for one in wiring.rulebook.in_force(connection).rules:
        if not one.is_merged:
            in_force.setdefault(one.id, set()).add(one.definition.owner)
    found = {rule: {*in_force.get(rule, unless_in_force)} for rule in rules}
    c = rule_versions.c
    for row in connection.execute(select(c.rule_id, c.text).where(c.state == "submitted")):
        if row.rule_id in found:
            found[row.rule_id].add(stated_owner(parse_rule_document("", row.text).value))
    return {rule: frozenset(owners) for rule, owners in found.items()}


def stated_owner(stated: object) -> str:
    """Return whom a rule's document states as its owner; the whole union if it states none."""
    return str((stated.get("owner") if isinstance(stated, dict) else None) or PROVINCE_CODE)
