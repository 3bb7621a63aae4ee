"""A seeded sample of small wrongs, made by cosmic-ray's operators (which only the bench's interpreter has)."""

import random
from dataclasses import dataclass
from pathlib import Path

FAMILIES = {
    "number": ["NumberReplacer"],
    "arithmetic": [
        f"ReplaceBinaryOperator_{pair}"
        for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul", "FloorDiv_Div", "Mod_Add")
    ],
    "comparison": [
        f"ReplaceComparisonOperator_{pair}"
        for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_Gt", "Gt_Lt", "Eq_NotEq", "NotEq_Eq")
    ],
    "logic": [
        "AddNot",
        "ReplaceAndWithOr",
        "ReplaceOrWithAnd",
        "ReplaceUnaryOperator_Delete_Not",
        "ReplaceUnaryOperator_Delete_USub",
        "ReplaceTrueWithFalse",
        "ReplaceFalseWithTrue",
        "ZeroIterationForLoop",
    ],
}


@dataclass(frozen=True)
class Mutant:
    """One mutation: ``before`` and ``after`` are the changed lines, ``code`` the whole file with it."""

    file: str
    line: int
    operator: str
    before: str
    after: str
    code: str


def places(source: str) -> list[list[tuple[str, int, int]]]:
    """Return where a file may be mutated, by family: (operator, occurrence, line)."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator

    nodes = list(ast_nodes(get_ast(source)))
    found = []
    for names in FAMILIES.values():
        family = []
        for name in names:
            operator = get_operator(f"core/{name}")()
            lines = [position[0][0] for node in nodes for position in operator.mutation_positions(node)]
            family += [(name, occurrence, line) for occurrence, line in enumerate(lines)]
        found.append(family)
    return found


def mutated(path: Path, source: str, place: tuple[str, int, int]) -> Mutant:
    """Make a mutation."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    name, occurrence, line = place
    code = mutate_code(source, get_operator(f"core/{name}")(), occurrence)
    changed = next((n for n, (a, b) in enumerate(zip(source.splitlines(), code.splitlines())) if a != b), line - 1)
    before, after = (text.splitlines()[changed].strip() for text in (source, code))
    return Mutant(path.name, changed + 1, name, before, after, code)


def _compiles(code: str) -> bool:
    try:
        compile(code, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def sample(files: list[Path], per_file: int, seed: int) -> list[Mutant]:
    """Return ``per_file`` mutants of each file, from its families in turn, each on a line of its own."""
    turns: list[tuple[int, Mutant]] = []
    for path in files:
        dice, source = random.Random(f"{seed} {path.name}"), path.read_text()
        families = [family for family in places(source) if family]
        dice.shuffle(families)
        for family in families:
            dice.shuffle(family)
        lines: set[int] = set()
        while any(families) and len(lines) < per_file:
            for family in families:
                place = next((each for each in family if each[2] not in lines), None)
                family[:] = [each for each in family if each is not place and each[2] not in lines]
                if place is not None and len(lines) < per_file:
                    lines.add(place[2])
                    turns.append((len(lines), mutated(path, source, place)))
    turns.sort(key=lambda each: each[0])  # one of each file, then the next: a run cut short is stratified, too
    return [mutant for _, mutant in turns if mutant.before != "*," and _compiles(mutant.code)]
