"""Check a rule file, submit, approve or reject it; stop a rule, let it go on or end it; the record of these acts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import Connection

import benefits
from benefits import Act, ActRefused, Officer, RuleSubmission, RuleVersion
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.acts import record_act
from events.retroactive import RetroactiveEffect, compute_retroactive_effect
from rules import RuleLibrary
from yihui.access.acting import state_act
from yihui.access.pending_acts import PendingAct, PendingKind, propose_pending_act
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.services.access.act_places import owners_of_rule
from yihui.services.access.acting import acting_officer, open_act
from yihui.services.access.second_person import require_first_person, require_second_person
from yihui.services.rules.ceilings import list_limited_budgets
from yihui.services.rules.differences import RuleChange, compare_with_holding
from yihui.services.rules.documents import RuleFile, rule_file_of_version
from yihui.services.rules.in_force import adaptations_in_force, load_approvals
from yihui.services.rules.places import find_unknown_places
from yihui.services.rules.rules import base_texts
from yihui.services.rules.trial import ExistingRules, VersionCandidate, examine_rule_file
from yihui.services.rules.versions import VERSION_FAULTS, base_rule

SUBMISSION_FAULTS = FaultTable(
    "rule_submission",
    {
        "altered": (
            N_("the content of the version {value} is not what was handed in"),
            N_("reject it and hand the file in again"),
        ),
        "not_waiting": (
            N_("no version waits under {value}"),
            N_("name a rule or at least eight characters of a hash; which wait: yihui rules versions"),
        ),
        "several": (N_("several versions wait under {value}: {hashes}"), N_("name one by its hash")),
    },
)

ActResult = TypeVar("ActResult")


@dataclass(frozen=True, slots=True)
class EndedVersions:
    """The last day of a rule's versions, and how many applications for its programmes are under way.

    Those that were handed in by that day are still decided by these versions.
    """

    last_day: date
    programmes: tuple[str, ...]
    under_way: int


def find_ended_versions(
    connection: Connection, library: RuleLibrary, rule_id: str, last_day: date
) -> EndedVersions:
    """Return what becomes of the applications under way when versions of a rule, or of its adaptation, end."""
    processes = (one.definition.process for one in library.rules if one.id == base_rule(rule_id))
    programmes = {process.programme for process in processes if process}
    from yihui.cases.applications.listed import count_open_applications  # no part of a riders' site

    return EndedVersions(last_day, tuple(sorted(programmes)), count_open_applications(connection, programmes))


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """A version that was submitted or approved, what it changes, and the past decisions it would have changed.

    ``ended`` tells of the versions that it takes over from; None if there are none.
    """

    candidate: VersionCandidate
    change: RuleChange
    past: RetroactiveEffect = field(default_factory=RetroactiveEffect)
    ended: EndedVersions | None = None


@dataclass(frozen=True, slots=True)
class ExaminedFile:
    """A rule file that was examined, the rules it was examined against, and their epoch at that time."""

    epoch: int
    paper: RuleFile
    candidate: VersionCandidate
    standing: ExistingRules

    def change_on(self, day: date) -> RuleChange:
        """Return what the version changes against the one that holds on a day."""
        return compare_with_holding(self.standing, self.candidate, day)


@dataclass(slots=True)
class RuleService:
    """The acts of an officer on the rules of one database and its folders."""

    wiring: Wiring

    def examine_file(self, paper: RuleFile, *, takes_over: bool) -> ExaminedFile:
        """Examine a rule's text as submitting would, and store nothing. *Raises*: RuleFaults, FaultError."""
        return self._examine_file(lambda _: (paper, takes_over))

    def submit_file(
        self,
        paper: RuleFile,
        who: str,
        *,
        takes_over: bool = False,
        also: Callable[[Connection, Officer], None] = lambda connection, officer: None,
    ) -> SubmissionResult:
        """Submit a rule's text; ``also`` runs in the same transaction. *Raises*: RuleFaults, FaultError."""
        acting = acting_officer(self.wiring, who)
        looked = self._examine_file(lambda _: (paper, takes_over))
        with open_act(self.wiring) as connection:
            benefits.lock_rulebook_exclusive(connection)
            examined = self._reexamine(connection, looked, paper, takes_over=takes_over)
            candidate = examined.candidate
            require_first_person(self.wiring, connection, who)
            benefits.submit_rule_version(connection, acting, _submission(candidate))
            state_act("rule", candidate.stated.id, after={"hash": candidate.stated.hash})
            also(connection, acting)
            return _build_result(connection, examined, acting.today)

    def approve(self, named: str, who: str, *, seen: bool) -> SubmissionResult:
        """Approve a version, which puts it in force.

        *Raises*: RuleFaults, FaultError; PastNotReviewed if the officer must first review past decisions.
        """
        acting = acting_officer(self.wiring, who)

        def version_in(connection: Connection) -> RuleVersion:
            found = find_submitted_version(connection, named)
            return benefits.require_approvable_version(connection, acting, found.hash)

        def read(connection: Connection) -> tuple[RuleFile, bool]:
            version = version_in(connection)
            return rule_file_of_version(version), version.submission.takes_over

        looked = self._examine_file(read)
        with open_act(self.wiring) as connection:
            benefits.lock_rulebook_exclusive(connection)
            version = version_in(connection)
            handed_in = version.submission
            examined = self._reexamine(
                connection, looked, rule_file_of_version(version), takes_over=handed_in.takes_over
            )
            candidate = examined.candidate
            _refuse_altered_content(candidate, version)
            result = _build_result(connection, examined, acting.today)
            if result.past.needs_review and not seen:
                raise PastNotReviewed(result)
            first = Step(version.submitted_by, version.submitted_at, Right.WRITE_RULES)
            places = owners_of_rule(self.wiring, connection, handed_in.text)
            second = Step(who, acting.at, Right.APPROVE_RULES)
            require_second_person(self.wiring, connection, first, second, places)
            benefits.approve_rule_version(connection, acting, version.hash, candidate.before)
            terms = {"version": version.hash, "before": candidate.before, "by": who}
            record_act(connection, "approve_rule", acting.at, **terms)
        return result

    def _examine_file(self, read: Callable[[Connection], tuple[RuleFile, bool]]) -> ExaminedFile:
        """Examine a rule file in a read transaction: proofs take seconds and must not block batches."""
        with self.wiring.database.read() as connection:
            epoch, standing = benefits.read_rulebook_epoch(connection), self._load_existing(connection)
            paper, takes_over = read(connection)
        return self._examine(epoch, standing, paper, takes_over=takes_over)

    def _examine(
        self, epoch: int, standing: ExistingRules, paper: RuleFile, *, takes_over: bool
    ) -> ExaminedFile:
        candidate = examine_rule_file(standing, paper, takes_over=takes_over)
        unknown = find_unknown_places(self.wiring, [(paper.name, paper.text)])
        candidate = replace(candidate, warnings=(*candidate.warnings, *unknown))
        return ExaminedFile(epoch, paper, candidate, standing)

    def _reexamine(
        self, connection: Connection, looked: ExaminedFile, paper: RuleFile, *, takes_over: bool
    ) -> ExaminedFile:
        """Return the examined file, or examine it again if the file, the rules or the budgets changed since."""
        epoch, limited = benefits.read_rulebook_epoch(connection), list_limited_budgets(connection)
        seen = (looked.paper, looked.epoch, looked.standing.limited_budgets)
        if seen == (paper, epoch, limited):
            return looked
        return self._examine(epoch, self._load_existing(connection), paper, takes_over=takes_over)

    def reject(self, named: str, who: str, reason: str) -> RuleVersion:
        """Reject a version, or withdraw one's own. *Raises*: FaultError."""
        with open_act(self.wiring) as connection:
            benefits.lock_rulebook_exclusive(connection)
            version = find_submitted_version(connection, named)
            return benefits.reject_rule_version(
                connection, acting_officer(self.wiring, who, reason), version.hash
            )

    def act_on_rule(self, rule_id: str, act: Callable[[Connection, str | None], ActResult]) -> ActResult:
        """Run an act on an existing rule, with the hash of its version of today. *Raises*: FaultError."""
        with open_act(self.wiring) as connection:
            benefits.lock_rulebook_exclusive(connection)
            library = self.wiring.rulebook.in_force(connection)
            if "@" in rule_id:
                return act(connection, self._adaptation_of_today(connection, rule_id))
            return act(connection, self._version_of_today(library, rule_id))

    def _version_of_today(self, library: RuleLibrary, rule_id: str) -> str | None:
        from yihui.services.members.unknown_ids import unknown_rule_fault

        versions = library.versions(rule_id)
        if not versions:
            raise FaultError([unknown_rule_fault(library, rule_id, self.wiring.language)])
        today = civil_date(self.wiring.now())
        return next((v.hash for v in versions if v.definition.in_force.holds(today)), None)

    def _adaptation_of_today(self, connection: Connection, named: str) -> str | None:
        base, today = base_texts(self.wiring.settings.rules_in_force), civil_date(self.wiring.now())
        found = [one for one in adaptations_in_force(base, load_approvals(connection)) if one.id == named]
        if not found:
            raise ActRefused(VERSION_FAULTS.build("unknown_version", field="rule", value=named))
        return next((one.hash for one in found if one.in_force.holds(today)), None)

    def _load_existing(self, connection: Connection) -> ExistingRules:
        library = self.wiring.rulebook.in_force(connection)
        base = base_texts(self.wiring.settings.rules_in_force)
        limited = list_limited_budgets(connection)
        return ExistingRules(base, load_approvals(connection), library, limited)


def _build_result(connection: Connection, examined: ExaminedFile, today: date) -> SubmissionResult:
    candidate, ended = examined.candidate, None
    past = compute_retroactive_effect(connection, candidate.rule, candidate.library, today)
    if candidate.ends:
        last = candidate.stated.in_force.since - timedelta(days=1)
        ended = find_ended_versions(connection, examined.standing.library, candidate.stated.id, last)
    return SubmissionResult(candidate, examined.change_on(today), past, ended)


def _submission(candidate: VersionCandidate) -> RuleSubmission:
    stated = candidate.stated
    return RuleSubmission(
        stated.hash,
        stated.id,
        stated.in_force.since,
        stated.in_force.until,
        candidate.paper.text,
        candidate.paper.tables,
        bool(candidate.ends),
    )


def _refuse_altered_content(candidate: VersionCandidate, version: RuleVersion) -> None:
    if candidate.stated.hash != version.hash:
        raise ActRefused(SUBMISSION_FAULTS.build("altered", field="version", value=version.hash[:12]))


class PastNotReviewed(Exception):
    """The version would have changed past decisions, and the approving officer hasn't confirmed a review."""

    def __init__(self, handed_in: SubmissionResult) -> None:
        self.handed_in = handed_in
        super().__init__(handed_in.candidate.stated.id)


def find_submitted_version(connection: Connection, named: str) -> RuleVersion:
    """Return the submitted version with a hash (or its beginning) or a rule's id. *Raises*: ActRefused."""
    known = benefits.list_submitted_versions(connection)
    by_hash = [v for v in known if v.hash.startswith(named)] if len(named) >= 8 else []
    found = [v for v in known if v.state == "submitted" and v.rule_id == named]
    found = found or [v for v in by_hash if v.state == "submitted"]
    if len(found) == 1:
        return found[0]
    if len(by_hash) == 1:
        return by_hash[0]  # the act itself reports why this version can't be used
    code, hashes = "several" if found else "not_waiting", ", ".join(v.hash[:12] for v in found)
    raise ActRefused(SUBMISSION_FAULTS.build(code, field="version", value=named, hashes=hashes))


def stop_rule_at_once(wiring: Wiring, rule: str, by: str, reason: str) -> None:
    """Stop a rule; events that it would consider are held. *Raises*: FaultError."""

    def act(connection: Connection, version: str | None) -> object:
        officer = acting_officer(wiring, by, reason)
        stop = benefits.stop_rule(connection, officer, rule, version)
        record_act(connection, "stop_rule", officer.at, rule=rule, version=version, by=by, reason=reason)
        return stop

    RuleService(wiring).act_on_rule(rule, act)


def propose_resuming(wiring: Wiring, rule: str, by: str, reason: str) -> PendingAct:
    """Propose that a stopped rule goes on; a second person confirms it. *Raises*: FaultError."""

    def act(connection: Connection, version: str | None) -> PendingAct:
        officer = acting_officer(wiring, by, reason)
        stop = benefits.require_rule_stop(connection, rule)
        terms = {
            "version": version,
            "stopped_by_act": stop.act,
            "stopped_by": stop.who,
            "stop_reason": stop.reason,
        }
        require_first_person(wiring, connection, officer.who)
        proposed = (officer.who, reason, officer.at)
        return propose_pending_act(connection, PendingKind.STOP_LIFT, rule, terms, proposed)

    return RuleService(wiring).act_on_rule(rule, act)


def retire_rule_after(
    wiring: Wiring, rule: str, last_day: date | None, by: str, reason: str
) -> EndedVersions:
    """End a rule after a day, or after today. *Raises*: FaultError."""

    def act(connection: Connection, version: str | None) -> EndedVersions:
        officer = acting_officer(wiring, by, reason)
        last = last_day or officer.today
        benefits.retire_rule(connection, officer, rule, version, last)
        terms = {"version": version, "last_day": last, "by": by, "reason": reason}
        record_act(connection, "retire_rule", officer.at, rule=rule, **terms)
        return find_ended_versions(connection, wiring.rulebook.in_force(connection), rule, last)

    return RuleService(wiring).act_on_rule(rule, act)


def list_rule_acts(wiring: Wiring, rule: str | None) -> list[Act]:
    """List who did what with a rule, or with all."""
    with wiring.database.read() as connection:
        return benefits.list_acts(connection, rule)
