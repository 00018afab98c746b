"""members: which organisation a person is a member of, and since when."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from members.anniversaries import (
        count_anniversary_candidates, count_review_candidates, find_anniversaries, find_due_reviews,
    )  # fmt: skip
    from members.applications import (
        ApplicationStep, application_facts, build_application_step, read_application_steps,
        record_application_steps, steps_by_application,
    )  # fmt: skip
    from members.birthdays import Birthday, birthdays_between, count_birthday_candidates, find_birthdays
    from members.cards.faults import CARD_FAULTS, CardRefused
    from members.cards.life import (
        Card, CardAct, CardActor, block_card, current_card, find_card_acts_to_erase, issue_card,
        list_card_acts, list_cards, replace_card,
    )  # fmt: skip
    from members.cards.numbers import format_card_number
    from members.cards.state import check_card, holder_facts, membership_fault, verify_shown_card
    from members.columns import missing_column_fault
    from members.dated_changes import count_all_members, iter_all_members
    from members.employers import (
        EmployedMember, FoundingProposal, find_possible_unions, find_proposals, iterate_employed_members,
        normalize_employer,
    )  # fmt: skip
    from members.feed_links import (
        count_feed_links, feed_user_digest, find_known_members, find_link_columns, find_linked_members,
        parse_feed_links, record_feed_links, unknown_member_faults,
    )  # fmt: skip
    from members.history import (
        MEMBER_FACTS, NOT_MEMBERS, MemberChange, erase_member, facts_on, find_member_changes_to_erase,
        read_member_changes, record_member_changes, status_at,
    )  # fmt: skip
    from members.identity import (
        MemberIdentity, check_identity_key, claim_identity_key, identify_member, identity_key_fingerprint,
    )  # fmt: skip
    from members.memberships import (
        Membership, MembershipBatch, compute_memberships, count_current_members, erase_memberships,
        list_current_members, rebuild_memberships,
    )  # fmt: skip
    from members.message_fields import Digest, DistrictCode, FactValue, MemberPayload, Pseudonym
    from members.messages import (
        MEMBER_PAYLOADS, Application, Enrolment, MemberProfileChanged, MemberTransferred, changed_facts,
    )  # fmt: skip
    from members.organisation_codes import (
        ORGANISATION_CODE_FORM, OrganisationLevel, is_organisation_code, organisation_level,
        organisation_lineage, parent_code,
    )  # fmt: skip
    from members.organisation_links import (
        LinkState, OrganisationLink, build_link_text, issue_link, list_links, replace_link, revoke_link,
        verify_link,
    )  # fmt: skip
    from members.organisations.folding import rebuild_organisations
    from members.organisations.messages import (
        UNKNOWN_FOUNDING, OrganisationDissolved, OrganisationMerged, OrganisationPayload, OrganisationSplit,
    )  # fmt: skip
    from members.organisations.projection import MemberMove, OrganisationBatch
    from members.organisations.storage import (
        list_subtree, list_subtree_spans, load_lineages, organisation_names, read_recorded_changes,
        read_spans,
    )  # fmt: skip
    from members.organisations.tree import NO_LINEAGES, OrganisationLineages, OrganisationSpan, span_on
    from members.persons import (
        PERSON_FIELDS, InvalidIdNumber, InvalidName, InvalidPhone, PersonalData, PersonField, mask_id_number,
        mask_name, mask_person, mask_phone, parse_id_number, parse_name, parse_phone,
    )  # fmt: skip
    from members.privacy import (
        has_id_number, has_personal_number, has_phone, scrub_personal_numbers, walk_texts,
    )  # fmt: skip
    from members.roll import ROLL_FAULTS, RollEntry, RollParser, find_personal_headers
    from members.roll_columns import read_roll_columns, usual_columns
    from members.tokens.faults import KEY_RING_FAULTS, TOKEN_FAULTS, TokenRefused
    from members.tokens.key_ring import (
        StoredKey, check_signing_key, claim_signing_key, list_signing_keys, read_public_keys,
        register_signing_key, retire_signing_key,
    )  # fmt: skip
    from members.tokens.keys import PublicKeys, SigningKey, parse_jwks
    from members.tokens.text import (
        ALLOWED_SKEW, SLOT_S, build_token_text, is_signed_token, slot_seconds_left, verify_fresh_token,
    )  # fmt: skip
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "anniversaries": ["count_anniversary_candidates", "count_review_candidates", "find_anniversaries",
                "find_due_reviews"],
            "applications": ["ApplicationStep", "application_facts", "build_application_step",
                "read_application_steps", "record_application_steps", "steps_by_application"],
            "birthdays": ["Birthday", "birthdays_between", "count_birthday_candidates", "find_birthdays"],
            "cards.faults": ["CARD_FAULTS", "CardRefused"],
            "cards.life": ["Card", "CardAct", "CardActor", "block_card", "current_card",
                "find_card_acts_to_erase", "issue_card", "list_card_acts", "list_cards", "replace_card"],
            "cards.numbers": ["format_card_number"],
            "cards.state": ["check_card", "holder_facts", "membership_fault", "verify_shown_card"],
            "columns": ["missing_column_fault"],
            "dated_changes": ["count_all_members", "iter_all_members"],
            "employers": ["EmployedMember", "FoundingProposal", "find_possible_unions", "find_proposals",
                "iterate_employed_members", "normalize_employer"],
            "feed_links": ["count_feed_links", "feed_user_digest", "find_known_members", "find_link_columns",
                "find_linked_members", "parse_feed_links", "record_feed_links", "unknown_member_faults"],
            "history": ["MEMBER_FACTS", "NOT_MEMBERS", "MemberChange", "erase_member", "facts_on",
                "find_member_changes_to_erase", "read_member_changes", "record_member_changes", "status_at"],
            "identity": ["MemberIdentity", "check_identity_key", "claim_identity_key", "identify_member",
                "identity_key_fingerprint"],
            "memberships": ["Membership", "MembershipBatch", "compute_memberships", "count_current_members",
                "erase_memberships", "list_current_members", "rebuild_memberships"],
            "message_fields": ["Digest", "DistrictCode", "FactValue", "MemberPayload", "Pseudonym"],
            "messages": ["MEMBER_PAYLOADS", "Application", "Enrolment", "MemberProfileChanged",
                "MemberTransferred", "changed_facts"],
            "organisation_codes": ["ORGANISATION_CODE_FORM", "OrganisationLevel", "is_organisation_code",
                "organisation_level", "organisation_lineage", "parent_code"],
            "organisation_links": ["LinkState", "OrganisationLink", "build_link_text", "issue_link",
                "list_links", "replace_link", "revoke_link", "verify_link"],
            "organisations.folding": ["rebuild_organisations"],
            "organisations.messages": ["UNKNOWN_FOUNDING", "OrganisationDissolved", "OrganisationMerged",
                "OrganisationPayload", "OrganisationSplit"],
            "organisations.projection": ["MemberMove", "OrganisationBatch"],
            "organisations.storage": ["list_subtree", "list_subtree_spans", "load_lineages",
                "organisation_names", "read_recorded_changes", "read_spans"],
            "organisations.tree": ["NO_LINEAGES", "OrganisationLineages", "OrganisationSpan", "span_on"],
            "persons": ["PERSON_FIELDS", "InvalidIdNumber", "InvalidName", "InvalidPhone", "PersonalData",
                "PersonField", "mask_id_number", "mask_name", "mask_person", "mask_phone", "parse_id_number",
                "parse_name", "parse_phone"],
            "privacy": ["has_id_number", "has_personal_number", "has_phone", "scrub_personal_numbers",
                "walk_texts"],
            "roll": ["ROLL_FAULTS", "RollEntry", "RollParser", "find_personal_headers"],
            "roll_columns": ["read_roll_columns", "usual_columns"],
            "tokens.faults": ["KEY_RING_FAULTS", "TOKEN_FAULTS", "TokenRefused"],
            "tokens.key_ring": ["StoredKey", "check_signing_key", "claim_signing_key", "list_signing_keys",
                "read_public_keys", "register_signing_key", "retire_signing_key"],
            "tokens.keys": ["PublicKeys", "SigningKey", "parse_jwks"],
            "tokens.text": ["ALLOWED_SKEW", "SLOT_S", "build_token_text", "is_signed_token",
                "slot_seconds_left", "verify_fresh_token"],
        },
    )  # fmt: skip
