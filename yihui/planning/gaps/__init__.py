"""Areas without an open place, named and told."""
