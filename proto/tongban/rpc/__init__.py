"""gRPC as Tongban speaks it: one way to serve, one way to call, one way for an error to cross the wire.

    handler raises TongbanError ──► server.py ──► status.py: google.rpc.Status in the trailers
                                                      │
    caller catches TongbanError ◄── client.py ◄── status.py: the same class with the same facts

Promised: a handler's request has been parsed, measured and checked before the handler sees it; a refusal carries
its reason, both languages, the field and who can mend it; anything unforeseen is logged under an incident number
and tells the caller that number and nothing else.

What can go wrong: a peer of another version names a reason that is not known here (its own words are kept); a
proxy or the transport answers in our place, without details (the status code chooses the class); a handler is
cancelled because the caller went away (its `finally` blocks run at once, nothing is answered).
"""
