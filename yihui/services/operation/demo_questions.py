"""Bring to the officers of a demo what people bring: an appeal, a person who wants to join, a locked door."""

import json

from stdnum.cn import ric

from yihui.bootstrap import Wiring
from yihui.services.operation.demo import KEEPER_STATION, DemoClock
from yihui.services.operation.demo_room_contents import MEMBER

_UNION = "370102001-00015"  # of `MEMBER`
_APPEAL = "七月二十一日是高温红色预警，我全天在外面送件，为什么这一次没有发？"
_BORN = "37010219920620004"  # a place, a day of birth and a serial number, without the check digit
_NAME, _PHONE = "秦芒种", "19900000003"
_ADDRESS = "192.0.2.7"  # RFC 5737: nobody's


def bring_questions(wiring: Wiring, clock: DemoClock) -> None:
    """Let a member appeal, a person ask to join, and a rider report a locked door, on earlier days."""
    with clock.earlier(days=3):
        _appeal(wiring)
    with clock.earlier(days=1):
        _join(wiring)
    with clock.earlier(minutes=35):
        _report(wiring)


def _appeal(wiring: Wiring) -> None:
    from benefits import load_decision_records
    from core.civil_time import civil_date
    from yihui.cases.appeals.own import lodge_own_appeal

    with wiring.database.read() as connection:
        records = load_decision_records(connection, MEMBER, today=civil_date(wiring.now()))
    refused = next(one.why.id for one in records if one.why.outcome == "refused")
    lodge_own_appeal(wiring, MEMBER, refused, _APPEAL)


def _join(wiring: Wiring) -> None:
    """Join as a person does: her identity, the code that was sent to her phone, her confirmation."""
    from yihui.services.joining.identity import TypedIdentity, enter_code, give_identity
    from yihui.services.joining.joining import confirm_joining
    from yihui.services.joining.requests import JoinPlace, begin_joining

    begun, _ = begin_joining(wiring, JoinPlace(organisation=_UNION, employer="示例建筑公司"))
    id_, number = begun.request.id, _BORN + ric.calc_check_digit(_BORN + "0")
    give_identity(wiring, id_, TypedIdentity(_NAME, number, _PHONE))
    sent = (wiring.data_folder / "codes.jsonl").read_text(encoding="utf-8").splitlines()
    enter_code(wiring, id_, json.loads(sent[-1])["code"])
    confirm_joining(wiring, id_)


def _report(wiring: Wiring) -> None:
    from events import InboundEvent
    from events.pipeline import process_batch
    from events.retries import run_in_transaction
    from yihui.services.stations.keepers import reporter_pseudonym
    from yihui.services.stations.reports import Report, build_report_event, require_reporter_key

    key, now = require_reporter_key(wiring), wiring.now()
    report = Report.model_validate({"observation": "locked"})
    event = build_report_event(report, KEEPER_STATION, reporter_pseudonym(_ADDRESS, now, key), now, key)
    run_in_transaction(
        wiring.database,
        lambda connection: process_batch(
            [InboundEvent(event, "web")], connection, wiring.runner.library(connection), now
        ),
    )
