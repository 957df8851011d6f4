"""The mailroom's own data files: working days as they were published, and what people are told."""
