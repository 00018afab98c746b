"""Signed tokens: what a QR code of ours shows, and how anybody verifies it with the published keys alone."""
