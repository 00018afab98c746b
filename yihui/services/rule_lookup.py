"""What officers ask for by name (a template, a rule, a hash), found and done."""

from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from sqlalchemy import Connection, select

import benefits
from benefits import ActRefused, Reversed, Wrong
from benefits.tables.decisions import decisions
from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from yihui.bootstrap import Wiring
from yihui.services.rule_drafts import Draft, Wanted, of_rule, of_template, templates, with_tables
from yihui.services.rule_life import officer, refusals_told
from yihui.services.rule_versions import Difference, Entry, Shelf, differences, find_paper, shelf
from yihui.views.outcomes import no_such_rule

N_ = str  # marks a text for the message catalogue


def drafted(wiring: Wiring, source: str, begins: date | None, id_: str | None, owner: str) -> Draft:
    """A draft. *Raises*: InputFaults where there is no such template or rule."""
    first = begins or civil_date(wiring.now()) + timedelta(days=1)
    wanted = Wanted(first, id_, owner)
    if source in templates():
        return Draft(of_template(source, wanted))
    with wiring.database.read() as connection:
        found = shelf(wiring, connection)
        entries = found.entries()
    newest = [e for e in entries if e.rule == source and e.state != "rejected"]
    if not newest:
        names = [*templates(), *dict.fromkeys(e.rule for e in entries)]
        near = get_close_matches(source, names, 3) or names
        raise InputFaults([_no_source(source, wiring.language.listed(near))])
    text = of_rule(newest[-1].text, newest[-1].hash, wanted)
    return with_tables(text, found.tables_of(newest[-1]), wanted)


def _no_source(source: str, near: str) -> Fault:
    return Fault(
        N_("there is no template and no rule {value}"),
        N_("choose one of {expected}"),
        field="--from",
        value=source,
        params={"expected": near},
    )


def entries_of(wiring: Wiring, found: Shelf, rule: str | None) -> list[Entry]:
    """All versions, or those of one rule. *Raises*: InputFaults where there is no such rule."""
    entries = found.entries()
    if rule is None:
        return entries
    own = [entry for entry in entries if entry.rule == rule]
    if not own:
        raise InputFaults([no_such_rule(found.library, rule, wiring.language)])
    return own


def compared(wiring: Wiring, before: str, after: str) -> list[Difference]:
    """What differs between two versions. *Raises*: InputFaults, RuleFaults, OSError."""
    with refusals_told():
        with wiring.database.read() as connection:
            found = shelf(wiring, connection)
        return differences(find_paper(found, before), find_paper(found, after))


@dataclass(frozen=True, slots=True)
class Meant:
    """What is to be taken back, as it was typed."""

    rule: str
    version: str | None
    since: date | None
    until: date | None


def take_back(wiring: Wiring, meant: Meant, who: str, reason: str) -> Reversed:
    """Reverse it. *Raises*: InputFaults."""
    with refusals_told(), wiring.database.write() as connection:
        benefits.alone(connection)
        acting = officer(wiring, who, reason)
        hash_ = _hash(connection, wiring, meant)
        return benefits.reverse(connection, acting, Wrong(meant.rule, hash_, meant.since, meant.until))


def _hash(connection: Connection, wiring: Wiring, meant: Meant) -> str | None:
    """The whole hash, of a version that has decided; a rule that never did can't be taken back."""
    query = select(decisions.c.rule_hash).where(decisions.c.rule_id == meant.rule).distinct()
    known: list[str] = sorted(connection.execute(query).scalars())
    if not known and not wiring.rulebook.in_force(connection).versions(meant.rule):
        raise InputFaults([no_such_rule(wiring.rulebook.in_force(connection), meant.rule, wiring.language)])
    if meant.version is None:
        return None
    found = [hash_ for hash_ in known if hash_.startswith(meant.version)]
    if len(meant.version) >= 8 and len(found) == 1:
        return found[0]
    raise ActRefused(
        N_("no version {value} of {rule} has decided anything"),
        N_("name at least eight characters of a hash; those that decided: {known}"),
        "--version",
        meant.version,
        rule=meant.rule,
        known=", ".join(hash_[:12] for hash_ in known) or "…",
    )
