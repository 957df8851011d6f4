"""What admission checks of one event beside its lifecycle: time, order, routes, keys.  Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agreements.domain.agreements import text_of
from agreements.domain.answering import check_printing
from agreements.domain.coverage import Coverage, check_filed
from agreements.domain.documents import check_items, check_joining, check_parties, check_renewal, parse
from agreements.domain.life import check_notice_given
from agreements.domain.shared import Shared
from tongban import errors
from tongban.directory import Directory, check_keys
from tongban.v1 import agreement_pb2, application_pb2, event_pb2, lifecycle_pb2

MAX_SKEW = dt.timedelta(minutes=5)
"""How far an author's clock may run ahead.  One that lags is never refused for it: work queues offline."""


@dataclass(frozen=True, slots=True)
class AuthorMark:
    """The last sequence that an author's incarnation has used, and its highest incarnation."""

    incarnation: int
    sequence: int


def check_time(event: event_pb2.Event, now: dt.datetime, seen: Mapping[str, int], epoch: int) -> None:
    """The claimed time lies between what the author had seen and now; `seen` maps batch ids to microseconds."""
    claimed = event.claim_time.ToDatetime(dt.UTC)
    if claimed > now + MAX_SKEW:
        raise errors.ClaimedTimeInFuture(
            field="event.claim_time", claimed=claimed.isoformat(), admitted=now.isoformat()
        )
    if not event.HasField("seen"):
        return
    cited = event.seen.admit_time.ToDatetime(dt.UTC)
    known = seen.get(event.seen.batch_id)
    if event.seen.epoch == epoch and (known is None or known != round(cited.timestamp() * 1_000_000)):
        raise errors.CheckpointUnknown(field="event.seen", seen=event.seen.batch_id)
    if claimed < cited - MAX_SKEW:
        raise errors.ClaimedTimeBeforeCheckpoint(
            field="event.claim_time", claimed=claimed.isoformat(), seen=cited.isoformat()
        )


def check_sequence(event: event_pb2.Event, mark: AuthorMark | None) -> None:
    """Sequences rise; an old incarnation, or a sequence used before, betrays a restored backup."""
    if mark is None:
        return
    if (event.incarnation, event.sequence) <= (mark.incarnation, mark.sequence):
        raise errors.SequenceReused(
            field="event.sequence",
            author=event.author,
            sequence=f"{event.incarnation}/{event.sequence}",
            seen=f"{mark.incarnation}/{mark.sequence}",
        )


def check_filing(event: event_pb2.Event, coverage: Coverage, now: dt.datetime) -> None:
    """A filing's route must be what the routing function finds, by the day it was filed on."""
    route = event.application_submitted.route
    if event.author != route.accepting:
        raise errors.RoleNotAllowed(
            field="event.application_submitted.route.accepting",
            action="收件 submit",
            roles=route.accepting,
            caller=event.author,
        )
    claimed = event.claim_time.ToDatetime(dt.UTC)
    check_filed(coverage, route, claimed, now, stream=event.stream, trial=event.application_submitted.trial)


def check_results(event: event_pb2.Event, application: application_pb2.Application, shared: Shared) -> None:
    """Who prints a result, also anew, is the decider, or whom the clause that the application cites lists."""
    route = application.route
    clause = shared.clause(route.agreement, route.clause, route.agreement_version)
    item = shared.item(route.item)
    title = item.document.title if item is not None else route.item
    if event.HasField("print_permit_granted"):
        granted = application_pb2.ResultDocument(printing=event.print_permit_granted.to)
        check_printing(granted, route, clause, item=title, field="event.print_permit_granted.to")
    for place, result in enumerate(event.result_issued.documents):
        field = f"event.result_issued.documents[{place}].printing"
        check_printing(result, route, clause, item=title, field=field)


def check_trial(event: event_pb2.Event, found: Any) -> None:
    """The trial that an event says has passed: `found` is its application, where `after` names it, else None."""
    passed, field = event.trial_passed, "event.trial_passed.application"
    if not isinstance(found, application_pb2.Application):
        raise errors.PredecessorMissing(field=field, stream=passed.application, version=1)
    route = found.route
    between = (route.accepting, route.home, route.agreement) == (event.author, passed.partner, event.stream)
    if not (found.trial and between and found.state == lifecycle_pb2.APPLICATION_STATE_CLOSED):
        raise errors.FieldInvalid(
            field=field,
            problem="不是与该方按此协议办结的试运行",
            problem_en="it is no trial run with that partner under this agreement that was closed",
        )


def check_declaration(event: event_pb2.Event, agreement: agreement_pb2.Agreement, now: dt.datetime) -> None:
    """Whoever ends, leaves or does not prolong an agreement gives the text's notice, counted from admission."""
    check_notice_given(agreement, event, now)


def check_registration(event: event_pb2.Event, directory: Directory) -> None:
    """New keys are certified by the node's root (its first one, or the one it registered) and are nobody else's."""
    body = event.WhichOneof("body")
    if body == "node_registered":
        root, keys = event.node_registered.root_public_key, list(event.node_registered.keys)
    else:
        root, keys = directory.node(event.stream).root_public_key, list(event.node_keys_rotated.keys)
    check_keys(event.stream, root, keys, field=f"event.{body}.keys")
    directory.check_own(event.stream, keys, field=f"event.{body}.keys")


def check_text(event: event_pb2.Event, shared: Shared) -> None:
    """A text put before its parties: nodes that exist under the root keys that it pins, items that their homes publish.

    What it renews exists too.  That it is well formed is for the fold to say.
    """
    found = text_of(event)
    if found is None:
        return
    raw, field = found
    document = parse(raw, field)
    check_parties(document, {node.name: node for node in shared.directory.nodes()}, field)
    check_items(document, {item.name: item for item in shared.items()}, field)
    check_renewal(document, {agreement.name: agreement for agreement in shared.agreements()}, field)


def check_signing(event: event_pb2.Event, agreement: agreement_pb2.Agreement, directory: Directory) -> None:
    """The text that is signed pins the root keys that its parties have now."""
    amendment = agreement.HasField("amendment")
    amended = amendment and event.agreement_signed.document_digest == agreement.amendment.document_digest
    text = agreement.amendment.document if amended else agreement.document
    nodes = {node.name: node for node in directory.nodes()}
    if not amended and agreement.state != lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
        check_joining(text, nodes, event.author)
    else:
        check_parties(text, nodes)
