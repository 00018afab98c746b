"""Where a member is logged in: her phones, and the apps that let her in."""
