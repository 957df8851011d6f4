"""Custody as a fold over signed scans; a carrier's word never moves it.

Values in, values out: no network, no database, no clock, no chance.  import-linter holds it to that.
"""
