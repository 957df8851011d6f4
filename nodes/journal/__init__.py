"""The node's journal: what is signed here, what comes from elsewhere, and the state of every stream.

Two things write.  `record` takes what a desk wants to do, decides it against the *predicted* state (everything that was
delivered, and this node's own steps that still wait for their receipts), signs it and stores it.  `intake` takes what
the gateway delivers: it stores it raw, then folds it onto the *confirmed* state, and predicts again.

    desk ──► record ──► events (waiting) ──► link ──► gateway ──► deliveries ──► intake ──► events (receipted)
                 │                                                                   │
                 └────────────► predicted state  ◄── own waiting steps ── confirmed state

Promised: what `record` returned is signed and on disk; it needs no line.  The confirmed state moves only by what the
gateway delivered, in stream order, so it is the same on every node.  A delivery is acknowledged when it is on disk,
folded or not: one that cannot be folded parks its stream with the reason, and everything else goes on.

What can go wrong: the gateway refuses a step.  The step is marked, what was predicted on it is predicted anew, and a
person here gets a task with the reason.  A delivery does not follow on what was delivered before: the stream is parked
until the missing piece has come.
"""
