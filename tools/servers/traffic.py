"""What the outside sends in one round: seeded, in small requests, some of it twice, some of it late."""

import json
import random
from collections.abc import Iterator

from tools.servers.sending import Sender

MEMBERS = 40
REQUEST = 10
_AGAIN = 0.1  # of the events are sent a second time, some requests later
_SWAPPED = 0.2  # of the requests go out after the next one

Event = dict[str, object]


def events(seed: int, members: int = MEMBERS) -> list[Event]:
    """Members come in, have birthdays, earn certificates; some events are about nobody."""
    send = Sender()
    chance = random.Random(seed)
    lines = []
    for number in range(members):
        member = f"s{seed}-m{number}"
        life = [
            send.imported(member),
            send.birthday(member, f"2026-{chance.randint(1, 9):02}-{chance.randint(1, 28):02}"),
            send.certified(member, chance.choice(["高级工", "技师", "高级技师", "初级工"])),
        ]
        lines += life if chance.random() < 0.9 else life[1:]  # the rest is of somebody unknown
    events = [json.loads(line) | {"source": f"/chaos/{seed}"} for line in lines]
    return [event | {"id": f"{seed}-{n}"} for n, event in enumerate(events)]


def requests(seed: int, members: int = MEMBERS) -> Iterator[list[Event]]:
    """The events in the order in which they are sent."""
    chance = random.Random(f"requests {seed}")
    all_ = events(seed, members)
    made = [all_[start : start + REQUEST] for start in range(0, len(all_), REQUEST)]
    for n in range(len(made) - 1):
        if chance.random() < _SWAPPED:
            made[n], made[n + 1] = made[n + 1], made[n]
    gone: list[Event] = []
    for request in made:
        yield request + [event for event in gone if chance.random() < _AGAIN * len(request) / len(all_)]
        gone += request
