"""What changed between two registers or dates, and for whom."""
