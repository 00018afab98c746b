"""Compare two registers or dates: which places changed, and which demand gains or loses service."""
