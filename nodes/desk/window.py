"""The window's desk: taking applications in, and handing results out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from agreements.domain.answering import check_identity, check_printing
from agreements.domain.coverage import Covered, Query
from agreements.domain.documents import calendar_date
from nodes.core import NodeCore
from nodes.desk import forms, paging, pickups
from nodes.desk.history import view_of
from nodes.desk.item_history import all_changes, changes_of, since_yesterday
from nodes.desk.numbers import new_application, today
from nodes.desk.recognition import recognition
from nodes.desk.repeats import kind_of, made_before, standing
from nodes.desk.staff import SUPERVISOR, WINDOW, Staff
from nodes.journal.drafts import Draft
from nodes.journal.recorder import View
from nodes.store import QUERIES
from tongban import errors
from tongban.lifecycle.table import RULES
from tongban.lifecycle.words import states
from tongban.v1 import application_pb2, directory_pb2, lifecycle_pb2, parcel_pb2, types_pb2, window_pb2


class WindowDesk:
    """What a window does."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    def _find(self, request: window_pb2.FindRouteRequest | window_pb2.SubmitApplicationRequest) -> Covered:
        date = None
        if isinstance(request, window_pb2.FindRouteRequest) and request.HasField("date"):
            date = calendar_date(request.date, "date")
        covered = self._core.shared.coverage.find(
            Query(
                item=request.item,
                accepting=self._core.name,
                applicant_kind=request.applicant_kind,
                channel=request.channel or types_pb2.CHANNEL_WINDOW,
                instant=self._core.clock.now(),
                mode=request.mode or None,
                collecting=request.collecting or None,
                date=date,
            )
        )
        self._core.copy.check(covered.clause)
        return covered

    async def list_items(self, staff: Staff, request: window_pb2.ListItemsRequest) -> window_pb2.ListItemsResponse:
        """The items that may be taken in here today."""
        staff.require("查看事项", WINDOW, "approval", "mailroom", "supervisor")
        shared = self._core.shared
        response = window_pb2.ListItemsResponse()
        size = min(request.page_size or 100, 500)
        offers = shared.coverage.offers(self._core.name, self._core.clock.now())
        since = since_yesterday(self._core)
        changed: dict[str, list[directory_pb2.ItemChange]] = {}
        for change in await self._core.database.run(lambda tx: all_changes(tx, since), read_only=True):
            changed.setdefault(change.item, []).append(change)
        for entry, clause in sorted(offers, key=lambda offer: offer[0].name):
            item = shared.item(entry.name)
            if item is None or request.query not in item.document.title or entry.name <= request.page_token:
                continue
            if len(response.items) == size:
                response.next_page_token = response.items[-1].item.name
                break
            available = response.items.add(item=item, changes=changed.get(entry.name, ()))
            home = shared.directory.find(item.document.home)
            if home is not None:
                available.home.CopyFrom(home)
            if clause is not None:
                available.agreement = clause.accord.name
                found = shared.clause(clause.accord.name, clause.id, clause.accord.version)
                if found is not None:
                    available.clause.CopyFrom(found)
        return response

    async def find_route(self, staff: Staff, request: window_pb2.FindRouteRequest) -> window_pb2.FindRouteResponse:
        """The route, asked before the form is typed."""
        staff.require("查询办理路径", WINDOW, "supervisor")
        covered = self._find(request)
        response = window_pb2.FindRouteResponse(route=covered.route)
        item = self._core.shared.item(request.item)
        if item is not None:
            response.item.CopyFrom(item)
        route = covered.route
        clause = self._core.shared.clause(route.agreement, route.clause, route.agreement_version)
        if clause is not None:
            response.clause.CopyFrom(clause)
        since = since_yesterday(self._core)
        response.changes.extend(
            await self._core.database.run(lambda tx: changes_of(tx, request.item, since), read_only=True)
        )
        return response

    async def check_recognition(
        self, staff: Staff, request: window_pb2.CheckRecognitionRequest
    ) -> window_pb2.CheckRecognitionResponse:
        """Whether a result is recognised at a node."""
        staff.require("查看事项", WINDOW, "approval", "mailroom", "supervisor")
        return recognition(self._core, request)

    async def submit_application(
        self, staff: Staff, request: window_pb2.SubmitApplicationRequest
    ) -> application_pb2.Application:
        """Take an application in; durable when this returns."""
        staff.require("收件", WINDOW)
        kind = kind_of(self._core, "submit", request)
        again = await made_before(self._core, request.request_id, kind)
        if again is not None:
            return await standing(self._core, again, application_pb2.Application)
        covered = self._find(request)
        item = self._core.shared.item(request.item)
        if item is None:
            raise errors.ItemNotFound(field="item", name=request.item, region=self._core.name)
        forms.check_form(item.document, request.form, today=today(self._core))
        self._check_identity(covered.route, request.form)
        forms.check_materials(item.document, request.materials, request.form)
        parts = forms.pack(request.form, request.materials)
        submitted = application_pb2.ApplicationSubmitted(
            route=covered.route,
            window=staff.post,
            materials=[content.material for content in request.materials],
            wanted_results=list(dict.fromkeys(request.wanted_results)) or [types_pb2.MATERIAL_FORM_ORIGINAL],
        )
        readers = forms.readers(covered.route)

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            if again := view.made(request.request_id, kind):
                return [], again
            name = new_application(self._core, view)
            view.make(request.request_id, kind, name)
            draft = Draft(name, "application_submitted", submitted, parts=parts, readers=readers)
            return [draft], name

        recorded = await self._core.record(staff.actor, build, urgent=False)
        return recorded.states.get(recorded.extra) or await standing(
            self._core, recorded.extra, application_pb2.Application
        )

    def _check_identity(self, route: application_pb2.Route, form: Mapping[str, str]) -> None:
        """The document that the applicant shows is one that the clause takes."""
        clause = self._core.shared.clause(route.agreement, route.clause, route.agreement_version)
        check_identity(form.get("identity_kind", ""), clause, agreement=route.agreement)

    def _check_printing(self, application: application_pb2.Application) -> None:
        """What is printed here under a decider's permit is so by this node's own copy of the clause, too."""
        route = application.route
        clause = self._core.shared.clause(route.agreement, route.clause, route.agreement_version)
        for result in application.results:
            check_printing(result, route, clause, item=route.item, field="name")

    async def _state(self, name: str) -> application_pb2.Application:
        state = await self._core.state(name)
        if state is None:
            raise errors.ApplicationNotFound(field="name", name=name)
        assert isinstance(state, application_pb2.Application)
        return state

    async def get_application(
        self, staff: Staff, request: window_pb2.GetApplicationRequest
    ) -> window_pb2.ApplicationView:
        """One application as this node knows it."""
        staff.require("查看办件", WINDOW, "approval", "mailroom", "supervisor")
        view = await self._core.database.run(lambda tx: view_of(tx, self._core, request.name), read_only=True)
        if view is None:
            raise errors.ApplicationNotFound(field="name", name=request.name)
        return view

    async def list_applications(
        self, staff: Staff, request: window_pb2.ListApplicationsRequest
    ) -> window_pb2.ListApplicationsResponse:
        """Applications of this node, newest first."""
        staff.require("查看办件", WINDOW, "approval", "mailroom", "supervisor")
        rows, token = await paging.newest(
            self._core,
            "applications",
            size=request.page_size,
            token=request.page_token,
            phases=request.states,
            role=request.role,
        )
        return window_pb2.ListApplicationsResponse(
            applications=[application_pb2.Application.FromString(blob) for blob in rows], next_page_token=token
        )

    async def watch_application(
        self, staff: Staff, request: window_pb2.WatchApplicationRequest
    ) -> AsyncIterator[window_pb2.ApplicationView]:
        """Every change of one application, from now on."""
        with self._core.watch(request.name) as watch:
            while True:
                yield await self.get_application(staff, window_pb2.GetApplicationRequest(name=request.name))
                await watch.changed()

    async def supply_correction(
        self, staff: Staff, request: window_pb2.SupplyCorrectionRequest
    ) -> application_pb2.Application:
        """Hand in what the notice asked for."""
        staff.require("补正", WINDOW)
        if not request.materials and not request.form:
            raise errors.FieldInvalid(
                field="materials",
                problem="至少补交一项材料或一项内容",
                problem_en="supply at least one material or field",
            )
        application = await self._state(request.name)
        self._check_identity(application.route, request.form)
        item = self._core.shared.item(application.route.item)
        if item is not None:
            await self._check_correction(item.document, application, request)
        content = application_pb2.CorrectionSupplied(materials=[m.material for m in request.materials])
        draft = Draft(
            request.name,
            "correction_supplied",
            content,
            parts=forms.pack(request.form, request.materials),
            readers=forms.readers(application.route),
        )
        return await self._one(staff, draft)

    async def _check_correction(
        self,
        item: directory_pb2.ItemDocument,
        application: application_pb2.Application,
        request: window_pb2.SupplyCorrectionRequest,
    ) -> None:
        """The whole as it would stand, where this node can open what was filed; else what is supplied, for itself."""
        before = await self._core.database.run(lambda tx: forms.stored(self._core.sealer, tx, request.name))
        forms.check_form(item, request.form, today=today(self._core), partly=True, before=before)
        stood = before if before is not None else request.form
        forms.check_materials(
            item,
            request.materials,
            {**stood, **request.form},
            handed_in={material.code for material in application.materials},
            before=stood,
        )

    async def withdraw_application(
        self, staff: Staff, request: window_pb2.WithdrawApplicationRequest
    ) -> application_pb2.Application:
        """Withdraw at the applicant's wish."""
        staff.require("撤回", WINDOW)
        await self._state(request.name)
        return await self._one(
            staff, Draft(request.name, "application_withdrawn", application_pb2.ApplicationWithdrawn())
        )

    async def ready_result(
        self, staff: Staff, request: window_pb2.ReadyResultRequest
    ) -> window_pb2.ReadyResultResponse:
        """Say that the result lies here, and make the pickup code; asked again, the code is replaced."""
        staff.require("可取证", WINDOW, SUPERVISOR)
        application = await self._state(request.name)
        code, row = pickups.new_code(request.name, self._core.entropy)
        link = pickups.link(request.name, code)
        if application.state == lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION:
            if application.route.collecting != self._core.name:
                raise errors.NotParty(field="name", node=self._core.name, stream=request.name)
            if await pickups.is_locked(self._core, request.name):
                staff.require("解锁取件码", SUPERVISOR)

            def again(view: View) -> tuple[Sequence[Draft], Any]:
                # Asked within the unit: where it was handed out meanwhile, the code that was used stays.
                if view.state(request.name).state == lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION:
                    view.write(QUERIES.put_pickup, row)
                return [], None

            await self._core.record(staff.actor, again)
            return window_pb2.ReadyResultResponse(application=application, pickup_code=code, pickup_link=link)
        parcels = await self._parcels(application, lifecycle_pb2.PARCEL_STATE_RECONCILED)
        # What this window prints itself begins with this step; anything else has come here.
        self._check_printing(application)
        came = [d.original for d in application.results if d.original and d.printing != self._core.name]
        papers = [f"{request.name}/originals/{original}" for original in came]

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            self._core.check_in_hand(view.tx, papers)
            view.write(QUERIES.put_pickup, row)
            held = parcel_pb2.ParcelHeld(window=staff.post)
            ready = application_pb2.ResultReady(window=staff.post)
            return [*(Draft(p, "parcel_held", held) for p in parcels), Draft(request.name, "result_ready", ready)], None

        recorded = await self._core.record(staff.actor, build)
        return window_pb2.ReadyResultResponse(
            application=recorded.states[request.name], pickup_code=code, pickup_link=link
        )

    async def collect_result(
        self, staff: Staff, request: window_pb2.CollectResultRequest
    ) -> application_pb2.Application:
        """Hand the result out against the code."""
        staff.require("取证", WINDOW)
        application = await self._state(request.name)
        electronic = request.proof == application_pb2.COLLECTION_PROOF_ELECTRONIC
        if electronic and any(d.original for d in application.results):
            raise errors.FieldInvalid(
                field="proof", problem="有纸质证照,须当面核验领取 / a paper result is handed over in person"
            )
        used = None
        if not electronic:
            _check_ready(application)
            used = await pickups.check(self._core, request.name, request.pickup_code)
        parcels = await self._parcels(application, lifecycle_pb2.PARCEL_STATE_HELD_FOR_PICKUP)

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            if used is not None:
                view.write(QUERIES.note_pickup, used)
            taken = parcel_pb2.ParcelCollected(proof=request.proof)
            collected = application_pb2.ResultCollected(proof=request.proof)
            return [
                *(Draft(p, "parcel_collected", taken) for p in parcels),
                Draft(request.name, "result_collected", collected),
            ], None

        recorded = await self._core.record(staff.actor, build)
        return recorded.states[request.name]  # type: ignore[no-any-return]

    async def _parcels(self, application: application_pb2.Application, state: int) -> list[str]:
        """Parcels of an application that are addressed here and stand so."""
        found = []
        for name in application.parcels:
            parcel = await self._core.state(name)
            if (
                isinstance(parcel, parcel_pb2.Parcel)
                and parcel.state == state
                and parcel.destination.node == self._core.name
                and parcel.purpose == parcel_pb2.PARCEL_PURPOSE_RESULT
            ):
                found.append(name)
        return found

    async def _one(self, staff: Staff, draft: Draft) -> application_pb2.Application:
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        return recorded.states[draft.stream]  # type: ignore[no-any-return]


def _check_ready(application: application_pb2.Application) -> None:
    """Before there is a code, no code is wrong.  One that was used says so itself."""
    gone = (lifecycle_pb2.APPLICATION_STATE_COLLECTED, lifecycle_pb2.APPLICATION_STATE_CLOSED)
    rule = RULES["result_collected"]
    if application.state in (*rule.from_states, *gone):
        return
    now, now_en = states("applications", [application.state])
    allowed, allowed_en = states("applications", rule.from_states)
    raise errors.MoveNotAllowed(
        field="name",
        stream=application.name,
        state=now,
        state_en=now_en,
        move=rule.title_zh,
        move_en=rule.title_en,
        allowed=allowed,
        allowed_en=allowed_en,
    )
