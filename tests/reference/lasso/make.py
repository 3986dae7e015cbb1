"""LASSO, elastic net and least squares on awkward registers-like columns, by scikit-learn.

The preprocessing is that of ../linear_preprocessing/make.py (SPEC M-2) on 32-bit inputs with 32-bit logarithms,
as kohort keeps them. Writes problem.csv (predictors, outcome y, weight w, train 0/1), coefficients.csv and
versions.txt beside itself. Run: python3 make.py
"""
import pathlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(2)
n = 400
x = pd.DataFrame()
level = rng.gamma(1, 1, n)
for k in range(12):
    x[f"charges_{k}"] = rng.poisson(level * rng.uniform(0.02, 0.8)).astype(float)
x["charges_total"] = x[[f"charges_{k}" for k in range(12)]].sum(axis=1)
x["age"] = np.round(rng.uniform(15, 90, n), 1)
x["income"] = np.where(rng.random(n) < 0.2, np.nan, np.round(rng.lognormal(5, 1, n), 2))
x["wealth"] = np.round(rng.normal(1, 10, n), 2)
x["since_last"] = np.where(x["charges_total"] == 0, np.nan, rng.integers(0, 3000, n))
x["ratio"] = np.where(rng.random(n) < 0.05, np.inf, np.round(rng.random(n), 3))
x["constant"] = 3.0
x["area"] = rng.choice(["N", "S", "E", "W"], n)
x["area_missing"] = np.where(rng.random(n) < 0.3, None, rng.choice(["a", "b", "c"], n))
y = rng.poisson(0.2 + 0.3 * level).astype(float)
weight = np.round(rng.uniform(0.5, 2, n), 2)
train = (rng.random(n) < 0.7).astype(int)

categories = ["area", "area_missing"]
numeric = [c for c in x if c not in categories]


def clean(v):
    v = np.asarray(v, dtype=np.float32).astype(float)
    return np.where(np.isfinite(v), v, np.nan)


def safe_log1p(v):
    return np.log1p(np.where(v < 0, np.nan, v)).astype(np.float32).astype(float)


pipeline = ColumnTransformer(
    [
        (
            "numeric",
            make_pipeline(
                FunctionTransformer(clean),
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
use = train == 1
design = pipeline.fit_transform(x[use])
names = numeric + [
    f"{c}={'(missing)' if l is None else l}"
    for c, ls in zip(categories, pipeline.named_transformers_["categories"].categories_)
    for l in ls
]
everything = pipeline.transform(x)
out, predictions = [], pd.DataFrame()
for model, settings, weights in (
    ("lasso", dict(alpha=0.001), None),
    ("lasso", dict(alpha=0.01), None),
    ("lasso", dict(alpha=0.1), None),
    ("lasso", dict(alpha=100.0), None),
    ("lasso_weighted", dict(alpha=0.01), weight[use]),
    ("elastic_net", dict(alpha=0.05, l1_ratio=0.3), None),
    ("linear", {}, None),
):
    kind = {"linear": LinearRegression, "elastic_net": ElasticNet}.get(model, Lasso)
    tight = {} if model == "linear" else dict(tol=1e-14, max_iter=200000)
    fit = kind(**settings, **tight).fit(design, y[use], sample_weight=weights)
    key = f"{model}:{settings.get('alpha', 0)}:{settings.get('l1_ratio', 1)}"
    out.append((key, "(intercept)", fit.intercept_))
    out += [(key, name, b) for name, b in zip(names, fit.coef_)]
    predictions[key] = fit.predict(everything)
problem = x.assign(y=y, w=weight, train=train)
problem.to_csv(here / "problem.csv", index=False)
pd.DataFrame(out, columns=["model", "column", "coefficient"]).to_csv(
    here / "coefficients.csv", index=False, float_format="%.17g"
)
predictions.to_csv(here / "predictions.csv", index=False, float_format="%.17g")
(here / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")
