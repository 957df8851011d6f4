"""Trial runs (试运行): a party shows that applications really go, before any real one does.

    this node                            gateway                      the partner's trial desk
    choose an item ─► file, sealed ──► route checked ──────────────► opens the form
                                                                     accepts, reviews, approves
    opens the result ◄─────────────── ◄───────────────────────────── issues it, and says in it what it read in the form
    collects ────────────────────────►──────────────────────────────► closes
    TrialPassed ◄── histories and receipts compared; and the same the other way round, where the agreement has both

Nothing in it is a model: it is the journey of every application, under the agreement that was signed, with the keys,
seals, receipts and rules of real ones.  Only the hands are automatic.  `TrialDesk` runs at every node, acts as `ACTOR`,
and touches nothing but applications that say `trial`.  It makes the steps that are this node's: the decider's, and the
collecting one's.  `TrialRun` files, watches, and says of each step how long it took, or who failed.

**What is promised.** A trial stands in a list of its own (`nodes.journal.streams.TRIALS`), so no list, count or queue
of real work shows one.  It holds no person: its applicant is made up, its identity number belongs to no place.  It
sends no paper.  Run again, it goes on with what is under way.  The gateway admits `TrialPassed` only where the
application that it names is a trial of these two under this agreement, and closed.

**What shows that the seals work both ways.** The desk writes into the sealed result what it read in the sealed form: a
digest of every part.  Only who opened the one could write that, and only who opens the other can compare it.

**What can go wrong.** The partner is away, refuses, or does not answer in time; the own line is down; the agreement is
not signed by both, or routes none of the partner's items to this window.  Each ends in `TrialFailed`, with the step,
who has to act, and what to do.  What was filed stays where it is, in nobody's way.
"""

from __future__ import annotations

from nodes.desk.staff import APPROVAL, WINDOW, Staff

ACTOR = Staff("trial-desk", "trial-desk", "试运行受理台", frozenset({APPROVAL, WINDOW}), "trial-desk")
"""Who acts in trials.  Members of staff have ids of their own making (`s-…`), so nobody else is called so."""
