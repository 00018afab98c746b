"""Changes to a grant after it was promised: claim, expiry, reversal, clawback, debt."""
