"""The simulation: the whole federation on a virtual clock, with faults at a seed's command.

`make simulate SEEDS=1000` runs seeds 0 to 999; `make simulate SEED=42` runs one and says what happened in it.  A run
has a gateway, four nodes, and clerks who work from what their own node shows them: they file, decide, send papers
and hand out results, and when something is refused or away they come back later, as people do.  Meanwhile lines are
cut, and processes die, at commits too, with the commit done or undone.  Then everything is mended, and the
invariants are checked: what the gateway receipted has reached every party once and in order, everybody who knows a
stream knows it alike, every original has one holder, nothing is left waiting or parked.

Everything that runs is the project's own code but the clock, chance, sockets and fsync.
"""
