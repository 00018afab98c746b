"""Private servers, and what is sent to them: what tests and benches both use."""
