"""Members: records, cards, duties, corrections and the vault of names."""
