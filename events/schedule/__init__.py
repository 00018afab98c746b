"""The schedule: what the calendar brings (birthdays, festivals, days on which vouchers end), as events."""
