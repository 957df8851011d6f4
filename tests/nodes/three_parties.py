"""Three parties and their text, for what is done to it at the real desks, and for seeing that nothing changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agreements.domain.documents import document_digest
from tests.agreements.making import set_date
from tests.federation.whole import NodeRun
from tests.nodes.kit import ACCEPTING, HOME, OUTSIDE, Address, Office, office
from tongban.v1 import agreement_pb2, registry_pb2, types_pb2

NAME = "agreements/three"
ITEM = "items/350600.zz-x-hpf"
REGIONS = (HOME, ACCEPTING, OUTSIDE)


def text(o: Office, **fields: Any) -> agreement_pb2.AgreementDocument:
    """Three parties, 漳州's item at the two others."""
    made = agreement_pb2.AgreementDocument(
        name=NAME,
        document_version=1,
        title="三地协议",
        notice_days=30,
        clauses=[
            agreement_pb2.Clause(
                id="c1",
                home=f"nodes/{HOME}",
                items=[ITEM],
                modes=[types_pb2.MODE_AGENT],
                decider=types_pb2.DECIDER_HOME,
                promised_working_days=9,
            )
        ],
    )
    for region in REGIONS:
        root = o.nodes[region].core.keys.root_public
        made.parties.add(node=f"nodes/{region}", region=region, root_fingerprint=hashlib.sha256(root).digest())
    set_date(made.effective_date, dt.date(2025, 1, 1))
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def digest(document: agreement_pb2.AgreementDocument) -> bytes:
    return document_digest(document.SerializeToString())


async def propose(run: NodeRun, document: agreement_pb2.AgreementDocument) -> None:
    request = registry_pb2.ProposeAgreementRequest(document=document.SerializeToString())
    await run.desks.agreements.propose_agreement(run.staff(), request)


async def sign(run: NodeRun, document: agreement_pb2.AgreementDocument) -> None:
    request = registry_pb2.SignAgreementRequest(name=document.name, document_digest=digest(document))
    await run.desks.agreements.sign_agreement(run.staff(), request)


async def snapshot(o: Office) -> list[tuple[str, int, list[bytes]]]:
    """What every node holds of agreements, and how much it has ever signed."""
    await o.settled()
    return [
        (
            region,
            run.core.position.sequence,
            [each.SerializeToString(deterministic=True) for each in run.core.shared.agreements()],
        )
        for region, run in o.nodes.items()
    ]


@asynccontextmanager
async def unchanged(o: Office) -> AsyncIterator[None]:
    """Whatever is refused within leaves nothing behind, anywhere."""
    before = await snapshot(o)
    yield
    assert await snapshot(o) == before


@asynccontextmanager
async def three(
    address: Address, *, in_force: bool = True
) -> AsyncIterator[tuple[Office, agreement_pb2.AgreementDocument]]:
    """Three nodes and their text, in force or just proposed."""
    async with office(address, regions=REGIONS) as o:
        document = text(o)
        if in_force:
            await o.sign(document)
        else:
            await propose(o.home, document)
            await o.settled()
        yield o, document
