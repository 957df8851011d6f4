"""What may be missing after backups were put back: what lay on the replaced disks alone, and nothing else."""

from __future__ import annotations

import pytest

from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tests.simulate.copies import Copies, events_on

GATEWAY = "gateway"


@pytest.mark.parametrize(
    ("machines", "is_gone"),
    [
        ((GATEWAY,), False),
        ((ACCEPTING,), False),
        ((ACCEPTING, GATEWAY), True),
        ((GATEWAY, ACCEPTING), True),
        ((GATEWAY, HOME), False),
    ],
)
def test_only_what_lay_on_no_other_disk_is_gone(machines: tuple[str, ...], is_gone: bool) -> None:
    """潮州 files once while 漳州 listens and once while it does not; then disks are replaced, one after the other."""

    async def act(stage: Stage) -> None:
        disks = {name: stage.disks.disk(name) for name in (GATEWAY, HOME, ACCEPTING)}
        images = {name: disk.image() for name, disk in disks.items()}
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        heard = events_on(disks[HOME]).keys()
        stage.home.line.cut()
        await journey.submit()
        await stage.federation.stop()
        (unheard,) = events_on(disks[ACCEPTING]).keys() - heard
        copies = Copies()
        for name in machines:
            others = [disk for other, disk in disks.items() if other != name]
            with copies.replacing(name, disks[name], others):
                disks[name].restore(images[name])
        assert copies.gone == ({unheard} if is_gone else set())

    play(act)


def test_what_its_author_has_lost_without_a_new_disk_is_missed() -> None:
    async def act(stage: Stage) -> None:
        disk = stage.disks.disk(GATEWAY)
        image = disk.image()
        await stage.journey().submit()
        copies = Copies()
        with copies.replacing(GATEWAY, disk, []):
            disk.restore(image)
        assert not copies.gone

    play(act)
