"""The linear preprocessing of kohort (SPEC M-2) as a scikit-learn pipeline, on awkward columns.

Writes train.csv, test.csv (the inputs), expected_train.csv, expected_test.csv (the transformed columns)
and versions.txt beside itself. Run: python3 make.py
"""
import pathlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(15)


def frame(n, late):
    x = pd.DataFrame()
    x["count"] = rng.poisson(0.4, n).astype(float)
    x["skewed"] = np.round(rng.lognormal(3, 2, n), 3)
    x["missing"] = np.where(rng.random(n) < 0.3, np.nan, np.round(rng.normal(40, 9, n), 2))
    x["mostly_missing"] = np.where(rng.random(n) < 0.8, np.nan, np.round(rng.gamma(2, 3, n), 2))
    x["negative"] = np.round(rng.normal(0.5, 1, n), 2)
    x["median_below_zero"] = np.where(rng.random(n) < 0.2, np.nan, np.round(rng.normal(-1, 1, n), 2))
    x["infinite"] = np.where(rng.random(n) < 0.2, np.inf, rng.integers(0, 5, n))
    x.loc[3, "infinite"] = -np.inf
    x["constant"] = 7.0
    x["constant_missing"] = np.where(rng.random(n) < 0.5, np.nan, 7.0)
    x["flag"] = (rng.random(n) < 0.1).astype(float)
    x["area"] = rng.choice(["N", "S", "W"] + (["unseen"] if late else []), n)
    x["area_missing"] = np.where(rng.random(n) < 0.2, None, rng.choice(["a", "b"], n))
    return x


def safe_log1p(x):
    return np.log1p(np.where(x < 0, np.nan, x))


train, test = frame(120, False), frame(60, True)
numeric = [c for c in train if not c.startswith("area")]
categories = [c for c in train if c.startswith("area")]
to_missing = FunctionTransformer(lambda x: np.where(np.isfinite(x), x, np.nan))
pipeline = ColumnTransformer(
    [
        (
            "numeric",
            make_pipeline(
                to_missing,
                SimpleImputer(strategy="median"),
                FunctionTransformer(safe_log1p),
                SimpleImputer(strategy="median"),
                StandardScaler(with_mean=False),
            ),
            numeric,
        ),
        ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories),
    ]
)
pipeline.fit(train)
names = numeric + [
    f"{c}={'(missing)' if level is None or level != level else level}"
    for c, levels in zip(categories, pipeline.named_transformers_["categories"].categories_)
    for level in levels
]
for part, x in (("train", train), ("test", test)):
    x.to_csv(here / f"{part}.csv", index=False)
    pd.DataFrame(pipeline.transform(x), columns=names).to_csv(
        here / f"expected_{part}.csv", index=False, float_format="%.17g"
    )
(here / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")
