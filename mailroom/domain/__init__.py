"""Custody as a fold over signed scans; a carrier's word never moves it.

    manifest   what is in a parcel, as one digest, and how seal numbers are written
    numbers    the names of parcels, legs and originals
    stub       the signed code on a parcel, by which it can be taken in before its sender's events arrive
    parcels    the folder of `parcels/…`: who may do what, and what each event does
    scans      the hard part of that folder: two hands, two clocks, and scans that come in any order
    transit    what a carrier or an observer says of a parcel on its way, which no order and no repeat disturbs
    codes      what can be wrong, by name
    custody    who holds each paper original, derived from the folds, one row a move

Promised: folding a parcel is total (a fact never raises, in any order, repeated or not), the whole parcel has
exactly one holder after each step, and every holder names the event that made it one.

What can go wrong is written into the parcel as exceptions with a code (`ExceptionCode`), each of which waits for
a person: nothing physical is ever refused because the paper-work is wrong.

**A parcel that arrives before its sender's events.**  A stream is opened by its first event, so an intake scan on
a stream that nobody has opened cannot be folded, and the gateway refuses it.  The receiving node therefore takes
the parcel in from its stub (`stub.preview`), keeps the signed scan in its own journal, and publishes it when the
sender's events have come as far as the booked leg.  The scan keeps the time it was made.

Values in, values out: no network, no database, no clock, no chance.  import-linter holds it to that.
"""
