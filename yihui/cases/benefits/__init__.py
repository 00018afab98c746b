"""Benefits that members hold."""
