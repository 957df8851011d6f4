"""S49 泉州“无证明城市”: 回收类材料, the old certificates that must come back.

Works when: a missing proof triggers a timed request to the issuing node; a wrong licence can be disputed and corrected;
1090 old certificates must come back.  Here: the new licence is handed out against the old one, the old one goes to the
authority by parcel, and is void there; without it nothing is handed out, unless a reason stands on record.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from nodes.demo.cast import CHAOZHOU
from nodes.demo.setting import Setting
from tests.scenarios import acting, mail
from tongban import errors
from tongban.v1 import application_pb2, types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

STILL_MISSING = "timed requests for a missing proof and disputes of a licence; the old certificates do come back"

QUANZHOU = acting.place("350500", "泉州市", "Quanzhou")
AGREEMENT = "agreements/s49-no-proofs"
RENEWAL = acting.item_of(QUANZHOU, "s49-renewal", "食品经营许可证换发", [types_pb2.MODE_AGENT])
OLD = "old-licence"


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def agreed(setting: Setting) -> None:
    await setting.add(QUANZHOU)
    await acting.publish(setting, [RENEWAL])
    clause = acting.clause_of("renewals", QUANZHOU, [CHAOZHOU], [RENEWAL])
    await acting.agree(setting, AGREEMENT, "泉州市证照换发(回收旧证)", [QUANZHOU, CHAOZHOU], [clause])


async def ready(setting: Setting, seal: str) -> tuple[str, str]:
    """A new licence that lies at the window, for which the old one must come back: its name and the code."""
    name = (await acting.submit(setting, CHAOZHOU, RENEWAL, mode=types_pb2.MODE_AGENT)).name
    await acting.until_state(setting, QUANZHOU, name, "SUBMITTED")
    await acting.approve(setting, QUANZHOU, name)
    await acting.issue(setting, QUANZHOU, name, paper=True, surrenders=[OLD])
    await mail.post(setting, QUANZHOU, CHAOZHOU, [f"{name}/originals/{acting.LICENCE}"], seal, purpose=mail.RESULT)
    window = await setting.clients[CHAOZHOU.region].staff("window")
    made = await window(window.window.ReadyResult, window_pb2.ReadyResultRequest(name=name))
    return name, made.pickup_code


def collecting(name: str, code: str, **more: str) -> window_pb2.CollectResultRequest:
    return window_pb2.CollectResultRequest(
        name=name,
        pickup_code=code,
        proof=application_pb2.COLLECTION_PROOF_CODE,
        collector=mail.PERSON_AT_WINDOW,
        **more,
    )


async def test_the_old_certificate_comes_back_and_is_void(setting: Setting) -> None:
    name, code = await ready(setting, "TB-S49-1")
    window = await setting.clients[CHAOZHOU.region].staff("window")
    with pytest.raises(errors.TongbanError) as refusal:
        await window(window.window.CollectResult, collecting(name, code))
    assert OLD in str(refusal.value)
    surrendered = await window(
        window.window.SurrenderCertificate,
        window_pb2.SurrenderCertificateRequest(
            request_id=acting.request_id(), name=name, code=OLD, pages=1, serial="JY13505000001"
        ),
    )
    old = surrendered.surrendered[0].original
    await window(window.window.CollectResult, collecting(name, code))
    await mail.post(setting, CHAOZHOU, QUANZHOU, [f"{name}/originals/{old}"], "TB-S49-2", purpose=mail.RETURN)
    authority = await setting.clients[QUANZHOU.region].staff("approval")
    await authority(
        authority.window.VoidOriginal,
        window_pb2.VoidOriginalRequest(name=name, original=old, reason_code="surrendered"),
    )
    chain = await acting.chain(setting, QUANZHOU, name, old)
    assert [kind for kind, _ in mail.holders(chain)][-1] == mail.VOIDED
    assert mail.LEG in [each.kind for each in chain]
    # Of the new one there is exactly one, and the applicant has it.
    new = await acting.chain(setting, QUANZHOU, name, acting.LICENCE)
    assert new[-1].kind == mail.PERSON


async def test_without_it_nothing_is_handed_out_unless_a_reason_is_on_record(setting: Setting) -> None:
    name, code = await ready(setting, "TB-S49-3")
    window = await setting.clients[CHAOZHOU.region].staff("window")
    with pytest.raises(errors.TongbanError):
        await window(window.window.CollectResult, collecting(name, code))
    await acting.until_state(setting, CHAOZHOU, name, "READY_FOR_COLLECTION")
    given = await window(
        window.window.CollectResult,
        collecting(name, code, not_surrendered_reason="lost", explanation="申请人称旧证遗失,已登报"),
    )
    assert given.name == name
    await acting.until_state(setting, QUANZHOU, name, "COLLECTED")
