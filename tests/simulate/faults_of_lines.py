"""What happens to a node's line; what each does to frames is told in `tests.simulate.network`."""

from __future__ import annotations

from tests.simulate.ground import Ground
from tests.simulate.network import Weather


def cut(ground: Ground) -> bool:
    """The line is down for a while."""
    region = ground.region()
    line = ground.lines[region]
    if not line.up:
        return False
    line.cut()
    ground.later(ground.chance.uniform(0.5, 40.0), lambda: setattr(ground.lines[region], "up", True))
    ground.tell(f"{region} cut off")
    return True


def one_way_only(ground: Ground) -> bool:
    """One direction is silent while the other flows; then what was silent comes after all, or the line breaks."""
    region, direction = _weather(ground, Weather(hold=True))
    comes_late = ground.chance.random() < 0.5

    def end() -> None:
        if not comes_late:
            ground.lines[region].break_off()
        _clear(ground, region, direction)

    ground.later(ground.chance.uniform(0.5, 30.0), end)
    ground.tell(f"{region} {direction} silent, {'late' if comes_late else 'lost'}")
    return True


def delayed(ground: Ground) -> bool:
    """Every frame takes its time."""
    return _for_a_while(ground, "slow", Weather(slow=ground.chance.choice((0.05, 0.5, 3.0))))


def doubled(ground: Ground) -> bool:
    """Frames come twice."""
    return _for_a_while(ground, "doubled", Weather(twice=0.5))


def swapped(ground: Ground) -> bool:
    """Frames overtake each other."""
    return _for_a_while(ground, "swapped", Weather(swap=0.5))


def lost(ground: Ground) -> bool:
    """Frames get lost, and the connection with them."""
    return _for_a_while(ground, "lossy", Weather(lose=0.3))


def torn(ground: Ground) -> bool:
    """Of the next frame with several entries only the first ones arrive."""
    return _for_a_while(ground, "torn", Weather(tear=True))


def late(ground: Ground) -> bool:
    """A connection dies at the node's end only, and what was under way arrives when the node has dialled again."""
    region = ground.region()
    if region not in ground.federation.nodes:
        return False
    line = ground.lines[region]
    line.wire.up = Weather(hold=True)

    def die() -> None:
        pipe = line.half_dead()
        # The new connection has fair weather; what the old one holds is let go as it comes.
        ground.lines[region].wire.up = Weather()
        if pipe is not None:
            pipe.release_after(ground.chance.uniform(0.0, 4.0))
            ground.later(ground.chance.uniform(4.0, 20.0), pipe.cut)

    ground.later(ground.chance.uniform(0.1, 3.0), die)
    ground.tell(f"{region} half dead")
    return True


def _weather(ground: Ground, weather: Weather) -> tuple[str, str]:
    region, direction = ground.region(), ground.chance.choice(("up", "down"))
    setattr(ground.lines[region].wire, direction, weather)
    return region, direction


def _clear(ground: Ground, region: str, direction: str) -> None:
    setattr(ground.lines[region].wire, direction, Weather())


def _for_a_while(ground: Ground, what: str, weather: Weather) -> bool:
    region, direction = _weather(ground, weather)
    ground.later(ground.chance.uniform(2.0, 30.0), lambda: _clear(ground, region, direction))
    ground.tell(f"{region} {direction} {what}")
    return True
