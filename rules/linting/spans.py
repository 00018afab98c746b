"""Check for inconsistent dates: expiry before the end of the claim period, days without a version."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from core.text_marks import N_
from rules.linting.subject import LintSubject
from rules.model.period import last_day

_MOST_DAYS = 366 * 4


def check_claim_expiry(subject: LintSubject) -> None:
    """Report a benefit that must be claimed but may expire before the claim period ends."""
    definition = subject.definition
    if definition.claim is None or definition.expires is None:
        return
    span = definition.in_force
    for step in range(_MOST_DAYS):
        start = span.since + timedelta(days=step)
        if not span.holds(start):
            return
        expires_on, claim_by = last_day(start, definition.expires), last_day(start, definition.claim.within)
        if expires_on < claim_by:
            _expires_early(subject, start, expires_on, claim_by)
            return


def _expires_early(subject: LintSubject, start: date, expires_on: date, claim_by: date) -> None:
    subject.document.add_finding(
        ("expires",),
        "expires-before-claim",
        N_("granted on {start}, it expires on {expires} but may be claimed until {claim}"),
        N_("let expires: be at least as long as claim: within:"),
        why=N_("Members would be told a day on which nothing is left to claim."),
        params={
            "start": start.isoformat(),
            "expires": expires_on.isoformat(),
            "claim": claim_by.isoformat(),
        },
    )


def check_version_gaps(subjects: Sequence[LintSubject]) -> None:
    """Report days between two versions of a rule on which no version is in force."""
    versions: dict[str, list[LintSubject]] = defaultdict(list)
    for subject in sorted(subjects, key=lambda one: one.definition.in_force.since):
        versions[subject.definition.id].append(subject)
    for found in versions.values():
        for earlier, later in pairwise(found):
            _gap(earlier, later)


def _gap(earlier: LintSubject, later: LintSubject) -> None:
    until, since = earlier.definition.in_force.until, later.definition.in_force.since
    if until is None or since <= until + timedelta(days=1):
        return
    first, last = until + timedelta(days=1), since - timedelta(days=1)
    later.document.add_finding(
        ("in_force",),
        "version-gap",
        N_("no version of {rule} holds from {first} to {last}; the one before stands in {file}"),
        N_("begin this version on {first}, or give it another id"),
        why=N_("Events of those days would silently be granted nothing."),
        params={
            "rule": later.definition.id,
            "first": first.isoformat(),
            "last": last.isoformat(),
            "file": earlier.document.file,
        },
    )
