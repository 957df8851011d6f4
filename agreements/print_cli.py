"""`tongban agreement pdf`, `verify` and `diff`: an agreement on paper, checked without a line, and its versions."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import click

from agreements import verifying
from agreements.domain import printed, proof
from agreements.door import NODE, USER, Door, at_node, full
from agreements.text import document_text
from agreements.versions import compared
from tongban import errors
from tongban.cli import REFUSED, language
from tongban.private_files import PUBLIC, write_file
from tongban.v1 import registry_pb2

_FILE = click.Path(path_type=Path, dir_okay=False)


def register(group: click.Group) -> None:
    """Add the commands to `tongban agreement`."""
    for command in (pdf, diff, verify):
        group.add_command(command)


@click.command("pdf", short_help="打印协议 · print an agreement")
@NODE
@USER
@click.option("--out", type=_FILE, required=True, help="写入的文件 · file to write")
@click.option("--digest", default="", help="另一文本的摘要(修订或旧版)· another text: the amendment or an earlier one")
@click.option("--proof", "alone", is_flag=True, help="只写证明文件 · write the proof alone, without pages")
@click.argument("name")
def pdf(address: str, user: str, out: Path, digest: str, alone: bool, name: str) -> None:
    """把协议连同签署和离线核验的二维码写成 A4 的 PDF(PDF/A-3),内嵌证明文件。

    Write an agreement as PDF/A-3 on A4, with its signatures, a QR that verifies offline, and the proof embedded.
    """
    wanted = _digest(digest)

    async def work(door: Door) -> registry_pb2.GetAgreementProofResponse:
        request = registry_pb2.GetAgreementProofRequest(name=full(name), document_digest=wanted)
        given: registry_pb2.GetAgreementProofResponse = await door.ask(door.registry.GetAgreementProof, request)
        return given

    given = at_node(address, user, work)
    if alone:
        raw = proof.to_file(given.proof)
    else:
        from agreements.paper import to_pdf  # the typesetter is large, and no other command needs it

        raw = to_pdf(given)
    write_file(out, raw, PUBLIC)
    click.echo(f"{out}: {len(raw)} 字节 bytes")


@click.command("diff", short_help="比较两个版本 · compare two versions")
@NODE
@USER
@click.option("--from", "old", type=click.IntRange(min=1), default=None, help="较早的版本 · the earlier version")
@click.option("--to", "new", type=click.IntRange(min=1), default=None, help="较晚的版本 · the later version")
@click.argument("name")
def diff(address: str, user: str, old: int | None, new: int | None, name: str) -> None:
    """逐条列出两个版本的不同;默认以等待签署的修订(或现行版本)与其前一版相比。

    Tell what differs between two versions: by default the amendment that waits, or the present text, and the one
    before it.
    """
    found = at_node(address, user, lambda door: door.agreement(full(name)))
    earlier, later, changes = compared(found, old or 0, new or 0)
    en = language() == "en"
    click.echo(f"{found.name}: {earlier} → {later}")
    for change in changes:
        click.echo(f"- {change.en if en else change.zh}")
    if not changes:
        click.echo("no difference" if en else "没有不同")


@click.command("verify", short_help="离线核验协议 · verify an agreement offline")
@click.option("--qr", "code", default="", help="同时核对纸面二维码的内容 · check the paper's QR against the file too")
@click.option(
    "--root",
    "roots",
    multiple=True,
    metavar="NODE=FINGERPRINT",
    help="已知的根密钥指纹,可多次给出 · a root fingerprint that you know; may be given several times",
)
@click.option("--text", "told", is_flag=True, help="另列出所签署的全文 · tell the whole text that was signed too")
@click.argument("file")
@click.pass_context
def verify(context: click.Context, file: str, code: str, roots: tuple[str, ...], told: bool) -> None:
    """核验打印的 PDF、证明文件,或二维码的内容(以 TBA1: 开头)。不需要节点,也不联网。

    Verify a printed PDF, a proof file, or the text of a QR (it begins with TBA1:).  Needs no node and no line.
    """
    said = language(context)
    known = dict(map(_root, roots))
    if file.strip().upper().startswith(printed.PREFIX):
        shown = printed.verify(printed.from_text(file))
        found = {owner: hashlib.sha256(root).digest() for owner, root in shown.roots.items()}
        shown = dataclasses.replace(shown, flaws=(*shown.flaws, *verifying.known_roots(known, found)))
        click.echo("\n".join(verifying.of_print(shown, said)))
        context.exit(REFUSED if shown.flaws else 0)
    made = proof.from_file(_read(Path(file)))
    if code:
        made.printed.CopyFrom(printed.from_text(code))
    verdict = proof.verify(made)
    pinned = {party.node: party.root_fingerprint for party in verdict.document.parties}
    verdict = dataclasses.replace(verdict, flaws=(*verdict.flaws, *verifying.known_roots(known, pinned)))
    click.echo("\n".join(verifying.of_proof(verdict, said)))
    if told:
        click.echo(f"\n{document_text(verdict.document)}")
    context.exit(0 if verdict.whole else REFUSED)


def _digest(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b"?"
    if len(raw) not in (0, 32):
        raise errors.FieldInvalid(field="digest", problem="应为 64 位十六进制", problem_en="64 hexadecimal digits")
    return raw


def _root(text: str) -> tuple[str, bytes]:
    node, _, fingerprint = text.partition("=")
    raw = _digest(fingerprint)
    if not node or not raw:
        raise errors.FieldInvalid(
            field="root", problem="应为 节点=指纹,如 nodes/350600=259d…", problem_en="NODE=FINGERPRINT is expected"
        )
    return node, raw


def _read(path: Path) -> bytes:
    """The proof in a file, of which somebody may have given us any."""
    from agreements.paper.reader import MAXIMUM_BYTES, proof_in  # as above, of the reader

    try:
        with path.open("rb") as given:
            raw = given.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        raise errors.FieldInvalid(
            field="file", problem=f"文件无法读取:{problem}", problem_en=f"cannot be read: {problem}"
        ) from error
    return proof_in(raw)
