"""The brokers: reachable, with the topics that are declared, and read by somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring
from yihui.runtime.health.check_result import Found, Look
from yihui.runtime.health.database import told_of_skew

if TYPE_CHECKING:
    from events.stream.administration import Standing

N_ = str  # marks a text for the message catalogue


def _broker(wiring: Wiring) -> Found:
    if wiring.settings.kafka is None:
        return Found("missing", wiring.say(N_("no broker is named: events are handled in this process")))
    from events.stream.administration import administering

    with administering(wiring.access) as admin:
        there = len(admin.describe_cluster()["brokers"])
    detail = wiring.say(N_("{servers}, brokers: {count}"), servers=wiring.access.servers, count=there)
    return Found("ok", detail)


def _topics(wiring: Wiring) -> Found:
    """How many partitions there are is the installation's choice; all else is declared."""
    from events.stream.administration import look
    from events.stream.topics import PARTITIONS, Altered, Missing

    standing = look(wiring.access)
    chosen = _partitions(wiring, standing)
    if chosen != PARTITIONS:
        standing = look(wiring.access, chosen)
    missing = [each.name for each in standing.differences if isinstance(each, Missing)]
    altered = [f"{each.name} {each.setting}" for each in standing.differences if isinstance(each, Altered)]
    other = [each.name for each in standing.differences if not isinstance(each, Missing | Altered)]
    remedy = wiring.say(N_("make the topics with `yihui topics apply`"))
    if missing:
        names = wiring.language.listed(missing)
        return Found("broken", wiring.say(N_("missing: {names}"), names=names), remedy)
    if altered or other:
        names = wiring.language.listed([*altered, *other])
        detail = wiring.say(N_("otherwise than declared: {names}"), names=names)
        return Found(
            "missing", detail, wiring.say(N_("look at them and put them right: `yihui topics apply`"))
        )
    return Found("ok", wiring.say(N_("all {count} as declared"), count=len(standing.wanted)))


def _partitions(wiring: Wiring, standing: Standing) -> int:
    from events.stream.topics import PARTITIONS

    found = standing.found.get(wiring.access.topic("member-events"))
    return found.partitions if found else PARTITIONS


def _lag(wiring: Wiring) -> Found:
    from events.stream.lag import behind

    found = behind(wiring.access)
    if found is None:
        return Found("missing", wiring.say(N_("the brokers can't tell yet: look again in a moment")))
    total = sum(found.lag.values())
    detail = wiring.say(
        N_("messages that wait: {count}, consumers in group {group}: {consumers}"),
        count=f"{total:,}",
        group=wiring.access.group,
        consumers=found.consumers,
    )
    if found.consumers:
        return Found("ok", detail)
    return Found("broken" if total else "missing", detail, wiring.say(N_("start yihui worker")))


def _broker_clock(wiring: Wiring) -> Found:
    """Brokers don't tell the time, but they stamp messages: a stamp in our future is a clock that is ahead."""
    from events.stream.lag import newest

    stamped = newest(wiring.access)
    if stamped is None:
        return Found("missing", wiring.say(N_("not known: no message yet")))
    ahead = stamped - wiring.now()
    if ahead <= timedelta(0):
        return Found("ok", wiring.say(N_("no message bears a time that is yet to come")))
    return told_of_skew(wiring, ahead)


LOOKS = (
    Look("broker", N_("broker"), _broker),
    Look("topics", N_("topics"), _topics, needs="broker"),
    Look("lag", N_("lag"), _lag, needs="topics"),
    Look("broker_clock", N_("broker's clock"), _broker_clock, needs="topics"),
)
