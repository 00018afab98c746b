"""A rule and what lower levels made of it: a rule of its own for each subtree, line by line.

The merged rule keeps the id, so that limits go on counting when a member moves from one city to another.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from pydantic import ValidationError

from rules.model.definition import RuleDefinition
from rules.model.span import Span
from rules.overrides.file import AdaptationDefinition
from rules.overrides.origins import Leaf, Line, Origin, Tree, plain, tree_of, written
from rules.overrides.permission import forbid
from rules.territory import covers, prefix
from rules.yaml.document import YamlDocument
from rules.yaml.wording import PARAMETER

N_ = str  # marks a text for the message catalogue

Adaptation = tuple[AdaptationDefinition, YamlDocument]
Stated = tuple[RuleDefinition, YamlDocument]


@dataclass(frozen=True, slots=True)
class Layer:
    """A version of a rule for one subtree: as stated, or with what was adapted on the way down."""

    definition: RuleDefinition
    tree: Mapping[str, Tree]
    document: YamlDocument
    is_merged: bool = True

    @property
    def owner(self) -> str:
        """Whose subtree it is for."""
        return self.definition.owner

    @property
    def span(self) -> Span:
        """When it holds."""
        return self.definition.in_force

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rule as YAML, each line with its origin."""
        return tuple(written(self.tree, Origin(self.document.file, 1)))


def layers_of(
    stated: Sequence[Stated],
    adaptations: Sequence[Adaptation],
    known: Iterable[RuleDefinition] | None = None,
    faulty: Collection[str] = (),
) -> list[Layer]:
    """All layers, stated and merged; what isn't allowed is told in the adaptations' documents.

    ``known`` are the rules as their files state them, where ``stated`` end earlier or were left out;
    ``faulty`` are the ids of rules with faults of their own, which are told elsewhere.
    """
    all_known = [definition for definition, _ in stated] if known is None else list(known)
    layers = [_stated(*pair) for pair in stated]
    by_rule: dict[str, list[Adaptation]] = defaultdict(list)
    for adaptation in adaptations:
        by_rule[adaptation[0].adapts].append(adaptation)
    for rule_id, found in sorted(by_rule.items()):
        if rule_id not in faulty:
            own = [layer for layer in layers if layer.definition.id == rule_id]
            layers += _adapted(own, _placed(found, rule_id, all_known))
    return layers


def nearest(layers: Iterable[Layer], rule_id: str, code: str, day: date) -> Layer | None:
    """The layer of a rule that holds for an organisation on a day: the lowest whose subtree it lies in."""
    found = [
        layer
        for layer in layers
        if layer.definition.id == rule_id and layer.span.holds(day) and covers(layer.owner, code)
    ]
    return max(found, key=_depth, default=None)


def _depth(layer: Layer) -> int:
    return len(prefix(layer.owner))


def _stated(definition: RuleDefinition, document: YamlDocument) -> Layer:
    tree = tree_of(document)
    assert isinstance(tree, Mapping)
    return Layer(definition, tree, document, is_merged=False)


def _placed(found: Sequence[Adaptation], rule_id: str, known: Sequence[RuleDefinition]) -> list[Adaptation]:
    """Those that can be placed below a rule, from the top down; why the others can't is told."""
    versions = [definition for definition in known if definition.id == rule_id]
    placed: list[Adaptation] = []
    for adaptation, document in sorted(found, key=lambda a: (len(prefix(a[0].owner)), a[0].owner, a[1].file)):
        before = len(document.findings)
        if not versions:
            _unknown(adaptation, document, known)
        else:
            _not_below(adaptation, document, versions)
            _outside(adaptation, document, versions)
            _twice(adaptation, document, placed)
        if len(document.findings) == before:
            placed.append((adaptation, document))
    return placed


def _adapted(layers: list[Layer], adaptations: Sequence[Adaptation]) -> list[Layer]:
    merged: list[Layer] = []
    for adaptation, document in adaptations:
        for above, span in list(_pieces(adaptation, [*layers, *merged])):
            if forbid(adaptation, document, above.definition):
                continue
            layer = _merged(above, adaptation, document, span)
            if layer is not None:
                merged.append(layer)
    return merged


def _pieces(adaptation: AdaptationDefinition, layers: Sequence[Layer]) -> Iterator[tuple[Layer, Span]]:
    """What lies above an adaptation, day by day: the lowest layer of a higher level."""
    higher = [layer for layer in layers if _is_above(layer.owner, adaptation.owner)]
    left = [_days(adaptation.in_force)]
    for layer in sorted(higher, key=_depth, reverse=True):
        first, last = _days(layer.span)
        rest = []
        for begin, end in left:
            shared = max(begin, first), min(end, last)
            if shared[0] > shared[1]:
                rest.append((begin, end))
                continue
            yield layer, _span(*shared)
            if begin < shared[0]:
                rest.append((begin, shared[0] - timedelta(days=1)))
            if shared[1] < end:
                rest.append((shared[1] + timedelta(days=1), end))
        left = rest


def _is_above(owner: str, other: str) -> bool:
    return covers(owner, other) and prefix(owner) != prefix(other)


def _days(span: Span) -> tuple[date, date]:
    return span.since, span.until or date.max


def _span(first: date, last: date) -> Span:
    return Span.model_validate({"from": first, "until": None if last == date.max else last})


def _unknown(
    adaptation: AdaptationDefinition, document: YamlDocument, known: Sequence[RuleDefinition]
) -> None:
    ids = sorted({definition.id for definition in known})
    close = get_close_matches(adaptation.adapts, ids, 1, 0.6)
    document.find(
        ("adapts",),
        "unknown-rule",
        N_("there is no rule {rule} to adapt"),
        N_("did you mean {suggestion}?")
        if close
        else N_("name a rule of a higher level; list them: yihui rules show"),
        params={"rule": adaptation.adapts, "suggestion": (close or [""])[0]},
    )


def _not_below(
    adaptation: AdaptationDefinition, document: YamlDocument, versions: Sequence[RuleDefinition]
) -> None:
    owners = sorted({definition.owner for definition in versions})
    if not any(_is_above(owner, adaptation.owner) for owner in owners):
        document.find(
            ("owner",),
            "owner-not-below",
            N_("{owner} doesn't lie below {owners}, whose rule {rule} is"),
            N_("only an organisation below a rule's owner adapts it; the owner writes a new version"),
            params={"owner": adaptation.owner, "owners": ", ".join(owners), "rule": adaptation.adapts},
        )


def _outside(
    adaptation: AdaptationDefinition, document: YamlDocument, versions: Sequence[RuleDefinition]
) -> None:
    """Some version of the rule holds on the first day, and on the last where one is stated."""
    span = adaptation.in_force
    for key, day in (("from", span.since), ("until", span.until)):
        if day is not None and not any(definition.in_force.holds(day) for definition in versions):
            spans = sorted((d.in_force.since, str(d.in_force.until or "")) for d in versions)
            document.find(
                ("in_force", key),
                "outside-rule",
                N_("on {day} no version of {rule} is in force; it is in force {spans}"),
                N_("stay within it; without until: the adaptation lasts as long as the rule"),
                params={
                    "day": day.isoformat(),
                    "rule": adaptation.adapts,
                    "spans": ", ".join(f"{since}..{until}" for since, until in spans),
                },
            )


def _twice(adaptation: AdaptationDefinition, document: YamlDocument, placed: Sequence[Adaptation]) -> None:
    for other, first in placed:
        if prefix(other.owner) == prefix(adaptation.owner) and other.in_force.overlaps(adaptation.in_force):
            document.find(
                ("in_force",),
                "overlapping-adaptations",
                N_("{owner} adapts {rule} twice at once, {value} and {other}, the other stands in {first}"),
                N_("end the earlier one (until:) before this one begins (from:), or write one file"),
                why=N_("On a shared day nobody could say which one holds."),
                params={
                    "owner": adaptation.owner,
                    "rule": adaptation.adapts,
                    "other": first.snippet(("in_force",)) or "",
                    "first": first.file,
                },
            )


def _merged(
    above: Layer, adaptation: AdaptationDefinition, document: YamlDocument, span: Span
) -> Layer | None:
    tree = merged_tree(above, adaptation, document, span)
    try:
        definition = RuleDefinition.model_validate(plain(tree))
    except ValidationError:
        document.find(
            ("adapts",),
            "too-much",
            N_("with this adaptation {rule} would be no rule any more"),
            N_("take something back: a rule has at most ten parts of its benefit"),
            params={"rule": adaptation.adapts},
        )
        return None
    return Layer(definition, tree, document)


def merged_tree(
    above: Layer, adaptation: AdaptationDefinition, document: YamlDocument, span: Span
) -> dict[str, Tree]:
    """The rule above with what the adaptation says, every value with its origin."""
    own = tree_of(document)
    assert isinstance(own, Mapping)
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


def _items(tree: Tree) -> tuple[Tree, ...]:
    """One mapping or value may stand in place of a list."""
    return tree if isinstance(tree, tuple) and not isinstance(tree, Leaf) else (tree,)


def _keys(tree: Tree | None) -> Mapping[str, Tree]:
    return tree if isinstance(tree, Mapping) else {}


def _in_force(above: Tree, own: Tree, span: Span) -> Tree:
    """Each end with the line that sets it."""
    ends = {}
    for key, day in (("from", span.since), ("until", span.until)):
        if day is not None:
            stated = [side[key] for side in (_keys(own), _keys(above)) if key in side]
            named = next((leaf for leaf in stated if isinstance(leaf, Leaf) and leaf.value == day), None)
            ends[key] = named or Leaf(day, _first_origin(stated or [own]))
    return ends


def _first_origin(trees: Sequence[Tree]) -> Origin:
    return next(iter(written({"": trees[0]}, Origin("", 1)))).origin


def _programme(above: Layer) -> Tree:
    """What counts by programme period goes on counting, whatever the adaptation's own dates."""
    span = above.definition.programme_span
    origin = _first_origin([above.tree["in_force"]])
    until = {"until": Leaf(span.until, origin)} if span.until else {}
    return {"from": Leaf(span.since, origin), **until}


def _parameters(above: Tree, own: Tree) -> Tree:
    changed = {name: {**_keys(_keys(above)[name]), "value": value} for name, value in _keys(own).items()}
    return {**_keys(above), **changed}


def _allocate(definition: RuleDefinition, adaptation: AdaptationDefinition, above: Tree, owner: Tree) -> Tree:
    """A quota that a lower level sets is its own: what it grants is counted apart from the others'."""
    allocate, stated = definition.allocate, _keys(above)
    ours = {f"{PARAMETER}{name}" for name in adaptation.values}
    quota = allocate.quota if allocate.quota_per == () else None
    if allocate.quotas and len(allocate.quotas) == 1:  # a higher level's own, set again
        quota = next(iter(allocate.quotas.values()))
    if quota not in ours or not isinstance(owner, Leaf):
        return above
    leaf = next(iter(_keys(stated["quotas"]).values())) if "quotas" in stated else stated["quota"]
    rest = {key: inner for key, inner in stated.items() if key not in ("quota", "quotas")}
    return {**rest, "quotas": {str(owner.value): leaf}}


def _part(definition: RuleDefinition, adaptation: AdaptationDefinition, own: Tree) -> Tree:
    """The part that is added: money, or a voucher that is redeemed where the first part is."""
    first = definition.benefits[0]
    keys = _keys(own)
    origin = _first_origin([own])
    kind = first.kind if first.kind in ("cash", "voucher") else "cash"
    name = f"top_up_{adaptation.owner.replace('-', '_')}"
    part: dict[str, Tree] = {
        "name": Leaf(name, origin),
        "kind": Leaf(kind, origin),
        "title": keys.get("title") or Leaf(adaptation.title, origin),
        "amount_fen": keys["amount_fen"],
        "budget": keys["budget"],
    }
    if kind == "voucher" and first.redeem_at is not None:
        stated = first.redeem_at.model_dump(exclude_defaults=True)
        part["redeem_at"] = {
            key: tuple(Leaf(word, origin) for word in words) for key, words in stated.items()
        }
    return part


def _left_to_others(above: Layer, adaptation: AdaptationDefinition, own: Mapping[str, Tree]) -> Tree:
    """What is left to the levels below: what stood above less what was used, or what is said here."""
    if "lower_levels" in own:
        return own["lower_levels"]
    stated = dict(_keys(above.tree.get("lower_levels")))
    levels = above.definition.lower_levels
    if adaptation.top_up and levels and levels.may_top_up:
        left_fen = levels.may_top_up.most_fen - adaptation.top_up.amount_fen
        stated.pop("may_top_up")
        if left_fen > 0:
            origin = _first_origin([own["top_up"]])
            stated["may_top_up"] = {"most_fen": Leaf(left_fen, origin)}
    return stated
