"""Benefits: decisions, the double-entry ledger, vouchers, payouts, draws, and their verification."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from benefits.draws.collecting import QuotaPlaces, find_collecting_versions
    from benefits.draws.drawing import (
        CompletedDraw, FixedDraw, commit_rule_lotteries, draw_rule_lotteries, grant_by_rank,
        read_lottery_secrets,
    )  # fmt: skip
    from benefits.draws.free_places import has_free_place, list_open_waiting_lists
    from benefits.draws.order import redate_decisions
    from benefits.draws.participation import (
        DrawSummary, Participation, WaitingListEntry, Withdrawal, find_participant, list_draw_summaries,
        list_participations, list_waiting_entries, withdraw_participation,
    )  # fmt: skip
    from benefits.draws.publishing import (
        PublishedDraw, WaitingMove, find_published_lottery, list_published_draws, list_waiting_moves,
    )  # fmt: skip
    from benefits.draws.waiting_list import move_up_waiting_list
    from benefits.erasure import erase_person, withdraw_all_participations
    from benefits.ledger.budgets import Budget, BudgetBelowPromises, list_budgets, set_budget
    from benefits.ledger.explanation_forms import read_explanations, store_explanation_forms
    from benefits.ledger.positions import GrantPosition, read_grant_positions
    from benefits.ledger.posting import post_move, post_moves
    from benefits.ledger.recording import admit_and_record, forecast_rulings
    from benefits.ledger.rows import first_expiry_day
    from benefits.ledger.usage_snapshot import read_ledger_state
    from benefits.lifecycle.claims import ClaimResult, LapseResult, lapse_unclaimed, record_claim
    from benefits.lifecycle.clawback import (
        Clawback, MemberEvents, apply_clawbacks, claw_back_grant, clawback_event_types,
        lock_grants_with_clawbacks,
    )  # fmt: skip
    from benefits.lifecycle.debts import Debt, list_debts, settle_debt, waive_debt
    from benefits.lifecycle.expiry import DueDays, ExpiryResult, expire_due_grants, find_due_days
    from benefits.lifecycle.places import find_members_with_places, lock_held_places, return_places
    from benefits.lifecycle.reversal import ReversalResult, apply_reversal
    from benefits.lifecycle.reversible_grants import ReversalCriteria, SpentGrant
    from benefits.messages.payloads import BENEFIT_PAYLOADS
    from benefits.model.accounts import FEN
    from benefits.model.faults import MoveRefused
    from benefits.model.moves import Move, Transaction
    from benefits.model.ruling import Reason, Ruling
    from benefits.officer_acts import Act, NewAct, list_acts, lock_rulebook_exclusive, record_act
    from benefits.officers import OFFICER_FAULTS, ActRefused, Officer, is_officer_name
    from benefits.payout.bank_returns import (
        BankReturn, BankReturnLine, BankReturnMismatch, BankReturnResult, apply_bank_return,
    )  # fmt: skip
    from benefits.payout.batches import (
        PaymentOrder, PayoutBatch, list_batch_orders, list_payout_batches, load_bank_answers,
        load_payout_batch,
    )  # fmt: skip
    from benefits.payout.failed_payments import (
        FailedPayment, Shortfall, count_failed_payments, list_failed_payments,
    )  # fmt: skip
    from benefits.payout.faults import PAYOUT_FAULTS
    from benefits.payout.payments import (
        ExcludedGrant, PayoutCriteria, PreparedBatch, cancel_batch, create_payout_batch, record_batch_export,
        release_batch,
    )  # fmt: skip
    from benefits.points.account import PointsAccount, PointsLot, read_points_account
    from benefits.points.spending import Spending, SpendingRequest, spend_points
    from benefits.reporting.appeals import (
        APPEAL_FAULTS, Appeal, AppealAnswer, erase_appeal_texts, list_appeals, load_open_appeal, lodge_appeal,
        record_appeal_answer, reject_appeal,
    )  # fmt: skip
    from benefits.reporting.decision_record import (
        BoundSnapshot, DecisionRecord, GrantPartRecord, WaitingListPlace, load_decision_records,
    )  # fmt: skip
    from benefits.reporting.dossier import (
        Dossier, find_marked_grant, load_dossier,
    )  # fmt: skip
    from benefits.reporting.ends import count_ending_vouchers, find_ending_vouchers
    from benefits.reporting.figures import (
        BenefitFigures, FigureGroup, FigureGrouping, ReportPeriod, compute_figures,
    )  # fmt: skip
    from benefits.reporting.grant_standing import (
        USABLE_STATES, GrantFacts, GrantStanding, GrantState, HeldBenefit, compute_grant_standing,
        list_held_benefits, load_held_benefits,
    )  # fmt: skip
    from benefits.reporting.member_benefits import (
        DecisionExplanation, Grant, explain_decisions, explain_decisions_by_id, list_member_grants,
        list_new_decisions,
    )  # fmt: skip
    from benefits.reporting.rule_versions import BasisReference, StoredRule, list_decided_rules, store_rules
    from benefits.reporting.run_rates import RunRate, compute_run_rates
    from benefits.rulebook.book import (
        RuleStop, lift_rule_stop, lock_rulebook_shared, read_rule_stops, read_rulebook_epoch,
        require_rule_stop, retire_rule, stop_rule,
    )  # fmt: skip
    from benefits.rulebook.held_events import (
        HeldEvent, HeldEventBuffer, count_held_events, iter_held_events, open_held_event_buffer,
        release_held_events,
    )  # fmt: skip
    from benefits.rulebook.versions import (
        RuleCutoff, RuleSubmission, RuleVersion, approve_rule_version, list_rule_cutoffs,
        list_submitted_versions, reject_rule_version, require_approvable_version, submit_rule_version,
    )  # fmt: skip
    from benefits.sealing.sealing import (
        AccountBalance, ChainHead, list_account_balances, list_chain_heads, read_seal_gap, seal_batches,
    )  # fmt: skip
    from benefits.verification.export import canonical_export_lines
    from benefits.verification.extent import NO_WATCH, Extent, VerificationWatch
    from benefits.verification.verify import CHECK_COUNT, Verification, verify_export, verify_ledger
    from benefits.vouchers.batches import (
        MAX_BATCH_LINES, LostCodeUse, OfflineBatch, OfflineBatchResult, OfflineLineResult,
        accept_offline_batch, list_lost_code_uses,
    )  # fmt: skip
    from benefits.vouchers.cards import CardQuery, list_card_grants
    from benefits.vouchers.codes import (
        CODE_LENGTH, VoucherKey, check_voucher_key, format_code, has_voucher_key, normalise_code,
        register_voucher_key,
    )  # fmt: skip
    from benefits.vouchers.invoices import (
        FINDING_TEXTS, ComparedRow, Invoice, InvoiceFinding, InvoiceFindingKind, InvoiceLine,
        InvoiceScope, Reconciliation, Tolerance, TotalRow,
    )  # fmt: skip
    from benefits.vouchers.issuing import (
        IssuedCode, UsableBenefit, find_code_number, issue_voucher_code, list_usable_benefits,
    )  # fmt: skip
    from benefits.vouchers.merchants import (
        Merchant, MerchantKey, NewMerchantKey, RedemptionPlace, add_merchant, authenticate_merchant,
        check_redemption_place, end_other_merchant_keys, issue_merchant_key, load_merchant,
        load_merchant_keys, load_merchants, revoke_merchant_keys,
    )  # fmt: skip
    from benefits.vouchers.reconciliation import compare_invoice
    from benefits.vouchers.redemption import (
        RedemptionRequest, RedemptionResult, compute_redemption, read_recorded_uses, redeem_grant,
        repeat_recorded_use,
    )  # fmt: skip
    from benefits.vouchers.redemption_lookup import (
        GrantUse, ResolvedReference, list_grant_uses, load_ledger_side, resolve_references,
    )  # fmt: skip
    from benefits.vouchers.refunds import (
        RefundRequest, RefundResult, find_act_number, gives_place_back, refund_grant, void_grant_remainder,
    )  # fmt: skip
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "draws.collecting": ["QuotaPlaces", "find_collecting_versions"],
            "draws.drawing": ["CompletedDraw", "FixedDraw", "commit_rule_lotteries", "draw_rule_lotteries",
                "grant_by_rank", "read_lottery_secrets"],
            "draws.free_places": ["has_free_place", "list_open_waiting_lists"],
            "draws.order": ["redate_decisions"],
            "draws.participation": ["DrawSummary", "Participation", "WaitingListEntry", "Withdrawal",
                "find_participant", "list_draw_summaries", "list_participations", "list_waiting_entries",
                "withdraw_participation"],
            "draws.publishing": ["PublishedDraw", "WaitingMove", "find_published_lottery",
                "list_published_draws", "list_waiting_moves"],
            "draws.waiting_list": ["move_up_waiting_list"],
            "erasure": ["erase_person", "withdraw_all_participations"],
            "ledger.budgets": ["Budget", "BudgetBelowPromises", "list_budgets", "set_budget"],
            "ledger.explanation_forms": ["read_explanations", "store_explanation_forms"],
            "ledger.positions": ["GrantPosition", "read_grant_positions"],
            "ledger.posting": ["post_move", "post_moves"],
            "ledger.recording": ["admit_and_record", "forecast_rulings"],
            "ledger.rows": ["first_expiry_day"],
            "ledger.usage_snapshot": ["read_ledger_state"],
            "lifecycle.claims": ["ClaimResult", "LapseResult", "lapse_unclaimed", "record_claim"],
            "lifecycle.clawback": ["Clawback", "MemberEvents", "apply_clawbacks", "claw_back_grant",
                "clawback_event_types", "lock_grants_with_clawbacks"],
            "lifecycle.debts": ["Debt", "list_debts", "settle_debt", "waive_debt"],
            "lifecycle.expiry": ["DueDays", "ExpiryResult", "expire_due_grants", "find_due_days"],
            "lifecycle.places": ["find_members_with_places", "lock_held_places", "return_places"],
            "lifecycle.reversal": ["ReversalResult", "apply_reversal"],
            "lifecycle.reversible_grants": ["ReversalCriteria", "SpentGrant"],
            "messages.payloads": ["BENEFIT_PAYLOADS"],
            "model.accounts": ["FEN"],
            "model.faults": ["MoveRefused"],
            "model.moves": ["Move", "Transaction"],
            "model.ruling": ["Reason", "Ruling"],
            "officer_acts": ["Act", "NewAct", "list_acts", "lock_rulebook_exclusive", "record_act"],
            "officers": ["OFFICER_FAULTS", "ActRefused", "Officer", "is_officer_name"],
            "payout.bank_returns": ["BankReturn", "BankReturnLine", "BankReturnMismatch", "BankReturnResult",
                "apply_bank_return"],
            "payout.batches": ["PaymentOrder", "PayoutBatch", "list_batch_orders", "list_payout_batches",
                "load_bank_answers", "load_payout_batch"],
            "payout.failed_payments": ["FailedPayment", "Shortfall", "count_failed_payments",
                "list_failed_payments"],
            "payout.faults": ["PAYOUT_FAULTS"],
            "payout.payments": ["ExcludedGrant", "PayoutCriteria", "PreparedBatch", "cancel_batch",
                "create_payout_batch", "record_batch_export", "release_batch"],
            "points.account": ["PointsAccount", "PointsLot", "read_points_account"],
            "points.spending": ["Spending", "SpendingRequest", "spend_points"],
            "reporting.appeals": ["APPEAL_FAULTS", "Appeal", "AppealAnswer", "erase_appeal_texts",
                "list_appeals", "load_open_appeal", "lodge_appeal", "record_appeal_answer", "reject_appeal"],
            "reporting.decision_record": ["BoundSnapshot", "DecisionRecord", "GrantPartRecord",
                "WaitingListPlace", "load_decision_records"],
            "reporting.dossier": ["Dossier", "find_marked_grant", "load_dossier"],
            "reporting.ends": ["count_ending_vouchers", "find_ending_vouchers"],
            "reporting.figures": ["BenefitFigures", "FigureGroup", "FigureGrouping", "ReportPeriod",
                "compute_figures"],
            "reporting.grant_standing": ["USABLE_STATES", "GrantFacts", "GrantStanding", "GrantState",
                "HeldBenefit", "compute_grant_standing", "list_held_benefits", "load_held_benefits"],
            "reporting.member_benefits": ["DecisionExplanation", "Grant", "explain_decisions",
                "explain_decisions_by_id", "list_member_grants", "list_new_decisions"],
            "reporting.rule_versions": ["BasisReference", "StoredRule", "list_decided_rules", "store_rules"],
            "reporting.run_rates": ["RunRate", "compute_run_rates"],
            "rulebook.book": ["RuleStop", "lift_rule_stop", "lock_rulebook_shared", "read_rule_stops",
                "read_rulebook_epoch", "require_rule_stop", "retire_rule", "stop_rule"],
            "rulebook.held_events": ["HeldEvent", "HeldEventBuffer", "count_held_events", "iter_held_events",
                "open_held_event_buffer", "release_held_events"],
            "rulebook.versions": ["RuleCutoff", "RuleSubmission", "RuleVersion", "approve_rule_version",
                "list_rule_cutoffs", "list_submitted_versions", "reject_rule_version",
                "require_approvable_version", "submit_rule_version"],
            "sealing.sealing": ["AccountBalance", "ChainHead", "list_account_balances", "list_chain_heads",
                "read_seal_gap", "seal_batches"],
            "verification.export": ["canonical_export_lines"],
            "verification.extent": ["NO_WATCH", "Extent", "VerificationWatch"],
            "verification.verify": ["CHECK_COUNT", "Verification", "verify_export", "verify_ledger"],
            "vouchers.batches": ["MAX_BATCH_LINES", "LostCodeUse", "OfflineBatch", "OfflineBatchResult",
                "OfflineLineResult", "accept_offline_batch", "list_lost_code_uses"],
            "vouchers.cards": ["CardQuery", "list_card_grants"],
            "vouchers.codes": ["CODE_LENGTH", "VoucherKey", "check_voucher_key", "format_code", "has_voucher_key",
                "normalise_code", "register_voucher_key"],
            "vouchers.invoices": ["FINDING_TEXTS", "ComparedRow", "Invoice",
                "InvoiceFinding", "InvoiceFindingKind", "InvoiceLine", "InvoiceScope", "Reconciliation",
                "Tolerance", "TotalRow"],
            "vouchers.issuing": ["IssuedCode", "UsableBenefit", "find_code_number", "issue_voucher_code",
                "list_usable_benefits"],
            "vouchers.merchants": ["Merchant", "MerchantKey", "NewMerchantKey", "RedemptionPlace",
                "add_merchant", "authenticate_merchant", "check_redemption_place", "end_other_merchant_keys",
                "issue_merchant_key", "load_merchant", "load_merchant_keys", "load_merchants",
                "revoke_merchant_keys"],
            "vouchers.reconciliation": ["compare_invoice"],
            "vouchers.redemption": ["RedemptionRequest", "RedemptionResult", "compute_redemption",
                "read_recorded_uses", "redeem_grant", "repeat_recorded_use"],
            "vouchers.redemption_lookup": ["GrantUse", "ResolvedReference", "list_grant_uses",
                "load_ledger_side", "resolve_references"],
            "vouchers.refunds": ["RefundRequest", "RefundResult", "find_act_number", "gives_place_back",
                "refund_grant", "void_grant_remainder"],
        },
    )  # fmt: skip
