"""A day's ledger and a month's figures as tables and charts, in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from mailroom.domain.ledger import DayLedger, Direction, Hand, Line
from mailroom.domain.silence import Scans
from mailroom.domain.statistics import Days, Summary
from nodes.console import labels, show
from nodes.console.charts import Bar, Chart, Part
from nodes.console.house import House
from nodes.desk.ledger import Day
from nodes.desk.sheets import Cell, Table
from nodes.desk.statistics import Month
from tongban.v1 import parcel_pb2

Say = Callable[[str], str]

DIRECTIONS: Final[Mapping[Direction, str]] = {
    Direction.IN: "收入",
    Direction.OUT: "发出",
    Direction.HANDED_OVER: "交申请人",
    Direction.VOIDED: "缴销",
    Direction.MISSING: "缺失",
}
SCANS: Final[Mapping[Scans | None, str]] = {
    None: "当面",
    Scans.BOTH: "双方已扫描",
    Scans.UNDER_WAY: "在途,待接收扫描",
    Scans.ONE_SIDED: "单方扫描,异常未销",
    Scans.EXPLAINED: "单方扫描,已说明",
    Scans.SILENT: "无扫描",
}
COLOURS: Final[Mapping[Scans | None, str]] = {
    None: "",
    Scans.BOTH: "good",
    Scans.UNDER_WAY: "warn",
    Scans.ONE_SIDED: "bad",
    Scans.EXPLAINED: "warn",
    Scans.SILENT: "bad",
}
NO_CARRIER: Final = "未登记"
BEGAN, ISSUED, INTERNAL, FOUND = "申请人交来", "制证", "内部转交", "开箱核对记录"
DAY_HEADINGS: Final = (
    "时间",
    "收发点",
    "进出",
    "原件",
    "邮包",
    "对方",
    "扫描",
    "事件编号",
    "回执",
)
MONTH_HEADINGS: Final = (
    "寄出地",
    "寄达地",
    "承运方",
    "寄递段数",
    "已到",
    "天数(中位)",
    "天数(九成以内)",
    "工作日(中位)",
    "工作日(九成以内)",
    "逾期",
    "疑似遗失",
    "遗失未找到",
    "开箱不符",
    "单方扫描",
    "费用(元)",
    "有费用的段数",
)
RECEIPTED, WAITING = "有", "待上传"
PAGE_HEADINGS: Final = (
    "寄出地 → 寄达地",
    "承运方",
    "已到/寄递段",
    "天数",
    "工作日",
    "逾期",
    "疑似/遗失",
    "开箱不符",
    "单方扫描",
    "费用(元)",
)


def time_of(micros: int) -> dt.datetime:
    """A stored time."""
    return dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC)


def counterpart(house: House, line: Line, say: Say) -> str:
    """Whose hands it came from or went into, as a clerk would say it."""
    hand: Hand = line.counterpart
    if not hand.kind:
        return say(ISSUED if line.post == "issuing" else BEGAN)
    if hand.leg:
        return say("寄递途中,由{node}负责").format(node=house.title(hand.node))
    return show.custody(hand.custody, house.post, house.title, say)


def scanned(line: Line) -> str:
    """How a line stands: by its leg's scans, or by what was found at the opening."""
    if parcel_pb2.HOLDER_KIND_MISSING in (line.passage.giver.kind, line.passage.taker.kind):
        return FOUND
    return SCANS[line.scans]


def one_sided(ledger: DayLedger) -> int:
    """How many lines lack a scan that somebody has still to explain."""
    return sum(line.scans in (Scans.ONE_SIDED, Scans.SILENT) for line in shown(ledger))


def day_table(house: House, day: Day, say: Say) -> Table:
    """Every line of a day."""
    ledger = day.ledger
    rows: list[list[Cell]] = [
        [
            house.when(time_of(line.passage.time)),
            house.post(ledger.node, line.post, say),
            say(DIRECTIONS[line.direction]),
            line.passage.original,
            line.passage.parcel,
            counterpart(house, line, say),
            say(scanned(line)),
            line.passage.event_id,
            say(WAITING if line.passage.event_id in day.waiting else RECEIPTED),
        ]
        for line in ledger.lines
    ]
    return Table(say("日台账"), tuple(say(each) for each in DAY_HEADINGS), rows)


def shown(ledger: DayLedger) -> list[Line]:
    """The lines as a page lists them: what passed within the node once, where all of its posts are looked at."""
    return [line for line in ledger.lines if ledger.post or not (line.internal and line.direction is Direction.IN)]


def direction(ledger: DayLedger, line: Line) -> str:
    """What a line is called there."""
    return INTERNAL if line.internal and not ledger.post else DIRECTIONS[line.direction]


def balance(ledger: DayLedger, say: Say) -> str:
    """The sum that proves the day: what lay there, what came and went, what lies there."""
    terms = [f"{say('日初账面')} {ledger.opening}"]
    for each, title in DIRECTIONS.items():
        if each in (Direction.IN, Direction.OUT) or ledger.moved(each):
            terms.append(f"{'+' if each.sign > 0 else '−'} {say(title)} {ledger.moved(each)}")
    return f"{' '.join(terms)} = {ledger.opening + ledger.difference}"


def month_rows(house: House, month: Month, say: Say) -> list[list[str]]:
    """The table of the page: the same figures, the two of a spread in one cell."""
    rows = [
        [f"{house.title(row.origin)} → {house.title(row.destination)}", carrier(row.carrier, say), *_cells(row)]
        for row in month.rows
    ]
    return [*rows, [say("合计"), "", *_cells(month.total)]]


def _cells(row: Summary) -> list[str]:
    return [
        f"{row.arrived} / {row.legs}",
        f"{_days(row.calendar.median)} / {_days(row.calendar.p90)}",
        f"{_days(row.working.median)} / {_days(row.working.p90)}",
        str(row.late),
        f"{row.suspected} / {row.lost}",
        str(row.discrepancies),
        str(row.one_sided),
        f"{row.cost_fen / 100:.2f}" if row.priced else "–",
    ]


def month_table(house: House, month: Month, say: Say) -> Table:
    """Every pair of regions and carrier, and their total."""
    rows = [_row(house, summary, say) for summary in month.rows]
    rows.append([say("合计"), "", "", *_figures(month.total)])
    remark = f"{house.title(house.core.name)} {month.month} ({month.zone}) · {house.when(month.time)}"
    return Table(f"{say('邮包统计')} {month.month}", tuple(say(each) for each in MONTH_HEADINGS), rows, (remark,))


def days_chart(house: House, month: Month, say: Say) -> Chart:
    """How long legs took: the middle one, and up to the one that nine of ten kept."""
    arrived = sorted((row for row in month.rows if row.arrived), key=lambda row: -row.arrived)
    bars = [
        Bar(
            pair(house, row, say),
            _stretches(row.calendar),
            say("中位 {median} 天,九成 {p90} 天").format(
                median=_days(row.calendar.median), p90=_days(row.calendar.p90)
            ),
        )
        for row in arrived
        if row.calendar.median is not None
    ]
    return Chart(
        "days",
        say("寄递天数"),
        say("已到寄递段从交出到接收的天数。"),
        (("solid", say("中位数")), ("hatched", say("九成以内"))),
        bars,
    )


def _stretches(days: Days) -> tuple[Part, Part]:
    """The two parts of a bar, as exact as the figures beside it: what is told as 0.0 has no width."""
    median, p90 = (round(value or 0.0, 1) for value in (days.median, days.p90))
    return Part(median, "solid"), Part(round(p90 - median, 1), "hatched")


def outcome_chart(house: House, month: Month, say: Say) -> Chart:
    """What became of the legs."""
    bars = [
        Bar(
            pair(house, row, say),
            (Part(row.on_time, "empty"), Part(row.under_way, "dotted"), Part(row.late, "solid")),
            _outcomes(row, say),
        )
        for row in sorted(month.rows, key=lambda row: -row.legs)
    ]
    key = (("empty", say("按时到")), ("dotted", say("在途未逾期")), ("solid", say("逾期")))
    return Chart("outcomes", say("寄递结果"), say("本月交出的寄递段。"), key, bars)


def pair(house: House, row: Summary, say: Say) -> str:
    """A pair of regions and a carrier, in words."""
    return f"{house.title(row.origin)} → {house.title(row.destination)} {carrier(row.carrier, say)}"


def carrier(code: str, say: Say) -> str:
    """A carrier in words."""
    return say(labels.CARRIERS.get(code, code) or NO_CARRIER)


def _outcomes(row: Summary, say: Say) -> str:
    told = say("{on_time} 按时,{under_way} 在途,{late} 逾期").format(
        on_time=row.on_time, under_way=row.under_way, late=row.late
    )
    return told + (say(",{lost} 遗失").format(lost=row.lost) if row.lost else "")


def _row(house: House, row: Summary, say: Say) -> list[Cell]:
    return [house.title(row.origin), house.title(row.destination), carrier(row.carrier, say), *_figures(row)]


def _figures(row: Summary) -> list[Cell]:
    return [
        row.legs,
        row.arrived,
        *_spread(row.calendar),
        *_spread(row.working),
        row.late,
        row.suspected,
        row.lost,
        row.discrepancies,
        row.one_sided,
        row.cost_fen / 100 if row.priced else None,
        row.priced,
    ]


def _spread(days: Days) -> tuple[Cell, Cell]:
    return tuple(None if value is None else round(float(value), 2) for value in (days.median, days.p90))  # type: ignore[return-value]


def _days(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
