"""Carriers: their wire formats, pure; bytes in, observations out.

    base         the words that all feeds share, and what a codec must do
    kuaidi100    快递100, the aggregator: query, subscription, pushes
    sf           顺丰丰桥: orders, routes, pushes
    ems          EMS: orders, traces, pushes
    manual       legs that nobody can be asked about, and what a person writes down of them
    registry     the codec of a feed
    couriers     what is known of each courier that a leg may name
    codes        what each feed's codes and errors mean, as data
    s10          the numbers of international mail
    times        local times, their offsets, and the ground for each
    wire         bounded JSON and forms

**What flows through.**  A codec makes an `HttpRequest` of a question and reads a `Reply`; it also reads what a stranger
sent to the push address.  What comes out is `Observation`s, each with the carrier's own code and text, its meaning in
our words, the moment it was taken for and why.  Nothing here sends, waits, retries or remembers: the relay does, and
it keeps to `min_interval_seconds` and `max_batch`.

**What is promised.**

* The same bytes give the same values.  A push that is replayed gives observations that are known already: the relay
  makes no events of them (`nodes.relay.observing`), and to a leg they add nothing (`mailroom.domain.transit`).
* What cannot be read is a `CarrierFault` with a kind and a place, never another error, however long, deep, empty or
  malformed it is.  One bad entry of a list is a `Flaw`; the entries beside it are read.
* Every refusal of a carrier has a kind and says whether trying again may help, and when.
* Nothing of a forged push is read, and a push that nobody signed says so (`PushBatch.signed`).
* An answer about another waybill or another order than was asked for is refused.
* An order bears the leg's name, so that the same leg asked for twice is seen by the carrier to be the same.
* Secrets come in with `Account` and go out only inside requests; neither shows them in its repr.

**What can go wrong.**  Codes change without notice and integrators disagree about some.  A code that is not in the
tables means `unknown` and calls for a person; it is never guessed from a text.  Only of a delivery whose code does not
say who signed is the text asked, because an original in a parcel locker must not go unseen.  A carrier may lie or be
mistaken: its word starts clocks and moves no custody.
"""
