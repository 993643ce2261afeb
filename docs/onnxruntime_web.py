"""Takes onnxruntime-web anew into ganstudio/report/page/files/onnxruntime-web, from the archive that npm packs.

    npm pack onnxruntime-web@1.30.0
    python docs/onnxruntime_web.py onnxruntime-web-1.30.0.tgz

Two files of it are kept: the module for the CPU with its glue inside, and the WebAssembly, compressed. The module is
changed in two places: its exports become `globalThis.ort`, since a module inside a page can be imported by nobody; and
it does not look for files beside a page that was opened from a disk, which fails in Firefox: no origin there.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import sys
import tarfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "ganstudio/report/page/files/onnxruntime-web"
MODULE, BINARY = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
USED = ("InferenceSession", "Tensor", "env")
OPENED_FROM_DISK = re.compile(r'(?<==)import\.meta\.url>"file:"&&import\.meta\.url<"file;"(?=,)')


def for_a_page(module: str) -> str:
    """The module with its exports in `globalThis.ort`, and without the branch for pages that are opened from a disk."""
    code, _, exported = module.rpartition("export{")
    code, changed = OPENED_FROM_DISK.subn("!1", code)
    assert changed == 1, "another version's module: look for what it does where import.meta.url begins with file:"
    names = dict(reversed(pair.split(" as ")) for pair in re.split(r"}", exported)[0].split(","))  # type: ignore[misc]
    used = ",".join(f"{name}:{names[name]}" for name in USED)
    return f"{code}globalThis.ort={{{used}}};\n"


def main() -> None:
    with tarfile.open(sys.argv[1]) as archive:
        found = {}
        for name in ("package.json", f"dist/{MODULE}", f"dist/{BINARY}"):
            file = archive.extractfile(f"package/{name}")
            assert file is not None, name
            found[name] = file.read()
    module, binary = found[f"dist/{MODULE}"], found[f"dist/{BINARY}"]
    (FOLDER / "ort.js").write_text(for_a_page(module.decode()), encoding="utf-8")
    (FOLDER / "ort.wasm.xz").write_bytes(lzma.compress(binary, preset=9 | lzma.PRESET_EXTREME))
    kept = ((MODULE, module), (BINARY, binary))
    sums = "".join(f"sha256 {hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in kept)
    version = json.loads(found["package.json"])["version"]
    (FOLDER / "VERSION").write_text(f"onnxruntime-web {version}, as npm has it\n{sums}", encoding="utf-8")


if __name__ == "__main__":
    main()
