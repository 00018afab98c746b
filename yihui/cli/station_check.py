"""Run ``yihui stations check`` and print its findings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

import typer

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.checks import CheckCriteria, FindingCode, FindingSeverity, StationFinding, check_stations
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS
from yihui.services.station_selection import select_stations
from yihui.views.labels import format_facilities

_MOST_SHOWN = 5
_MOST_IDS = 3

FINDING_TITLES: Mapping[FindingCode, str] = MappingProxyType(
    {
        FindingCode.WRONG_DATUM: N_("in another datum"),
        FindingCode.PLACEHOLDER: N_("placeholders for coordinates"),
        FindingCode.OFF_THE_MAP: N_("off the map"),
        FindingCode.OUTSIDE_DISTRICT: N_("outside of their district"),
        FindingCode.DISTRICT_CONTRADICTED: N_("district and address contradict each other"),
        FindingCode.DUPLICATE: N_("entered twice"),
        FindingCode.SAME_POINT: N_("several at one point"),
        FindingCode.ROUND_POINT: N_("rounded coordinates"),
        FindingCode.HOURS_NOT_UNDERSTOOD: N_("opening hours not understood"),
        FindingCode.BELOW_STANDARD: N_("below the standard"),
        FindingCode.FACILITIES_UNKNOWN: N_("facilities not noted"),
        FindingCode.STALE: N_("verified too long ago"),
        FindingCode.NEVER_VERIFIED: N_("never verified"),
    }
)
_SEVERITIES: Mapping[FindingSeverity, str] = MappingProxyType(
    {FindingSeverity.ERROR: N_("error"), FindingSeverity.WARNING: N_("warning")}
)


@dataclass(frozen=True, slots=True)
class StationCheckRequest:
    """Which stations and findings to check, and how much of the result to print."""

    register: str | None
    district: str | None
    only: frozenset[FindingCode]
    stale_days: int
    show_all: bool
    as_json: bool


def run_station_check(wiring: Wiring, order: StationCheckRequest) -> int:
    """Check the current stations and print the findings. Return the exit code, set by the worst finding."""
    stations = select_stations(wiring, register=order.register, district=order.district)
    today = wiring.now().astimezone(CIVIL_TIME).date()
    findings = check_stations(stations, CheckCriteria(wiring.outlines, today, order.stale_days), order.only)
    if order.as_json:
        typer.echo(json.dumps(_check_json(wiring, findings, len(stations)), ensure_ascii=False))
    else:
        _print_findings(wiring, order, findings, len(stations))
    return EXIT_FINDINGS if _count(findings, FindingSeverity.ERROR) else 0


def _check_json(wiring: Wiring, findings: Sequence[StationFinding], stations: int) -> dict[str, object]:
    return {
        "stations": stations,
        "errors": _count(findings, FindingSeverity.ERROR),
        "warnings": _count(findings, FindingSeverity.WARNING),
        "findings": [
            {
                "code": finding.code.value,
                "severity": finding.severity.value,
                "stations": list(finding.stations),
                "message": _render_template(wiring, finding.message, finding.params),
                "remedy": _render_template(wiring, finding.remedy, finding.params),
                "reasons": [
                    _render_template(wiring, reason.message, reason.params) for reason in finding.reasons
                ],
                "figures": dict(finding.figures),
            }
            for finding in findings
        ],
    }


def _print_findings(
    wiring: Wiring, order: StationCheckRequest, findings: Sequence[StationFinding], stations: int
) -> None:
    for (severity, code), group in groupby(findings, lambda f: (f.severity, f.code)):
        alike = list(group)
        typer.echo(
            f"{wiring.render(_SEVERITIES[severity])} · {wiring.render(FINDING_TITLES[code])} ({code.value}): {len(alike)}"
        )
        shown = alike if order.show_all else alike[:_MOST_SHOWN]
        for remedy, told in groupby(shown, lambda f: _render_template(wiring, f.remedy, f.params)):
            for finding in told:
                _print_finding(wiring, finding)
            typer.echo(f"    → {remedy}")
        if len(alike) > len(shown):
            more = N_("… and {count} more: --only {code} --all tells them, --json gives all to a program")
            typer.echo("    " + wiring.render(more, count=len(alike) - len(shown), code=code.value))
    told_all = N_("{stations} stations checked: {errors} errors, {warnings} warnings")
    counts = {
        "errors": _count(findings, FindingSeverity.ERROR),
        "warnings": _count(findings, FindingSeverity.WARNING),
    }
    typer.echo(wiring.render(told_all, stations=stations, **counts), err=True)


def _print_finding(wiring: Wiring, finding: StationFinding) -> None:
    ids = wiring.language.format_list(finding.stations[:_MOST_IDS])
    more = " …" if len(finding.stations) > _MOST_IDS else ""
    typer.echo(f"  {_render_template(wiring, finding.message, finding.params)}  [{ids}{more}]")
    if finding.reasons:
        reasons = [_render_template(wiring, reason.message, reason.params) for reason in finding.reasons]
        typer.echo(f"      {wiring.language.join_clauses(reasons)}")


def _render_template(wiring: Wiring, template: str, params: Mapping[str, str]) -> str:
    words = dict(params)
    if "facilities" in words:
        words["facilities"] = format_facilities(words["facilities"].split(", "), wiring.language)
    return wiring.render(template, **words)


def _count(findings: Sequence[StationFinding], severity: FindingSeverity) -> int:
    return sum(finding.severity is severity for finding in findings)
