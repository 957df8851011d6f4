"""What the events of a parcel do.

The moves stand in the contract.  Here is what they do beyond the state, and where the state itself depends on what
was scanned: a parcel taken in where it does not belong is at a wrong post, whatever the event is called.
"""

from __future__ import annotations

from typing import Final

from mailroom.domain import exceptions, legs, scans, tracing, transit
from mailroom.domain.codes import DISCREPANCIES, ExceptionCode, raise_exception
from mailroom.domain.manifest import check_manifest, manifest_digest, normal_seals
from mailroom.domain.numbers import is_original
from tongban import errors
from tongban.lifecycle.engine import Step
from tongban.v1 import event_pb2, lifecycle_pb2, parcel_pb2

CLOCK_AUTHOR = "nodes/clock"
"""The gateway's clock's name as an author."""


class ParcelFolder:
    """Folds `parcels/…`; reads open fields only."""

    collection = "parcels"

    def new_state(self) -> parcel_pb2.Parcel:
        """An empty parcel."""
        return parcel_pb2.Parcel()

    def roles(self, state: parcel_pb2.Parcel | None, event: event_pb2.Event) -> frozenset[int]:
        """Sender, receiver, relay, clock, and whoever has scanned it. A returned parcel is its sender's to open."""
        if state is None:
            held = {lifecycle_pb2.ROLE_SENDER: {event.parcel_packed.origin.node}}
        else:
            held = {
                lifecycle_pb2.ROLE_SENDER: {state.origin.node},
                lifecycle_pb2.ROLE_RECEIVER: {addressee(state)},
                lifecycle_pb2.ROLE_RELAY: {leg.relay for leg in state.legs},
                lifecycle_pb2.ROLE_HOLDER: {state.origin.node, *_scanned(state)},
            }
        held[lifecycle_pb2.ROLE_CLOCK] = {CLOCK_AUTHOR}
        return frozenset(role for role, nodes in held.items() if event.author in nodes)

    def check(self, state: parcel_pb2.Parcel | None, event: event_pb2.Event) -> None:
        """What a guarded event must be true to: the manifest, the order of legs, every item looked at."""
        body = event.WhichOneof("body")
        if body == "parcel_packed":
            _check_packed(event.parcel_packed)
        elif state is None:
            return
        elif body == "parcel_sealed":
            _check_sealed(state, event)
        elif body == "parcel_offered":
            legs.check_offered(state, event)
        elif body == "leg_cancelled":
            legs.check_cancelled(state, event)
        elif body == "parcel_redirected":
            legs.check_redirected(state, event)
        elif body == "parcel_reconciled":
            unchecked = unchecked_items(state)
            if unchecked:
                raise errors.ContentsUnchecked(
                    field="event.parcel_reconciled",
                    stream=event.stream,
                    count=len(unchecked),
                    items=", ".join(unchecked),
                )

    def apply(self, state: parcel_pb2.Parcel, step: Step, in_turn: bool) -> None:
        """Record what the event says."""
        event = step.event
        match event.WhichOneof("body"):
            case "parcel_packed":
                packed = event.parcel_packed
                state.purpose = packed.purpose
                state.origin.CopyFrom(packed.origin)
                state.destination.CopyFrom(packed.destination)
                state.first_destination.CopyFrom(packed.destination)
                state.manifest.extend(packed.manifest)
                state.nonce = packed.nonce
                state.custody.CopyFrom(scans.post_custody(event, packed.origin))
            case "parcel_sealed":
                state.manifest_digest = event.parcel_sealed.manifest_digest
                state.seals.extend(event.parcel_sealed.seals)
            case "parcel_offered":
                legs.offered(state, step)
            case "leg_cancelled":
                legs.cancelled(state, step)
            case "waybill_assigned":
                legs.numbered(state, step)
            case "waybill_photographed":
                legs.photographed(state, step)
            case "parcel_redirected":
                legs.redirected(state, step)
            case "parcel_exception_resolved":
                exceptions.resolve(state, event)
                transit.read_off(state)
            case "trace_requested":
                tracing.requested(state, event)
            case "trace_answered":
                tracing.answered(state, event)
            case "parcel_dispatched":
                scans.dispatched(state, step, in_turn)
            case "parcel_taken_in":
                scans.taken_in(state, step, in_turn)
            case "carrier_observed":
                transit.observe(state, step)
                legs.settle_all(state, step)
            case "parcel_exception_raised":
                transit.raised(state, step)
                legs.settle_all(state, step)
            case "parcel_opened":
                if not event.parcel_opened.seals_intact:
                    raise_exception(state, step, ExceptionCode.SEAL_BROKEN)
            case "items_checked":
                _record_checks(state, step)
            case "parcel_held":
                state.pickup_window = event.parcel_held.window
                state.hold_time.CopyFrom(event.claim_time)
                _hold_at(state, event, parcel_pb2.Post(node=event.author, post=event.parcel_held.window))
            case "parcel_collected":
                state.custody.CopyFrom(
                    parcel_pb2.Custody(
                        kind=parcel_pb2.HOLDER_KIND_APPLICANT,
                        since_time=event.claim_time,
                        event_id=event.event_id,
                        stream=event.stream,
                    )
                )
                exceptions.end(state, event.claim_time, "explained", {"unclaimed"})
            case _:
                pass
        exceptions.give_owners(state, step)

    def parties(self, state: parcel_pb2.Parcel) -> frozenset[str]:
        """The sender, all addressees so far, every node that scanned it, and the relays of its legs."""
        relays = {leg.relay for leg in state.legs}
        ends = {state.origin.node, state.first_destination.node, state.destination.node}
        return frozenset({*ends, *_scanned(state), *relays} - {""})


def addressee(state: parcel_pb2.Parcel) -> str:
    """The node that may open it: the destination's, or the sender's own once a refused parcel has come home to it."""
    held = state.custody
    came_home = (
        held.kind == parcel_pb2.HOLDER_KIND_POST
        and held.post.node == state.origin.node
        and state.state not in _BEFORE_ARRIVAL
    )
    return state.origin.node if came_home else state.destination.node


def _scanned(state: parcel_pb2.Parcel) -> set[str]:
    return {post.node for leg in state.legs for post in (leg.dispatch.post, leg.intake.post)} - {""}


_BEFORE_ARRIVAL = frozenset(
    {
        lifecycle_pb2.PARCEL_STATE_PACKED,
        lifecycle_pb2.PARCEL_STATE_SEALED,
        lifecycle_pb2.PARCEL_STATE_OFFERED,
        lifecycle_pb2.PARCEL_STATE_WRONG_POST,
    }
)


def last_outcomes(state: parcel_pb2.Parcel) -> dict[str, int]:
    """The last outcome of each item that was looked at."""
    return {check.item: check.outcome for check in state.checks}


def unchecked_items(state: parcel_pb2.Parcel) -> list[str]:
    """Entries of the manifest that nobody has looked at, in the manifest's order."""
    looked_at = last_outcomes(state)
    return [entry.item for entry in state.manifest if entry.item not in looked_at]


def originals(state: parcel_pb2.Parcel) -> list[str]:
    """The originals in the manifest."""
    return [entry.item for entry in state.manifest if is_original(entry.item)]


def _check_packed(packed: parcel_pb2.ParcelPacked) -> None:
    if packed.origin == packed.destination:
        raise errors.FieldInvalid(
            field="event.parcel_packed.destination", problem="与寄出处相同 / it is the same post as the origin"
        )
    if not packed.manifest:
        raise errors.FieldInvalid(field="event.parcel_packed.manifest", problem="清单为空 / it is empty")
    check_manifest(packed.manifest, "event.parcel_packed.manifest")


def _check_sealed(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    sealed = event.parcel_sealed
    if tuple(sealed.seals) != normal_seals(sealed.seals) or not sealed.seals:
        raise errors.FieldInvalid(
            field="event.parcel_sealed.seals",
            problem="each once, upper case, sorted / 封签号应大写、不重复、按序",
        )
    expected = manifest_digest(state.manifest)
    if sealed.manifest_digest != expected:
        raise errors.ManifestMismatch(
            field="event.parcel_sealed.manifest_digest",
            stream=event.stream,
            what="清单摘要 (manifest digest)",
            expected=expected.hex(),
            found=sealed.manifest_digest.hex(),
        )


MOST_EXTRAS: Final = 64
"""So many things that are not in the manifest are listed one by one, as many as a manifest has entries."""


def _record_checks(state: parcel_pb2.Parcel, step: Step) -> None:
    """Keep the last check of each item; what is not as it should be is an exception."""
    known = {check.item: check for check in state.checks}
    listed = {entry.item for entry in state.manifest}
    extras = sum(item not in listed for item in known)
    for check in step.event.items_checked.checks:
        last = known.get(check.item)
        if last is not None and last.outcome == check.outcome:
            continue
        if last is not None:
            last.CopyFrom(check)
        elif check.item in listed or extras < MOST_EXTRAS:
            extras += check.item not in listed
            known[check.item] = state.checks.add(item=check.item, outcome=check.outcome, pages=check.pages)
        else:
            # More than anybody can have put in: said once, and not listed.
            raise_exception(state, step, ExceptionCode.EXTRA)
            continue
        code = DISCREPANCIES.get(check.outcome)
        if check.item not in listed:
            code = ExceptionCode.EXTRA
        if code is not None:
            raise_exception(state, step, code, check.item)


def _hold_at(state: parcel_pb2.Parcel, event: event_pb2.Event, post: parcel_pb2.Post) -> None:
    if state.custody.post != post or state.custody.kind != parcel_pb2.HOLDER_KIND_POST:
        state.custody.CopyFrom(scans.post_custody(event, post))
