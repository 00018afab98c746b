"""Health checks of the brokers: reachable, with the declared topics, and read by a consumer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.health.check_result import HealthCheck, HealthFinding, HealthState, build_finding
from yihui.runtime.health.database import clock_skew_finding

if TYPE_CHECKING:
    from events.stream.administration import TopicsState


def _broker(wiring: Wiring) -> HealthFinding:
    if wiring.settings.kafka is None:
        return build_finding(wiring, "missing", N_("no broker is named: events are handled in this process"))
    from events.stream.administration import open_admin_client

    with open_admin_client(wiring.access) as admin:
        there = len(admin.describe_cluster()["brokers"])
    detail = N_("{servers}, brokers: {count}")
    return build_finding(wiring, "ok", detail, servers=wiring.access.servers, count=there)


def _topics(wiring: Wiring) -> HealthFinding:
    """Check the topics. The installation chooses the number of partitions; everything else is declared."""
    from events.stream.administration import fetch_topics_state
    from events.stream.topics import DEFAULT_PARTITIONS, ChangedSetting, MissingTopic

    standing = fetch_topics_state(wiring.access)
    chosen = _partitions(wiring, standing)
    if chosen != DEFAULT_PARTITIONS:
        standing = fetch_topics_state(wiring.access, chosen)
    missing = [each.name for each in standing.differences if isinstance(each, MissingTopic)]
    if missing:
        remedy = N_("make the topics with `yihui topics apply`")
        names = wiring.language.format_list(missing)
        return build_finding(wiring, "broken", N_("missing: {names}"), remedy, names=names)
    if standing.differences:
        other = [each for each in standing.differences if not isinstance(each, ChangedSetting)]
        altered = [
            f"{each.name} {each.setting}" for each in standing.differences if isinstance(each, ChangedSetting)
        ]
        names = wiring.language.format_list([*altered, *(each.name for each in other)])
        remedy = N_("look at them and put them right: `yihui topics apply`")
        return build_finding(wiring, "missing", N_("otherwise than declared: {names}"), remedy, names=names)
    return build_finding(wiring, "ok", N_("all {count} as declared"), count=len(standing.declared))


def _partitions(wiring: Wiring, standing: TopicsState) -> int:
    from events.stream.topics import DEFAULT_PARTITIONS

    found = standing.existing.get(wiring.access.topic_name("member-events"))
    return found.partitions if found else DEFAULT_PARTITIONS


def _lag(wiring: Wiring) -> HealthFinding:
    from events.stream.lag import fetch_consumer_lag

    found = fetch_consumer_lag(wiring.access)
    if found is None:
        return build_finding(wiring, "missing", N_("the brokers can't tell yet: look again in a moment"))
    total = sum(found.lag.values())
    state: HealthState = "ok" if found.consumers else "broken" if total else "missing"
    return build_finding(
        wiring,
        state,
        N_("messages that wait: {count}, consumers in group {group}: {consumers}"),
        "" if found.consumers else N_("start yihui worker"),
        count=f"{total:,}",
        group=wiring.access.consumer_group,
        consumers=found.consumers,
    )


def _broker_clock(wiring: Wiring) -> HealthFinding:
    """Check the brokers' clock by their newest message: a timestamp in our future means it is ahead."""
    from events.stream.lag import fetch_newest_message_time

    stamped = fetch_newest_message_time(wiring.access)
    if stamped is None:
        return build_finding(wiring, "missing", N_("not known: no message yet"))
    ahead = stamped - wiring.now()
    if ahead <= timedelta(0):
        return build_finding(wiring, "ok", N_("no message bears a time that is yet to come"))
    return clock_skew_finding(wiring, ahead)


BROKER_CHECKS = (
    HealthCheck("broker", N_("broker"), _broker),
    HealthCheck("topics", N_("topics"), _topics, needs="broker"),
    HealthCheck("lag", N_("lag"), _lag, needs="topics"),
    HealthCheck("broker_clock", N_("broker's clock"), _broker_clock, needs="topics"),
)
