"""Who acts: log-ins, officers, senders, rights, approvals and the audit log."""
