"""`make bench`: how fast it is, on this machine, in one run.

Five things are measured, in rounds that take turns, because clocks and disks of shared machines wander from minute to
minute and only what was measured side by side may be compared:

    unary    a1  the raw unary ceiling: gRPC and one SQLite row a call, committed in groups; no signature, no rules
    batched  a2  the same over streams, sixteen rows a message
    admit    b   the gateway's own process over mutual TLS: signed and sealed events of 2 KB, verified, admitted,
                 committed, receipted, put into mailboxes; then once more at 70 % of that, for the latency
    apply    c   whole applications: gateway and two nodes as processes of their own, two paper legs, every receiver
                 verifying
    storm    d   3,000 streams at once (once a run), and what each costs to hold

and, once a run, the memory of an idle gateway and the time of a coverage lookup.  Servers run as in production, on
uvloop, on real files; the load comes from this process, with everything signed and serialised before the clock starts.
"""
