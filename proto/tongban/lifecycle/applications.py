"""What the events of an application do."""

from __future__ import annotations

from collections.abc import Iterable

from tongban import errors
from tongban.lifecycle import results
from tongban.lifecycle.bounds import MOST
from tongban.lifecycle.engine import Step
from tongban.v1 import application_pb2, event_pb2, lifecycle_pb2

_Application = application_pb2.Application

_PAPER = 1
"""`MATERIAL_FORM_ORIGINAL`."""

_SEND_BACK_SECONDS = 240 * 3600
"""So long a result that nobody came for may stay where it is."""

MOST_PARCELS = 256
"""As many as an application lists."""

CLOCK_AUTHOR = "nodes/clock"
"""The gateway's clock as an author: its timers speak of deadlines."""


class ApplicationFolder:
    """Folds `applications/…`; reads open fields only."""

    collection = "applications"

    def new_state(self) -> _Application:
        """An empty application."""
        return _Application()

    def roles(self, state: _Application | None, event: event_pb2.Event) -> frozenset[int]:
        """Accepting, decider and collecting, by the route that the application was filed under."""
        route = event.application_submitted.route if state is None else state.route
        author, held = event.author, set()
        if author == route.accepting:
            held.add(lifecycle_pb2.ROLE_ACCEPTING)
        if author == route.decider:
            held.add(lifecycle_pb2.ROLE_DECIDER)
        if author == route.collecting:
            held.add(lifecycle_pb2.ROLE_COLLECTING)
        if author == CLOCK_AUTHOR:
            held.add(lifecycle_pb2.ROLE_CLOCK)
        return frozenset(held)

    def check(self, state: _Application | None, event: event_pb2.Event) -> None:
        """One correction notice only (rule T6); originals keep distinct names; paper results are originals."""
        body = event.WhichOneof("body")
        if body == "correction_required" and state is not None and state.correction_noticed:
            raise errors.SecondCorrectionNotice(field="event.correction_required", stream=event.stream)
        if body == "application_submitted":
            _check_route(event.application_submitted.route)
            _check_originals(event.application_submitted.materials, set(), body)
            if event.application_submitted.trial:
                forms = [material.form for material in event.application_submitted.materials]
                _check_no_paper([*forms, *event.application_submitted.wanted_results], f"event.{body}.trial")
        if body == "correction_supplied" and state is not None:
            _check_originals(event.correction_supplied.materials, set(results.originals(state)), body)
            if state.trial:
                _check_no_paper([material.form for material in event.correction_supplied.materials], f"event.{body}")
        if body == "result_issued" and state is not None:
            if state.trial:
                _check_no_paper([document.form for document in event.result_issued.documents], f"event.{body}")
            results.check_issued(event.result_issued, state, f"event.{body}")
        if state is not None:
            _check_paper(state, event)

    def apply(self, state: _Application, step: Step, in_turn: bool) -> None:
        """Record what the event says."""
        event = step.event
        match event.WhichOneof("body"):
            case "application_submitted":
                submitted = event.application_submitted
                state.route.CopyFrom(submitted.route)
                state.window = submitted.window
                state.trial = submitted.trial
                state.materials.extend(submitted.materials)
                state.wanted_results.extend(submitted.wanted_results)
            case "application_accepted":
                state.promised_working_days = event.application_accepted.promised_working_days
            case "application_not_accepted":
                state.reason_code = event.application_not_accepted.reason_code
            case "correction_required":
                state.correction_noticed = True
                state.defects.extend(event.correction_required.defects)
            case "correction_supplied":
                state.materials.extend(event.correction_supplied.materials)
            case "application_approved":
                state.approved = True
            case "application_refused":
                state.reason_code = event.application_refused.reason_code
            case "application_terminated":
                state.reason_code = event.application_terminated.reason_code
            case "parcel_attached":
                known = state.parcels
                if event.parcel_attached.parcel not in known and len(known) < MOST_PARCELS:
                    known.append(event.parcel_attached.parcel)
            case _:
                _apply_paper(state, step, in_turn)

    def parties(self, state: _Application) -> frozenset[str]:
        """The accepting, home, deciding and collecting nodes."""
        route = state.route
        return frozenset({route.accepting, route.home, route.decider, route.collecting} - {""})


def _check_route(route: application_pb2.Route) -> None:
    if route.decider not in (route.home, route.accepting):
        raise errors.NotTheDecider(
            field="event.application_submitted.route.decider",
            decider=route.home,
            action="作出决定",
            action_en="decide",
            author=route.decider,
        )


def _check_paper(state: _Application, event: event_pb2.Event) -> None:
    """One valid original of each result, whoever prints it (`results`)."""
    body = event.WhichOneof("body")
    field = f"event.{body}"
    match body:
        case "result_ready":
            results.check_ready(state, event.author, field)
        case "result_collected":
            results.check_collected(event.result_collected, state, field)
        case "original_voided":
            results.check_voided(event.original_voided, state, field)
        case "print_permit_released":
            results.check_permit(event.print_permit_released.original, state, event.author, f"{field}.original")
        case "result_printed":
            results.check_permit(event.result_printed.original, state, event.author, f"{field}.original")
        case "print_permit_granted":
            results.check_granted(event.print_permit_granted, state, field)
        case _:
            pass


def _apply_paper(state: _Application, step: Step, in_turn: bool) -> None:
    """What becomes of papers: results, what was handed in, what came back."""
    event = step.event
    match event.WhichOneof("body"):
        case "result_issued":
            state.results.extend(event.result_issued.documents)
            state.surrenders.extend(event.result_issued.surrenders)
        case "result_ready":
            ready = event.result_ready
            results.printed(state, results.printed_by(state, event.author))
            state.collection_window, state.collection_locker = ready.window, ready.locker
            _set_time(state, ready)
            _end_unclaimed(state, event, "ready-again")
        case "result_printed":
            results.printed(state, [event.result_printed.original])
        case "result_collected":
            state.collected.extend(event.result_collected.documents)
            state.collection_locker = ""
            _end_unclaimed(state, event, "collected")
        case "result_unclaimed":
            state.collection_window = event.result_unclaimed.window
            if in_turn:
                state.collection_locker = ""
                state.ClearField("code_expire_time")
                raised = _raise(state, step, "unclaimed")
                raised.owner = event.author
                raised.deadline_time.CopyFrom(event.claim_time)
                raised.deadline_time.seconds += _SEND_BACK_SECONDS
        case "original_voided":
            results.make_void(state, event.original_voided)
            if not results.valid(state):
                _end_unclaimed(state, event, "made-void")
        case "print_permit_released":
            results.give_back(state, event.print_permit_released.original)
        case "print_permit_granted":
            results.grant(state, event.print_permit_granted)
        case "certificate_surrendered":
            if not results.take_surrendered(state, event):
                _raise(state, step, "not-recorded", event.certificate_surrendered.original)
        case "originals_returned":
            _give_back(state, step, event.originals_returned.originals)
        case "electronic_delivered":
            state.delivered.extend(code for code in event.electronic_delivered.codes if code not in state.delivered)
        case _:
            pass


def _give_back(state: _Application, step: Step, names: Iterable[str]) -> None:
    """What was never handed in, or is void, cannot be given back: whoever says so must look again."""
    held = results.handed_in(state)
    for name in names:
        if name in held:
            state.returned.append(name)
        elif name not in state.returned:
            _raise(state, step, "unknown-original", name)


def _set_time(state: _Application, ready: application_pb2.ResultReady) -> None:
    state.ClearField("code_expire_time")
    if ready.HasField("code_expire_time"):
        state.code_expire_time.CopyFrom(ready.code_expire_time)


def _raise(state: _Application, step: Step, code: str, subject: str = "") -> application_pb2.StreamException:
    # Whoever names things that are not there for ever is told so once, in the end (`bounds`).
    about = subject if len(state.exceptions) < MOST else ""
    raised = state.exceptions.add(
        event_type=step.event.WhichOneof("body"), version=step.version, code=code, subject=about
    )
    raised.create_time.CopyFrom(step.event.claim_time)
    return raised


def _end_unclaimed(state: _Application, event: event_pb2.Event, resolution: str) -> None:
    for each in state.exceptions:
        if each.code == "unclaimed" and not each.HasField("resolve_time"):
            each.resolve_time.CopyFrom(event.claim_time)
            each.resolution = resolution


def _check_no_paper(forms: Iterable[int], field: str) -> None:
    """A trial takes in no original and gives none out: a real case that calls itself one ends without a paper."""
    if any(form == _PAPER for form in forms):
        raise errors.FieldInvalid(
            field=field,
            problem="试运行没有纸质件,既不收原件,也不出纸质证照",
            problem_en="a trial run takes in no originals and issues no paper results",
        )


def _check_originals(materials: Iterable[application_pb2.Material], taken: set[str], body: str) -> None:
    seen = set(taken) - {""}
    for place, material in enumerate(materials):
        is_original = material.form == 1
        if is_original != bool(material.original) or material.original in seen:
            raise errors.FieldInvalid(
                field=f"event.{body}.materials[{place}].original",
                problem="原件须有自己的名称,不重复;其他形式不填 / an original has a name of its own, others none",
            )
        if material.original:
            seen.add(material.original)
