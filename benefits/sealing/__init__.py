"""Hash chains over committed rows."""
