"""What enough different riders say."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from geo.live_status import Params
from geo.sayings import Saying


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
    last = {saying.who: saying for saying in sayings if saying.at + lifetime > at and _is_heard(saying)}
    votes = sorted(last.values(), key=lambda saying: saying.order)
    since = _agreed_since(votes, quorum, says_so)
    if since is None:
        return None
    ends = next(n for n in range(1, len(votes) + 1) if _agreed_since(votes[n:], quorum, says_so) is None)
    return Agreement(since, votes[ends - 1].at + lifetime, tuple(filter(says_so, votes)))


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
