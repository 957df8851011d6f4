"""Checking a stored journal whole: everything that was derived is derived again, every proof is looked at again.

    directory's history ─► admissions ─► events in stream order ─► what hangs on them ─► report
         keys, when           signatures     bytes, author, receipt,    states, mailboxes,
                              of batches     sealed parts, fold         custody, cursors

A journal can only be trusted as far as somebody has looked.  So `tongban fsck` reads one snapshot of the database,
from the first row to the last, believes no derived column, and compares what it finds with what the events say under
the project's own lifecycles.  Gateway and node have different tables; what an event and a receipt must be is the
same for both and stands here.

Promised: nothing is written, and the process that serves goes on.  Rows are streamed and merged by their order, so
memory does not grow with the journal; it grows with the directory, with the largest stream, and with the number of
authors.  The first bad record is named with its table and key, what was expected, what was found and what to do.

Which is *first* does not depend on where the search stumbled.  One flipped byte makes many records look wrong, so
findings have a rank: the directory before what it signed, the journal before what is derived from it, and within a
table the order of its key.  The lowest rank is named; the rest are counted by table and kind.

What cannot be seen: a row that was changed together with everything that proves it, signatures included, by somebody
who has the keys; the wording of a stored refusal; how far an author's mark was raised where refusals of that author
are stored, because a refusal does not tell its sequence.
"""

from tongban.fsck.keys import KeyHistory
from tongban.fsck.records import Admissions, EventRecords, JournalRow
from tongban.fsck.report import Finding, Phase, Progress, Report

__all__ = ["Admissions", "EventRecords", "Finding", "JournalRow", "KeyHistory", "Phase", "Progress", "Report"]
