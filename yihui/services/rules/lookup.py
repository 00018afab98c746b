"""Carry out officers' commands on a template, a rule or a version that they name."""

from datetime import date, timedelta
from difflib import get_close_matches

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable, raise_faults
from core.text_marks import N_
from members import is_organisation_code
from rules import Rule, RuleLibrary
from yihui.bootstrap import Wiring
from yihui.runtime.arguments import CANNOT_BE, parse_day
from yihui.services.rules.differences import (
    VersionDifference,
    compare_rule_files,
    find_version_file,
    find_version_of_today,
)
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.drafts import (
    DEFAULT_OWNER,
    DRAFT_NAME,
    DraftOptions,
    copy_tables,
    draft_new_rule,
    draft_next_version,
    fill_template,
    is_rule_id,
    list_templates,
    read_owner,
)
from yihui.services.rules.versions import IndexedVersion, load_version_index

DRAFT_SOURCE_FAULTS = FaultTable(
    "draft_source",
    {
        "unknown_source": (N_("there is no template and no rule {value}"), N_("choose one of {expected}")),
        "bad_id": (
            N_("{value} can't be the id of a rule"),
            N_(
                "write lower-case letters, digits and hyphens, such as new-year-voucher; the title may be Chinese"
            ),
        ),
        "taken_id": (
            N_("the id {value} belongs to the rule “{title}” of {owner} already"),
            N_("choose another id; for a next version of that rule say --from {value} without --id"),
        ),
        "bad_owner": (
            N_("{value} is no organisation's code"),
            N_("write the organisation's code: 6 digits, 9 digits, or 9 digits-number"),
        ),
        "owner_stays": (
            N_("the rule {rule} belongs to {owner}; a next version can't belong to {value}"),
            N_("leave --owner out, or make a new rule of it with --id NEW"),
        ),
    },
)
RULE_PLACE_FAULTS = FaultTable(
    "usage",
    {
        "organisation": (
            CANNOT_BE,
            N_("write the organisation's code: 6 digits, 9 digits, or 9 digits-number"),
        ),
        "no_rule": (N_("--at needs the rule's id"), N_("name the rule")),
    },
)
RULE_LAYER_FAULTS = FaultTable(
    "rule_layer",
    {
        "not_in_force": (
            N_("on {on} no version of the rule {value} is in force at {at}"),
            N_("look which there are: yihui rules show; another day: --on"),
        )
    },
)


def draft_rule(
    wiring: Wiring, source: str, begins: date | None, id_: str | None, owner: str | None
) -> RuleFile:
    """Return a draft from a template or a rule: with ``id_``, or of an example, a new rule, else the next version.

    *Raises*: FaultError if neither exists, or if the id or the owner can't be the draft's.
    """
    first = begins or civil_date(wiring.now()) + timedelta(days=1)
    wanted = DraftOptions(first, id_, owner or DEFAULT_OWNER)
    with wiring.database.read() as connection:
        found = load_version_index(wiring, connection)
        entries = found.list_versions()
    if source in list_templates():
        new_id = id_ or f"new-{source}"
        _refuse_names(source, new_id, owner, entries)
        return RuleFile(DRAFT_NAME, fill_template(source, wanted))
    newest = [e for e in entries if e.rule == source and e.state != "rejected"]
    if not newest:
        names = [*list_templates(), *dict.fromkeys(e.rule for e in entries)]
        near = get_close_matches(source, names, 3) or names
        known = wiring.language.format_list(near)
        raise FaultError(
            DRAFT_SOURCE_FAULTS.build("unknown_source", field="--from", value=source, expected=known)
        )
    model = newest[-1]
    _refuse_names(source, id_, owner, entries)
    if (id_ is not None and id_ != source) or model.state == "example":
        text = draft_new_rule(model.text, model.hash, DraftOptions(first, id_ or source, owner))
    else:
        _refuse_other_owner(model, owner)
        text = draft_next_version(model.text, model.hash, wanted)
    return copy_tables(text, found.file_of(model).tables, wanted)


def _refuse_names(source: str, id_: str | None, owner: str | None, entries: list[IndexedVersion]) -> None:
    """Refuse an id that is none or that another rule has, and an owner that is no organisation.

    *Raises*: FaultError with both faults.
    """
    faults = []
    taken = [e for e in entries if e.rule == id_ and e.state not in ("rejected", "example") and id_ != source]
    if id_ is not None and not is_rule_id(id_):
        faults.append(DRAFT_SOURCE_FAULTS.build("bad_id", field="--id", value=id_))
    elif taken:
        owned = read_owner(taken[-1].text)
        faults.append(
            DRAFT_SOURCE_FAULTS.build("taken_id", field="--id", value=id_, title=taken[-1].title, owner=owned)
        )
    if owner is not None and not is_organisation_code(owner):
        faults.append(DRAFT_SOURCE_FAULTS.build("bad_owner", field="--owner", value=owner))
    raise_faults(faults)


def _refuse_other_owner(model: IndexedVersion, owner: str | None) -> None:
    """Refuse another owner than the rule has, since a next version keeps it. *Raises*: FaultError."""
    owned = read_owner(model.text)
    if owner is not None and owner != owned:
        raise FaultError(
            DRAFT_SOURCE_FAULTS.build(
                "owner_stays", field="--owner", value=owner, rule=model.rule, owner=owned
            )
        )


def compare_versions(wiring: Wiring, before: str, after: str | None) -> list[VersionDifference]:
    """Return the differences between two named versions, or between today's and the newest version of a rule.

    *Raises*: FaultError, RuleFaults, OSError.
    """
    with wiring.database.read() as connection:
        found = load_version_index(wiring, connection)
    second = find_version_file(found, after or before)
    first = find_version_file(found, before) if after else find_version_of_today(found, before)
    return compare_rule_files(first, second)


def find_rule_at_place(
    wiring: Wiring, library: RuleLibrary, rule_id: str | None, at: str, on: str | None
) -> Rule:
    """Return the rule that holds for an organisation on a day, or today. *Raises*: FaultError."""
    day = parse_day(on) if on is not None else civil_date(wiring.now())
    if not is_organisation_code(at):
        raise FaultError(RULE_PLACE_FAULTS.build("organisation", field="--at", value=at))
    if rule_id is None:
        raise FaultError(RULE_PLACE_FAULTS.build("no_rule", field="RULE"))
    for event in library.by_event:
        for rule in library.candidates(event, at, day):
            if rule.id == rule_id:
                return rule
    raise FaultError(RULE_LAYER_FAULTS.build("not_in_force", field="RULE", value=rule_id, on=f"{day}", at=at))
