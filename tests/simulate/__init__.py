"""The simulation: the whole federation on a virtual clock, with faults at a seed's command.

`make simulate SEEDS=1000` runs seeds 0 to 999; `make simulate SEED=42` runs one and says what happened in it.

    scene ──► run: clerks at work, faults striking ──► mended ──► finished ──► invariants
    (once)    (60 turns, some minutes of virtual time)

A run begins where a gateway and three to twelve nodes have joined and signed who takes in for whom (`scene`).  Clerks
work from what their own node shows them: they file, decide, send papers and hand out results, several at once; when
something is refused or away they come back later, as people do, and with the same request (`clerks`).  Meanwhile
things go wrong (`faults` is the table): processes die between any two steps of the loop, between two statements, at
commits; disks are slow, full, or replaced by a backup; clocks are off; lines are cut, silent in one direction, late,
lossy; keys change, agreements pause, somebody enrolled lies (`ground` breaks and mends).  Then everything is mended,
everybody finishes what was begun, and the invariants are checked: what the gateway receipted has reached every party
once and in order, everybody who knows a stream knows it alike, every original has one holder, nothing is left waiting.

A seed replays to the last byte: chance comes from the seed alone, also in HPKE (`hpke`), and nothing depends on the
order of a set or on a hash.  Everything that runs is the project's own code but the clock, chance, sockets and fsync.
A signature that was found good is not computed again (`remembered`).

In a fifth of the seeds the gateway has two replicas on one database (`shared_disk` says what of PostgreSQL that is),
and in an eighth agreements are amended while people file under them.  A seed's number alone says which, so that adding
a kind changes no other story.
"""
