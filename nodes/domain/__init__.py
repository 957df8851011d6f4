"""What a node decides by itself, as pure functions over its own journal.

Values in, values out: no network, no database, no clock, no chance.  import-linter holds it to that.
"""
