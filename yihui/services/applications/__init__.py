"""Members' applications: stages, attachments, acts and published lists."""
