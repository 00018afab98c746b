"""events: accept CloudEvents and apply each one exactly once, in order of arrival."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from events.catalogue import payload_models
    from events.dead_letters import DeadLetter
    from events.decision_origins import OriginCheck, check_decision_origins, list_erased_members
    from events.envelope import Event, InvalidEvent, check_publishable, parse_event, validate_event
    from events.erasure import ErasureResult, erase_everywhere
    from events.held_events import ResumeResult, resume_rule
    from events.outcome_events import OutgoingEvent, list_unpublished, mark_published, purge_outbox
    from events.personal_rows import read_member_rows
    from events.pipeline import BatchOutcome, InboundEvent, process_batch
    from events.redecision import redecide_appeal
    from events.row_batches import RowBatchCheck, check_row_batches
    from events.run_tally import RunTally
    from events.runner import EventRunner, accept_events
    from events.sweeping import SweepChange, SweepResult
    from events.unevaluated_rules import SkipExplanation, explain_skipped_rule
else:
    __getattr__ = build_door(__name__)
