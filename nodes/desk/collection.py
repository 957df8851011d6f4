"""Handing results out near the applicant: at a window, through an agent, from a locker, or electronically.

    ready         it lies at a window, or in a locker; a code is made, for the applicant's eyes alone
    collected     the code was right, a person was seen (or a locker opened), and every document was ticked off
    unclaimed     nobody came in time: the code ends, the result goes back to the decider by parcel
    electronic    at once, whatever the paper does

What is handed out on paper is always the whole of what is valid, by one signature: half a result in the applicant's
hand would leave nobody to say where the other half is.  A delivery to a locker is no collection; custody stays with
this node's post (the locker is one) until a code has opened it.

What can go wrong: the step is refused at the gateway after the paper has left the window.  Then the code is shown as
used, the refusal is a task here, and a new code can be made because the state says that the result lies here still.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agreements.domain.answering import check_printing
from nodes.desk import forms, handover, pickups
from nodes.desk.lying import HELD, application_of, check_ready, result_parcels
from nodes.desk.staff import APPROVAL, LOCKER, SUPERVISOR, WINDOW, Staff
from nodes.desk.unclaimed import UnclaimedDesk
from nodes.journal.drafts import Actor, Draft
from nodes.journal.recorder import View
from nodes.store import QUERIES
from tongban import errors
from tongban.ids import uuid7
from tongban.lifecycle import results
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, lifecycle_pb2, parcel_pb2, types_pb2, window_pb2

_READY = lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION
_RECONCILED = frozenset({lifecycle_pb2.PARCEL_STATE_RECONCILED})
_ELECTRONIC = types_pb2.MATERIAL_FORM_ELECTRONIC


class CollectionDesk(UnclaimedDesk):
    """What a collecting window does."""

    async def ready_result(
        self, staff: Staff, request: window_pb2.ReadyResultRequest
    ) -> window_pb2.ReadyResultResponse:
        """Say that the result lies here, and make the pickup code; asked again, the code is replaced."""
        staff.require("可取证", WINDOW, SUPERVISOR)
        application = await application_of(self._core, request.name)
        now = self._core.clock.now()
        expires = now + self.terms.code
        code, row = pickups.new_code(request.name, self._core.entropy, expires)
        answer = window_pb2.ReadyResultResponse(
            pickup_code=code,
            pickup_link=pickups.link(request.name, code),
            expire_time=expires.isoformat(timespec="seconds"),
        )
        if application.state == _READY:
            await self._renew(staff, application, row)
            answer.application.CopyFrom(application)
            return answer
        parcels = await result_parcels(self._core, application, _RECONCILED)
        await self._check_locker(application, request.locker)
        # What this window prints itself begins with this step; anything else has come here.
        self._check_printing(application)
        printed_here = set(results.printed_by(application, self._core.name))
        came = [paper.original for paper in results.papers(application) if paper.original not in printed_here]
        void = {paper.original for paper in results.papers(application) if paper.void_reason}
        papers = [f"{request.name}/originals/{original}" for original in came if original not in void]
        row |= {"hold_until": pickups.micros(now + self.terms.hold), "locker": request.locker}
        ready = application_pb2.ResultReady(window=staff.post, locker=request.locker)
        ready.code_expire_time.FromDatetime(expires)

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            self._core.check_in_hand(view.tx, papers)
            view.write(QUERIES.put_pickup, row)
            held = parcel_pb2.ParcelHeld(window=staff.post)
            return [*(Draft(p, "parcel_held", held) for p in parcels), Draft(request.name, "result_ready", ready)], None

        recorded = await self._core.record(staff.actor, build)
        answer.application.CopyFrom(recorded.states[request.name])
        return answer

    async def _renew(self, staff: Staff, application: application_pb2.Application, row: dict[str, object]) -> None:
        """Another code for a result that lies ready; where guessing has locked it, by a supervisor."""
        name = application.name
        if application.route.collecting != self._core.name:
            raise errors.NotParty(field="name", node=self._core.name, stream=name)
        if await pickups.is_locked(self._core, name):
            staff.require("解锁取件码", SUPERVISOR)

        def again(view: View) -> tuple[Sequence[Draft], Any]:
            # Asked within the unit: where it was handed out meanwhile, the code that was used stays.
            if view.state(name).state == _READY:
                if view.tx.fetch_one(QUERIES.get_pickup, {"application": name}) is not None:
                    view.write(QUERIES.renew_pickup, row)
                else:
                    # This disk was put back from a time before the result lay ready: nothing is there to be replaced.
                    until = pickups.micros(view.now + self.terms.hold)
                    lies = {"hold_until": until, "locker": view.state(name).collection_locker}
                    view.write(QUERIES.put_pickup, row | lies)
                for task in view.tx.fetch_all(
                    QUERIES.list_tasks_of, {"stream": name, "reason": errors.PickupLocked.reason()}
                ):
                    done = {"task_id": task["task_id"], "done_time": pickups.micros(view.now)}
                    view.write(QUERIES.finish_task, done)
            return [], None

        await self._core.record(staff.actor, again)

    async def _check_locker(self, application: application_pb2.Application, locker: str) -> None:
        """A locker takes paper that nothing need be handed in against, and one result at a time."""
        if not locker:
            return
        if not results.papers(application):
            raise errors.FieldInvalid(
                field="locker", problem="没有纸质证照可存柜", problem_en="there is no paper to put into a locker"
            )
        if wanting := results.not_surrendered(application):
            raise errors.CertificateNotSurrendered(field="locker", codes="、".join(wanting))
        others = [name for name in await self._in_locker(locker) if name != application.name]
        if others:
            raise errors.FieldInvalid(
                field="locker", problem="此柜格已存有证照,请另选", problem_en="this locker is taken; choose another"
            )

    async def _in_locker(self, locker: str) -> list[str]:
        """Applications whose result lies in a locker, by their states too: a step may have been refused since."""

        def work(tx: Transaction) -> list[str]:
            return [row["application"] for row in tx.fetch_all(QUERIES.list_lockers, {"locker": locker})]

        found = []
        for name in await self._core.database.run(work, read_only=True):
            state = await self._core.state(name)
            if state is not None and state.state == _READY and state.collection_locker == locker:
                found.append(name)
        return found

    def _check_printing(self, application: application_pb2.Application) -> None:
        """What is printed here under a decider's permit is so by this node's own copy of the clause, too."""
        route = application.route
        clause = self._core.shared.clause(route.agreement, route.clause, route.agreement_version)
        for paper in results.papers(application):
            if paper.printing:
                printed = application_pb2.ResultDocument(printing=paper.printing)
                check_printing(printed, route, clause, item=route.item, field="name")

    async def collect_result(
        self, staff: Staff, request: window_pb2.CollectResultRequest
    ) -> application_pb2.Application:
        """Hand the result out against the code."""
        staff.require("取证", WINDOW)
        application = await application_of(self._core, request.name)
        electronic = request.proof == application_pb2.COLLECTION_PROOF_ELECTRONIC
        if electronic and any(d.original for d in application.results):
            raise errors.FieldInvalid(
                field="proof", problem="有纸质证照,须当面核验领取 / a paper result is handed over in person"
            )
        agent = request.proof == application_pb2.COLLECTION_PROOF_AGENT
        person = handover.seen(request.collector, self._core.entropy, agent=agent)
        parts = dict(person.parts)
        forms.check_text(request.explanation, "explanation")
        if request.explanation:
            parts[forms.EXPLANATION_PART] = request.explanation.encode("utf-8")
        used = None
        if not electronic:
            check_ready(application)
            used = await pickups.check(self._core, request.name, request.pickup_code)
        collected = application_pb2.ResultCollected(
            proof=request.proof,
            documents=_handed_out(application, request.documents),
            identity_kind=person.identity_kind,
            mandate_kind=person.mandate_kind,
            mandate_digest=person.mandate_digest,
            signature_digest=person.signature_digest,
            not_surrendered_reason=request.not_surrendered_reason,
        )
        return await self._hand_out(staff.actor, application, collected, used, parts)

    async def open_locker(self, staff: Staff, request: window_pb2.OpenLockerRequest) -> window_pb2.OpenLockerResponse:
        """A locker was given a code: where it is right, the door opens and the result has been collected."""
        staff.require("开柜", LOCKER)
        found = await self._in_locker(request.locker)
        if not found:
            raise errors.PickupCodeWrong(field="pickup_code", left=0)
        application = await application_of(self._core, found[0])
        used = await pickups.check(self._core, application.name, request.pickup_code)
        collected = application_pb2.ResultCollected(
            proof=application_pb2.COLLECTION_PROOF_LOCKER,
            documents=[each for each in _handed_out(application, []) if each.original],
            locker=request.locker,
        )
        state = await self._hand_out(staff.actor, application, collected, used, {})
        return window_pb2.OpenLockerResponse(application=state)

    async def _hand_out(
        self,
        actor: Actor,
        application: application_pb2.Application,
        collected: application_pb2.ResultCollected,
        used: dict[str, object] | None,
        parts: dict[str, bytes],
    ) -> application_pb2.Application:
        parcels = await result_parcels(self._core, application, HELD)
        taken = parcel_pb2.ParcelCollected(proof=collected.proof)
        draft = Draft(
            application.name,
            "result_collected",
            collected,
            parts=parts,
            readers=forms.readers(application.route) if parts else (),
        )

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            if used is not None:
                view.write(QUERIES.note_pickup, used)
            return [*(Draft(p, "parcel_collected", taken) for p in parcels), draft], None

        recorded = await self._core.record(actor, build)
        return recorded.states[application.name]  # type: ignore[no-any-return]

    async def deliver_electronic(
        self, staff: Staff, request: window_pb2.DeliverElectronicRequest
    ) -> window_pb2.DeliverElectronicResponse:
        """Give the electronic documents out; who opened them, and when, is recorded before they are shown."""
        staff.require("电子送达", WINDOW, APPROVAL)
        application = await application_of(self._core, request.name)
        codes = [d.code for d in application.results if d.form == _ELECTRONIC]
        if not codes:
            raise errors.FieldInvalid(field="name", problem="没有电子证照", problem_en="there is no electronic result")
        now = self._core.clock.now()
        reading = {
            "reading_id": uuid7(now, self._core.entropy),
            "stream": request.name,
            "staff_id": staff.staff_id,
            "read_time": pickups.micros(now),
        }

        def work(tx: Transaction) -> list[window_pb2.MaterialContent]:
            tx.execute(QUERIES.insert_reading, reading)
            parts = self._core.sealer.open_all(tx, request.name)
            return [window_pb2.MaterialContent.FromString(text) for _, name, text in parts if name == forms.RESULT_PART]

        documents = await self._core.database.run(work)
        if any(code not in application.delivered for code in codes):
            draft = Draft(request.name, "electronic_delivered", application_pb2.ElectronicDelivered(codes=codes))
            recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
            application = recorded.states[request.name]
        return window_pb2.DeliverElectronicResponse(application=application, documents=documents)


def _handed_out(
    application: application_pb2.Application, ticked: Sequence[str]
) -> list[application_pb2.CollectedDocument]:
    """The documents ticked off; all that are due where nobody ticked any."""
    due = {paper.code: paper.original for paper in results.valid(application)}
    listed = [
        application_pb2.CollectedDocument(code=code, form=types_pb2.MATERIAL_FORM_ORIGINAL, original=original)
        for code, original in due.items()
    ]
    listed += [
        application_pb2.CollectedDocument(code=d.code, form=_ELECTRONIC)
        for d in application.results
        if d.form == _ELECTRONIC
    ]
    known = {each.code for each in listed}
    for place, code in enumerate(ticked):
        if code not in known:
            raise errors.FieldInvalid(
                field=f"documents[{place}]", problem=f"没有证照“{code}”", problem_en=f"there is no result {code}"
            )
    return [each for each in listed if not ticked or each.code in ticked]
