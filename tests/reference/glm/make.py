"""Generalised linear models on the awkward columns of ../lasso/problem.csv, by scikit-learn.

The preprocessing is that of ../lasso/make.py. scikit-learn's logistic regression minimises |b| + C sum w loss, so C = 1 / (W alpha); its
Poisson and Tweedie regressions hold half the mean deviance against alpha |b|^2 / 2, as kohort does. An exposure e under Poisson and Tweedie of
power p is the outcome y / e with weight e^(2 - p). Writes coefficients.csv, predictions.csv and versions.txt beside itself. Run: python3 make.py
"""
import pathlib
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, TweedieRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

here = pathlib.Path(__file__).parent
problem = pd.read_csv(here.parent / "lasso" / "problem.csv", keep_default_na=False, na_values=[""])
x = problem.drop(columns=["y", "w", "train"])
y, weight, use = problem["y"].to_numpy(), problem["w"].to_numpy(), problem["train"].to_numpy() == 1
categories = ["area", "area_missing"]
numeric = [c for c in x if c not in categories]
for c in categories:
    x[c] = x[c].where(x[c].notna(), None)
for c in numeric:
    x[c] = x[c].astype(float)


def clean(v):
    v = np.asarray(v, dtype=np.float32).astype(float)
    return np.where(np.isfinite(v), v, np.nan)


def safe_log1p(v):
    return np.log1p(np.where(v < 0, np.nan, v)).astype(np.float32).astype(float)


steps = [FunctionTransformer(clean), SimpleImputer(strategy="median"), FunctionTransformer(safe_log1p), SimpleImputer(strategy="median"),
         StandardScaler(with_mean=False)]
pipeline = ColumnTransformer([("numeric", make_pipeline(*steps), numeric),
                              ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories)])
design = pipeline.fit_transform(x[use])
everything = pipeline.transform(x)
names = numeric + [f"{c}={'(missing)' if l is None else l}" for c, ls in zip(categories, pipeline.named_transformers_["categories"].categories_) for l in ls]
event = (y > 0).astype(int)
exposure = np.round(0.5 + 1.5 * weight / weight.max(), 3)  # of every row, a function of a column that is there
rows = int(use.sum())
out, predictions = [], pd.DataFrame()


def keep(key, fit, predict):
    out.append((key, "(intercept)", float(np.ravel(fit.intercept_)[0])))
    out.extend((key, name, b) for name, b in zip(names, np.ravel(fit.coef_)))
    predictions[key] = predict(everything)


warnings.simplefilter("error", sklearn.exceptions.ConvergenceWarning)
for alpha, w in ((0.02, None), (0.001, None), (0.02, weight[use])):
    total = rows if w is None else w.sum()
    fit = LogisticRegression(C=1 / (total * alpha), tol=1e-10, max_iter=100_000, solver="newton-cholesky").fit(design, event[use], sample_weight=w)
    keep(f"logistic:{alpha}:{'1' if w is None else 'w'}", fit, lambda v: fit.predict_proba(v)[:, 1])
for power, name in ((1.0, "poisson"), (1.5, "tweedie")):
    for alpha, e in ((0.02, None), (0.02, exposure)):
        rate = y if e is None else y / e
        w = None if e is None else e[use] ** (2 - power)
        # the weights of an exposure do not enter the mean that alpha is held against
        strength = alpha if w is None else alpha * rows / w.sum()
        fit = TweedieRegressor(power=power, link="log", alpha=strength, tol=1e-12, max_iter=100_000, solver="newton-cholesky").fit(
            design, rate[use], sample_weight=w)
        keep(f"{name}:{alpha}:{'1' if e is None else 'e'}", fit, fit.predict)
pd.DataFrame(out, columns=["model", "column", "coefficient"]).to_csv(here / "coefficients.csv", index=False, float_format="%.17g")
predictions.assign(exposure=exposure).to_csv(here / "predictions.csv", index=False, float_format="%.17g")
(here / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")
