"""Consensus among riders' status reports."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from core.text_marks import N_
from geo.status.live_status import LiveState, LiveStatus, MessageParams, format_report_time
from geo.status.statements import REPORT_TERMS, ReportKind, StatusReport


@dataclass(frozen=True, slots=True)
class SupportingReports:
    """Status reports that support one claim, and the period in which they do."""

    since: datetime
    until: datetime
    reports: tuple[StatusReport, ...]  # the supporting reports that have not lapsed

    @property
    def params(self) -> MessageParams:
        return (("count", str(len(self.reports))),)


def find_consensus(
    sayings: Iterable[StatusReport],
    at: datetime,
    lifetime: timedelta,
    says_so: Callable[[StatusReport], bool],
) -> SupportingReports | None:
    """Return the supporting reports where enough different riders agree, else None.

    Riders of one network count as one rider, of whom only the last report counts. Each contradicting
    report cancels one earlier supporting report; one that the whole station is fine cancels all of them,
    because that rider got in. ``sayings`` are in order of time. A contradiction is later than the report that
    it cancels, so it also lapses later: a consensus can end by itself, but can't begin by itself.
    """
    votes = _votes(sayings, at, lifetime)
    since = _agreed_since(votes, says_so)
    if since is None:
        return None
    ends = next(n for n in range(1, len(votes) + 1) if _agreed_since(votes[n:], says_so) is None)
    return SupportingReports(since, votes[ends - 1].at + lifetime, tuple(filter(says_so, votes)))


def find_minority(
    sayings: Iterable[StatusReport],
    at: datetime,
    lifetime: timedelta,
    says_so: Callable[[StatusReport], bool],
) -> SupportingReports | None:
    """Return the supporting reports of riders who are too few for a consensus, else None.

    Contradicted reports don't count. The result is None where there is a consensus. Unlike a consensus,
    a minority can begin by itself: when some of the agreeing reports lapse.
    """
    votes = _votes(sayings, at, lifetime)
    standing = _standing(votes, says_so)
    if not 0 < len(standing) < REPORT_TERMS.quorum:
        return None
    ends = next(n for n in range(1, len(votes) + 1) if not _standing(votes[n:], says_so))
    return SupportingReports(standing[0].at, votes[ends - 1].at + lifetime, tuple(standing))


def _votes(sayings: Iterable[StatusReport], at: datetime, lifetime: timedelta) -> list[StatusReport]:
    """Return the last report of each network that has not lapsed, in order of time."""
    last = {saying.network: saying for saying in sayings if saying.at + lifetime > at and _is_counted(saying)}
    return sorted(last.values(), key=lambda saying: saying.order)


def _standing(votes: Sequence[StatusReport], says_so: Callable[[StatusReport], bool]) -> list[StatusReport]:
    """Return the supporting reports that no later contradiction cancels."""
    standing: list[StatusReport] = []
    for vote in votes:
        if says_so(vote):
            standing.append(vote)
        elif vote.is_all_clear:
            standing.clear()
        elif standing:
            standing.pop()
    return standing


def _is_counted(saying: StatusReport) -> bool:
    """Return whether a report counts towards a consensus: a known rider's, within the rate limit."""
    return saying.counts and not saying.is_official and saying.who != ""


def _agreed_since(votes: Sequence[StatusReport], says_so: Callable[[StatusReport], bool]) -> datetime | None:
    since, standing = None, 0
    for vote in votes:
        if says_so(vote):
            standing += 1
            since = vote.at if standing == REPORT_TERMS.quorum else since
        else:
            standing = 0 if vote.is_all_clear else max(0, standing - 1)
    return since if standing >= REPORT_TERMS.quorum else None


_SAID: Mapping[ReportKind, str] = MappingProxyType(
    {
        ReportKind.CLOSED: N_("1 person said it is closed ({time}); nobody else has confirmed it"),
        ReportKind.LOCKED: N_("1 person said the door is locked ({time}); nobody else has confirmed it"),
        ReportKind.CROWDED: N_("1 person said it is crowded ({time}); nobody else has confirmed it"),
        ReportKind.WRONG_PLACE: N_(
            "1 person did not find it where the map shows it ({time}); nobody else has confirmed it"
        ),
        ReportKind.BROKEN: N_(
            "{facility}: 1 person said it is broken ({time}); nobody else has confirmed it"
        ),
    }
)  # with a quorum of two, who is in the minority is alone


def build_unconfirmed_status(alone: SupportingReports, at: datetime, facility: str = "") -> LiveStatus:
    """Build the status that shows a report that nobody else has confirmed."""
    (last,) = alone.reports
    named = (("facility", facility),) if facility else ()
    params = (*alone.params, ("time", format_report_time(last.at, at)), *named)
    return LiveStatus(LiveState.TOLD, alone.since, alone.until, _SAID[last.what], params, 1, facility)
