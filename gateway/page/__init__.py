"""The operator's page: what the gateway knows of its nodes, at one look.

Read-only, and made of open fields alone: names, counters, positions, dates.  It asks the core and the journal's
counts, never what is sealed, and it has no sign-in because it has nothing to hide from whoever can reach the host it
is bound to; `gateway.json` binds it to the machine itself unless the operator says otherwise.

    /           nodes, links, mailboxes and feeds, agreements, counts; it loads itself again every five seconds
    /healthz    200 and the epoch when the database answers, `degraded` while it is full; 503 when it does not answer
"""

from __future__ import annotations

from gateway.page.page import Page as Page
