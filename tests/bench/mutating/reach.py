"""Which test files can notice a mutant: those that import its module, then those that reach it through others."""

import ast
from pathlib import Path

PACKAGE = "viewer.quantify"


def reached_from(room: Path, tests: Path) -> dict[str, list[list[str]]]:
    """Return for each module the test files in order of their distance: those that import it, then the others.

    The second list holds those that import it through other modules of the room.
    """
    imports = {path.stem: _imported(path) for path in sorted(room.glob("*.py"))}
    named = {
        path.name: _imported(path) for path in sorted(tests.glob("test_*.py"), key=lambda p: p.stat().st_size)
    }
    found = {}
    for module in imports:
        layers, users = [], {module}
        while True:
            taken = {name for layer in layers for name in layer}
            layer = [name for name, used in named.items() if used & users and name not in taken]
            if layer:
                layers.append(layer)
            wider = users | {name for name, used in imports.items() if used & users}
            if wider == users:
                break
            users = wider
        own = f"test_quantify_{module}.py"
        first, *others = [sorted(layer, key=lambda name: name != own) for layer in layers] or [[]]
        slow = set() if module.startswith("phantom") else {name for name in named if "phantom" in name}
        rest = [name for layer in others for name in layer]
        found[module] = [[name for name in batch if name not in slow] for batch in (first, rest)]
    return found


def _imported(path: Path) -> set[str]:
    """Return the modules of the room that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}."):
            found.add(str(node.module).rpartition(".")[2])
    return found
