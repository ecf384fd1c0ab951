"""Vectors in two dimensions."""

import numpy as np
import pytest

from aisql.errors import FunctionError
from aisql.functions.projection import projected
from aisql.vectors import MAGIC, pack


def packed(rows: np.ndarray) -> list[bytes]:
    return [pack(row.tolist()) for row in rows]


def test_points_are_the_first_two_principal_components():
    rows = np.random.default_rng(1).standard_normal((300, 40)) * np.geomspace(1, 50, 40)
    vectors = packed(rows)
    points, share = projected(vectors, "v")
    centred = rows - rows.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    assert np.allclose(np.abs(points), np.abs((left * sizes)[:, :2]), atol=0.05)
    assert share == pytest.approx((sizes[:2] ** 2).sum() / (sizes**2).sum(), rel=1e-4)
    assert projected(vectors, "v") == (points, share)


@pytest.mark.parametrize(
    ("rows", "points", "share"),
    [
        ([[1, 2, 3]], [(0, 0)], 1.0),
        ([[1, 2, 3]] * 3, [(0, 0)] * 3, 1.0),
        ([[5], [1]], [(2, 0), (-2, 0)], 1.0),
        ([[3e38], [-3e38]], [(3e38, 0), (-3e38, 0)], 1.0),
    ],
)
def test_few_or_equal_or_large_vectors_have_points_too(rows, points, share):
    found, told = projected([pack(row) for row in rows], "v")
    assert np.allclose(found, points)
    assert told == pytest.approx(share)


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([pack([1, 2]), pack([1, 2, 3])], "column v: the vectors have 2 and 3 numbers"),
        ([MAGIC + b"\x00\x00\x80\x7f"], "column v: a vector has a number that is not finite"),
    ],
)
def test_vectors_that_cannot_be_compared_are_refused(vectors, message):
    with pytest.raises(FunctionError, match=message):
        projected(vectors, "column v")
