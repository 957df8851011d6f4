"""Generates the contract's code, lints the contract, and guards it against breaking changes.

    .ci/proto.py generate     write *_pb2.py, *_pb2.pyi, *_pb2_grpc.py and *_pb2_grpc.pyi beside the sources
    .ci/proto.py check        is the committed code what the sources give, and does the contract pass buf?
    .ci/proto.py baseline     freeze the present contract as what later ones are compared with

Nothing is fetched: protoc comes in grpcio-tools, buf in buf-bin, `google/rpc` in googleapis-common-protos.
`buf/validate/validate.proto` exists only as a descriptor inside protovalidate, and is handed to protoc as a
set.  buf reads an image that protoc built, because on sources it would look up the imports in its registry.
"""

from __future__ import annotations

import argparse
import filecmp
import subprocess
import sys
import sysconfig
import tempfile
from importlib import resources
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

from tongban import _buf_validate

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sysconfig.get_path("scripts"))


class Contract:
    """The `.proto` files under one source root, and the commands that read them."""

    def __init__(self, source: Path, package: str = "tongban/v1") -> None:
        self.source = source
        self.package = package
        self.folder = source / package
        self.config = ROOT / "proto" / "buf.yaml"
        self.baseline = self.folder / "baseline.binpb"

    def files(self) -> list[str]:
        """Every contract file, by its import path, in name order."""
        return sorted(f"{self.package}/{p.name}" for p in self.folder.glob("*.proto"))

    def services(self) -> list[str]:
        """Those of them that declare a service; only they get gRPC code."""
        return [f for f in self.files() if "\nservice " in (self.source / f).read_text(encoding="utf-8")]

    def generate(self, out: Path) -> None:
        """Write all generated code under `out`."""
        self._protoc([f"--python_out={out}", f"--pyi_out={out}"], self.files())
        if self.services():
            plugin = f"--plugin=protoc-gen-mypy_grpc={BIN / 'protoc-gen-mypy_grpc'}"
            grpc = [plugin, f"--grpc_python_out={out}", f"--mypy_grpc_out=quiet:{out}"]
            self._protoc(grpc, self.services())

    def generated(self, root: Path) -> set[str]:
        """The names of the generated files in the contract's folder under `root`."""
        folder = root / self.package
        return {p.name for pattern in ("*_pb2*.py", "*_pb2*.pyi") for p in folder.glob(pattern)}

    def image(self, out: Path) -> None:
        """Write the contract and all that it imports as one descriptor set, with comments."""
        whole = [f"--descriptor_set_out={out}", "--include_imports", "--include_source_info"]
        self._protoc(whole, self.files())

    def _protoc(self, args: list[str], files: list[str]) -> None:
        well_known = resources.files("grpc_tools") / "_proto"
        with tempfile.TemporaryDirectory() as scratch:
            known = Path(scratch) / "validate.binpb"
            rules = FileDescriptorProto.FromString(_buf_validate.descriptor())
            known.write_bytes(FileDescriptorSet(file=[rules]).SerializeToString())
            includes = [f"-I{self.source}", f"-I{well_known}", f"-I{sysconfig.get_path('purelib')}"]
            if protoc.main(["protoc", *includes, f"--descriptor_set_in={known}", *args, *files]):
                raise SystemExit("protoc: the contract does not compile (see above)")


def generate(contract: Contract) -> int:
    """Bring the generated code up to date, and take away what no source stands behind any more."""
    before = contract.generated(contract.source)
    with tempfile.TemporaryDirectory() as scratch:
        contract.generate(Path(scratch))
        now = contract.generated(Path(scratch))
        for name in sorted(now):
            fresh, old = Path(scratch) / contract.package / name, contract.folder / name
            if not old.exists() or not filecmp.cmp(fresh, old, shallow=False):
                old.write_bytes(fresh.read_bytes())
    for name in before - now:
        (contract.folder / name).unlink()
    print(f"proto: {len(contract.files())} files, {len(now)} generated")
    return 0


def check(contract: Contract) -> int:
    """Say everything that is wrong with the contract and its generated code; 0 when nothing is."""
    if not contract.files():
        print("proto: no contract files")
        return 0
    faults = 0
    with tempfile.TemporaryDirectory() as scratch:
        contract.generate(Path(scratch))
        names = contract.generated(Path(scratch)) | contract.generated(contract.source)
        for name in sorted(names):
            fresh, kept = Path(scratch) / contract.package / name, contract.folder / name
            if not (fresh.exists() and kept.exists() and filecmp.cmp(fresh, kept, shallow=False)):
                print(f"{contract.package}/{name}: not current; run `make proto` and commit it")
                faults += 1
        image = Path(scratch) / "contract.binpb"
        contract.image(image)
        faults += _buf("lint", str(image), "--config", str(contract.config))
        if contract.baseline.exists():
            against = ["--against", str(contract.baseline), "--against-config", str(contract.config)]
            faults += _buf("breaking", str(image), "--config", str(contract.config), *against)
        else:
            print(f"proto: no {contract.baseline.name} to compare with; `make baseline` writes it")
            faults += 1
    return 1 if faults else 0


def baseline(contract: Contract) -> int:
    """Freeze the contract, without comments, so that the file changes only when the contract does."""
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "contract.binpb"
        contract.image(image)
        files = FileDescriptorSet.FromString(image.read_bytes())
    for file in files.file:
        file.ClearField("source_code_info")
    contract.baseline.write_bytes(files.SerializeToString(deterministic=True))
    print(f"proto: {contract.baseline.name} is now the contract that later ones must not break")
    return 0


def _buf(*args: str) -> int:
    return 1 if subprocess.run([str(BIN / "buf"), *args], check=False).returncode else 0


def main() -> int:
    """Read the command line and do it."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("command", choices=["generate", "check", "baseline"])
    parser.add_argument("--source", type=Path, default=ROOT / "proto", help="source root of the contract")
    given = parser.parse_args()
    commands = {"generate": generate, "check": check, "baseline": baseline}
    return commands[given.command](Contract(given.source.resolve()))


if __name__ == "__main__":
    sys.exit(main())
