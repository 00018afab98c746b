"""Whether an organisation reviews who joins, and in how many days: the list, what one said, and the act."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from members.joining.faults import JOINING_FAULTS
from yihui.access.joining_folds import REVIEW_ACT
from yihui.access.roles import Right
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.cells import Chip, Days, Link, Officer, Organisation
from yihui.frame.content import Fact, Facts, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import Form, FreeText, OrganisationCode, read_whole
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.joining.repository import ReviewSetting

MOST_DAYS = 90
_PATH = "joins/settings"
_READS, _CHANGES = Right.READ_ORGANISATIONS, Right.CHANGE_ORGANISATIONS
TABS = (("/desk/joins", N_("Join requests")), (f"/desk/{_PATH}", N_("Who reviews")))


class SettingForm(Form):
    """Whether an organisation reviews, and in how many days."""

    organisation: Annotated[OrganisationCode, Prompt(N_("Organisation"))]
    reason: Annotated[FreeText, Prompt(N_("Reason (is recorded)"))]
    days: Annotated[
        int | None,
        Field(ge=1, le=MOST_DAYS),
        BeforeValidator(read_whole),
        Prompt(N_("Days for a review"), hint=N_("Empty: as many as are usual here.")),
    ] = None
    off: Annotated[
        bool,
        Prompt(
            N_(
                "who comes back with the name and phone on record joins at once; refused where rules grant on joining"
            )
        ),
    ] = False


def require_setting(connection: "Connection", key: str, lock: bool = False) -> "ReviewSetting":
    """Return what an organisation said last. *Raises*: FaultError if it never said anything."""
    from members.joining.repository import read_review_setting

    if (found := read_review_setting(connection, key)) is None:
        raise FaultError(JOINING_FAULTS.build("no_setting"))
    return found


def set_review(act: Doing[SettingForm, "ReviewSetting"]) -> Change:
    """Record whether an organisation reviews who joins, and in how many days.

    *Raises*: FaultError, also for the end of reviews where a rule in force grants something to who joins.
    """
    from members.joining.repository import ReviewSetting, append_review_setting
    from store import lock_exclusive
    from yihui.cases.joining.joining import find_rules_on_joining
    from yihui.cases.joining.requests import require_organisation

    form, day = act.form, civil_date(act.now)
    lock_exclusive(
        act.connection, f"join reviews {form.organisation}"
    )  # so that the audit log has them in order
    require_organisation(act.connection, form.organisation, day)
    if form.off and (granting := find_rules_on_joining(act.wiring, act.connection, form.organisation, day)):
        titles = act.wiring.language.format_list(rule.definition.title for rule in granting)
        raise FaultError(JOINING_FAULTS.build("grants", field="off", value=titles))
    days = None if form.off else form.days
    setting = ReviewSetting(form.organisation, not form.off, days, act.actor.id, form.reason, act.now)
    append_review_setting(act.connection, setting)
    return Change(form.organisation, {"reviews": setting.reviews, "days": days}, reason=form.reason)


def find_settings(look: Looking[NoFilter]) -> "RowSlice[ReviewSetting]":
    """Find the last setting of each organisation of the officer's that ever had one."""
    from members.joining.repository import ReviewSetting, select_review_settings
    from members.joining.tables import join_review_settings

    scope = join_review_settings.c.organisation
    return find_selected(look, select_review_settings(), lambda row: ReviewSetting(*row), scope, _READS)


def show_setting(look: Looking[Any], setting: "ReviewSetting", language: Language) -> ThingPage:
    """Return what an organisation said last, and who said it."""
    from members import organisation_names

    code = setting.organisation
    facts = [Fact(one.name, one.title, one.value(setting)) for one in _COLUMNS[1:]]
    name = organisation_names(look.connection, {code}).get(code, code)
    return ThingPage(name, [Facts("", facts)], _chip(setting))


def _chip(setting: "ReviewSetting") -> Chip:
    return Chip("reviews", N_("reviews who joins")) if setting.reviews else Chip("off", N_("does not review"))


SETTING = Kind(
    "organisation",
    lambda at, key, lock: require_setting(at.connection, key, lock),
    lambda _: 1,
    lambda one: one.organisation,
    key=str,
)
REVIEW = Act("review", N_("Say whether an organisation reviews who joins"), SettingForm, set_review, _CHANGES,
             REVIEW_ACT, N_("It was recorded who reviews."), SETTING, makes=True,
             places=lambda act: (act.form.organisation,))  # fmt: skip
_COLUMNS = (
    TableColumn["ReviewSetting"]("organisation", N_("Organisation"), lambda one: Link(f"/desk/{_PATH}/{one.organisation}", Organisation(one.organisation))),
    TableColumn["ReviewSetting"]("reviews", N_("Review"), _chip),
    TableColumn["ReviewSetting"]("days", N_("Days for a review"), lambda one: one.days and Days(one.days)),
    TableColumn["ReviewSetting"]("by", N_("By"), lambda one: Officer(one.officer)),
    TableColumn["ReviewSetting"]("at", N_("Said on"), lambda one: one.at),
    TableColumn["ReviewSetting"]("reason", N_("Reason"), lambda one: one.reason),
)  # fmt: skip
LISTING = Listing(N_("List which organisations have said whether they review who joins"), NoFilter, find_settings,
                 _COLUMNS, N_("every organisation reviews who joins"))  # fmt: skip
NOUN = Noun(_PATH, N_("Who reviews"), SETTING, LISTING, show_setting, _READS, (REVIEW,), TABS)
