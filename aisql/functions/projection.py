"""Vectors as points of two numbers: their principal components."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisql.errors import FunctionError
from aisql.functions.distances import Numbers, exact
from aisql.vectors import dimensions

_TRIES = 10
"""So often the directions are turned nearer to those of the greatest variance."""
_BESIDE = 8
"""More directions than are wanted, for the wanted ones to be found sooner."""


def projected(vectors: Sequence[bytes], what: str) -> tuple[list[tuple[float, float]], float]:
    """A point for each vector, and the share of the variance that the points tell, from 0 to 1.

    The same vectors give the same points. Raises FunctionError, about `what` they are, for vectors of
    different lengths and for one with a number that is not finite.
    """
    matrix = _matrix(vectors, what)
    matrix -= matrix.mean(axis=0)
    points = _components(matrix)
    variance = float((matrix**2).sum())
    share = float((points**2).sum()) / variance if variance else 1.0
    return [(float(x), float(y)) for x, y in points], min(share, 1.0)


def _matrix(vectors: Sequence[bytes], what: str) -> Numbers:
    lengths = {dimensions(vector) for vector in vectors}
    if len(lengths) > 1:
        raise FunctionError(
            f"{what}: the vectors have {min(lengths)} and {max(lengths)} numbers",
            hint="vectors that are drawn together come from one model, asked for one dimension",
        )
    matrix = np.stack([exact(vector) for vector in vectors])
    if not np.isfinite(matrix).all():
        raise FunctionError(f"{what}: a vector has a number that is not finite")
    return matrix


def _components(matrix: Numbers) -> Numbers:
    """The first two principal components of the rows. All of them would take the cube of their length."""
    basis = np.random.default_rng(0).standard_normal((matrix.shape[1], 2 + _BESIDE))
    for _ in range(_TRIES):
        basis = np.linalg.qr(matrix.T @ (matrix @ basis))[0]
    left, sizes, _ = np.linalg.svd(matrix @ basis, full_matrices=False)
    found = (left * sizes)[:, :2]
    # A direction has no sign of its own: it gets that by which the first point far out is above 0.
    far = np.abs(found) >= np.abs(found).max(axis=0) / 2
    found *= np.sign(found[far.argmax(axis=0), range(found.shape[1])])
    return np.pad(found, ((0, 0), (0, 2 - found.shape[1])))
