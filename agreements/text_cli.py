"""`tongban agreement template`, `check`, `propose`, `sign`, …: an agreement's text, from the draft to the signature.

Nobody signs what they have not seen: `sign` shows the text and asks for the beginning of its digest, or takes the whole
digest of a text that was read elsewhere; whichever it is, the node signs the text of that digest or nothing.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from agreements import written
from agreements.domain.difference import difference
from agreements.domain.documents import document_digest, read
from agreements.door import NODE, USER, Door, at_node, full, say
from agreements.reading import groups, minute
from agreements.summary import may_sign
from agreements.text import agreement_text, document_text
from tongban import errors
from tongban.cli import language
from tongban.v1 import agreement_pb2, negotiation_pb2, registry_pb2

_DIGEST = 32
_FIRST = 8
FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))


def register(group: click.Group) -> None:
    """Add the commands to `tongban agreement`."""
    for command in (template, check, propose, sign, show, comment, comments, withdraw):
        group.add_command(command)


@click.command("template", short_help="文本样本 · a text to begin with")
@click.option(
    "--kind",
    type=click.Choice(written.KINDS),
    default="bilateral",
    help="双边协议、联盟协议或授权清单 · an agreement of two, an alliance, or a superior's list",
)
def template(kind: str) -> None:
    """输出带说明的协议样本(YAML)。改成自己的内容,再用 check 检查、propose 提出。

    Print a commented agreement (YAML).  Change it into your own, then check and propose it.
    """
    click.echo(written.template(kind), nl=False)


@click.command("check", short_help="检查文本,不提出 · check a text, propose nothing")
@NODE
@USER
@click.option("--text", "told", is_flag=True, help="另显示全文 · show the whole text too")
@FILE
def check(address: str, user: str, told: bool, file: Path) -> None:
    """检查文本:错在第几行、与哪些有效协议相抵触、需要哪些方签署。不保存任何内容。

    Check a text: errors with their lines, contradictions with agreements in force, signatures that it needs.  Stores
    nothing.
    """

    async def work(door: Door) -> None:
        document, raw, _ = await _checked(door, file, told=told)
        say(
            f"检查通过。提出:tongban agreement propose {file}",
            f"The text is sound. To propose it: tongban agreement propose {file}",
        )
        del document, raw

    at_node(address, user, work)


@click.command("propose", short_help="提出协议、修改或修订 · propose a text, a revision or an amendment")
@NODE
@USER
@FILE
def propose(address: str, user: str, file: Path) -> None:
    """提出协议:文件为 YAML(见 template)或序列化的 AgreementDocument。首次提出、修改待签文本还是修订,由协议的现状决定。

    Propose an agreement from YAML (see template) or a serialised AgreementDocument.  Whether it is a first text, a
    revision of the one that waits or an amendment follows from where the agreement stands.
    """

    async def work(door: Door) -> None:
        document, raw, written_text = await _checked(door, file)
        try:
            await door.ask(door.registry.ProposeAgreement, registry_pb2.ProposeAgreementRequest(document=raw))
        except errors.TongbanError as error:
            raise _told(error, written_text) from None
        digest = document_digest(raw).hex()
        say(
            f"{document.name}: 已提出,摘要 {digest}\n"
            f"下一步:各方(包括本方)阅读并签署:tongban agreement sign {document.name}",
            f"{document.name}: proposed, digest {digest}\nNext, every party, this one too, reads and signs it: "
            f"tongban agreement sign {document.name}",
        )

    at_node(address, user, work)


@click.command("sign", short_help="签署协议 · sign an agreement")
@NODE
@USER
@click.option("--digest", default="", help="已读文本的完整摘要 · the whole digest of the text that was read")
@click.argument("name")
def sign(address: str, user: str, digest: str, name: str) -> None:
    """以本节点的名义签署。先显示全文(修订另列出改动),输入摘要的前 8 位才签署;已在别处读过的,用 --digest 给出完整摘要。

    Sign for this node.  The text is shown first (of an amendment also what changes), and signed once the first 8
    digits of its digest are typed; --digest names a text that was read elsewhere.
    """

    async def work(door: Door) -> None:
        found = await door.agreement(full(name))
        wanted = digest_of(digest) if digest else await _read_through(door, found)
        request = registry_pb2.SignAgreementRequest(name=found.name, document_digest=wanted)
        signed: agreement_pb2.Agreement = await door.ask(door.registry.SignAgreement, request)
        text = signed.amendment if wanted == signed.amendment.document_digest else signed
        count, of = len(text.signatures), len(text.document.parties)
        say(f"{signed.name}: {count}/{of} 已签署", f"{signed.name}: {count}/{of} signed")

    at_node(address, user, work)


@click.command("show", short_help="阅读协议 · read an agreement")
@NODE
@USER
@click.option("--amendment", is_flag=True, help="显示待签署的修订 · show the amendment that waits")
@click.option("--yaml", "as_yaml", is_flag=True, help="以 YAML 输出,供修改 · as YAML, to be changed")
@click.argument("name")
def show(address: str, user: str, amendment: bool, as_yaml: bool, name: str) -> None:
    """显示协议全文、现状和摘要。

    Show an agreement's text, where it stands, and its digest.
    """

    async def work(door: Door) -> None:
        found = await door.agreement(full(name))
        if amendment and not found.HasField("amendment"):
            raise errors.NoTextPending(field="name", name=found.name)
        text = found.amendment if amendment else found
        if as_yaml:
            draft = agreement_pb2.AgreementDocument()
            draft.CopyFrom(text.document)
            draft.ClearField("document_version")  # The next text has another, which the node knows.
            click.echo(written.write(draft), nl=False)
            return
        titles = await door.titles(found.name)
        click.echo(document_text(text.document, titles) if amendment else agreement_text(found, titles))
        click.echo(f"文本摘要 digest: {text.document_digest.hex()}")

    at_node(address, user, work)


@click.command("comment", short_help="提出商议意见 · comment on a text")
@NODE
@USER
@click.option("--clause", default="", help="条款编号,不写即全文 · the clause; the whole by default")
@click.argument("name")
@click.argument("text")
def comment(address: str, user: str, clause: str, name: str, text: str) -> None:
    """对待签署的文本(没有时对现行文本)提出意见。所有节点可见,请勿写个人信息。

    Comment on the text that waits, else on the one in force.  Every node can read it: no personal data.
    """

    async def work(door: Door) -> None:
        found = await door.agreement(full(name))
        digest = found.amendment.document_digest or found.document_digest
        request = negotiation_pb2.CommentAgreementRequest(
            name=found.name, document_digest=digest, clause=clause, comment=text
        )
        await door.ask(door.negotiation.CommentAgreement, request)
        say(f"{found.name}: 意见已记录", f"{found.name}: the comment is recorded")

    at_node(address, user, work)


@click.command("comments", short_help="商议意见 · comments")
@NODE
@USER
@click.argument("name")
def comments(address: str, user: str, name: str) -> None:
    """列出商议意见。

    List the comments.
    """

    async def work(door: Door) -> None:
        found, nodes = await door.agreement(full(name)), await door.nodes()
        for each in found.comments:
            node = nodes[each.node].profile.title if each.node in nodes else each.node
            click.echo(f"{minute(each.create_time)}\t{node}\t{each.clause or '-'}\t{each.comment}")
        if not found.comments:
            say("没有意见", "no comments")

    at_node(address, user, work)


@click.command("withdraw", short_help="撤回修订 · withdraw an amendment")
@NODE
@USER
@click.option("--comment", "why", default="", help="原因 · why")
@click.option(
    "--digest", default="", help="所撤修订的摘要,不写即现有的修订 · the amendment's digest; the present one by default"
)
@click.argument("name")
def withdraw(address: str, user: str, why: str, digest: str, name: str) -> None:
    """撤回待签署的修订;现行文本不变。

    Give the amendment up; the text in force stays.
    """

    async def work(door: Door) -> None:
        found = await door.agreement(full(name))
        if not found.HasField("amendment"):
            raise errors.NoTextPending(field="name", name=found.name)
        wanted = digest_of(digest) if digest else found.amendment.document_digest
        request = negotiation_pb2.WithdrawAmendmentRequest(name=found.name, document_digest=wanted, comment=why)
        await door.ask(door.negotiation.WithdrawAmendment, request)
        version = found.amendment.document.document_version
        say(f"{found.name}: 第 {version} 版修订已撤回", f"{found.name}: amendment {version} is withdrawn")

    at_node(address, user, work)


def digest_of(text: str) -> bytes:
    """A digest as it was typed, in groups or not."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != _DIGEST:
        raise errors.FieldInvalid(field="digest", problem="应为 64 位十六进制", problem_en="64 hexadecimal digits")
    return raw


async def _checked(
    door: Door, file: Path, told: bool = False
) -> tuple[agreement_pb2.AgreementDocument, bytes, written.Written | None]:
    """The text of a file, filled in and held against what the node knows; tells what a legal officer should see."""
    raw = await asyncio.to_thread(file.read_bytes)
    nodes = await door.nodes()
    text: written.Written | None = None
    try:
        if _is_message(raw):
            document = read(raw)
        else:
            text = written.read(raw)
            document = text.document
            present = {each.name: each for each in await door.agreements()}
            for node in written.fill(document, nodes, present.get(document.name)):
                pinned = next(party for party in document.parties if party.node == node)
                title, shown = nodes[node].profile.title, groups(pinned.root_fingerprint)
                say(
                    f"已填入 {title}({node}):地区 {pinned.region},根密钥指纹 {shown}",
                    f"Filled in {title} ({node}): region {pinned.region}, root fingerprint {shown}",
                )
            raw = document.SerializeToString(deterministic=True)
        found: negotiation_pb2.CheckAgreementResponse = await door.ask(
            door.negotiation.CheckAgreement, negotiation_pb2.CheckAgreementRequest(document=raw)
        )
    except errors.TongbanError as error:
        raise _told(error, text) from None
    _tell(document, found, {name: each.profile.title for name, each in nodes.items()})
    if told:
        click.echo(f"\n{document_text(document, {name: each.profile.title for name, each in nodes.items()})}")
    return document, raw, text


def _tell(
    document: agreement_pb2.AgreementDocument, found: negotiation_pb2.CheckAgreementResponse, titles: dict[str, str]
) -> None:
    step = {"propose": "首次提出", "revise": "修改待签署的文本", "amend": "提出修订"}.get(found.step, found.step)
    needed = [f"{titles.get(node, node)}({node})" for node in found.needed_signatures]
    say(
        f"{document.name} 第 {document.document_version} 版:{step}\n需要签署:{'、'.join(needed)}",
        f"{document.name} version {document.document_version}: {found.step}\nSignatures needed: {', '.join(needed)}",
    )
    for conflict in found.conflicts:
        say(f"注意,与有效协议不同:{conflict.message_zh}", f"Note, it contradicts: {conflict.message_en}")
    say(f"文本摘要:{found.document_digest.hex()}", f"Digest: {found.document_digest.hex()}")


def _told(error: errors.TongbanError, text: written.Written | None) -> errors.TongbanError:
    """The refusal with the line of the file; where its own sentence has no place for that, the line comes before it."""
    if text is None:
        return error
    before = error.field
    found = text.at_its_line(error)
    where = error.facts.get("field", "")
    if where != before and where not in found.text("zh"):
        say(f"{where}:", f"{error.facts.get('field_en', where)}:")
    return found


async def _read_through(door: Door, found: agreement_pb2.Agreement) -> bytes:
    """Show the text that this node may sign; its digest, once a person has typed its beginning."""
    own = door.node
    waiting = may_sign(found, own)
    if waiting is None:
        raise errors.NoTextPending(field="name", name=found.name)
    document, digest = waiting
    click.echo(document_text(document, await door.titles(found.name)))
    if digest == found.amendment.document_digest:
        say("与现行文本相比:", "What changes:")
        for change in difference(found.document, document):
            click.echo(f"- {change.en if language() == 'en' else change.zh}")
    click.echo(f"文本摘要 digest: {groups(digest)}")
    try:
        typed = click.prompt(
            "签署请输入摘要的前 8 位,不签署请直接回车 · to sign, type the digest's first 8 digits",
            default="",
            show_default=False,
        )
    except click.Abort:  # Nobody is there to type.
        typed = ""
    if str(typed).strip().lower() != digest.hex()[:_FIRST]:
        raise errors.FieldInvalid(
            field="digest",
            problem="没有输入所示文本摘要的前 8 位,未签署",
            problem_en="the first 8 digits of the digest shown were not typed; nothing was signed",
        )
    return digest


def _is_message(raw: bytes) -> bool:
    """Whether it is a serialised message: its first field is the agreement's name."""
    return raw[:1] == b"\n" and raw[2:13] == b"agreements/"
