"""Lifecycles: how signed events become state, the same everywhere.

A stream's state is a fold over its events.  The legal moves are not written here: they stand in the contract as
the option `rule` of each event type, and `table` reads them.  `engine` takes a state and an event and gives the
next state, or says by name why not.  What an event does beyond moving the state (recording a leg, adding a
signature) is a `Folder`'s, one for each collection: applications, nodes and items here, parcels in `mailroom`,
agreements in `agreements`.

Promised: folding is pure and total.  The same events in the same order give the same bytes of state on every
machine, in every language that follows the table.  A guarded event out of turn, or by the wrong hand, is refused
and changes nothing.  A fact out of turn is folded all the same and leaves an exception that waits for a person.

What can go wrong: an event type that this version does not know.  Nothing is guessed then: the stream is parked
by whoever folds, and everything else goes on.
"""
