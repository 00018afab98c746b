"""Cash by bank: prepared by one, released by another, paid when the bank says so."""
