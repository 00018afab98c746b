"""What enough different riders say."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from geo.status.live_status import Params
from geo.status.statements import Saying


@dataclass(frozen=True, slots=True)
class Agreement:
    since: datetime
    until: datetime
    sayings: tuple[Saying, ...]  # those that say so and have not lapsed

    @property
    def params(self) -> Params:
        return (("count", str(len(self.sayings))),)


def agreed(
    sayings: Iterable[Saying],
    at: datetime,
    lifetime: timedelta,
    quorum: int,
    says_so: Callable[[Saying], bool],
) -> Agreement | None:
    """What enough different riders say, less those whom later ones contradict; by each one's last word.

    Sayings are in order of time. A contradiction is later than what it takes back, so it lapses later:
    agreement can end by itself, and can't begin.
    """
    votes = _votes(sayings, at, lifetime)
    since = _agreed_since(votes, quorum, says_so)
    if since is None:
        return None
    ends = next(n for n in range(1, len(votes) + 1) if _agreed_since(votes[n:], quorum, says_so) is None)
    return Agreement(since, votes[ends - 1].at + lifetime, tuple(filter(says_so, votes)))


def alone(
    sayings: Iterable[Saying],
    at: datetime,
    lifetime: timedelta,
    quorum: int,
    says_so: Callable[[Saying], bool],
) -> Agreement | None:
    """What some riders say who are too few to agree, and whom no later ones contradict; None where they agree.

    Unlike an agreement it can begin by itself: where some of those who agreed have lapsed.
    """
    votes = _votes(sayings, at, lifetime)
    standing = _standing(votes, says_so)
    if not 0 < len(standing) < quorum:
        return None
    ends = next(n for n in range(1, len(votes) + 1) if not _standing(votes[n:], says_so))
    return Agreement(standing[0].at, votes[ends - 1].at + lifetime, tuple(standing))


def _votes(sayings: Iterable[Saying], at: datetime, lifetime: timedelta) -> list[Saying]:
    """Each rider's last word, in order of time."""
    last = {saying.who: saying for saying in sayings if saying.at + lifetime > at and _is_heard(saying)}
    return sorted(last.values(), key=lambda saying: saying.order)


def _standing(votes: Sequence[Saying], says_so: Callable[[Saying], bool]) -> list[Saying]:
    """Those who say so and weren't contradicted by as many later ones."""
    standing: list[Saying] = []
    for vote in votes:
        if says_so(vote):
            standing.append(vote)
        elif standing:
            standing.pop()
    return standing


def _is_heard(saying: Saying) -> bool:
    return saying.counts and not saying.is_official and saying.who != ""


def _agreed_since(votes: Sequence[Saying], quorum: int, says_so: Callable[[Saying], bool]) -> datetime | None:
    since, standing = None, 0
    for vote in votes:
        if says_so(vote):
            standing += 1
            since = vote.at if standing == quorum else since
        else:
            standing = max(0, standing - 1)
    return since if standing >= quorum else None
