"""An agreement on paper: an A4 document that anybody can read, file away, and check years later without a line.

    journal ── proof ──► verdict ──► content (plain data) ──► sheet.typ ──► PDF/A-3b
                  └───────────────── embedded file ──────────────────────────┘

The text on the pages is set from the very bytes that were signed, as `agreements.reading` says them; the signatures on
them are those that this program has verified.  The proof itself is embedded as `proof.tongban`, and a QR on the last
page holds what verifies with the paper alone (`agreements.domain.printed`).

**What counts** is the embedded proof, never the picture: whoever can edit a PDF can change a word on a page, so
verifying a print tells the text anew from the proof.

The typesetter is Typst, because it breaks lines as Chinese is broken (no 。 at the beginning of one), carries a table's
head over the page, and writes PDF/A-3, the archive's form of PDF that allows an embedded file.  The fonts come as a
package (`pylopdf-fonts-zh-cn`: Noto Serif SC and Noto Sans SC, OFL), so a machine without any Chinese font prints the
same; a subset is embedded, and the machine's own fonts are never looked at.

Promised: equal input gives equal bytes, with the time taken from the print's statement.  A character that the fonts do
not have is written out by its number (‹U+20000›), never as an empty box.  What can go wrong: the fonts are not
installed, a ConfigurationInvalid that names the package.
"""

from __future__ import annotations

from tongban.v1 import registry_pb2


def to_pdf(given: registry_pb2.GetAgreementProofResponse) -> bytes:
    """The print of an agreement, from what a node gave out; refused where its proof is not sound."""
    from agreements.paper.content import content  # reading a print needs none of the typesetter
    from agreements.paper.typesetting import typeset

    return typeset(content(given))
