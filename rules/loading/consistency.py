"""Check rules against each other and against the caps before they are used."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from core.money import format_yuan
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.engine.rule import Rule
from rules.faults import build_unknown_name_fault, rule_fault_table
from rules.model.definition import RuleDefinition
from rules.model.figures import CapDefinition, format_basis_source
from rules.model.period import Span

RuleWithDocument = tuple[Rule, YamlDocument]
CapsWithDocuments = Mapping[str, tuple[CapDefinition, YamlDocument]]
_FAULTS = rule_fault_table(
    {
        "overlapping-versions": (
            N_(
                "two versions of {rule} are in force at once, {value} and {other}, the other stands in {first}"
            ),
            N_("end the earlier one (until:) before this one begins (from:)"),
            N_("On a shared day nobody could say which one holds."),
        ),
        "beyond-programme": (
            N_("in_force: {value} reaches beyond programme: {programme}"),
            N_("let the version lie within its programme"),
        ),
        "unlike-programmes": (
            N_("the programme of {rule} is {after} here and {before} in {first}"),
            N_(
                "write the same programme: {{from: …, until: …}} in both, or one after the other for a new programme"
            ),
            N_("Limits and quotas per programme period would begin anew with this version."),
        ),
        "unknown-cap": (N_("there is no cap {cap}"), N_("use one of: {caps}")),
        "cap-not-in-force": (
            N_("the cap {cap} begins on {since}, after the rule"),
            N_("let the rule begin with it, or give the cap the amount of the time before"),
        ),
        "over-cap": (
            N_("{amount} yuan are more than the {allowed} yuan that the cap {cap} allows from {since}"),
            N_("lower the amount to at most {allowed} yuan, in the file {allowed_fen}"),
            N_("Source of the cap: {source}"),
        ),
        "birthday-without-cap": (
            N_("a birthday benefit names no cap"),
            N_("add caps: [birthday-cake]"),
            N_("Otherwise nothing proves that the amount is allowed."),
        ),
        "no-limit": (
            N_("the rule has no limit"),
            N_("add limit:, like {{times: 1, per: [member], every: calendar_year}}"),
            N_("It grants once for every event, as often as events come."),
        ),
    }
)


def check_rules_together(rules: Sequence[RuleWithDocument], caps: CapsWithDocuments) -> None:
    """Add to each document a fault for every conflict with other versions and with the caps."""
    _overlaps(rules)
    for rule, document in rules:
        for index, name in enumerate(rule.definition.caps):
            _cap(rule.definition, document, index, name, caps)
        _programme(rule.definition, document)
        _cautions(rule.definition, document)


def _overlaps(rules: Sequence[RuleWithDocument]) -> None:
    versions: dict[str, list[RuleWithDocument]] = defaultdict(list)
    for rule, document in sorted(
        rules, key=lambda loaded: (loaded[0].definition.in_force.since, loaded[1].file)
    ):
        for earlier, first in versions[rule.id]:
            if rule.definition.in_force.overlaps(earlier.definition.in_force):
                other = first.snippet(("in_force",)) or ""
                fault = _FAULTS.build("overlapping-versions", rule=rule.id, other=other, first=first.file)
                document.add_fault(("in_force",), fault)
        versions[rule.id].append((rule, document))
    for found in versions.values():
        for earlier_one, later_one in pairwise(found):
            _programmes(earlier_one, later_one)


def _programme(definition: RuleDefinition, document: YamlDocument) -> None:
    if definition.programme and not definition.programme.encloses(definition.in_force):
        programme = _format_span(definition.programme)
        document.add_fault(("in_force",), _FAULTS.build("beyond-programme", programme=programme))


def _programmes(earlier: RuleWithDocument, later: RuleWithDocument) -> None:
    """Check that consecutive versions of one programme state the same span, since they count together."""
    (first, first_document), (second, document) = earlier, later
    before, after = first.definition.programme_span, second.definition.programme_span
    if before == after or not _both_count_by_programme(first.definition, second.definition):
        return
    both_stated = first.definition.programme and second.definition.programme
    if both_stated and not before.overlaps(after):
        return
    path = ("programme",) if second.definition.programme else ("in_force",)
    fault = _FAULTS.build(
        "unlike-programmes",
        rule=second.id,
        before=_format_span(before),
        after=_format_span(after),
        first=first_document.file,
    )
    document.add_fault(path, fault)


def _both_count_by_programme(first: RuleDefinition, second: RuleDefinition) -> bool:
    limits = [definition.limits[0].every if definition.limits else None for definition in (first, second)]
    quotas = [
        definition.allocate.every if definition.allocate.quota or definition.allocate.share else None
        for definition in (first, second)
    ]
    return ["programme_period"] * 2 in (limits, quotas)


def _format_span(span: Span) -> str:
    return f"{span.since}..{span.until or ''}"


def _cap(
    definition: RuleDefinition, document: YamlDocument, index: int, name: str, caps: CapsWithDocuments
) -> None:
    path = ("caps", index)
    if name not in caps:
        params = {"cap": name, "caps": ", ".join(sorted(caps))}
        fault = build_unknown_name_fault(_FAULTS, "unknown-cap", name, caps, **params)
        document.add_fault(path, fault)
        return
    cap = caps[name][0]
    if cap.amount_on(definition.in_force.since) is None:
        fault = _FAULTS.build("cap-not-in-force", cap=name, since=cap.amounts[0].since)
        document.add_fault(path, fault)
        return
    _amount(definition, document, cap)


def _amount(definition: RuleDefinition, document: YamlDocument, cap: CapDefinition) -> None:
    lowest = cap.lowest_amount(definition.in_force)
    assert lowest is not None, "the cap is in force on the first day"
    for path, amount_fen in _stated(definition):
        if amount_fen > lowest.amount_fen:
            fault = _FAULTS.build(
                "over-cap",
                amount=format_yuan(amount_fen),
                allowed=format_yuan(lowest.amount_fen),
                allowed_fen=lowest.amount_fen,
                cap=cap.title,
                since=lowest.since,
                source=format_basis_source(lowest.basis),
            )
            document.add_fault(path, fault)


def _stated(definition: RuleDefinition) -> Iterator[tuple[DocumentPath, int]]:
    """Yield the amounts that the rule states, with their paths."""
    for part, benefit in enumerate(definition.benefits):
        yield ("benefit", part, "amount_fen"), definition.resolve_figure(benefit.amount_fen)
        for index, row in enumerate(benefit.table.rows or () if benefit.table else ()):
            if row.amount_fen is not None:
                place = ("benefit", part, "table", "rows", index, "amount_fen")
                yield place, definition.resolve_figure(row.amount_fen)


def _cautions(definition: RuleDefinition, document: YamlDocument) -> None:
    if definition.on == "member.birthday" and not definition.caps:
        _caution(document, "on", "birthday-without-cap")
    if not definition.limits:
        _caution(document, "benefit", "no-limit")


def _caution(document: YamlDocument, key: str, code: str) -> None:
    document.add_fault((key,), _FAULTS.build(code, severity="warning"), document.key_spots[(key,)])
