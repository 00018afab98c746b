"""events: accept CloudEvents and apply each one exactly once, in order of arrival."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from events.catalogue import payload_models
    from events.dead_letters import DeadLetter
    from events.decision_origins import check_decision_origins, list_erased_members
    from events.envelope import Event, InvalidEvent, check_publishable, parse_event, validate_event
    from events.erasure import ErasureResult, erase_everywhere, lock_for_erasure
    from events.held_events import ResumeResult, resume_rule
    from events.outcome_events import list_unpublished, mark_published, purge_outbox
    from events.personal_rows import read_member_rows
    from events.pipeline import BatchOutcome, InboundEvent, process_batch
    from events.redecision import redecide_appeal
    from events.row_batches import check_row_batches
    from events.run_tally import RunTally
    from events.runner import EventRunner, accept_events
    from events.sweeping import SweepResult
    from events.unevaluated_rules import SkipExplanation, explain_skipped_rule
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "catalogue": ["payload_models"],
            "dead_letters": ["DeadLetter"],
            "decision_origins": ["check_decision_origins", "list_erased_members"],
            "envelope": ["Event", "InvalidEvent", "check_publishable", "parse_event", "validate_event"],
            "erasure": ["ErasureResult", "erase_everywhere", "lock_for_erasure"],
            "held_events": ["ResumeResult", "resume_rule"],
            "outcome_events": ["list_unpublished", "mark_published", "purge_outbox"],
            "personal_rows": ["read_member_rows"],
            "pipeline": ["BatchOutcome", "InboundEvent", "process_batch"],
            "redecision": ["redecide_appeal"],
            "row_batches": ["check_row_batches"],
            "run_tally": ["RunTally"],
            "runner": ["EventRunner", "accept_events"],
            "sweeping": ["SweepResult"],
            "unevaluated_rules": ["SkipExplanation", "explain_skipped_rule"],
        },
    )  # fmt: skip
