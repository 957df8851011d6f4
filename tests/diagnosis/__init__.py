"""Who failed: a table of faults, each really produced, and what is said of it."""
