"""Collection near the applicant, on both databases: codes that end, agents, lockers, electronic results."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from nodes.desk.handover import content_digest
from nodes.desk.staff import SUPERVISOR, WINDOW
from nodes.store import QUERIES
from tests.nodes.collecting import HERE, another, collect, decided, holder, lines, ready, tasks
from tests.nodes.kit import Address, office, one_role
from tongban import errors
from tongban.v1 import application_pb2, approval_pb2, lifecycle_pb2, parcel_pb2, window_pb2

AGENT = application_pb2.COLLECTION_PROOF_AGENT


async def test_five_wrong_codes_lock_and_tell(address: Address) -> None:
    async with office(address) as o:
        name = await decided(o)
        code = (await ready(o, name)).pickup_code
        wrong = f"{(int(code) + 1) % 10**8:08}"
        for _ in range(4):
            with pytest.raises(errors.PickupCodeWrong):
                await collect(o, name, wrong)
        assert await tasks(o, "PICKUP_LOCKED") == []
        assert "code-locked" not in await lines(o, name)
        with pytest.raises(errors.PickupLocked):
            await collect(o, name, wrong)
        assert await tasks(o, "PICKUP_LOCKED") == [SUPERVISOR]
        told = (await lines(o, name))["code-locked"]
        assert "窗口" in told
        assert code not in told
        # A supervisor has seen who is there: a new code, and the task is done.
        again = await ready(o, name)
        assert await tasks(o, "PICKUP_LOCKED") == []
        assert "code-locked" not in await lines(o, name)
        with pytest.raises(errors.PickupCodeWrong):
            await collect(o, name, code)
        await collect(o, name, again.pickup_code)


async def test_a_code_ends_and_is_replaced(address: Address) -> None:
    async with office(address) as o:
        name = await decided(o)
        made = await ready(o, name)
        assert dt.datetime.fromisoformat(made.expire_time) == o.now.now() + dt.timedelta(days=15)
        o.now.move(days=15, seconds=1)
        with pytest.raises(errors.PickupCodeEnded):
            await collect(o, name, made.pickup_code)
        assert "code-expired" in await lines(o, name)
        again = await ready(o, name)
        assert again.pickup_code != made.pickup_code
        done = await collect(o, name, again.pickup_code)
        assert done.state == lifecycle_pb2.APPLICATION_STATE_COLLECTED
        await o.settled()


async def test_an_agent_leaves_a_mandate_and_a_signature(address: Address) -> None:
    async with office(address) as o:
        name = await decided(o)
        code = (await ready(o, name)).pickup_code
        person = window_pb2.Collector(
            identity_kind="passport",
            identity_number="E12345678",
            full_name="林小妹",
            mandate_kind="power-of-attorney",
            mandate=b"scan of the mandate",
            mandate_media_type="image/png",
            signature=b"picture of the signature",
            signature_media_type="image/png",
        )
        for wanting in ("identity_kind", "full_name", "mandate_kind", "mandate"):
            partly = window_pb2.Collector()
            partly.CopyFrom(person)
            partly.ClearField(wanting)
            partly.identity_number = "" if wanting == "identity_kind" else partly.identity_number
            with pytest.raises(errors.FieldInvalid) as refused:
                await collect(o, name, code, proof=AGENT, collector=partly)
            assert refused.value.field == f"collector.{wanting}"
        with pytest.raises(errors.FieldInvalid):
            await collect(o, name, code, collector=person)
        done = await collect(o, name, code, proof=AGENT, collector=person, documents=["licence"])
        assert [(d.code, d.original) for d in done.collected] == [("licence", "licence")]
        await o.settled()

        def event(tx: Any) -> bytes:
            rows = tx.fetch_all(QUERIES.list_history, {"stream": name})
            return bytes(rows[-1]["envelope"])

        # What everybody may read tells kinds and digests; the decider opens the rest.
        envelope = await o.home.core.database.run(event, read_only=True)
        for secret in ("林小妹", "E12345678", "scan of the mandate", "picture of the signature"):
            assert secret.encode() not in envelope
        assert b"power-of-attorney" in envelope
        opened = await o.home.desks.approval.open_application(
            o.home.staff(), approval_pb2.OpenApplicationRequest(name=name)
        )
        assert opened.form["collected_by_full_name"] == "林小妹"
        files = {m.material.code: m.content for m in opened.materials}
        assert files["mandate"] == b"scan of the mandate"
        assert files["signature"] == b"picture of the signature"


def test_a_digest_tells_nothing_without_its_salt() -> None:
    assert content_digest(b"1" * 16, b"same") != content_digest(b"2" * 16, b"same")
    assert content_digest(b"1" * 16, b"same") == content_digest(b"1" * 16, b"same")


async def test_what_is_ticked_off_is_everything(sqlite: Address) -> None:
    async with office(sqlite) as o:
        name = await decided(o, electronic=b"the licence as a file", media_type="application/pdf")
        code = (await ready(o, name)).pickup_code
        for ticked in (["e-licence"], ["licence", "deed"]):
            with pytest.raises(errors.FieldInvalid):
                await collect(o, name, code, documents=ticked)
        done = await collect(o, name, code, documents=["licence"])
        assert done.state == lifecycle_pb2.APPLICATION_STATE_COLLECTED


async def test_the_electronic_result_comes_at_once(sqlite: Address) -> None:
    async with office(sqlite) as o:
        name = await decided(o, electronic=b"the licence as a file", media_type="application/pdf")
        desk, clerk = o.accepting.desks.collection, o.accepting.staff()
        assert "electronic" in await lines(o, name)
        request = window_pb2.DeliverElectronicRequest(name=name)
        given = await desk.deliver_electronic(clerk, request)
        assert [d.content for d in given.documents] == [b"the licence as a file"]
        assert list(given.application.delivered) == ["e-licence"]
        version = given.application.version
        again = await desk.deliver_electronic(clerk, request)
        assert again.application.version == version, "the second time it is only read again"
        assert "electronic" not in await lines(o, name)
        # The paper goes its own way.
        code = (await ready(o, name)).pickup_code
        await collect(o, name, code)
        assert (await holder(o, f"{name}/originals/licence")).kind == parcel_pb2.HOLDER_KIND_APPLICANT


async def test_a_locker_is_collected_when_it_was_opened(address: Address) -> None:
    async with office(address) as o:
        first, second = await decided(o), await another(o)
        desk, clerk = o.accepting.desks.collection, o.accepting.staff()
        code = (await ready(o, first, "locker-7")).pickup_code
        held = await holder(o, f"{first}/originals/licence")
        assert (held.kind, held.post.post) == (parcel_pb2.HOLDER_KIND_POST, "locker-7")
        state = await o.accepting.core.state(first)
        assert state.state == lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION, "a delivery is no collection"
        assert "locker-7" in (await lines(o, first))["locker"]
        with pytest.raises(errors.FieldInvalid):
            await ready(o, second, "locker-7")
        wrong = f"{(int(code) + 1) % 10**8:08}"
        with pytest.raises(errors.PickupCodeWrong):
            await desk.open_locker(clerk, window_pb2.OpenLockerRequest(locker="locker-7", pickup_code=wrong))
        with pytest.raises(errors.PickupCodeWrong):
            await desk.open_locker(clerk, window_pb2.OpenLockerRequest(locker="locker-8", pickup_code=code))
        opened = await desk.open_locker(clerk, window_pb2.OpenLockerRequest(locker="locker-7", pickup_code=code))
        assert opened.application.state == lifecycle_pb2.APPLICATION_STATE_COLLECTED
        assert (await holder(o, f"{first}/originals/licence")).kind == parcel_pb2.HOLDER_KIND_APPLICANT
        await ready(o, second, "locker-7")
        await o.settled()
        assert (await o.home.core.state(first)).state == lifecycle_pb2.APPLICATION_STATE_COLLECTED


async def test_nobody_came(address: Address) -> None:
    async with office(address) as o:
        name = await decided(o)
        desk = o.accepting.desks.collection
        code = (await ready(o, name, "locker-1")).pickup_code
        give_up = window_pb2.GiveUpCollectionRequest(name=name)
        with pytest.raises(errors.RoleNotAllowed):
            await desk.give_up_collection(one_role(WINDOW), give_up)
        o.now.move(days=59)
        assert await desk.give_up_overdue() == 0
        o.now.move(days=1, seconds=1)
        assert await desk.give_up_overdue() == 1
        assert await desk.give_up_overdue() == 0
        state = await o.accepting.core.state(name)
        assert state.state == lifecycle_pb2.APPLICATION_STATE_RESULT_ISSUED
        assert [(e.code, e.owner) for e in state.exceptions] == [("unclaimed", HERE)]
        assert (await holder(o, f"{name}/originals/licence")).post.post == "window-1"
        assert await tasks(o, "UNCLAIMED") == ["mailroom"]
        assert "unclaimed" in await lines(o, name)
        with pytest.raises(errors.MoveNotAllowed):
            await collect(o, name, code)
        # The applicant comes after all, before it was sent off.
        again = await ready(o, name)
        done = await collect(o, name, again.pickup_code)
        assert [e.resolution for e in done.exceptions] == ["ready-again"]
        await o.settled()


async def test_a_code_that_was_used_is_not_given_up(sqlite: Address) -> None:
    async with office(sqlite) as o:
        name = await decided(o)
        await collect(o, name, (await ready(o, name)).pickup_code)
        o.now.move(days=90)
        assert await o.accepting.desks.collection.give_up_overdue() == 0
