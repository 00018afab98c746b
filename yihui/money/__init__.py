"""Money of the union at every door: who was promised what, who was paid, and what merchants redeem."""
