"""Check that quotas of a subtree fit into the quota of the level above."""

from core.text_marks import N_
from rules.faults import rule_fault_table
from rules.linting.subject import LintSubject
from rules.territory import territory_covers, territory_prefix
from rules.yaml.wording import PARAMETER_PREFIX

_WHY = N_("A grant takes a place at every level above, so that the places promised below can't all be given.")
_FAULTS = rule_fault_table(
    {
        "quota-above-its-level": (
            N_("{owner} has {size} places, more than the {allowed} of {above}, in which it lies"),
            N_("lower it to at most {allowed}, or raise the quota of {above}"),
            _WHY,
        ),
        "quotas-above-their-level": (
            N_("{owners} have {size} places together, more than the {allowed} of {above}, in which they lie"),
            N_("lower them to at most {allowed} together, or raise the quota of {above}"),
            _WHY,
        ),
        "share-above-whole": (
            N_("{places} places of {of} participants are more than all"),
            N_("write places: of at most of:, and bound its parameter with most:"),
        ),
        "share-of-all": (
            N_("a lower level may set {value}, but all levels share the places"),
            N_("leave it out of lower_levels: may_set:"),
            N_("The share is one of all whom the rule considers, whatever their organisation."),
        ),
    }
)


def check_share(subject: LintSubject) -> None:
    """Report a share of more than all, and one that a lower level could set: all levels share its places."""
    definition, stated = subject.definition, subject.definition.allocate.share
    if stated is None:
        return
    most = {}
    for key, figure in (("places", stated.places), ("of", stated.of)):
        parameter = definition.parameters.get(str(figure).removeprefix(PARAMETER_PREFIX))
        most[key] = definition.resolve_figure(figure)
        if parameter is not None and key == "places":
            most[key] = max(most[key], parameter.most or 0)
        below = definition.lower_levels
        if parameter is not None and below and str(figure).removeprefix(PARAMETER_PREFIX) in below.may_set:
            fault = _FAULTS.build("share-of-all", value=figure)
            subject.document.add_fault(("allocate", "share", key), fault)
    every, below = str(definition.allocate.every), definition.lower_levels
    if below and every.removeprefix(PARAMETER_PREFIX) in below.may_set:
        subject.document.add_fault(("allocate", "every"), _FAULTS.build("share-of-all", value=every))
    if most["places"] > most["of"]:
        fault = _FAULTS.build("share-above-whole", places=most["places"], of=most["of"])
        subject.document.add_fault(("allocate", "share"), fault)


def check_nested_quotas(subject: LintSubject) -> None:
    """Compare each quota, and all quotas directly below another one, with the quota that contains them."""
    sizes = subject.rule.allocation.sizes
    below: dict[str, list[str]] = {}
    for owner in sizes:
        around = [other for other in sizes if other != owner and territory_covers(other, owner)]
        if around:
            below.setdefault(max(around, key=lambda code: len(territory_prefix(code))), []).append(owner)
    for above, owners in below.items():
        allowed, total = sizes[above], sum(sizes[owner] for owner in owners)
        single = [owner for owner in owners if sizes[owner] > allowed]
        for owner in single:
            fault = _FAULTS.build(
                "quota-above-its-level", owner=owner, size=sizes[owner], allowed=allowed, above=above
            )
            subject.document.add_fault(("allocate", "quotas", owner), fault)
        if total > allowed and not single:
            fault = _FAULTS.build(
                "quotas-above-their-level",
                owners=", ".join(sorted(owners)),
                size=total,
                allowed=allowed,
                above=above,
            )
            subject.document.add_fault(("allocate", "quotas", above), fault)
