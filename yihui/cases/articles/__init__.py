"""Articles of the hotline's knowledge base."""
