"""`ganstudio evaluate --probe`: the table of linear accuracies."""

from __future__ import annotations

from typing import Any

from ganstudio.cli.output import note, print_table

_CERTAIN = 0.05


def print_probe(found: dict[str, Any]) -> None:
    """Prints the table on stdout, and on stderr how it was made."""
    what = f"{found['labels']} {found['kind']}"
    note(
        f"note: {found['classifier']} of {what}, learned from {found['n']:,} images and asked about {found['n']:,} "
        "others; intervals of 95 %"
    )
    if found["told_labels"]:
        note("note: this critic was trained with labels; here it is told the same one of every image")
    rows = []
    for name, one in found["probes"].items():
        low, high = one["interval"]
        rows.append((name, f"{one['features']:,}", f"{one['accuracy']:.1%}", f"{low:.1%} - {high:.1%}"))
    rows.append(("chance", "", f"{found['chance']:.1%}", ""))
    print_table(("linear accuracy of", "features", "value", "95 % interval"), rows, right=(1, 2, 3))
    for name, p in found["p"].items():
        gain = found["probes"]["critic"]["accuracy"] - found["probes"][name]["accuracy"]
        article = "" if name == "pixels" else "an "
        word = "higher" if gain > 0 else "lower"
        certain = "more than chance" if p < _CERTAIN else "which may be chance"
        note(f"The critic's is {abs(gain):.1%} {word} than that of {article}{name}, {certain} (McNemar, p = {p:.2g}).")
