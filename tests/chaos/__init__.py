"""Chaos: the federation as real processes, killed, stopped and cut off while people work, and then held to account.

    adversary ──► kill -9, SIGSTOP … SIGCONT, cut, stall, one way only, half-close, slow
        │
    gateway (one on SQLite, two replicas on PostgreSQL)  ◄── proxy ──  node ×4  ◄── clerks ──► ledger

Each process is started by the operator's own command and killed where it happens to be, also while it starts.  A node
dials a small proxy of its own (`proxy`), whose address stays while gateways come and go.  Clerks (`clerks`) drive whole
applications over the generated stubs of the contract, from the filing to the closing, and write every answer they got
into a ledger that no process of the federation can touch (`ledger`).  Whoever got no answer does what a person does:
waits until the machine is back, and asks again with the same request id, or looks first whether it was done.

Then everything is mended, the work that was begun is finished, every process is stopped in good order, and two
questions are put to the databases:

- is everything there that anybody was told is done, once, on every side that it concerns (`ledger`)?
- do the invariants of the simulation hold (`tests.simulate.invariants`)?

The choices come from a seed.  The instants at which they meet the processes do not: real processes do not replay.  So a
run that fails keeps its folder, with the databases, every process's log, the ledger and the story of what was done.
"""
