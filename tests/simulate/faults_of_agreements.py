"""Agreements change while people file: amended by all their parties, revised before the last has signed, given up.

The home puts the next version before the parties; each of them signs when it can, at its own pace; sometimes another
text takes the place of the one that waits, or it is withdrawn.  Filings go on all the while, at windows that know more
or less of it.  What is begun here is not always finished: an amendment may wait for ever, and the version that binds
goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from agreements.domain.documents import document_digest
from tests.simulate.ground import Ground
from tests.simulate.scene import agreement_of
from tongban import errors
from tongban.v1 import agreement_pb2, negotiation_pb2, registry_pb2

_PATIENCE = 60
"""So many seconds a party tries to sign."""


def amended(ground: Ground) -> bool:
    """A home proposes the next version of its agreement, and the parties sign it one by one."""
    home = ground.chance.choice(ground.scene.shape.pairs)[1]
    if ground.running(home) is None:
        return False
    accepting = [region for region, decider in ground.scene.shape.pairs if decider == home]
    signers = [home, *accepting]
    ground.chance.shuffle(signers)
    waits = [ground.chance.uniform(0.0, 8.0) for _ in signers]
    turn = ground.chance.random()
    ground.tell(f"{home} amends its agreement")
    ground.spawn(_amend(ground, home, list(zip(signers, waits, strict=True)), turn))
    return True


async def _amend(ground: Ground, home: str, signers: Sequence[tuple[str, float]], turn: float) -> None:
    text = await _propose(ground, home, days=1 + int(turn * 20))
    if text is None:
        return
    if turn < _REVISED:
        await asyncio.sleep(2.0)
        text = await _propose(ground, home, days=2 + int(turn * 20)) or text
    digest = document_digest(text.SerializeToString())
    if turn > _WITHDRAWN:
        await _withdraw(ground, home, digest)
        return
    for region, wait in signers:
        await asyncio.sleep(wait)
        await _sign(ground, region, agreement_of(home), digest)


_REVISED, _WITHDRAWN = 0.2, 0.9


async def _propose(ground: Ground, home: str, days: int) -> agreement_pb2.AgreementDocument | None:
    """The present text, or the one that waits, with another limit; None where that is not possible now."""
    run = ground.running(home)
    if run is None:
        return None
    with contextlib.suppress(errors.TongbanError):
        state = await run.core.state(agreement_of(home))
        text = agreement_pb2.AgreementDocument()
        waiting = state.HasField("amendment")
        text.CopyFrom(state.amendment.document if waiting else state.document)
        text.document_version += 0 if waiting else 1
        text.clauses[0].promised_working_days = days
        request = registry_pb2.ProposeAgreementRequest(document=text.SerializeToString())
        await run.desks.agreements.propose_agreement(run.staff(), request)
        return text
    return None


async def _withdraw(ground: Ground, home: str, digest: bytes) -> None:
    await asyncio.sleep(3.0)
    run = ground.running(home)
    if run is not None:
        request = negotiation_pb2.WithdrawAmendmentRequest(name=agreement_of(home), document_digest=digest)
        with contextlib.suppress(errors.TongbanError):
            await run.desks.agreements.withdraw_amendment(run.staff(), request)


async def _sign(ground: Ground, region: str, name: str, digest: bytes) -> None:
    """Sign as soon as the text is there; give up where another has taken its place."""
    request = registry_pb2.SignAgreementRequest(name=name, document_digest=digest)
    for _ in range(_PATIENCE):
        run = ground.running(region)
        if run is not None:
            try:
                await run.desks.agreements.sign_agreement(run.staff(), request)
            except errors.TongbanError:
                pass
            else:
                return
        await asyncio.sleep(1.0)
