"""The member's page: one phone, one member, and what concerns this member alone."""
