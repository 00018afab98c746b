"""members: which organisation a person is a member of, and since when."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from members.anniversaries import (
        Anniversary,
        DueReview,
        count_anniversary_candidates,
        count_review_candidates,
        find_anniversaries,
        find_due_reviews,
    )
    from members.applications import (
        ApplicationStep,
        application_facts,
        build_application_step,
        read_application_steps,
        record_application_steps,
        steps_by_application,
    )
    from members.birthdays import Birthday, birthdays_between, count_birthday_candidates, find_birthdays
    from members.cards.faults import CARD_FAULTS, CardRefused
    from members.cards.life import (
        Card,
        CardAct,
        CardActor,
        block_card,
        current_card,
        find_card,
        find_card_acts_to_erase,
        issue_card,
        list_card_acts,
        list_cards,
        replace_card,
    )
    from members.cards.numbers import format_card_number, parse_card_number
    from members.cards.state import CardHolder, check_card, holder_facts, membership_fault, verify_shown_card
    from members.columns import missing_column_fault
    from members.dated_changes import count_all_members, iter_all_members
    from members.employers import (
        EmployedMember,
        FoundingProposal,
        find_possible_unions,
        find_proposals,
        iterate_employed_members,
        normalize_employer,
    )
    from members.feed_links import (
        FeedLink,
        count_feed_links,
        feed_user_digest,
        find_known_members,
        find_link_columns,
        find_linked_members,
        parse_feed_links,
        record_feed_links,
        unknown_member_faults,
    )
    from members.history import (
        MEMBER_FACTS,
        NOT_MEMBERS,
        MemberChange,
        erase_member,
        facts_on,
        find_member_changes_to_erase,
        read_member_changes,
        record_member_changes,
        status_at,
    )
    from members.identity import (
        MemberIdentity,
        check_identity_key,
        claim_identity_key,
        identify_member,
        identity_key_fingerprint,
    )
    from members.memberships import (
        Membership,
        MembershipBatch,
        compute_memberships,
        count_current_members,
        erase_memberships,
        list_current_members,
        rebuild_memberships,
    )
    from members.message_fields import Digest, DistrictCode, FactValue, MemberPayload, Pseudonym
    from members.messages import (
        MEMBER_PAYLOADS,
        Application,
        Enrolment,
        MemberImported,
        MemberProfileChanged,
        MemberTransferred,
        changed_facts,
    )
    from members.organisation_codes import (
        ORGANISATION_CODE_FORM,
        OrganisationLevel,
        is_organisation_code,
        organisation_level,
        organisation_lineage,
        parent_code,
    )
    from members.organisation_links import (
        LINK_FAULTS,
        LinkState,
        LinkVerdict,
        OrganisationLink,
        build_link_text,
        find_link,
        issue_link,
        list_links,
        replace_link,
        revoke_link,
        verify_link,
    )
    from members.organisations.folding import rebuild_organisations
    from members.organisations.messages import (
        ORGANISATION_PAYLOADS,
        UNKNOWN_FOUNDING,
        OrganisationDissolved,
        OrganisationFounded,
        OrganisationKind,
        OrganisationMerged,
        OrganisationMoved,
        OrganisationPayload,
        OrganisationRenamed,
        OrganisationSplit,
    )
    from members.organisations.projection import MemberMove, OrganisationBatch
    from members.organisations.storage import (
        list_subtree,
        list_subtree_spans,
        load_lineages,
        organisation_names,
        read_recorded_changes,
        read_spans,
    )
    from members.organisations.tree import NO_LINEAGES, OrganisationLineages, OrganisationSpan, span_on
    from members.persons import (
        PERSON_FIELDS,
        IdNumber,
        InvalidIdNumber,
        InvalidName,
        InvalidPhone,
        PersonalData,
        PersonField,
        mask_id_number,
        mask_name,
        mask_person,
        mask_phone,
        parse_id_number,
        parse_name,
        parse_phone,
    )
    from members.privacy import (
        has_id_number,
        has_personal_number,
        has_phone,
        scrub_personal_numbers,
        walk_texts,
    )
    from members.roll import ROLL_FAULTS, RollEntry, RollParser, find_personal_headers
    from members.roll_columns import read_roll_columns, usual_columns
    from members.tokens.faults import KEY_RING_FAULTS, TOKEN_FAULTS, TokenRefused
    from members.tokens.key_ring import (
        StoredKey,
        check_signing_key,
        claim_signing_key,
        list_signing_keys,
        read_public_keys,
        register_signing_key,
        retire_signing_key,
    )
    from members.tokens.keys import PublicKeys, SigningKey, parse_jwks
    from members.tokens.text import (
        ALLOWED_SKEW,
        SLOT_S,
        SignedToken,
        build_token_text,
        is_signed_token,
        slot_seconds_left,
        verify_fresh_token,
    )
else:
    __getattr__ = build_door(__name__)
