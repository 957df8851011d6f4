"""The whole of the seed over one federation: published by its homes, signed by its parties, filed by its clauses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from agreements import data, library
from agreements.domain.documents import document_digest
from agreements.items import all_items, home_of, named_items, node_of
from agreements.library import Basis, Omission
from tests.federation.stage import Stage, play
from tests.federation.whole import request_id
from tongban import errors
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    lifecycle_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)

SEED = data.load()
NAMED = {party for id in library.BUILDERS for party in SEED.agreements[id].parties if not party.startswith("grp-")}
PLACES = NAMED | {item.region for item in SEED.items.values()}
BODIES = {body.id: body for body in map(SEED.authority, PLACES) if body is not None}
PARTNERS = {"ag-fj-12": ("nodes/330000",), "ag-xc-18-50": ("nodes/370782",), "ag-lc-bank": ("nodes/of-zz-bank",)}
"""In the place of parties that the sources do not name."""

# Whose items or signatures there are, and the provinces and cities in between, by which mandates reach them.
REGIONS = {node_of(body).removeprefix("nodes/"): body.parent for body in BODIES.values()}
REGIONS |= {"of-zz-bank": None, "330000": None, "350302": "350300", "350400": "350000"}
SUPERIORS = {
    region: home_of(SEED, parent)
    for region, parent in REGIONS.items()
    if parent is not None and home_of(SEED, parent).removeprefix("nodes/") in REGIONS
}
BASE_CODE = "442199806003"
ANSWER = 120.0


@pytest.mark.slow
def test_everything_that_the_seed_names_is_published_signed_and_used() -> None:
    async def act(stage: Stage) -> None:
        await publish(stage)
        texts = made(stage)
        await propose(stage, texts)
        await sign(stage, texts)
        for run in stage.federation.nodes.values():
            for text in texts:
                found = run.core.shared.agreement(text.name)
                assert found is not None
                assert found.state == lifecycle_pb2.AGREEMENT_STATE_SIGNED
        await file(stage)
        await answer(stage, texts)

    play(act, regions=sorted(REGIONS), agreed=False, superiors=SUPERIORS)


async def publish(stage: Stage) -> None:
    """Each home publishes its items."""
    for document in (*all_items(SEED), *named_items(SEED)):
        run = stage.federation.nodes[document.home.removeprefix("nodes/")]
        await run.desks.registry.publish_item(run.staff(), registry_pb2.PublishItemRequest(document=document))
    await stage.federation.settled(ANSWER)


def made(stage: Stage) -> list[agreement_pb2.AgreementDocument]:
    """All texts, from the directory that the first node has."""
    first = next(iter(stage.federation.nodes.values()))
    known = {node.name: node for node in first.core.shared.directory.nodes()}
    basis = Basis(SEED, known, dt.date(2025, 1, 1), PARTNERS)
    texts = [each for each in library.build_all(basis) if not isinstance(each, Omission)]
    assert len(texts) == len(library.BUILDERS)
    return texts


async def propose(stage: Stage, texts: Sequence[agreement_pb2.AgreementDocument]) -> None:
    """The first party of each text proposes it."""
    for text in texts:
        run = stage.federation.nodes[text.parties[0].node.removeprefix("nodes/")]
        request = registry_pb2.ProposeAgreementRequest(document=text.SerializeToString())
        await run.desks.agreements.propose_agreement(run.staff(), request)
    await stage.federation.settled(ANSWER)


async def sign(stage: Stage, texts: Sequence[agreement_pb2.AgreementDocument]) -> None:
    """Everybody signs; of a mandate its issuer alone."""
    for text in texts:
        digest = document_digest(text.SerializeToString())
        for node in [text.issuer] if text.issuer else [party.node for party in text.parties]:
            run = stage.federation.nodes[node.removeprefix("nodes/")]
            request = registry_pb2.SignAgreementRequest(name=text.name, document_digest=digest)
            await run.desks.agreements.sign_agreement(run.staff(), request)
    await stage.federation.settled(ANSWER)


async def file(stage: Stage) -> None:
    """Under the province's mandate and the city's: whoever stands under the issuer takes in, nobody else does."""
    legal = types_pb2.APPLICANT_KIND_LEGAL_PERSON
    person = types_pb2.APPLICANT_KIND_PERSON
    for item, window, kind, agreement, decider in (
        ("350600.zz-x-hpf", "350526", person, "fujian-province-mandate", "350600"),
        ("350600.zz-x-hpf", "445100", person, "zhangzhou-chaozhou-shantou", "350600"),
        ("350300.pt-licence", "350302", legal, "putian-one-seal", "350302"),
        ("350102.branch-food", "350100", legal, "gulou-branches", "350102"),
    ):
        filed = await submit(stage, item, window, kind)
        route = filed.route
        assert (route.agreement, route.decider) == (f"agreements/{agreement}", f"nodes/{decider}")
    for item, window in (
        ("350600.zz-x-hpf", "330328"),
        ("350300.pt-licence", "350600"),
        ("350102.branch-food", "350526"),
    ):
        with pytest.raises((errors.NoAgreementInForce, errors.ItemNotCovered)):
            await submit(stage, item, window, legal)


async def answer(stage: Stage, texts: Sequence[agreement_pb2.AgreementDocument]) -> None:
    """集美's four name no item: nothing is taken in until one of them is amended with a code that 集美 publishes."""
    item, person = "350211.jm-student-65", types_pb2.APPLICANT_KIND_PERSON
    with pytest.raises(errors.ItemNotCovered, match="jimei-shunqing"):
        await submit(stage, item, "511302", person)
    document = next(each for each in all_items(SEED) if each.name == f"items/{item}")
    document.base_code = BASE_CODE
    home = stage.federation.nodes["350211"]
    await home.desks.registry.publish_item(home.staff(), registry_pb2.PublishItemRequest(document=document))
    amended = agreement_pb2.AgreementDocument()
    amended.CopyFrom(next(text for text in texts if text.name == "agreements/jimei-shunqing"))
    amended.document_version = 2
    amended.pools[0].base_codes.append(BASE_CODE)
    await propose(stage, [amended])
    await sign(stage, [amended])
    route = (await submit(stage, item, "511302", person)).route
    assert (route.agreement, route.agreement_version, route.home) == (amended.name, 2, "nodes/350211")
    with pytest.raises(errors.ItemNotCovered):  # the other three are not amended
        await submit(stage, item, "520113", person)


async def submit(stage: Stage, item: str, window: str, kind: types_pb2.ApplicantKind) -> application_pb2.Application:
    """File at a window."""
    run = stage.federation.nodes[window]
    return await run.desks.window.submit_application(
        run.staff(),
        window_pb2.SubmitApplicationRequest(
            request_id=request_id(),
            item=f"items/{item}",
            applicant_kind=kind,
            channel=types_pb2.CHANNEL_WINDOW,
            form={"applicant_name": "陈阿婆"},
            materials=[
                window_pb2.MaterialContent(
                    material=application_pb2.Material(
                        code="identity-document", form=types_pb2.MATERIAL_FORM_ELECTRONIC
                    ),
                    content=b"scan",
                    media_type="text/plain",
                )
            ],
            wanted_results=[types_pb2.MATERIAL_FORM_ELECTRONIC],
        ),
    )
