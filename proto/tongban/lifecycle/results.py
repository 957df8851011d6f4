"""Results on paper: one valid original of each, whoever prints it, and old certificates that must come back.

A result on paper is printed by one node: the decider, or the collecting node under the decider's permit.  Printers
break, prints are spoiled, parcels are lost, and then somebody else must print.  Two nodes that each believe that they
may print make two originals, so the permit is one thing that passes from hand to hand:

    issued ──────────► held by a node ──printed──► a valid original ──void──► nothing
                        ▲      │                                                 │
                        │   given back                                           │
                        └──────┴──────────── granted anew ◄──────────────────────┘
                                     (a new name where a void one had it)

Promised, for every order in which a stream's events may come: of each result at most one original is printed and
valid, or one permit is out, never both and never two.  Only its holder gives a permit back, so a node that prints
while its line is down cannot lose the permit meanwhile; and a permit that is out cannot be made void from afar.

What can go wrong: a node that holds a permit is gone for good.  Nothing here takes it away from it; the result stays
without paper until it comes back (its electronic form does not depend on that).
A node whose disk is put back to before it had printed, when nobody else had heard of that print yet, believes that it
still may: no record tells it otherwise, so what lies in its drawers has to be looked at after a restore.

An application's state lists a paper only once something became of it; without an entry it is as it was issued.
"""

from __future__ import annotations

from collections.abc import Iterable

from tongban import errors
from tongban.v1 import application_pb2, event_pb2, types_pb2

MOST_SURRENDERED = 64
_PAPER = types_pb2.MATERIAL_FORM_ORIGINAL

_Application = application_pb2.Application


def papers(state: _Application) -> list[application_pb2.ResultPaper]:
    """The paper that counts of each result on paper, void or valid, printed or not."""
    found: dict[str, application_pb2.ResultPaper] = {}
    for document in state.results:
        if document.form == _PAPER:
            found[document.code] = application_pb2.ResultPaper(
                code=document.code,
                original=document.original,
                printing=document.printing or state.route.decider,
                printed=not document.printing,
            )
    for paper in state.papers:
        found[paper.code] = paper
    return list(found.values())


def valid(state: _Application) -> list[application_pb2.ResultPaper]:
    """Those of them that exist and are not void."""
    return [paper for paper in papers(state) if paper.printed and not paper.void_reason]


def originals(state: _Application) -> dict[str, int]:
    """Every name that an original has or had under this application, with its sheets; 1 where nobody counted them."""
    known = {material.original: material.pages for material in state.materials if material.original}
    known.update({document.original: 1 for document in state.results if document.original})
    known.update({paper.original: 1 for paper in state.papers})
    known.update({each.original: each.pages for each in state.surrendered})
    return {name: pages or 1 for name, pages in known.items()}


def handed_in(state: _Application) -> dict[str, int]:
    """Originals that were brought by the applicant, with their sheets, and are neither void nor back in his hands."""
    brought = {material.original: material.pages for material in state.materials if material.original}
    brought.update({each.original: each.pages for each in state.surrendered})
    return {name: pages for name, pages in brought.items() if name not in (*state.returned, *state.voided)}


def not_surrendered(state: _Application) -> list[str]:
    """Codes of old certificates that must come back and have not; one that was filed as a material has."""
    here = {each.code for each in state.surrendered}
    here.update(material.code for material in state.materials if material.original not in ("", *state.returned))
    return [each.code for each in state.surrenders if each.code not in here]


def voidable(state: _Application) -> list[str]:
    """Names of originals that can be made void: printed results, and what came back or had to."""
    wanted = {each.code for each in state.surrenders}
    names = [paper.original for paper in valid(state)]
    names += [each.original for each in state.surrendered]
    names += [m.original for m in state.materials if m.original and m.code in wanted]
    return [name for name in dict.fromkeys(names) if name not in (*state.voided, *state.returned)]


def check_issued(issued: application_pb2.ResultIssued, state: _Application, field: str) -> None:
    """Each result has one paper with a name of its own; old certificates are asked for against what is issued."""
    taken, codes = set(originals(state)), set[str]()
    for place, document in enumerate(issued.documents):
        paper = document.form == _PAPER
        if paper != bool(document.original) or document.original in taken:
            raise errors.FieldInvalid(
                field=f"{field}.documents[{place}].original",
                problem="纸质证照须有唯一原件名,电子证照无 / only a paper result has a name of its own",
            )
        if paper and document.code in codes:
            raise errors.FieldInvalid(
                field=f"{field}.documents[{place}].code",
                problem="同一证照只出一份纸质原件",
                problem_en="of one result there is one original on paper",
            )
        _check_printing(document, state.route, f"{field}.documents[{place}].printing")
        if paper:
            taken.add(document.original)
            codes.add(document.code)
    against = {document.code for document in issued.documents}
    for place, each in enumerate(issued.surrenders):
        if each.against not in against or each.code in {other.code for other in issued.surrenders[:place]}:
            raise errors.FieldInvalid(
                field=f"{field}.surrenders[{place}]",
                problem="旧证须对应本次所出证照,不重复",
                problem_en="an old certificate is asked for once, against a result that is issued here",
            )


def check_ready(state: _Application, author: str, field: str) -> None:
    """What is ready exists, or is printed by this very step under the author's permit."""
    for paper in papers(state):
        if not paper.void_reason and not paper.printed and paper.printing != author:
            raise _held(paper, field)


def check_collected(collected: application_pb2.ResultCollected, state: _Application, field: str) -> None:
    """Everything valid is handed out at once and nothing else; the old certificate is back, or it is said why not."""
    wanting = not_surrendered(state)
    if wanting and not collected.not_surrendered_reason:
        raise errors.CertificateNotSurrendered(field=f"{field}.not_surrendered_reason", codes="、".join(wanting))
    due = {paper.original: paper for paper in papers(state) if not paper.void_reason}
    for paper in due.values():
        if not paper.printed:
            raise _held(paper, field)
    if not collected.documents:
        return
    electronic = {document.code for document in state.results if document.form != _PAPER}
    for place, document in enumerate(collected.documents):
        known = document.original in due and due[document.original].code == document.code
        if not known and (document.original or document.code not in electronic):
            raise errors.FieldInvalid(
                field=f"{field}.documents[{place}]",
                problem="不是可以交付的证照",
                problem_en="it is no document that can be handed out",
            )
    missing = sorted(set(due) - {document.original for document in collected.documents})
    if missing and collected.proof != application_pb2.COLLECTION_PROOF_ELECTRONIC:
        raise errors.FieldInvalid(
            field=f"{field}.documents",
            problem=f"未逐件交付:{'、'.join(missing)}",
            problem_en=f"not ticked off: {', '.join(missing)}",
        )


def check_voided(voided: application_pb2.OriginalVoided, state: _Application, field: str) -> None:
    """Only what exists, once; never a permit that is out, since its holder may be printing now."""
    name = voided.original
    for paper in (*papers(state), *state.papers):
        if paper.original == name and paper.void_reason:
            raise errors.OriginalVoid(field=field, original=name, why=paper.void_reason)
    if name in state.voided:
        raise errors.OriginalVoid(field=field, original=name, why="surrendered")
    for paper in papers(state):
        if paper.original == name and not paper.printed:
            raise _held(paper, field)
    if name not in voidable(state):
        raise errors.FieldInvalid(
            field=field,
            problem=f"“{name}”不是可以缴销的原件",
            problem_en=f"{name} is no original that can be made void",
        )


def check_permit(original: str, state: _Application, author: str, field: str) -> None:
    """The author holds the permit to print this original, and has not printed."""
    for paper in papers(state):
        if paper.original == original:
            if paper.void_reason:
                raise errors.OriginalVoid(field=field, original=original, why=paper.void_reason)
            if paper.printed or paper.printing != author:
                raise _held(paper, field)
            return
    raise errors.FieldInvalid(
        field=field, problem=f"没有证照原件“{original}”", problem_en=f"no result has an original {original}"
    )


def check_granted(granted: application_pb2.PrintPermitGranted, state: _Application, field: str) -> None:
    """After the permit came back, under the same name; after the original was made void, under a new one."""
    paper = next((each for each in papers(state) if each.code == granted.code), None)
    if paper is None:
        raise errors.FieldInvalid(
            field=f"{field}.code", problem=f"没有纸质证照“{granted.code}”", problem_en=f"no paper result {granted.code}"
        )
    if not paper.void_reason and (paper.printed or paper.printing):
        raise _held(paper, field)
    right = granted.original not in originals(state) if paper.void_reason else granted.original == paper.original
    if not right:
        raise errors.FieldInvalid(
            field=f"{field}.original",
            problem="未印制的沿用原名,缴销后重印的另取新名",
            problem_en="what was never printed keeps its name; a new print after a void one has a new name",
        )
    if granted.to not in {state.route.accepting, state.route.decider, state.route.collecting}:
        raise errors.FieldInvalid(
            field=f"{field}.to",
            problem="只能由收件地、决定机关或取证地打印",
            problem_en="the accepting, deciding or collecting node prints it",
        )


def give_back(state: _Application, original: str) -> None:
    """The permit is out no more."""
    _entry(state, original).printing = ""


def grant(state: _Application, granted: application_pb2.PrintPermitGranted) -> None:
    """The permit passes on: to the same paper, or to a new one after a void one."""
    if any(paper.original == granted.original for paper in papers(state)):
        _entry(state, granted.original).printing = granted.to
    else:
        state.papers.add(code=granted.code, original=granted.original, printing=granted.to)


def printed(state: _Application, names: Iterable[str]) -> None:
    """These exist from now on."""
    for name in names:
        _entry(state, name).printed = True


def printed_by(state: _Application, author: str) -> list[str]:
    """What this author is the one to print and has not yet said to have printed."""
    return [
        paper.original
        for paper in papers(state)
        if paper.printing == author and not paper.printed and not paper.void_reason
    ]


def make_void(state: _Application, voided: application_pb2.OriginalVoided) -> None:
    """It serves for nothing more."""
    if any(paper.original == voided.original for paper in papers(state)):
        _entry(state, voided.original).void_reason = voided.reason_code
    else:
        state.voided.append(voided.original)


def take_surrendered(state: _Application, event: event_pb2.Event) -> bool:
    """Note an old certificate; False where its name is another original's, or a trial, which holds no paper.

    So many and no more: there is no case with more old certificates, and a state that anybody could lengthen for ever.
    """
    came = event.certificate_surrendered
    if state.trial or came.original in originals(state) or len(state.surrendered) >= MOST_SURRENDERED:
        return False
    state.surrendered.add(
        code=came.code,
        original=came.original,
        pages=came.pages,
        serial_digest=came.serial_digest,
        against=came.against,
    )
    return True


def _entry(state: _Application, original: str) -> application_pb2.ResultPaper:
    """The entry of a paper that counts, written where there was none."""
    for paper in reversed(state.papers):
        if paper.original == original:
            return paper
    found = next(paper for paper in papers(state) if paper.original == original)
    return state.papers.add(code=found.code, original=found.original, printing=found.printing, printed=found.printed)


def _held(paper: application_pb2.ResultPaper, field: str) -> errors.PrintPermitHeld:
    if paper.printed:
        zh, en = "已印制", "printed"
    elif paper.printing:
        zh, en = "打印许可在外", "the permit is out"
    else:
        zh, en = "打印许可已交回,尚未另行准许", "the permit came back and was not granted anew"
    return errors.PrintPermitHeld(
        field=field, original=paper.original, standing=zh, standing_en=en, holder=paper.printing or "-"
    )


def _check_printing(document: application_pb2.ResultDocument, route: application_pb2.Route, field: str) -> None:
    """Whether the clause lets it print is for who knows the clause; here only that it hands the paper out itself."""
    if document.printing and (document.form != _PAPER or document.printing != route.collecting):
        raise errors.FieldInvalid(
            field=field,
            problem="决定机关以外,只有取证地可以打印纸质证照",
            problem_en="beside the decider only the collecting node prints a paper result",
        )
