"""Hash chains over what was done."""
