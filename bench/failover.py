"""Benchmark a failover: PostgreSQL is killed under traffic, its standby promoted; seconds to the first benefit."""

from bench.measurement import Measurement
from tools.servers import kafka, postgres
from tools.servers.failing_over import fail_over, two_servers


def measure() -> list[Measurement]:
    """Fail over once; who decides to promote takes no time here."""
    if not (postgres.is_at_hand() and kafka.is_at_hand()):
        return []
    with two_servers() as (made, pair):
        found = fail_over(made, pair)
    detail = (
        f"from the promotion of a standby; first 202 after {found.accepted_s - found.promoted_s:.2f} s; "
        f"killed {found.promoted_s:.2f} s before; riders got {len(found.riders.answers_s):,} answers, the "
        f"slowest in {max(found.riders.answers_s):.2f} s, {len(found.riders.failures)} of them failures"
    )
    taken_s = found.granted_s - found.promoted_s
    return [Measurement.plain("failover.promotion_to_first_benefit", taken_s, "s", detail)]
