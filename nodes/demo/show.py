"""What a person sees of a run: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text as RichText

from nodes.demo.cast import BY_NAME, PAPERS, PLACES, Place, Text
from nodes.demo.home import DemoHome
from nodes.demo.play import STEPS, Report
from nodes.demo.setting import Setting
from tongban.v1 import parcel_pb2

_LEG = Text("运输途中", "on its way")
_APPLICANT = Text("申请人", "the applicant")
_ISSUING = Text("制证处", "issuing office")
_MISSING = Text("下落不明", "missing")


class Stage:
    """Shows steps as they are begun and done.  It is the play's audience."""

    def __init__(self, console: Console, language: str) -> None:
        self._console = console
        self._language = language
        self._live: Live | None = None
        self._rows: list[tuple[str, ...]] = []
        self._running: tuple[str, ...] = ()
        self._custody: dict[str, str] = {}
        self._moved: list[str] = []

    def say(self, text: Text) -> None:
        """One line."""
        self.line(text.of(self._language))

    def line(self, *lines: str) -> None:
        """Lines as they are, never folded: they may be read by a program."""
        for each in lines:
            self._console.print(RichText(each), soft_wrap=True)

    def show(self, picture: Panel) -> None:
        """A picture."""
        self._console.print(picture)

    @contextmanager
    def live(self) -> Iterator[None]:
        """While the play runs: a table that grows, where there is a terminal."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self._picture(), console=self._console, refresh_per_second=12) as live:
            self._live = live
            try:
                yield
            finally:
                self._running = ()
                live.update(self._picture(), refresh=True)
                self._live = None

    def begin(self, number: int, what: Text, place: Place, user: str) -> None:
        """A step begins."""
        title = next((member.title for member in place.staff if member.user == user), user)
        who = title if self._language == "zh" else user
        self._running = (f"{number}/{STEPS}", what.of(self._language), place.text.of(self._language), who)
        self._refresh()

    def done(self, detail: Text, seconds: float) -> None:
        """It is done."""
        row = (*self._running, f"{seconds:.2f}s", detail.of(self._language))
        self._rows.append(row)
        self._running = ()
        if self._live is None:
            number, what, place, who, took, said = row
            self.line(f"  {number:>5}  {place} · {who}  {what}  {took}  {said}", *self._moved)
            self._moved.clear()
        self._refresh()

    def custody(self, original: str, chain: list[parcel_pb2.Custody]) -> None:
        """An original's holders so far, in one line."""
        short = original.rpartition("/")[2]
        known = PAPERS.get(short, Text(short, short))
        holders = " → ".join(holder(each).of(self._language) for each in chain)
        self._custody[short] = Text(f"{known.zh}:{holders}", f"{known.en}: {holders}").of(self._language)
        if self._live is None:
            self._moved.append(f"         {self._custody[short]}")
        self._refresh()

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.update(self._picture())

    def _picture(self) -> Group:
        heads = Text("步骤,事项,地点,经办,用时,说明", "Step,What,Where,Who,Took,Details").of(self._language).split(",")
        table = Table(box=None, pad_edge=False)
        for head in heads:
            table.add_column(head, no_wrap=head != heads[-1], overflow="fold")
        for row in self._rows:
            table.add_row(*row)
        lines = [RichText(line, style="cyan") for line in self._custody.values()]
        if not self._running:
            return Group(table, *lines)
        now = f" {'  '.join(self._running)} …"
        return Group(table, *lines, Spinner("dots", text=RichText(now)))


def holder(custody: parcel_pb2.Custody) -> Text:
    """Who holds it, in a few words."""
    if custody.kind == parcel_pb2.HOLDER_KIND_APPLICANT:
        return _APPLICANT
    if custody.kind == parcel_pb2.HOLDER_KIND_LEG:
        return _LEG
    if custody.kind != parcel_pb2.HOLDER_KIND_POST:
        return _MISSING
    place = BY_NAME.get(custody.post.node)
    if place is None:
        return Text(f"{custody.post.node}/{custody.post.post}", f"{custody.post.node}/{custody.post.post}")
    post = _ISSUING if custody.post.post == "issuing" else place.post(custody.post.post)
    return Text(f"{place.title}{post.zh}", f"{place.english} {post.en}")


def summary(report: Report) -> Text:
    """What came of a run, in one line."""
    number, moves, took = report.application, report.custody_moves, f"{report.elapsed_seconds:.1f}"
    return Text(
        f"办件 {number} 已办结:事件 {report.events},回执 {report.receipts},保管变动 {moves},用时 {took} 秒",
        f"Application {number} is closed: {report.events} events, {report.receipts} receipts, "
        f"{moves} custody moves, {took} s",
    )


def invitation(setting: Setting, home: DemoHome, language: str) -> Panel:
    """Where to look, and how to sign in."""
    table = Table(box=None, show_header=False, pad_edge=False)
    gateway = Text("网关页面", "Gateway page").of(language)
    table.add_row(gateway, f"http://{setting.gateway.addresses['page']}/", "")
    for place in PLACES:
        users = ", ".join(member.user for member in place.staff)
        console = f"http://{setting.servers[place.region].addresses['console']}/"
        table.add_row(place.text.of(language), console, users)
    signing = Text(f"登录:上列用户名,密码 {home.password}", f"Sign in as any of these users, password {home.password}")
    stop = Text("按 Ctrl-C 停止全部进程。", "Ctrl-C stops everything.")
    head = Text("控制台", "Consoles").of(language)
    lines = [RichText(signing.of(language)), RichText(stop.of(language))]
    return Panel(Group(table, *_grpc(setting, language), *lines), title=head, expand=False)


def _grpc(setting: Setting, language: str) -> tuple[RichText, Table]:
    """Where programs and the command line's `--node` reach them: the nodes as they are, the gateway by TLS."""
    table = Table(box=None, show_header=False, pad_edge=False)
    doors = setting.gateway.addresses
    kind = Text("TLS,供节点连接", "TLS, for nodes")
    table.add_row(Text("网关", "Gateway").of(language), doors["federation"], kind.of(language))
    for place in PLACES:
        table.add_row(place.text.of(language), setting.servers[place.region].addresses["grpc"], "")
    head = Text("gRPC 地址(tongban 命令的 --node)", "gRPC addresses (--node of tongban's commands)")
    return RichText(f"\n{head.of(language)}"), table
