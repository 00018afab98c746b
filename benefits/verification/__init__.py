"""Verification of the ledger, recomputed from its rows or from an export."""
