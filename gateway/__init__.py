"""The gateway: it admits signed events, records them durably, orders each stream and routes to the parties.

It never dials a node and never opens what is sealed; nodes and gateway meet only on the wire (`tongban.v1`).
"""
