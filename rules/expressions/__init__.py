"""Parse, type-check and exactly evaluate the conditions and amounts that officers write."""
