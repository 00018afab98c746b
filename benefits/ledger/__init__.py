"""The ledger of promises and grants: their bounds, postings and budgets."""
