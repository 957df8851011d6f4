"""Coverage and routing as pure, dated functions over signed agreements.

Values in, values out: no network, no database, no clock, no chance.  import-linter holds it to that.
"""
