"""A node: one region or window, local-first, joined to the gateway by one stream that it dials itself.

What a clerk does is signed and durably stored here before anything else happens, works with the line down,
and flows when it is back.
"""
