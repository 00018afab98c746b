"""Cash payouts by bank: one officer prepares a batch, another releases it, the bank confirms the payments."""
