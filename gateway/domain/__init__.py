"""What the gateway decides, as pure functions: admission, ordering, routing to mailboxes.

Values in, values out: no network, no database, no clock, no chance.  import-linter holds it to that.
"""
