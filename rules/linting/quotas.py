"""Check that quotas of a subtree fit into the quota of the level above."""

from core.text_marks import N_
from rules.faults import rule_fault_table
from rules.linting.subject import LintSubject
from rules.territory import territory_covers, territory_prefix

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
    }
)


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
