"""The mailroom: the rules and records of parcels, and who holds each paper original at every moment."""
