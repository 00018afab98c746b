"""Members: records, cards, corrections and the vault of names."""
