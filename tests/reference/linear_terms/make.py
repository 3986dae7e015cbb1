"""Powers, thresholds and interactions of kohort's linear kinds (SPEC M-1) as scikit-learn pipelines.

Reads the awkward columns of ../linear_preprocessing. All that is learned is learned from every row but each third;
the columns are of all rows. Writes expected.csv and versions.txt beside itself. Run: python3 make.py
"""
import pathlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures, StandardScaler

here = pathlib.Path(__file__).parent
kinds = {"area": object, "area_missing": object}
data = pd.read_csv(here / "../linear_preprocessing/train.csv", dtype=kinds, na_values=[""], keep_default_na=False)
data = data.astype({c: object if c in kinds else float for c in data})
train = np.arange(len(data)) % 3 != 2
numeric = [c for c in data if c not in kinds]


def finite(x):
    return np.where(np.isfinite(x), x, np.nan)


def safe_log1p(x):
    return np.log1p(np.where(x < 0, np.nan, x))


def features(columns):
    """Columns before scaling, learned from the training rows: a fitted transformer and its names."""
    parts, names = [], []
    for c in columns:
        if c in kinds:
            one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
            parts.append((c, one_hot, [c]))
            levels = one_hot.fit(data.loc[train, [c]]).categories_[0]
            names += [f"{c}={'(missing)' if level != level else level}" for level in levels]
        else:
            steps = FunctionTransformer(finite), SimpleImputer(strategy="median")
            steps += FunctionTransformer(safe_log1p), SimpleImputer(strategy="median")
            parts.append((c, make_pipeline(*steps), [c]))
            names.append(c)
    return ColumnTransformer(parts), names


def expanded(columns, **settings):
    """PolynomialFeatures of some columns, scaled: name -> values of all rows, without those that do not vary."""
    first, names = features(columns)
    pipeline = make_pipeline(
        first, PolynomialFeatures(include_bias=False, **settings), StandardScaler(with_mean=False)
    )
    values = pipeline.fit(data[train]).transform(data)
    powers = pipeline[1].powers_
    of = [":".join(n if p == 1 else f"{n}^{p}" for n, p in zip(names, row) if p) for row in powers]
    return {n: v for n, v, row in zip(of, values.T, powers) if row.sum() > 1 and v[train].std() > 1e-9}


expected = {}
for c in numeric:
    expected |= expanded([c], degree=3)
    observed = data.loc[train, c][np.isfinite(data.loc[train, c]) & (data.loc[train, c] >= 0)]
    filled = features([c])[0].fit(data[train]).transform(data)[:, 0]
    cuts = set(np.quantile(observed, [0.25, 0.5, 0.75]))
    named = {"skewed": {10.5}, "flag": {0.0}}.get(c, set())
    for place, cut in enumerate(sorted(cuts | named)):
        seen = np.isfinite(data[c]) & (data[c] >= 0)
        above = np.where(seen, data[c] > cut, np.float32(filled) > np.float32(np.log1p(cut))).astype(float)
        if above[train].std() > 0:
            expected[f"{c} > cut {place}"] = above / above[train].std()
for columns in (
    ["count", "skewed"],
    ["missing", "median_below_zero"],
    ["mostly_missing", "negative"],
    ["infinite", "flag"],
    ["count", "constant_missing"],
    ["mostly_missing", "area"],
    ["area", "area_missing"],
    ["count", "negative", "area_missing"],
):
    products = expanded(columns, degree=len(columns), interaction_only=True)
    parts = lambda name: {part.split("=")[0] for part in name.split(":")}
    expected |= {name: v for name, v in products.items() if parts(name) == set(columns)}
pd.DataFrame(expected).to_csv(here / "expected.csv", index=False, float_format="%.9g")
(here / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")
