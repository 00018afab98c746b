"""Where to build next: what is asked, solved and told."""
