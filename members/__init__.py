"""members: who is a member of which organisation since when."""

from members.application_steps import read_steps, record_steps
from members.applications import Step, application_facts, step_of, steps_by_application
from members.birthday_feed import birthdays, count_candidates
from members.birthdays import Birthday, birthdays_between
from members.erasure import erase_member
from members.feed_links import (
    Link,
    count_links,
    known_members,
    links_of,
    read_links,
    record_links,
    their_digest,
    unknown_in,
)
from members.history import FACTS, Change, facts_on, read_changes, record_changes, values_of
from members.identity import Identity, WrongIdNumber, identify, masked
from members.identity_key import check_key, claim_key, known_key
from members.messages import PAYLOADS, Application, Enrolment, MemberImported, Payload, Value
from members.organisation import Level, Organisation, is_code, level_of, lineage, parent_of
from members.organisations import organisation_names, read_organisations, record_organisations
from members.privacy import holds_id_number, holds_personal_number, holds_phone, scrubbed, texts_in
from members.roll import Enrolled, read_roll

__all__ = [
    "FACTS",
    "PAYLOADS",
    "Application",
    "Birthday",
    "Change",
    "Enrolled",
    "Enrolment",
    "Identity",
    "Level",
    "Link",
    "MemberImported",
    "Organisation",
    "Payload",
    "Step",
    "Value",
    "WrongIdNumber",
    "application_facts",
    "birthdays",
    "birthdays_between",
    "check_key",
    "claim_key",
    "count_candidates",
    "count_links",
    "erase_member",
    "facts_on",
    "holds_id_number",
    "holds_personal_number",
    "holds_phone",
    "identify",
    "is_code",
    "known_key",
    "known_members",
    "level_of",
    "lineage",
    "links_of",
    "masked",
    "organisation_names",
    "parent_of",
    "read_changes",
    "read_links",
    "read_organisations",
    "read_roll",
    "read_steps",
    "record_changes",
    "record_links",
    "record_organisations",
    "record_steps",
    "scrubbed",
    "step_of",
    "steps_by_application",
    "texts_in",
    "their_digest",
    "unknown_in",
    "values_of",
]
