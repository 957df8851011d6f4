"""The exchange: how events travel between a node and the gateway, and what each frame promises.

    node                                             gateway
    Hello (incarnation, sequence, epoch, cursors) ─►
                                                  ◄─ Welcome (epoch, sequence seen, channel heads, credit)
    Submission (events, groups whole) ────────────►  verified, admitted, committed …
                                                  ◄─ Outcomes (a receipt or a rejection each), Credit
                                                  ◄─ Deliveries (mailbox or feed, positions without a gap)
    stored, folded, committed …
    Acknowledgement (cursors), Credit ────────────►

The node dials; one stream carries everything; both directions are batched and run ahead of the answers as far as the
credit allows.  Nothing is acknowledged before it is durably committed, so either side may be killed at any
instruction: whatever was not acknowledged is sent again, an event that is sent twice is recognised by its id, a
delivery that comes twice by its position.

A channel is an ordered list with a head: the node's own mailbox, or a feed that everyone reads (nodes, items,
agreements).  Positions rise by one and are given out inside the admitting transaction, so no reader passes a number
that is not committed.

What can go wrong.  The line breaks: the node waits a little, a little longer each time, and at once when the gateway
is heard again.  A peer sends more than its credit: the stream is closed with CREDIT_EXCEEDED.  One side has been
restored from a backup: epoch, incarnation and sequence tell, and the side that finds itself behind admits nothing
new until it has recovered.  A stream of events cannot be folded: it is parked with its reason, acknowledged as
stored, and nothing else waits for it.
"""
