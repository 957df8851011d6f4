"""The web console of a node: what its staff use all day, in a browser, on the machine beside the printer.

Pages are rendered here and work without a script; the one script reloads a timeline.  A page never decides anything:
it turns what was typed into a message of the contract, has it checked as the gRPC door does, and hands it to the same
desk.  So both doors refuse the same things in the same words, and a page shows the refusal beside its field with what
was typed still there.  Which buttons a page has is read from the contract's table of moves, not written down again.

    browser ── form ──► pages/…  ── contract message, checked ──►  nodes.desk.…  ──►  journal

Who is there: a session of the staff desk, in a cookie that no script can read and no other site can send.  Cookies
know no ports, so the cookie is named after the node: two nodes on one machine do not sign each other's staff out.
Every form carries a token derived from the session, and only a POST changes anything; opening what is sealed is a POST
too, because the reading is recorded.  Pages are never stored by the browser, paths are not logged, and the session's
token is in neither.

What can go wrong: the line is down (every page says so; nothing stops); a form is sent twice (its request id makes it
one application); a session ends while somebody types (they sign in and send again, nothing was stored).
"""
