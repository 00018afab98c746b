"""Merge a rule with the adaptations of lower levels: one rule for each subtree, each line with its origin.

A merged rule keeps the id of the rule above, so that limits continue to count when a member moves from
one city to another.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from core.text_marks import N_
from core.yaml.document import YamlDocument
from rules.faults import build_unknown_name_fault, rule_fault_table
from rules.model.benefit import TOP_UP_PART
from rules.model.definition import RuleDefinition
from rules.model.period import Span
from rules.overrides.definition import AdaptationDefinition, report_forbidden_changes
from rules.overrides.origins import (
    LocatedLine,
    LocatedTree,
    LocatedValue,
    SourceLocation,
    build_located_tree,
    render_yaml_lines,
    strip_locations,
)
from rules.territory import territory_covers, territory_prefix
from rules.yaml.wording import PARAMETER_PREFIX

AdaptationWithDocument = tuple[AdaptationDefinition, YamlDocument]
DefinitionWithDocument = tuple[RuleDefinition, YamlDocument]
_FAULTS = rule_fault_table(
    {
        "unknown-rule": (
            N_("there is no rule {rule} to adapt"),
            N_("name a rule of a higher level; list them: yihui rules show"),
        ),
        "owner-not-below": (
            N_("{owner} doesn't lie below {owners}, whose rule {rule} is"),
            N_("only an organisation below a rule's owner adapts it; the owner writes a new version"),
        ),
        "outside-rule": (
            N_("on {day} no version of {rule} is in force; it is in force {spans}"),
            N_("stay within it; without until: the adaptation lasts as long as the rule"),
        ),
        "overlapping-adaptations": (
            N_("{owner} adapts {rule} twice at once, {value} and {other}, the other stands in {first}"),
            N_("end the earlier one (until:) before this one begins (from:), or write one file"),
            N_("On a shared day nobody could say which one holds."),
        ),
        "too-much": (
            N_("with this adaptation {rule} would be no rule any more"),
            N_("take something back: a rule has at most ten parts of its benefit"),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Layer:
    """A version of a rule for one subtree: as its owner states it, or merged with adaptations."""

    definition: RuleDefinition
    tree: Mapping[str, LocatedTree]
    document: YamlDocument
    is_merged: bool = True

    @property
    def owner(self) -> str:
        """Code of the organisation whose subtree the layer is for."""
        return self.definition.owner

    @property
    def span(self) -> Span:
        """The dates on which the layer is in force."""
        return self.definition.in_force

    @property
    def lines(self) -> tuple[LocatedLine, ...]:
        """The rule as YAML lines, each with the place where it was read."""
        return tuple(render_yaml_lines(self.tree, SourceLocation(self.document.file, 1)))


def build_layers(
    stated: Sequence[DefinitionWithDocument],
    adaptations: Sequence[AdaptationWithDocument],
    known: Iterable[RuleDefinition] | None = None,
    faulty: Collection[str] = (),
) -> list[Layer]:
    """Build all layers, stated and merged; add a fault to an adaptation's document for each forbidden change.

    ``known`` are the rules as their files state them, if ``stated`` end earlier or were left out.
    ``faulty`` are the ids of rules that have faults of their own, which are reported elsewhere.
    """
    all_known = [definition for definition, _ in stated] if known is None else list(known)
    layers = [
        Layer(definition, build_located_tree(document), document, is_merged=False)
        for definition, document in stated
    ]
    by_rule: dict[str, list[AdaptationWithDocument]] = defaultdict(list)
    for adaptation in adaptations:
        by_rule[adaptation[0].adapts].append(adaptation)
    for rule_id, found in sorted(by_rule.items()):
        if rule_id not in faulty:
            own = [layer for layer in layers if layer.definition.id == rule_id]
            layers += _adapted(own, _placed(found, rule_id, all_known))
    return layers


def _placed(
    found: Sequence[AdaptationWithDocument], rule_id: str, known: Sequence[RuleDefinition]
) -> list[AdaptationWithDocument]:
    """Return the adaptations that fit below a rule, from the top down; add faults for the others."""
    versions = [definition for definition in known if definition.id == rule_id]
    placed: list[AdaptationWithDocument] = []
    for adaptation, document in sorted(
        found, key=lambda a: (len(territory_prefix(a[0].owner)), a[0].owner, a[1].file)
    ):
        before = len(document.faults)
        if not versions:
            _unknown(adaptation, document, known)
        else:
            _not_below(adaptation, document, versions)
            _outside(adaptation, document, versions)
            _twice(adaptation, document, placed)
        if len(document.faults) == before:
            placed.append((adaptation, document))
    return placed


def _adapted(layers: list[Layer], adaptations: Sequence[AdaptationWithDocument]) -> list[Layer]:
    merged: list[Layer] = []
    for adaptation, document in adaptations:
        for above, span in list(_pieces(adaptation, [*layers, *merged])):
            if report_forbidden_changes(adaptation, document, above.definition):
                continue
            layer = _merged(above, adaptation, document, span)
            if layer is not None:
                merged.append(layer)
    return merged


def _pieces(adaptation: AdaptationDefinition, layers: Sequence[Layer]) -> Iterator[tuple[Layer, Span]]:
    """Yield the layers directly above an adaptation with the days on which each is the lowest one above it."""
    higher = [layer for layer in layers if _is_above(layer.owner, adaptation.owner)]
    left = [adaptation.in_force]
    for layer in sorted(higher, key=lambda layer: len(territory_prefix(layer.owner)), reverse=True):
        for span in left:
            shared = span.shared_with(layer.span)
            if shared:
                yield layer, shared
        left = [rest for span in left for rest in span.without(layer.span)]


def _is_above(owner: str, other: str) -> bool:
    return territory_covers(owner, other) and territory_prefix(owner) != territory_prefix(other)


def _unknown(
    adaptation: AdaptationDefinition, document: YamlDocument, known: Sequence[RuleDefinition]
) -> None:
    rule, ids = adaptation.adapts, sorted({definition.id for definition in known})
    fault = build_unknown_name_fault(_FAULTS, "unknown-rule", rule, ids, rule=rule)
    document.add_fault(("adapts",), fault)


def _not_below(
    adaptation: AdaptationDefinition, document: YamlDocument, versions: Sequence[RuleDefinition]
) -> None:
    owners = sorted({definition.owner for definition in versions})
    if not any(_is_above(owner, adaptation.owner) for owner in owners):
        fault = _FAULTS.build(
            "owner-not-below", owner=adaptation.owner, owners=", ".join(owners), rule=adaptation.adapts
        )
        document.add_fault(("owner",), fault)


def _outside(
    adaptation: AdaptationDefinition, document: YamlDocument, versions: Sequence[RuleDefinition]
) -> None:
    """Add a fault unless a version of the rule holds on the first day, and on the last if it is stated."""
    span = adaptation.in_force
    for key, day in (("from", span.since), ("until", span.until)):
        if day is not None and not any(definition.in_force.holds(day) for definition in versions):
            spans = sorted((d.in_force.since, str(d.in_force.until or "")) for d in versions)
            stated = ", ".join(f"{since}..{until}" for since, until in spans)
            fault = _FAULTS.build("outside-rule", day=day, rule=adaptation.adapts, spans=stated)
            document.add_fault(("in_force", key), fault)


def _twice(
    adaptation: AdaptationDefinition, document: YamlDocument, placed: Sequence[AdaptationWithDocument]
) -> None:
    for other, first in placed:
        if territory_prefix(other.owner) == territory_prefix(adaptation.owner) and other.in_force.overlaps(
            adaptation.in_force
        ):
            fault = _FAULTS.build(
                "overlapping-adaptations",
                owner=adaptation.owner,
                rule=adaptation.adapts,
                other=first.snippet(("in_force",)) or "",
                first=first.file,
            )
            document.add_fault(("in_force",), fault)


def _merged(
    above: Layer, adaptation: AdaptationDefinition, document: YamlDocument, span: Span
) -> Layer | None:
    tree = merge_tree(above, adaptation, document, span)
    try:
        definition = RuleDefinition.model_validate(strip_locations(tree))
    except ValidationError:
        document.add_fault(("adapts",), _FAULTS.build("too-much", rule=adaptation.adapts))
        return None
    return Layer(definition, tree, document)


def merge_tree(
    above: Layer, adaptation: AdaptationDefinition, document: YamlDocument, span: Span
) -> dict[str, LocatedTree]:
    """Return the tree of the rule above, changed by the adaptation; every value has its origin."""
    own = build_located_tree(document)
    tree = dict(above.tree)
    tree |= {"title": own["title"], "owner": own["owner"]}
    tree["basis"] = (*_items(tree["basis"]), *_items(own["basis"]))
    tree["in_force"] = _in_force(above.tree["in_force"], own["in_force"], span)
    tree["programme"] = tree.get("programme") or _programme(above)
    if adaptation.values:
        tree["parameters"] = _parameters(tree["parameters"], own["set"])
        if "allocate" in tree:
            tree["allocate"] = _allocate(above.definition, adaptation, tree["allocate"], own["owner"])
    if adaptation.require:
        tree["require"] = (*_items(tree.get("require", ())), *_items(own["require"]))
    if adaptation.top_up:
        tree["benefit"] = (*_items(tree["benefit"]), _part(above.definition, adaptation, own["top_up"]))
    left = _left_to_others(above, adaptation, own)
    tree.pop("lower_levels", None)
    return {**tree, "lower_levels": left} if left else tree


def _items(tree: LocatedTree) -> tuple[LocatedTree, ...]:
    """Return the items of a list; a single mapping or value counts as a list of one."""
    return tree if isinstance(tree, tuple) and not isinstance(tree, LocatedValue) else (tree,)


def _keys(tree: LocatedTree | None) -> Mapping[str, LocatedTree]:
    return tree if isinstance(tree, Mapping) else {}


def _in_force(above: LocatedTree, own: LocatedTree, span: Span) -> LocatedTree:
    """Return the first and last day, each with the line that sets it."""
    ends = {}
    for key, day in (("from", span.since), ("until", span.until)):
        if day is not None:
            stated = [side[key] for side in (_keys(own), _keys(above)) if key in side]
            named = next(
                (leaf for leaf in stated if isinstance(leaf, LocatedValue) and leaf.value == day), None
            )
            ends[key] = named or LocatedValue(day, _first_origin(stated or [own]))
    return ends


def _first_origin(trees: Sequence[LocatedTree]) -> SourceLocation:
    return next(iter(render_yaml_lines({"": trees[0]}, SourceLocation("", 1)))).origin


def _programme(above: Layer) -> LocatedTree:
    """Return the programme span of the rule above: counts by programme period ignore the adaptation's dates."""
    span = above.definition.programme_span
    origin = _first_origin([above.tree["in_force"]])
    until = {"until": LocatedValue(span.until, origin)} if span.until else {}
    return {"from": LocatedValue(span.since, origin), **until}


def _parameters(above: LocatedTree, own: LocatedTree) -> LocatedTree:
    changed = {name: {**_keys(_keys(above)[name]), "value": value} for name, value in _keys(own).items()}
    return {**_keys(above), **changed}


def _allocate(
    definition: RuleDefinition, adaptation: AdaptationDefinition, above: LocatedTree, owner: LocatedTree
) -> LocatedTree:
    """Return the allocation; a quota set by a lower level becomes its own quota, counted separately."""
    allocate, stated = definition.allocate, _keys(above)
    ours = {f"{PARAMETER_PREFIX}{name}" for name in adaptation.values}
    quota = allocate.quota if allocate.quota_per == () else None
    if allocate.quotas and len(allocate.quotas) == 1:  # a higher level's own quota, set again
        quota = next(iter(allocate.quotas.values()))
    if quota not in ours or not isinstance(owner, LocatedValue):
        return above
    leaf = next(iter(_keys(stated["quotas"]).values())) if "quotas" in stated else stated["quota"]
    rest = {key: inner for key, inner in stated.items() if key not in ("quota", "quotas")}
    return {**rest, "quotas": {str(owner.value): leaf}}


def _part(definition: RuleDefinition, adaptation: AdaptationDefinition, own: LocatedTree) -> LocatedTree:
    """Return the added part: money, or a voucher that can be redeemed at the same places as the first part."""
    first = definition.benefits[0]
    keys = _keys(own)
    origin = _first_origin([own])
    kind = first.kind if first.kind in ("cash", "voucher") else "cash"
    name = f"{TOP_UP_PART}{adaptation.owner.replace('-', '_')}"
    part: dict[str, LocatedTree] = {
        "name": LocatedValue(name, origin),
        "kind": LocatedValue(kind, origin),
        "title": keys.get("title") or LocatedValue(adaptation.title, origin),
        "amount_fen": keys["amount_fen"],
        "budget": keys["budget"],
    }
    if kind == "voucher" and first.redeem_at is not None:
        stated = first.redeem_at.model_dump(exclude_defaults=True)
        part["redeem_at"] = {
            key: tuple(LocatedValue(word, origin) for word in words) for key, words in stated.items()
        }
    return part


def _left_to_others(
    above: Layer, adaptation: AdaptationDefinition, own: Mapping[str, LocatedTree]
) -> LocatedTree:
    """Return what the levels below may change: the adaptation's own statement, or the rest of the rule's."""
    if "lower_levels" in own:
        return own["lower_levels"]
    stated = dict(_keys(above.tree.get("lower_levels")))
    levels = above.definition.lower_levels
    if adaptation.top_up and levels and levels.may_top_up:
        left_fen = levels.may_top_up.most_fen - adaptation.top_up.amount_fen
        stated.pop("may_top_up")
        if left_fen > 0:
            origin = _first_origin([own["top_up"]])
            stated["may_top_up"] = {"most_fen": LocatedValue(left_fen, origin)}
    return stated
