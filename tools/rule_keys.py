"""The models of a rule file as JSON Schema, each key with what it means: the source of docs/rules_reference."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from core.text_marks import N_
from rules.facts import FACTS_BY_EVENT
from rules.model.definition import RuleDefinition
from rules.model.figures import CapDefinition
from rules.overrides.definition import AdaptationDefinition

JsonSchema = dict[str, Any]
KEY_DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "id": N_("the rule's id, the same in all of its versions: small letters, digits, hyphens"),
        "title": N_("what members read as the name"),
        "purpose": N_("what sensitive facts are read for; needed as soon as one is read"),
        "basis": N_("where the figures come from: a document with its clause, a report, or an example"),
        "owner": N_("code of the organisation; the rule holds for it and all below it"),
        "in_force": N_("first and last day of this version; without until: it goes on"),
        "programme": N_("the days that all versions of one programme count together"),
        "on": N_("the event that the rule reacts to"),
        "parameters": N_(
            "figures with a name, read as param.<name>; a lower level may set those that may_set: names"
        ),
        "among": N_("whom the rule concerns; others aren't told about it"),
        "require": N_("what must hold; every condition says what to tell and what to do when it doesn't"),
        "benefit": N_("what is given: one part, or a list of parts granted together"),
        "limit": N_("how often somebody may be granted it; of several limits all must have room"),
        "allocate": N_("who gets it where there is not enough for all"),
        "depends": N_("what must be so of other rules"),
        "budget": N_("the budget that pays it"),
        "together": N_("whether the benefit and what lower levels add are granted only together"),
        "claim": N_("until when it must be claimed"),
        "expires": N_(
            "how long it can be used, like P90D, P3M or P1Y, or up to end_of_year or end_of_next_year; cash has no end"
        ),
        "clawback": N_("what is taken back when an event follows soon after"),
        "grace": N_("how late an event may become known"),
        "caps": N_("the caps that hold for it"),
        "process": N_("how an application is dealt with before it is confirmed"),
        "lower_levels": N_("what organisations below may change"),
        "mode": N_("everyone; first_come: who comes first; lottery: by lot; by_rank: the highest rank first"),
        "quota": N_("how many may be granted in each period"),
        "quota_per": N_("the quota counts for each combination of these facts"),
        "quotas": N_("places of single organisations and all below them"),
        "every": N_(
            "when counting begins anew: once, calendar_year, quarter, month, programme_period, rule_lifetime, rolling 365 days, or from/until"
        ),
        "share": N_(
            "places as a share of all whom the rule considers in the period, counted when entries close"
        ),
        "Share.places": N_("so many places"),
        "of": N_("of every so many participants"),
        "Share.round": N_("how a part of a place is rounded: down or up"),
        "rank": N_("an expression for a number; the highest is granted first"),
        "entries": N_("the days on which entries are collected"),
        "weight": N_("an expression for a whole number of at least 1: how many lots somebody has"),
        "groups": N_("places kept for those for whom where: holds"),
        "waiting_list": N_("whether who comes too late is put on a list"),
        "Basis.kind": N_("document: a document with its clause; reported: a report; example: ours"),
        "document": N_("name and number of the document"),
        "clause": N_("the clause of the document"),
        "source": N_("who reported it, and when"),
        "note": N_("what should be known about it"),
        "name": N_("the name of this part"),
        "kind": N_("cash, voucher, item, points, place or service"),
        "amount_fen": N_("its worth in fen (100 fen are 1 yuan)"),
        "amount": N_("an amount by expression, with floor, ceiling and rounding"),
        "table": N_("amounts by case: the first row that holds decides"),
        "quantity": N_("how many of the unit"),
        "unit": N_("the unit, like 张, 份 or fen"),
        "partial": N_("whether what is left of the budget is granted where the whole amount isn't left"),
        "uses": N_("how many times the voucher can be used"),
        "redeem_at": N_("where it can be redeemed; all filters must hold"),
        "within": N_("how long, like P30D"),
        "share_percent": N_("how much is taken back, in percent"),
        "text": N_("what the member is told"),
        "after": N_("the rule that must have been granted before"),
        "state": N_("granted, or used as well"),
        "not_with": N_("the rule that excludes this one in the same period"),
        "better_of": N_("of these and this one only the most valuable is granted"),
        "else": N_("what a member is told when it doesn't hold"),
        "remedy": N_("what the member, or the union, can do about it"),
        "expression": N_("an expression for an amount in fen"),
        "floor_fen": N_("at least so many fen"),
        "ceiling_fen": N_("at most so many fen"),
        "round": N_("down, up, half_up or half_even"),
        "to_fen": N_("rounded to multiples of so many fen"),
        "where": N_("a condition: whom the places are kept for"),
        "places": N_("how many places"),
        "times": N_("how many times in each period"),
        "per": N_("counted for each member, household or other fact"),
        "on_change": N_("what becomes of those who wait when this version changes the value"),
        "waiting": N_(
            "keep: the value that held when they came; reprice: this version's; ask: an officer decides"
        ),
        "may_set": N_("the parameters that may be set within their least: and most:"),
        "may_require": N_("whether conditions may be added"),
        "may_top_up": N_("how much may be added"),
        "most_fen": N_("at most so many fen"),
        "value": N_("the value"),
        "least": N_("the least that it may be set to"),
        "most": N_("the most that it may be set to"),
        "Process.programme": N_("the name of the programme that is applied for"),
        "attachments": N_("how many attachments at least"),
        "reviews": N_("the stages of review, in order, by different reviewers"),
        "public_notice": N_("how long it is shown to the public"),
        "work_days": N_(
            "within how many work-days officers finish a stage: its name, or publish, objections, confirm"
        ),
        "days": N_("how many days"),
        "counted": N_("days, or work_days only"),
        "kinds": N_("kinds of stations"),
        "facilities": N_("facilities that the station has"),
        "access": N_("who is admitted"),
        "districts": N_("codes of districts"),
        "stations": N_("ids of stations"),
        "that": N_("a condition over facts, like member.status == 'active' (yihui rules facts lists them)"),
        "when": N_("a condition over facts: when this row decides"),
        "from": N_("first day of the span"),
        "until": N_("the last day, included"),
        "rows": N_("the rows, from the special to the general"),
        "file": N_("a decision table in GoRules JDM"),
        "cap": N_("the cap's id"),
        "CapDefinition.per": N_(
            "grant: for each grant; member_and_year: for all that a member is granted in a year"
        ),
        "adapts": N_("the id of the higher level's rule that is adapted"),
        "set": N_("values for the parameters that may be set"),
        "top_up": N_("what is added, out of a budget of one's own"),
        "amounts": N_("what is allowed, each until the next one begins"),
    }
)


def describe_models(translate: Callable[[str], str]) -> dict[str, JsonSchema]:
    """Return the schema of each model by its name; ``translate`` translates what the keys mean."""
    models: dict[str, JsonSchema] = {}
    for model in (RuleDefinition, CapDefinition, AdaptationDefinition):
        schema = model.model_json_schema(by_alias=True)
        models |= schema.pop("$defs", {})
        models[model.__name__] = schema
    models["RuleDefinition"]["properties"]["on"]["enum"] = list(FACTS_BY_EVENT)
    for name, schema in sorted(models.items()):
        for key, inner in schema.get("properties", {}).items():
            inner["description"] = translate(KEY_DESCRIPTIONS.get(f"{name}.{key}") or KEY_DESCRIPTIONS[key])
    return dict(sorted(models.items()))
