"""What the events of an application do."""

from __future__ import annotations

from collections.abc import Iterable

from tongban import errors
from tongban.lifecycle.engine import Step
from tongban.v1 import application_pb2, event_pb2, lifecycle_pb2

_Application = application_pb2.Application

_PAPER = 1
"""`MATERIAL_FORM_ORIGINAL`."""

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
            taken = {m.original for m in state.materials}
            _check_originals(event.correction_supplied.materials, taken, body)
            if state.trial:
                _check_no_paper([material.form for material in event.correction_supplied.materials], f"event.{body}")
        if body == "result_issued" and state is not None:
            if state.trial:
                _check_no_paper([document.form for document in event.result_issued.documents], f"event.{body}")
            taken = {m.original for m in state.materials}
            for place, document in enumerate(event.result_issued.documents):
                paper = document.form == 1
                if paper != bool(document.original) or document.original in taken - {""}:
                    raise errors.FieldInvalid(
                        field=f"event.result_issued.documents[{place}].original",
                        problem="纸质证照须有唯一原件名,电子证照无 / only a paper result has a name of its own",
                    )
                _check_printing(document, state.route, f"event.result_issued.documents[{place}].printing")

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
            case "result_issued":
                state.results.extend(event.result_issued.documents)
            case "result_ready":
                state.collection_window = event.result_ready.window
            case "parcel_attached":
                if event.parcel_attached.parcel not in state.parcels:
                    state.parcels.append(event.parcel_attached.parcel)
            case _:
                pass

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


def _check_printing(document: application_pb2.ResultDocument, route: application_pb2.Route, field: str) -> None:
    """Whether the clause lets it print is for who knows the clause; here only that it hands the paper out itself."""
    if document.printing and (document.form != 1 or document.printing != route.collecting):
        raise errors.FieldInvalid(
            field=field,
            problem="决定机关以外,只有取证地可以打印纸质证照",
            problem_en="beside the decider only the collecting node prints a paper result",
        )


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
