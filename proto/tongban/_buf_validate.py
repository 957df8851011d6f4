"""Makes `buf.validate.validate_pb2` importable for the generated contract code.

The contract's field rules are options declared in `buf/validate/validate.proto`.  Code that protoc makes of a
file which imports it does `from buf.validate import validate_pb2`, and expects that file's descriptor in the
default pool of `google.protobuf`.  protovalidate 2 ships the descriptor for its own runtime only, under no
such name; and a top-level package `buf` is not ours to install, where another distribution may bring the real
one.  So, when nobody else provides it, the descriptor is taken out of the protovalidate that is installed
(rules and engine are then of one version), put into the default pool, and a module made of it is entered in
`sys.modules`.

`tongban.v1` calls `provide()` before any generated module loads; nothing else needs to.  It is idempotent.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

# The default pool must hold what validate.proto imports; importing these puts it there.
from google.protobuf import (
    descriptor_pb2,  # noqa: F401
    descriptor_pool,
    duration_pb2,  # noqa: F401
    field_mask_pb2,  # noqa: F401
    timestamp_pb2,  # noqa: F401
)
from google.protobuf.internal import builder

_MODULE = "buf.validate.validate_pb2"


def descriptor() -> bytes:
    """`buf/validate/validate.proto` as a serialised FileDescriptorProto, from the installed protovalidate."""
    from protovalidate import ViolationPb

    return ViolationPb.desc().file.proto.to_binary()


def provide() -> None:
    """Make the module available, unless it is there already or a distribution installs it."""
    if _MODULE in sys.modules or _installed():
        return
    module = ModuleType(_MODULE, "Stands in for the generated code of buf/validate/validate.proto.")
    file = descriptor_pool.Default().AddSerializedFile(descriptor())
    names = module.__dict__
    names["DESCRIPTOR"] = file
    builder.BuildMessageAndEnumDescriptors(file, names)
    builder.BuildTopDescriptorsAndMessages(file, _MODULE, names)
    parent = _package("buf.validate", _package("buf", None))
    vars(parent)["validate_pb2"] = module
    sys.modules[_MODULE] = module


def _installed() -> bool:
    try:
        return importlib.util.find_spec(_MODULE) is not None
    except ModuleNotFoundError:
        return False


def _package(name: str, parent: ModuleType | None) -> ModuleType:
    """The package of that name: the one imported already, or an empty one that finds nothing on disk."""
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package
        if parent is not None:
            vars(parent)[name.rpartition(".")[2]] = package
    return sys.modules[name]
