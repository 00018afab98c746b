"""What the codes of facts mean: rules compare the codes, people read the titles."""

from collections.abc import Mapping
from types import MappingProxyType

from core.text_marks import N_

# By the last word of the fact's path.
FACT_VALUE_TITLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "status": {
            "active": N_("a member in good standing"),
            "suspended": N_("membership suspended"),
            "retired": N_("retired, still a member"),
            "left": N_("has left the union"),
            "deceased": N_("has died"),
            "none": N_("not a member"),
        },
        "card": {
            "none": N_("no card"),
            "issued": N_("card issued, not activated"),
            "active": N_("card activated"),
        },
        "birthday_calendar": {"solar": N_("solar calendar"), "lunar": N_("lunar calendar")},
        "calendar": {"solar": N_("solar calendar"), "lunar": N_("lunar calendar")},
        "hardship_level": {"none": N_("none on file")},
        "case_level": {"none": N_("none on file")},
        "level": {"none": N_("none on file")},
        "via": {
            "organisation": N_("through the organisation"),
            "community_home": N_("at a community home"),
            "qr_code": N_("by QR code"),
            "campaign": N_("in a campaign"),
            "app": N_("through an app"),
        },
    }
)
