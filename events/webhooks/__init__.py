"""Webhooks: receivers, deliveries and signed sending."""
