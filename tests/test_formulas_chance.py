"""The laboratory's chance, by its laws, and its settings.

Chance is seeded, so that a test of a law holds for good or not at all; what it would let pass is said as a confidence.
"""

import re

import numpy as np
import pytest
from browsing import needs_browser
from formulas import ROWS, SURE, designed
from scipy import stats

from lpu_core import drift, timescales
from tools.laboratory import as_json

# ------------------------------------------------------------------ chance, by its laws


@needs_browser
def test_the_stream_is_uniform_and_normal_and_belongs_to_its_seed(lab):
    uniform, normal, again, other, use = (
        np.array(x)
        for x in lab("""(L) => {
          const draw = (seed, use, kind, n) => {
            const rng = L.random(seed, use);
            return Array.from({ length: n }, () => rng[kind]());
          };
          return [draw(1, 0, "uniform", 100000), draw(1, 1, "normal", 100000), draw(1, 0, "uniform", 9),
                  draw(2, 0, "uniform", 9), draw(1, 2, "uniform", 9)];
        }""")
    )
    assert stats.kstest(uniform, "uniform").pvalue > SURE
    assert stats.kstest(normal, "norm").pvalue > SURE
    for lag in (1, 2, 7):  # neighbours know nothing of each other: r ~ N(0, 1/n)
        r = np.corrcoef(normal[:-lag], normal[lag:])[0, 1]
        assert abs(r) * np.sqrt(len(normal)) < stats.norm.isf(SURE / 2)
    assert np.array_equal(uniform[:9], again)
    assert not np.isin(other, uniform).any() and not np.isin(use, uniform[:9]).any()


@needs_browser
@pytest.mark.parametrize("n_bits", [1, 2])
def test_designed_weights_follow_their_law(lab, n_bits):
    n = 20_001
    made = lab(
        f"""(L, data, {{ n, bits }}) => {{
          const law = {{ ...data.laws[50], ...data.design }};
          return ({ROWS})(L.designFlipFlop(n, bits, law, L.random(11)));
        }}""",
        {"n": n, "bits": n_bits},
    )
    m, e, w = (np.array(made[name]).T for name in ("embedding", "encoding", "w"))
    law = timescales.design(50, 10.0, 0.8)
    assert np.allclose(w, 5 * m) and not np.any(made["bias"])
    groups = np.array_split(np.arange(n), n_bits)
    for bit, group in enumerate(groups):
        others = np.delete(np.arange(n), group)
        assert not m[others, bit].any() and not e[others, bit].any()
        z = m[group, bit] / law.embedding_std
        own = e[group, bit] * (len(group) / n) / law.encoding_std - law.correlation * z
        own /= np.sqrt(1 - law.correlation**2)
        assert stats.kstest(z, "norm").pvalue > SURE and stats.kstest(own, "norm").pvalue > SURE
        assert stats.pearsonr(z, own).pvalue > SURE


@needs_browser
def test_designed_growth_rates_scatter_by_the_error_law(lab):
    """(A9) over 3000 draws: the variance by χ², the mean by its own s.d. With ρ = 0.5 in the formula it would not fit."""
    n, tau_latent, draws = 60, 50.0, 3000
    rates = np.array(
        lab(
            """(L, data, { n, draws }) => Array.from({ length: draws }, (_, seed) => {
          const net = L.designFlipFlop(n, 1, { ...data.laws[50], ...data.design }, L.random(seed + 1));
          return L.jacobian(net, [0])[0][0];
        })""",
            {"n": n, "draws": draws},
        )
    )
    deviation = timescales.growth_rate_error(n, tau_latent, 10.0, 0.8) / tau_latent
    assert abs(rates.mean() - 1 / tau_latent) < stats.norm.isf(SURE / 2) * deviation / np.sqrt(draws)
    # A mean of 60 products is nearly Gaussian: its excess kurtosis, below 12/60, widens the χ² by a tenth at most.
    share = rates.var(ddof=1) / deviation**2
    spread = stats.norm.isf(SURE / 2) * np.sqrt(2.2 / draws)
    assert abs(share - 1) < spread
    wrong = timescales.growth_rate_error(n, tau_latent, 10.0, 0.5) / tau_latent
    assert abs(rates.var(ddof=1) / wrong**2 - 1) > spread


@needs_browser
@pytest.mark.parametrize("times", [0.5, 1.0, 3.0])
def test_random_drift_spares_the_share_of_networks_that_the_law_says(lab, times):
    """After a random drift ĉ is normal, exactly: Φ(√N σ_c/σ) of the draws stay bistable."""
    net, draws = designed(80, 1, 6), 4000
    sigma = times * np.sqrt(80) * drift.critical_sigma(net)
    repels = lab(
        """(L, data, { net, sigma, draws }) => {
          net = L.network(net);
          return Array.from({ length: draws }, (_, seed) =>
            L.jacobian(L.drifted(net, L.sampleDrift(net.encoding, "random", 1, L.random(seed + 1)), sigma), [0])[0][0] > 0);
        }""",
        {"net": as_json(net), "sigma": sigma, "draws": draws},
    )
    assert stats.binomtest(sum(repels), draws, float(drift.bistable_share(net, sigma))).pvalue > SURE


@needs_browser
def test_pulses_come_with_their_chance(lab):
    pulses = np.array(
        lab("""(L) => {
          const rng = L.random(12);
          return Array.from({ length: 100000 }, () => L.samplePulses(2, 0.05, rng));
        }""")
    )
    for channel in pulses.T:
        assert set(np.unique(channel)) == {-1, 0, 1}
        assert stats.binomtest(int((channel != 0).sum()), 100_000, 0.05).pvalue > SURE
        assert stats.binomtest(int((channel > 0).sum()), int((channel != 0).sum())).pvalue > SURE
    both = int(pulses.all(1).sum())
    assert stats.binomtest(both, 100_000, 0.05**2).pvalue > SURE


# ------------------------------------------------------------------ settings


SPEC = """(L, data, text) => {
  const spec = { net: { default: "a", choices: ["a", "b"] }, n: { default: 10, low: 5, high: 50, whole: true },
    sigma: { default: 0.5, low: 0, high: 3 }, start: { default: "01", pattern: /^[01]{0,2}$/ } };
  const { settings, problems } = L.parseSettings(text, spec);
  return [settings, problems.length, L.formatSettings(settings, spec)];
}"""
DEFAULTS = {"net": "a", "n": 10, "sigma": 0.5, "start": "01"}


@needs_browser
@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", {}),
        ("#net=b&n=7", {"net": "b", "n": 7}),
        ("#sigma=0.125&start=", {"sigma": 0.125, "start": ""}),
        ("#n=5&sigma=3", {"n": 5, "sigma": 3}),
    ],
)
def test_good_settings_come_back_as_they_went(lab, text, changed):
    settings, problems, written = lab(SPEC, text)
    assert settings == DEFAULTS | changed and problems == 0 and f"#{written}" == (text or "#")


@needs_browser
@pytest.mark.parametrize(
    "text",
    ["net=c", "net=", "n=NaN", "n=4", "n=51", "n=7.5", "n=", "n=Infinity", "sigma=-0.1", "sigma=1e9", "sigma=x", "start=012",
     "start=a", "toString=1", "__proto__=1", "nonsense=3", "=", "&=&", "%E0%A4%A"],
)  # fmt: skip
def test_bad_settings_fall_back_and_are_named(lab, text):
    settings, problems, written = lab(SPEC, text)
    assert settings == DEFAULTS and written == ""
    assert problems >= 1 or not re.sub(r"[&#]", "", text)
