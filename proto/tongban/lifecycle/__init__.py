"""The legal moves of an application, a parcel and an agreement, read from the contract's own options.

Values in, values out: no network, no database, no clock, no chance.  import-linter holds it to that.
"""
