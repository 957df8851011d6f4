"""Item documents made of the seed's facts, for a home node to publish.

A source names an item, mostly with its department and the ways it is offered; it does not give a form, a list of
materials or a result.  So that an item can be filed at all, it gets the least that any window needs: who applies, how
to reach them, an identity document.  All that was added stands under `open_questions`, for the department to replace,
and what a source does not say stays empty or 0: no limit, original or result is made up.

The sources' ways (`seed.Mode`) are wider than the contract's modes.  自助, 掌上, 视频 and 免申即享 need no paper and
travel as 全程网办 (the channel tells them apart); a window, the post or 全域通办 travel as 异地代收代办, the mode in
which a window takes in and paper goes by post.  Where the way was not the contract's own word, the document asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agreements.item_facts import conditions_of, kind_of, materials_of, questions_of, results_of
from agreements.seed import Audience, DepartmentBasis, ItemSeed, Mode, Region, Seed, Source
from tongban.ids import item_name
from tongban.v1 import directory_pb2, types_pb2

NODES: Final[Mapping[str, str]] = MappingProxyType(
    {"nodes/350600": "350600", "nodes/445100": "445100", "nodes/350128": "dz-pingtan", "nodes/330328": "330328"}
)
"""The demonstration's nodes and the authority behind each.  The zone 平潭 borrows the county's code for its node."""

_TRAVELS: Final[Mapping[Mode, types_pb2.Mode]] = MappingProxyType(
    {
        Mode.ONLINE: types_pb2.MODE_ONLINE,
        Mode.SELF: types_pb2.MODE_ONLINE,
        Mode.MOBILE: types_pb2.MODE_ONLINE,
        Mode.VIDEO: types_pb2.MODE_ONLINE,
        Mode.AUTOMATIC: types_pb2.MODE_ONLINE,
        Mode.AGENT: types_pb2.MODE_AGENT,
        Mode.WINDOW: types_pb2.MODE_AGENT,
        Mode.MAIL: types_pb2.MODE_AGENT,
        Mode.CITY_WIDE: types_pb2.MODE_AGENT,
        Mode.MULTI: types_pb2.MODE_JOINT,
    }
)
_OWN_WORDS: Final = frozenset({Mode.ONLINE, Mode.AGENT, Mode.MULTI})

_SELECTED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"nodes/350600": ("zz-x-", "tw-")})
"""Where a node publishes only those of its items whose ids begin so; the others publish all they have."""


def items_of(seed: Seed, node: str) -> tuple[directory_pb2.ItemDocument, ...]:
    """What a node of the demonstration publishes; nothing for a node whose items no source names."""
    authority = NODES.get(node)
    if authority is None:
        return ()
    prefixes = _SELECTED.get(node, ("",))
    return tuple(item_document(item, node) for item in seed.items_of(authority) if item.id.startswith(prefixes))


_NODE_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {"dz-zhangzhou-cmzd": "350600-cmzd", "dz-zhangzhou-tw": "350600-tw", "dz-zhengzhou-hightech": "410100-hitec"}
)
"""Bodies without a code whose ids are too long for the numbers that their nodes make (`local_numbers.node_code`)."""


def node_of(region: Region) -> str:
    """The node that a body has by default: named by its code, by its id where it has none."""
    return f"nodes/{region.code or _NODE_IDS.get(region.id, region.id)}"


def home_of(seed: Seed, region: str) -> str:
    """The node of the body that decides for a region, window or office."""
    authority = seed.authority(region)
    if authority is None:
        raise ValueError(f"{region} is a group of regions, nobody decides for it")
    return node_of(authority)


def name_of(seed: Seed, item: ItemSeed) -> str:
    """The name under which its authority publishes an item."""
    return item_name(home_of(seed, item.region).removeprefix("nodes/"), item.id)


def all_items(seed: Seed) -> tuple[directory_pb2.ItemDocument, ...]:
    """Every item of the seed, as the document of its authority."""
    return tuple(item_document(item, home_of(seed, item.region)) for item in seed.items.values())


NAMED_AT: Final[Mapping[str, str]] = MappingProxyType({"ag-xc-18-50": "350602", "ag-lc-bank": "350302"})
"""Agreements whose source names items that it lists nowhere as a region's, and the body that decides them."""


def named_items(seed: Seed) -> tuple[directory_pb2.ItemDocument, ...]:
    """Items that only an agreement's source names, as documents for the home to publish."""
    found = []
    for agreement, region in NAMED_AT.items():
        fact = seed.agreements[agreement]
        source = next((each for each in fact.more_sources if each.of == "items"), fact.source)
        for place, name in enumerate(fact.items_named, 1):
            item = ItemSeed(
                id=f"{agreement}-{place}",
                name=name,
                region=region,
                department="",
                department_basis=DepartmentBasis.STATED,
                audience=Audience.BOTH,
                bundle=None,
                modes=_NAMED_MODES.get(agreement, ()),
                mode_words=fact.mode,
                promised_days=None,
                legal_days=None,
                originals=None,
                note=None,
                facts=MappingProxyType({}),
                source=source,
                more_sources=(),
            )
            found.append(item_document(item, home_of(seed, region)))
    return tuple(found)


_NAMED_MODES: Final[Mapping[str, tuple[Mode, ...]]] = MappingProxyType({"ag-xc-18-50": (Mode.ONLINE,)})


def item_document(item: ItemSeed, home: str) -> directory_pb2.ItemDocument:
    """The document that a home node publishes for an item of the seed."""
    modes = travelling_modes(item)
    materials = [
        directory_pb2.MaterialRequirement(
            code="identity-document",
            title="申请人身份证件",
            forms=[types_pb2.MATERIAL_FORM_COPY, types_pb2.MATERIAL_FORM_ELECTRONIC],
            required=True,
        )
    ]
    if types_pb2.MODE_AGENT in modes:
        materials.append(
            directory_pb2.MaterialRequirement(
                code="application-original",
                title="申请材料原件",
                forms=[types_pb2.MATERIAL_FORM_ORIGINAL],
                required=False,
            )
        )
    materials += materials_of(item)
    results = results_of(item)
    return directory_pb2.ItemDocument(
        name=item_name(home.removeprefix("nodes/"), item.id),
        home=home,
        title=item.name,
        department=item.department,
        modes=modes,
        materials=materials,
        form=[directory_pb2.FormField(name=n, title=t, required=r, kind=k) for n, t, r, k in _FORM],
        promised_working_days=item.promised_days or 0,
        legal_working_days=item.legal_days or 0,
        kind=kind_of(item),
        conditions=conditions_of(item),
        results=results,
        result_title=results[0].title if len(results) == 1 else "",
        open_questions=_questions(item, modes),
        source=source_text(item.source),
    )


def travelling_modes(item: ItemSeed) -> tuple[types_pb2.Mode, ...]:
    """The contract's modes for the ways that a source names, each once; 异地代收代办 where it names none."""
    return tuple(dict.fromkeys(_TRAVELS[mode] for mode in item.modes)) or (types_pb2.MODE_AGENT,)


def source_text(source: Source) -> str:
    """Where a fact stands, in one line."""
    case = f" 案例 {source.case}" if source.case is not None else ""
    return f"{source.file}{case}:{source.quote}"[:500]


_FORM: Final = (
    ("applicant_name", "申请人姓名或名称", True, "text"),
    ("identity_kind", "证件类型", False, "text"),
    ("identity_number", "证件号码", False, "identity"),
    ("phone", "联系电话", False, "phone"),
    ("address", "联系地址", False, "text"),
)


def _questions(item: ItemSeed, modes: tuple[types_pb2.Mode, ...]) -> list[str]:
    asked = ["来源未载明表单:现用通用表单,请主管部门提供本事项的表单。"]
    if item.originals is None:
        asked.append("来源未载明材料清单,也未说明哪些须交原件:现只列身份证件,请主管部门提供材料清单。")
        if types_pb2.MODE_AGENT in modes:
            asked.append("代收代办时寄送的原件暂以“申请材料原件”一项代替(非必交),请主管部门明确。")
    if not item.modes:
        asked.append("来源未载明办理方式:暂列异地代收代办,请主管部门明确。")
    elif not _OWN_WORDS.issuperset(item.modes):
        words = item.mode_words or "、".join(item.modes)
        asked.append(f"来源所载办理方式为“{words}”,能否及如何异地办理未载明,请主管部门明确。")
    if item.promised_days is None:
        asked.append("来源未载明承诺时限,请主管部门提供。")
    if item.department_basis == "inferred":
        asked.append(f"主管部门“{item.department}”系推定,来源未将其与本事项一并列出,请确认。")
    if not item.department:
        asked.append("来源未载明主管部门,请业务属地提供。")
    return asked + questions_of(item)
