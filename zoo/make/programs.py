"""The code skill: operations on short lists of digits, and chains of arithmetic written as one expression."""

from random import Random

_OPERATIONS = ("reversed", "sorted", "max", "min", "first", "last", "push", "rotate")
_VERBS = {"add": ("add", "+"), "subtract": ("subtract", "-"), "multiply": ("multiply by", "*")}


def draw_list_operation(rng: Random) -> tuple[str, str, str]:
    """The operation's name, a prompt such as `>>> sorted([8,2,7])`, and the result as Python prints it, without spaces."""
    length = rng.randint(2, 6)
    values = [rng.randint(0, 9) for _ in range(length)]
    operation = rng.choice(_OPERATIONS)
    pushed = rng.randint(0, 9) if operation == "push" else None
    arguments = _compact(values) if pushed is None else f"{_compact(values)},{pushed}"
    return operation, f">>> {operation}({arguments})\n", _compact(_result(operation, values, pushed))


def _result(operation: str, values: list[int], pushed: int | None) -> int | list[int]:
    match operation:
        case "reversed":
            return values[::-1]
        case "sorted":
            return sorted(values)
        case "max":
            return max(values)
        case "min":
            return min(values)
        case "first":
            return values[0]
        case "last":
            return values[-1]
        case "rotate":
            return values[1:] + values[:1]
        case _:
            assert pushed is not None
            return [*values, pushed]


def _compact(value: int | list[int]) -> str:
    return str(value).replace(" ", "")


def draw_program(rng: Random) -> tuple[str, str, str]:
    """A description of one to three operations on x, and the expression: `add 3, then multiply by 2` is `(x+3)*2`."""
    expression, words = "x", []
    for _ in range(rng.choice([1, 2, 2, 3])):
        verb, symbol = _VERBS[rng.choice(list(_VERBS))]
        number = rng.randint(1, 9)
        words.append(f"{verb} {number}")
        left = expression if expression == "x" else f"({expression})"
        expression = f"{left}{symbol}{number}"
    return "program", f"# take x, {', then '.join(words)}\ny=", expression
