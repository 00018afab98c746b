"""What can be proven of a rule against the others and against the caps, before it is used."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from rules.definition import CapDefinition, RuleDefinition
from rules.document import YamlDocument
from rules.finding import Finding
from rules.rule import Rule

N_ = str  # marks a text for the message catalogue

Loaded = tuple[Rule, YamlDocument]
Caps = Mapping[str, tuple[CapDefinition, YamlDocument]]


def prove(rules: Sequence[Loaded], caps: Caps) -> None:
    """Adds to each document what is wrong between it and the others."""
    _overlaps(rules)
    for rule, document in rules:
        for index, name in enumerate(rule.definition.caps):
            _cap(rule.definition, document, index, name, caps)
        _cautions(rule.definition, document)


def _overlaps(rules: Sequence[Loaded]) -> None:
    versions: dict[str, list[Loaded]] = defaultdict(list)
    for rule, document in sorted(
        rules, key=lambda loaded: (loaded[0].definition.in_force.since, loaded[1].file)
    ):
        for earlier, first in versions[rule.id]:
            if rule.definition.in_force.overlaps(earlier.definition.in_force):
                document.find(
                    document.place(("in_force",)),
                    "overlapping-versions",
                    N_("two versions of {rule} are in force at once, the other stands in {first}"),
                    N_("end the earlier one (until:) before this one begins (from:)"),
                    why=N_("On a shared day nobody could say which one holds."),
                    params={"rule": rule.id, "first": first.file},
                )
        versions[rule.id].append((rule, document))


def _cap(definition: RuleDefinition, document: YamlDocument, index: int, name: str, caps: Caps) -> None:
    place = document.place(("caps", index))
    if name not in caps:
        close = get_close_matches(name, caps, 1, 0.6)
        document.find(
            place,
            "unknown-cap",
            N_("there is no cap {cap}"),
            N_("did you mean {suggestion}?") if close else N_("use one of: {caps}"),
            params={"cap": name, "suggestion": (close or [""])[0], "caps": ", ".join(sorted(caps))},
        )
        return
    cap = caps[name][0]
    span = definition.in_force
    if cap.at(span.since) is None:
        document.find(
            place,
            "cap-not-in-force",
            N_("the cap {cap} begins on {since}, after the rule"),
            N_("let the rule begin with it, or give the cap the amount of the time before"),
            params={"cap": name, "since": cap.amounts[0].since.isoformat()},
        )
        return
    _amount(definition, document, cap)


def _amount(definition: RuleDefinition, document: YamlDocument, cap: CapDefinition) -> None:
    span = definition.in_force
    first = cap.at(span.since)
    allowed = [a for a in cap.amounts if a is first or (a.since > span.since and span.holds(a.since))]
    lowest = min(allowed, key=lambda amount: amount.amount_fen)
    for index, amount_fen in enumerate(definition.benefit.amounts_fen()):
        if amount_fen > lowest.amount_fen:
            path = (
                ("benefit", "table", "rows", index, "amount_fen")
                if definition.benefit.table
                else ("benefit", "amount_fen")
            )
            document.find(
                document.place(path),
                "over-cap",
                N_("{amount} fen are more than the {allowed} fen that the cap {cap} allows from {since}"),
                N_("lower the amount to at most {allowed}"),
                why=N_("Source of the cap: {source}"),
                params={
                    "amount": str(amount_fen),
                    "allowed": str(lowest.amount_fen),
                    "cap": cap.title,
                    "since": lowest.since.isoformat(),
                    "source": " ".join(
                        filter(
                            None,
                            (
                                lowest.basis.document,
                                lowest.basis.clause,
                                lowest.basis.source,
                                lowest.basis.note,
                            ),
                        )
                    ),
                },
            )


def _cautions(definition: RuleDefinition, document: YamlDocument) -> None:
    if definition.on == "member.birthday" and not definition.caps:
        _caution(
            document,
            "on",
            "birthday-without-cap",
            N_("a birthday benefit names no cap"),
            N_("add caps: [birthday-cake]"),
            N_("Otherwise nothing proves that the amount is allowed."),
        )
    if definition.limit is None:
        _caution(
            document,
            "benefit",
            "no-limit",
            N_("the rule has no limit"),
            N_("add limit:, like {{times: 1, per: [member], every: calendar_year}}"),
            N_("It grants once for every event, as often as events come."),
        )


def _caution(document: YamlDocument, key: str, code: str, message: str, remedy: str, why: str) -> None:
    place = document.key_spots[(key,)]
    document.findings.append(
        Finding(document.file, place.line, place.column, code, message, why, remedy, severity="warning")
    )
