"""Health check of joining online: whether any union has said how it handles an ID number."""

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.runtime.health.check_result import HealthCheck, HealthFinding, build_finding


def _takes_joins(wiring: Wiring) -> bool:
    given = wiring.settings  # a demo has a sender of its own
    return wiring.vault is not None and (given.code_sender is not None or given.is_demo)


def _consents(wiring: Wiring) -> HealthFinding:
    """Check that at least one union has a text to which a person can agree; without one nobody joins online."""
    from members.joining.consents import read_consents

    with wiring.database.read() as connection:
        count = sum(one.text is not None for one in read_consents(connection).values())
    if count:
        return build_finding(wiring, "ok", N_("unions with a text of their own: {count}"), count=count)
    nobody = N_("no union has said how it handles an ID number, so that nobody can join online")
    remedy = N_(
        "write it for the whole union: yihui organisations consent {code}, or “Organisations” on the desk"
    )
    return build_finding(wiring, "missing", nobody, remedy, code=PROVINCE_CODE)


CONSENT_CHECK = HealthCheck("consents", N_("joining online"), _consents, needs="vault", is_meant=_takes_joins)
