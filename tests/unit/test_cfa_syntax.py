"""The model language: what is read, what is added, what is refused and where."""

import numpy as np
import pytest

from akhlak_research.core.errors import ArgumentError
from akhlak_research.measure.cfa.constraints import reparametrise
from akhlak_research.measure.cfa.expressions import Dual, evaluate, parse_expression
from akhlak_research.measure.cfa.partable import Options, build, equal_across_groups, variables_of
from akhlak_research.measure.cfa.syntax import read_model


def table(model, **options):
    text = read_model(model)
    return equal_across_groups(build(text, variables_of(text), Options(**options)))


def rows(model, **options):
    return {(r.name, r.group): r for r in table(model, **options).rows}


def test_what_is_added_by_rule():
    found = rows("f =~ a + b + c\ng =~ d + e + h")
    assert [r.name for r in found.values()][:6] == ["f=~a", "f=~b", "f=~c", "g=~d", "g=~e", "g=~h"]
    assert not found["f=~a", 0].free and found["f=~a", 0].value == 1
    assert all(found[f"{n}~~{n}", 0].free for n in "abcdehfg") and found["f~~g", 0].free
    assert len(table("f =~ a + b + c\ng =~ d + e + h").free) == 13


def test_comments_continuation_and_semicolons():
    model = "f =~ a + # first\n  b +\n c\n! a note\ng =~ d + e\n   + h; a ~~ d"
    assert [r.name for r in table(model).rows][:7] == ["f=~a", "f=~b", "f=~c", "g=~d", "g=~e", "g=~h", "a~~d"]


def test_modifiers():
    found = rows("f =~ NA*a + k*b + 0.5*c + start(0.7)*d\nf ~~ 1*f\na ~~ -.2*b")
    assert found["f=~a", 0].free and np.isnan(found["f=~a", 0].value)
    assert found["f=~b", 0].label == "k"
    assert (found["f=~c", 0].free, found["f=~c", 0].value) == (False, 0.5)
    assert found["f=~d", 0].start == 0.7
    assert found["a~~b", 0].value == -0.2


def test_one_modifier_for_each_group():
    found = rows("f =~ a + c(k, m)*b + c(NA, 1)*c + c(NA, NA)*d + c(v, v)*d", n_groups=2, means=True)
    assert [found["f=~b", g].label for g in (0, 1)] == ["k", "m"]
    assert [found["f=~c", g].free for g in (0, 1)] == [True, False]
    assert [found["f=~d", g].label for g in (0, 1)] == ["v", "v"] and found["f=~d", 1].free


def test_single_indicator_measures_without_error():
    found = rows("f =~ a\ng =~ b + c + d")
    assert (found["a~~a", 0].free, found["a~~a", 0].value) == (False, 0.0)


def test_higher_order_and_bifactor():
    second = rows("f =~ a + b + c\ng =~ d + e + h\nk =~ f + g")
    assert ("f~~g", 0) not in second and second["k~~k", 0].free and not second["k=~f", 0].free
    bifactor = rows("g =~ a + b + c + d\ns =~ a + b\nt =~ c + d", orthogonal=True, std_lv=True)
    assert not bifactor["g~~s", 0].free and bifactor["g~~s", 0].value == 0


def test_equality_across_groups_frees_what_carries_the_metric():
    found = rows("f =~ a + b + c", n_groups=2, means=True, group_equal=("loadings", "intercepts"))
    assert found["f=~b", 0].label == found["f=~b", 1].label != ""
    assert not found["f~1", 0].free and found["f~1", 1].free
    standard = rows("f =~ a + b + c", n_groups=2, means=True, std_lv=True, group_equal=("loadings",))
    assert not standard["f~~f", 0].free and standard["f~~f", 1].free


@pytest.mark.parametrize(
    "model, line, position",
    [
        ("f =~ a + + b", 1, 10),
        ("f =~ a +\nb c", 2, 3),
        ("f = a + b", 1, 3),
        ("f =~", 1, 5),
        ("=~ a + b", 1, 1),
        ("f =~ a\n\nf a", 3, 3),
        ("f =~ 2*", 1, 8),
        ("f =~ c(1, k)*a + b", 1, 6),
        ("f =~ a + b ? c", 1, 12),
    ],
)
def test_errors_name_line_and_position(model, line, position):
    with pytest.raises(ArgumentError) as caught:
        read_model(model)
    assert caught.value.code in ("model_syntax", "model_operator")
    assert (caught.value.values["line"], caught.value.values["position"]) == (line, position)


@pytest.mark.parametrize(
    "model, code",
    [("", "model_empty"), ("f =~ a + f", "model_self"), ("f <~ a + b", "model_operator"),
     ("f =~ a\na > 0", "model_operator"),
     ("f =~ a + b\na | t1", "model_threshold_unordered"), ("f =~ c(1,2,3)*a + b", "model_modifier_groups")],
)  # fmt: skip
def test_refusals(model, code):
    with pytest.raises(ArgumentError) as caught:
        table(model)
    assert caught.value.code == code and caught.value.hint


def test_linear_constraints_hold_exactly():
    chosen = table("f =~ NA*a + l1*a + l2*b + l3*c\nl1 + l2 + l3 == 3\nl2 == 2*l3")
    reparam = reparametrise(chosen)
    theta = reparam.theta(np.random.default_rng(1).normal(size=reparam.n_free))
    at = {r.name: i for i, r in enumerate(chosen.free)}
    a, b, c = (theta[at[f"f=~{n}"]] for n in "abc")
    assert a + b + c == pytest.approx(3, abs=1e-12) and b == pytest.approx(2 * c, abs=1e-12)
    assert reparam.n_free == len(chosen.free) - 2


@pytest.mark.parametrize(
    "lines, code",
    [("k == 1\nk == 2", "constraint_contradiction"), ("k == m*k", "constraint_not_linear"),
     ("k == z", "model_label_unknown"), ("k == 1 +", "model_expression")],
)  # fmt: skip
def test_constraints_that_cannot_be(lines, code):
    with pytest.raises(ArgumentError) as caught:
        reparametrise(table("f =~ a + k*b + m*c\n" + lines))
    assert caught.value.code == code


def test_expressions_differentiate():
    names = ("a", "b")
    at = np.array([0.7, 1.3])
    tree = parse_expression("exp(a)*b^2 - log(b)/sqrt(a) + -abs(a - b)")

    def value(x):
        known = {n: Dual(v, np.eye(2)[i]) for i, (n, v) in enumerate(zip(names, x, strict=True))}
        return evaluate(tree, known, 2)

    numeric = [(value(at + h).value - value(at - h).value) / 2e-6 for h in np.eye(2) * 1e-6]
    np.testing.assert_allclose(value(at).gradient, numeric, atol=1e-8)
