"""The desks: what staff do at a node, whichever door they come through.

The gRPC servicers and the console call the same methods with the same messages.  A desk checks that the member of staff
holds the role, looks at the predicted state, and records one atomic group of events; the journal refuses what the
lifecycle does not allow.  So a rule stands in one place, and both doors give the same answer in the same words.
"""
