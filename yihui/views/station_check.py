"""Show the findings of a check of stations."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from core.text_marks import N_
from geo.checks import FindingCode, FindingSeverity, StationFinding
from yihui.runtime.language import Language
from yihui.services.stations.upkeep import CheckedStations
from yihui.views.labels import format_facilities

_MOST_SHOWN = 5
_MOST_IDS = 3

FINDING_TITLES: Mapping[FindingCode, str] = {
    FindingCode.WRONG_DATUM: N_("in another datum"),
    FindingCode.PLACEHOLDER: N_("placeholders for coordinates"),
    FindingCode.OFF_THE_MAP: N_("off the map"),
    FindingCode.OUTSIDE_DISTRICT: N_("outside of their district"),
    FindingCode.DISTRICT_CONTRADICTED: N_("district and address contradict each other"),
    FindingCode.DUPLICATE: N_("entered twice"),
    FindingCode.SAME_POINT: N_("several at one point"),
    FindingCode.ROUND_POINT: N_("rounded coordinates"),
    FindingCode.HOURS_NOT_UNDERSTOOD: N_("opening hours not understood"),
    FindingCode.HOURS_BY_DEFAULT: N_("24 hours that a form filled in"),
    FindingCode.BELOW_STANDARD: N_("below the standard"),
    FindingCode.FACILITIES_UNKNOWN: N_("facilities not noted"),
    FindingCode.STALE: N_("verified too long ago"),
    FindingCode.NEVER_VERIFIED: N_("never verified"),
}
_SEVERITIES: Mapping[FindingSeverity, str] = {
    FindingSeverity.ERROR: N_("error"),
    FindingSeverity.WARNING: N_("warning"),
}


def station_check_json(checked: CheckedStations, language: Language) -> dict[str, object]:
    """Return the counts and the findings as JSON data."""
    return {
        "stations": checked.station_count,
        "errors": checked.count(FindingSeverity.ERROR),
        "warnings": checked.count(FindingSeverity.WARNING),
        "findings": [
            {
                "code": finding.code.value,
                "severity": finding.severity.value,
                "stations": list(finding.stations),
                "message": _render(finding.message, finding.params, language),
                "remedy": _render(finding.remedy, finding.params, language),
                "reasons": _reasons(finding, language),
                "figures": dict(finding.figures),
            }
            for finding in checked.findings
        ],
    }


def station_check_lines(checked: CheckedStations, language: Language, *, show_all: bool) -> Iterator[str]:
    """Yield the findings by kind: all of them, or the first of each kind and how many more there are."""
    for (severity, code), group in groupby(checked.findings, lambda f: (f.severity, f.code)):
        alike = list(group)
        title = f"{language.translate(_SEVERITIES[severity])} · {language.translate(FINDING_TITLES[code])}"
        yield f"{title} ({code.value}): {len(alike)}"
        shown = alike if show_all else alike[:_MOST_SHOWN]
        for remedy, findings in groupby(shown, lambda f: _render(f.remedy, f.params, language)):
            for finding in findings:
                yield from _finding_lines(finding, language)
            yield f"    → {remedy}"
        if len(alike) > len(shown):
            more = N_("… and {count} more: --only {code} --all tells them, --json gives all to a program")
            yield "    " + language.render(more, count=len(alike) - len(shown), code=code.value)


def _finding_lines(finding: StationFinding, language: Language) -> Iterator[str]:
    ids = language.format_list(finding.stations[:_MOST_IDS])
    more = " …" if len(finding.stations) > _MOST_IDS else ""
    yield f"  {_render(finding.message, finding.params, language)}  [{ids}{more}]"
    if finding.reasons:
        yield f"      {language.join_clauses(_reasons(finding, language))}"


def _reasons(finding: StationFinding, language: Language) -> list[str]:
    return [_render(reason.message, reason.params, language) for reason in finding.reasons]


def _render(template: str, params: Mapping[str, str], language: Language) -> str:
    words = dict(params)
    if "facilities" in words:
        words["facilities"] = format_facilities(words["facilities"].split(", "), language)
    return language.render(template, **words)
