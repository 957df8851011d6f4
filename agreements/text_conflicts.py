"""A conflict between two agreements in words that a legal officer reads."""

from __future__ import annotations

from agreements.domain.conflicts import Conflict
from agreements.domain.coverage import Coverage

_ELEMENTS = {
    "decider": ("决定机关", "who decides"),
    "collecting": ("取证地", "where the result is collected"),
    "modes": ("办理方式", "the modes"),
    "channels": ("渠道", "the channels"),
    "applicant_kinds": ("申请人种类", "the kinds of applicant"),
    "paper": ("纸质材料", "whether paper travels"),
    "promised_working_days": ("承诺时限", "the promised limit"),
}


def conflict_words(coverage: Coverage, found: Conflict) -> tuple[str, str]:
    """What differs, which agreement wins and why, in Chinese and English."""
    entry = coverage.item(found.item)
    title = entry.title if entry is not None else found.item
    place = coverage.node_title(found.accepting)
    winner, loser = found.winner.accord, found.loser.accord
    why, why_en = _why(found)
    elements = "、".join(_ELEMENTS[element][0] for element in found.elements)
    elements_en = ", ".join(_ELEMENTS[element][1] for element in found.elements)
    ours, theirs = f"《{winner.title}》", f"《{loser.title}》"
    clauses = f"{ours}条款 {found.winner.id} 与{theirs}条款 {found.loser.id}"
    zh = f"“{title}”在{place}收件时,{clauses} 对{elements}的约定不同:以{ours}为准({why})。"
    clauses_en = f"{winner.title} ({found.winner.id}) and {loser.title} ({found.loser.id})"
    en = f"For {title} taken in at {place}, {clauses_en} differ in {elements_en}: {winner.title} wins ({why_en})."
    return zh, en


def _why(found: Conflict) -> tuple[str, str]:
    """The first thing in which the ranks of the two agreements differ."""
    winner, loser = found.winner.accord, found.loser.accord
    if loser.issuer and not winner.issuer:
        return "协议优先于授权清单", "an agreement goes before a mandate"
    if winner.rank[0] != loser.rank[0]:
        return "参与方较少", "it has fewer parties"
    if winner.rank[1] != loser.rank[1]:
        return "事项较少", "it has fewer items"
    if winner.effective != loser.effective:
        return "生效较晚", "it came into force later"
    return "按协议编号排序", "by the order of their names"
