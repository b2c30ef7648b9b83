"""The error that `bootstrap` shows."""


class Problem(Exception):
    """A problem and its fix, as in `errors`, which an old Python cannot load."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__("{}\n  Fix: {}".format(problem, fix))
