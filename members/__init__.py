"""members: which organisation a person is a member of, and since when."""

from members.application_steps import read_application_steps, record_application_steps
from members.applications import (
    ApplicationStep,
    application_facts,
    build_application_step,
    steps_by_application,
)
from members.birthday_feed import count_birthday_candidates, find_birthdays
from members.birthdays import Birthday, birthdays_between
from members.feed_links import (
    FeedLink,
    count_feed_links,
    feed_user_digest,
    find_known_members,
    find_linked_members,
    parse_feed_links,
    record_feed_links,
    unknown_member_faults,
)
from members.history import (
    MEMBER_FACTS,
    MemberChange,
    changed_facts,
    erase_member,
    facts_on,
    read_member_changes,
    record_member_changes,
)
from members.identity import InvalidIdNumber, MemberIdentity, identify_member, mask_id_number
from members.identity_key import check_identity_key, claim_identity_key, identity_key_fingerprint
from members.messages import MEMBER_PAYLOADS, Application, Enrolment, FactValue, MemberImported, MemberPayload
from members.organisation import (
    Organisation,
    OrganisationLevel,
    is_organisation_code,
    organisation_level,
    organisation_lineage,
    parent_code,
)
from members.organisations import organisation_names, parse_organisations, record_organisations
from members.privacy import has_id_number, has_personal_number, has_phone, scrub_personal_numbers, walk_texts
from members.roll import RollEntry, parse_roll

__all__ = [
    "MEMBER_FACTS",
    "MEMBER_PAYLOADS",
    "Application",
    "ApplicationStep",
    "Birthday",
    "Enrolment",
    "FactValue",
    "FeedLink",
    "InvalidIdNumber",
    "MemberChange",
    "MemberIdentity",
    "MemberImported",
    "MemberPayload",
    "Organisation",
    "OrganisationLevel",
    "RollEntry",
    "application_facts",
    "birthdays_between",
    "build_application_step",
    "changed_facts",
    "check_identity_key",
    "claim_identity_key",
    "count_birthday_candidates",
    "count_feed_links",
    "erase_member",
    "facts_on",
    "feed_user_digest",
    "find_birthdays",
    "find_known_members",
    "find_linked_members",
    "has_id_number",
    "has_personal_number",
    "has_phone",
    "identify_member",
    "identity_key_fingerprint",
    "is_organisation_code",
    "mask_id_number",
    "organisation_level",
    "organisation_lineage",
    "organisation_names",
    "parent_code",
    "parse_feed_links",
    "parse_organisations",
    "parse_roll",
    "read_application_steps",
    "read_member_changes",
    "record_application_steps",
    "record_feed_links",
    "record_member_changes",
    "record_organisations",
    "scrub_personal_numbers",
    "steps_by_application",
    "unknown_member_faults",
    "walk_texts",
]
