"""Everything that the mailroom prints: labels that a scanner reads, and lists that people sign.

    contract ── gathering ──► prints (plain data) ── codes, sheets/*.typ ──► PDF

    parcel label   100 x 150 mm   where to, number (Code 128), the signed stub (QR), seals, pieces
    item labels     50 x 30 mm    one original each: `TBI1:` code, by which the opening scan reads it
    command sheet  A4             the `TBC:` words
    waybill        100 x 150 mm   for carriers that give no label of their own
    manifest       A4             entries, seals, digest
    handover list  A4             many parcels for one courier
    stocktake      A4             the ledger of a shelf, to be ticked

**What counts** is the journal, never the paper: a manifest is checked by its digest and a parcel by its signed code.
The stub stands on the label only, because its nonce proves that the parcel itself was in the scanner's hand.

Promised: equal data gives equal bytes; every code can be read at 150 dpi, also the longest; Chinese comes first with
English beside it; what is shown is data, and runs nothing.  A character that the fonts cannot draw, or that would
silently be drawn as another, is refused by name (GlyphMissing) before anything is printed: on a label for somebody's
papers a box, a gap or a look-alike is worse than a pen.  What can go wrong besides: ConfigurationInvalid, no fonts.

Names and addresses are on paper because the carrier must read them.  They come from the caller and go nowhere else.
"""

from __future__ import annotations

from mailroom.paper.prints import Print


def to_pdf(given: Print) -> bytes:
    """The print as PDF."""
    from mailroom.paper import setting  # the typesetter is large: a process that never prints does not load it

    return setting.to_pdf(given)
