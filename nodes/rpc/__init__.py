"""The node's own services over gRPC: thin doors to the desks.

Each method finds out who calls (the bearer token in the metadata), and hands the checked message to the desk.  There is
one method a call and nothing else in it, so whoever reads the contract knows where to look.
"""
