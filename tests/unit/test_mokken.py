"""Mokken scaling: coefficients by a second definition, errors, checks, selection, identities."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.measure.mokken_checks import rest_groups, smallest_group
from akhlak_research.measure.mokken_kernels import person_scalability, scalability

STORED = json.loads((Path(__file__).parents[1] / "reference" / "mokken.json").read_text())


@pytest.fixture(scope="module")
def frame():
    return pd.DataFrame(STORED["data"], columns=list("abcde")).astype(float)


def numbers(found):
    return found.table().drop(columns="item").to_numpy(float, na_value=np.nan)


def test_coefficients_equal_guttman_errors(frame):
    found = ak.mokken(frame)
    assert found.scale.estimate == pytest.approx(STORED["scale"], abs=1e-10)
    np.testing.assert_allclose([h.estimate for h in found.items.values()], STORED["items"], atol=1e-10)
    pairs = np.array(STORED["pairs"])[np.triu_indices(5, 1)]
    np.testing.assert_allclose(found.pairs["h"], pairs, atol=1e-10)


def test_persons_equal_pair_by_pair(frame):
    first = frame.to_numpy()[:60]
    assert person_scalability(first, np.ones(60), np.ones(60)) == pytest.approx(STORED["ht60"], abs=1e-10)


def test_errors_are_the_jackknife_of_the_coefficients(frame):
    """The delta method and the jackknife agree to order 1/n; the largest deviation seen is 3 percent."""
    values = frame.to_numpy()
    whole = scalability(values, np.ones(400), np.ones(400))
    scale, items, pair = [], [], []
    for out in range(400):
        w = np.ones(400)
        w[out] = 0
        keep = w > 0
        one = scalability(values[keep], w[keep], w[keep])
        scale.append(one.scale)
        items.append(one.items)
        pair.append(one.pairs[0, 3])
    factor = 399 / np.sqrt(400)
    assert whole.scale_error == pytest.approx(np.std(scale) * factor, rel=0.05)
    np.testing.assert_allclose(whole.item_errors, np.std(items, axis=0) * factor, rtol=0.05)
    assert whole.pair_errors[0, 3] == pytest.approx(np.std(pair) * factor, rel=0.05)


def test_frequency_is_the_row_so_many_times(frame):
    times = np.random.default_rng(1).integers(0, 4, 400)
    one = ak.mokken(frame, frequencies=times)
    many = ak.mokken(frame.iloc[np.repeat(np.arange(400), times)].reset_index(drop=True))
    np.testing.assert_allclose(numbers(one), numbers(many), rtol=1e-10, atol=1e-12)
    assert one.ht == pytest.approx(many.ht, rel=1e-10)
    pd.testing.assert_frame_equal(one.pairs, many.pairs, rtol=1e-10)


def test_weights_have_no_scale_and_ones_are_none(frame):
    weights = np.random.default_rng(2).uniform(0.5, 2, 400)
    one, other = ak.mokken(frame, weights=weights), ak.mokken(frame, weights=50 * weights)
    np.testing.assert_allclose(numbers(one), numbers(other))
    np.testing.assert_allclose(numbers(ak.mokken(frame, weights=np.ones(400))), numbers(ak.mokken(frame)))


def test_order_of_rows_and_items_does_not_matter(frame):
    order = np.random.default_rng(3).permutation(400)
    one, other = ak.mokken(frame), ak.mokken(frame.iloc[order, ::-1])
    for name in frame:
        assert one.items[name].estimate == pytest.approx(other.items[name].estimate, rel=1e-12)
        assert one.items[name].se == pytest.approx(other.items[name].se, rel=1e-10)
        assert one.ordering[name].violations == other.ordering[name].violations
    assert one.ht == pytest.approx(other.ht)


def test_listwise_is_dropped_first(frame):
    holes = frame.mask(np.random.default_rng(4).random(frame.shape) < 0.05)
    one = ak.mokken(holes)
    np.testing.assert_allclose(numbers(one), numbers(ak.mokken(holes.dropna())))
    assert one.inputs.n_dropped == holes.isna().any(axis=1).sum()


def test_a_scale_and_its_mirror_image(frame):
    turned = ak.mokken(frame, keys=dict.fromkeys(frame, -1), scale=(1, 4))
    assert turned.scale.estimate == pytest.approx(ak.mokken(frame).scale.estimate, abs=1e-12)


def test_guttman_scale_is_perfect():
    theta = np.repeat(np.arange(6), 20)
    perfect = pd.DataFrame({f"x{k}": (theta > k).astype(float) for k in range(5)})
    found = ak.mokken(perfect)
    assert found.scale.estimate == pytest.approx(1)
    assert found.scale.se == pytest.approx(0, abs=1e-9)
    assert found.strength == "mokken_strong"


def test_selection_parts_two_independent_scales():
    rng = np.random.default_rng(5)
    theta = rng.normal(size=(1500, 2))
    made = pd.DataFrame({
        f"{'ab'[d]}{k}": np.digitize(1.8 * theta[:, d] + rng.logistic(size=1500), [-1.5 + k / 3, 0, 1.5 + k / 3])
        for d in range(2) for k in range(4)
    })  # fmt: skip
    made["noise"] = rng.integers(0, 4, 1500)
    found = ak.mokken(made)
    scales = found.selection
    assert len({scales[f"a{k}"] for k in range(4)}) == len({scales[f"b{k}"] for k in range(4)}) == 1
    assert {scales["a0"], scales["b0"]} == {1, 2} and scales["noise"] == 0
    assert found.strength == "mokken_none"


def test_an_item_that_peaks_is_not_monotone_and_a_turned_one_is_told():
    rng = np.random.default_rng(6)
    theta = rng.normal(size=2000)
    likert = lambda t: np.digitize(1.8 * t + rng.logistic(size=2000), [-1.5, 0, 1.5]).astype(float)  # noqa: E731
    made = pd.DataFrame({f"x{k}": likert(theta) for k in range(6)}).assign(peak=likert(1.2 - np.abs(theta) * 2))
    found = ak.mokken(made)
    assert found.monotonicity["peak"].significant > 0
    assert sum(one.significant for name, one in found.monotonicity.items() if name != "peak") == 0
    codes = {notice.code for notice in ak.mokken(made.assign(x0=3 - made["x0"])).notices}
    assert "mokken_negative" in codes


def test_crossing_items_break_the_order():
    rng = np.random.default_rng(7)
    theta = rng.normal(size=3000)
    made = pd.DataFrame({f"x{k}": (1.5 * theta - k + rng.logistic(size=3000) > 0).astype(float) for k in range(5)})
    calm = ak.mokken(made)
    assert sum(one.significant for one in calm.ordering.values()) == 0
    crossing = ak.mokken(made.assign(steep=(6 * (theta - 1.0) + rng.logistic(size=3000) > 0).astype(float)))
    assert crossing.ordering["steep"].significant > 0
    assert calm.ht > 0.3


def test_rest_groups_are_large_enough():
    rest = np.random.default_rng(8).integers(0, 30, 500).astype(float)
    group = rest_groups(rest, np.ones(500), 50)
    assert np.bincount(group).min() >= 50
    assert (np.diff(group[np.argsort(rest, kind="stable")]) >= 0).all()
    assert [smallest_group(n) for n in (1000, 300, 120, 240)] == [100, 60, 50, 80]


@pytest.mark.parametrize("change, code", [
    (lambda f: {"items": f[["a", "b"]]}, "too_few_items"),
    (lambda f: {"items": f.assign(a=1.0)}, "constant_item"),
    (lambda f: {"items": f, "lower_bound": 30}, "mokken_bound"),
    (lambda f: {"items": f[f.index < 2].assign(a=[1.0, 2.0])}, "too_few_rows"),
])  # fmt: skip
def test_refusals(frame, change, code):
    with pytest.raises(AkhlakError) as raised:
        ak.mokken(**change(frame))
    assert raised.value.code == code


def test_per_dimension_and_record(root):
    answers = ak.Study(root / "data" / "bfi").responses
    found = ak.per_dimension(ak.mokken, answers)
    assert found["N"].strength == "mokken_medium"
    assert found["N"].record()["kind"] == "mokken"
    assert "several_dimensions" in {notice.code for notice in ak.mokken(answers).notices}
