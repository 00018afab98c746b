"""Rules: drafts, checks, cases, simulations, approvals and what is in force."""
