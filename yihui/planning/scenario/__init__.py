"""What would be if some stations opened longer, closed or were added: a named scenario, measured as two registers are."""
