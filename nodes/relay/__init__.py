"""The mailroom relay: a participant that hears carriers, orders waybills and minds the legs' clocks."""
