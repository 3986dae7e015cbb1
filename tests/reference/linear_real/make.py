"""Penalised linear models on real data, by scikit-learn and by R's glmnet. Both get the design that kohort makes of the tables: 32-bit cells,
their logarithms in 32 bits, filled and scaled, indicators (SPEC M-2); without the logarithm for glmnet's own example.

Writes beside itself, numbers of fits and no cell of any table: fits.csv (objective, KKT residual, 11 order statistics of the predictions),
coefficients.csv and versions.txt. Kept are the coefficients that are not 0 and that the optimum determines to the precision of the test, 1e-6
of themselves: their columns are independent of the others at the edge of the penalty, and the residual over the least curvature there is below
5e-7. Where both programs fit they must agree on them, and the one with the smaller residual is kept. Some ten minutes.
Run: KOHORT_DATA=folder python3 make.py
"""
import os
import pathlib
import subprocess
import tempfile
import warnings

import numpy as np
import pandas as pd
import sklearn
from scipy.special import expit
from sklearn.linear_model import ElasticNet, LogisticRegression, PoissonRegressor, Ridge

here, data = pathlib.Path(__file__).parent, pathlib.Path(os.environ["KOHORT_DATA"])


# --- the tables: the outcome and the predictors, texts as categories


def quickstart():
    t = pd.read_csv(data / "glmnet-quickstart/quickstart.csv")
    return t["y"], t.drop(columns="y")


def adult():
    names = ("age workclass fnlwgt education education_years marital_status occupation relationship race sex capital_gain capital_loss "
             "hours_per_week country income").split()
    parts = [pd.read_csv(data / "adult-census" / f, skiprows=1, header=None, names=names, sep=", ", engine="python", na_values="?", compression="gzip")
             for f in ("adult.data.gz", "adult.test.gz")]
    t = pd.concat(parts, ignore_index=True)
    return t["income"].str.startswith(">50K").astype(float), t.drop(columns="income")


def compas(outcome, predictors):
    t = pd.read_csv(data / "broward-compas/compas-scores-two-years.csv.gz")
    return t[outcome].astype(float), t[predictors.split()]


def recidivism():
    return compas("two_year_recid", "age sex race juv_fel_count juv_misd_count juv_other_count priors_count c_charge_degree")


def priors():
    return compas("priors_count", "age sex race juv_fel_count juv_misd_count juv_other_count c_charge_degree")


def arrests():
    t = pd.read_csv(data / "wooldridge-crime/crime1.csv")
    return t["narr86"], t.drop(columns=["narr86", "nfarr86", "nparr86"])


def returns():
    t = pd.read_csv(data / "wooldridge-crime/recid.csv")
    return 1.0 - t["cens"], t.drop(columns=["cens", "durat", "ldurat", "follow"])


def murders():
    t = pd.read_csv(data / "wooldridge-crime/countymurders.csv.gz")
    x = t["popul density perc1019 perc2029 percblack percmale rpcincmaint rpcpersinc rpcunemins year".split()]
    return t["murders"].astype(float), x.assign(state=t["statefips"].astype(str))


def chicago():
    folder, end = data / "chicago-police-register", pd.Timestamp("2010-12-31")
    accused = pd.read_csv(folder / "accused.csv.gz", dtype={"complaint_code": str, "cr_id": str})
    complaints = pd.read_csv(folder / "complaints.csv.gz", dtype={"cr_id": str}, parse_dates=["complaint_date"], low_memory=False)
    charges = accused.merge(complaints, on="cr_id")
    day, group, by = charges["complaint_date"], charges["complaint_code"].str[:2], charges["UID"]
    before = day <= end
    past = pd.DataFrame({"days_since": (end - day[before].groupby(by[before]).max()).dt.days, "ever": before[before].groupby(by[before]).size()})
    for year in range(2001, 2011):
        past[f"in_{year}"] = (day.dt.year[before] == year).groupby(by[before]).sum()
    for g in "01 02 03 04 05 06 07 08 09 10 12 14 15 S0".split():
        past[f"group_{g}"] = (group[before] == g).groupby(by[before]).sum()
    pay = pd.read_csv(folder / "salary.csv.gz", low_memory=False)
    pay = pay[pay["year"] == 2010].groupby("UID")["salary"].max()
    t = pd.read_csv(folder / "persons.csv.gz", parse_dates=["appointed_date", "resignation_date"], low_memory=False)
    t = t[(t["appointed_date"] <= end) & (t["resignation_date"].isna() | (t["resignation_date"] > end))].set_index("UID")
    x = pd.DataFrame({"age": 2010 - t["birth_year"], "gender": t["gender"], "race": t["race"], "salary": pay.reindex(t.index),
                      "months_served": (2010 - t["appointed_date"].dt.year) * 12 + 12 - t["appointed_date"].dt.month})
    future = by[day.dt.year == 2012].value_counts()
    return future.reindex(t.index).fillna(0), x.join(past)


# --- the design


def number(v, logarithm):
    v = v.to_numpy(float).astype(np.float32).astype(float)
    v[~np.isfinite(v)] = np.nan
    v = np.where(np.isnan(v), np.nanmedian(v), v)
    if logarithm:
        v = np.log1p(np.where(v < 0, np.nan, v)).astype(np.float32).astype(float)
        v = np.where(np.isnan(v), np.nanmedian(v), v)
    return v / (v.std() or 1)


def design(x, logarithm):
    columns = {}
    for c in x:
        if x[c].dtype == object:
            for level in sorted(x[c].dropna().unique()):
                columns[f"{c}={level}"] = (x[c] == level).to_numpy(float)
            if x[c].isna().any():
                columns[f"{c}=(missing)"] = x[c].isna().to_numpy(float)
        else:
            columns[c] = number(x[c], logarithm)
    return list(columns), np.column_stack(list(columns.values()))


# --- the objectives: mean loss, mean, curvature

OBJECTIVES = {
    "squared_error": (lambda y, m: np.mean((y - m) ** 2) / 2, lambda m: m, lambda m: np.ones_like(m)),
    "logistic": (lambda y, m: np.mean(np.logaddexp(0, m) - y * m), expit, lambda m: expit(m) * expit(-m)),
    "poisson": (lambda y, m: np.mean(np.exp(m) - y * m), np.exp, np.exp),
}


def violation(x, y, objective, l1, l2, b0, b):
    """The largest violation of an optimality condition, the intercept's among them; and the slopes."""
    left = y - OBJECTIVES[objective][1](b0 + x @ b)
    slope = x.T @ left / len(y) - l2 * b
    off = np.where(b == 0, np.maximum(np.abs(slope) - l1, 0), np.abs(slope - l1 * np.sign(b)))
    return max(off.max(), abs(left.mean())), slope


def fixed(x, y, objective, l1, l2, b0, b):
    """Which coefficients the optimum determines to 5e-7 of themselves (Tibshirani 2013, on the equicorrelation set)."""
    residual, slope = violation(x, y, objective, l1, l2, b0, b)
    edge = np.flatnonzero(np.abs(slope) >= l1 * (1 - 1e-6)) if l1 > 0 else np.arange(len(b))
    out = np.zeros(len(b), bool)
    if len(edge) == 0:
        return out
    w = OBJECTIVES[objective][2](b0 + x @ b)
    own = x[:, edge] - np.average(x[:, edge], axis=0, weights=w)
    values, vectors = np.linalg.eigh(own.T @ (w[:, None] * own) / len(y) + l2 * np.eye(len(edge)))
    none = values < 1e-12 * values.max()
    moves = (np.abs(vectors[:, none]) > 1e-6).any(axis=1)
    error = np.sqrt((vectors[:, ~none] ** 2 / values[~none] ** 2).sum(axis=1)) * residual * np.sqrt(len(edge))
    out[edge] = ~moves & (error <= 5e-7 * np.abs(b[edge]))
    return out


# --- the programs


def by_scikit_learn(x, y, objective, l1, l2):
    if objective == "squared_error":
        # on sums of products, or a hundred thousand sweeps over the cells would take hours
        total = l1 + l2
        fit = Ridge(alpha=l2 * len(y), solver="cholesky") if l1 == 0 else ElasticNet(alpha=total, l1_ratio=l1 / total, tol=1e-15, max_iter=10**5,
                                                                                            precompute=True)
    elif objective == "logistic" and l1 == 0:
        fit = LogisticRegression(C=1 / (len(y) * l2), tol=1e-12, max_iter=10**4, solver="newton-cholesky")
    elif objective == "logistic" and l2 == 0 and x.size < 200_000:
        fit = LogisticRegression(penalty="l1", C=1 / (len(y) * l1), tol=1e-13, max_iter=10**5, solver="saga", random_state=1)
    elif objective == "poisson" and l1 == 0:
        fit = PoissonRegressor(alpha=l2, tol=1e-12, max_iter=10**4, solver="newton-cholesky")
    else:
        return None
    fit.fit(x, y)
    return float(np.ravel(fit.intercept_)[0]), np.ravel(fit.coef_)


R = """
library(glmnet)
glmnet.control(fdev = 0, devmax = 1, epsnr = 1e-12, mxitnr = 1000)
a <- commandArgs(TRUE)
read <- function(name) { f <- file.path(a[1], name); readBin(f, "double", file.size(f) / 8) }
y <- read("y"); x <- matrix(read("x"), length(y)); lambda <- read("lambda")
fit <- glmnet(x, y, a[2], alpha = as.numeric(a[3]), lambda = lambda, standardize = FALSE, thresh = 1e-20, maxit = 1e7)
b <- as.matrix(coef(fit))
writeBin(as.double(b[, length(lambda)]), file.path(a[1], "b"))
"""


def by_glmnet(x, y, objective, l1, l2, most):
    # glmnet divides a Gaussian outcome by its deviation, and then penalises squares otherwise than it documents: so it gets a divided one
    unit = y.std() if objective == "squared_error" else 1.0
    l1, most = l1 / unit, most / unit
    total = l1 + l2
    path = np.append(np.geomspace(max(most * total / max(l1, 1e-3 * total), 2 * total), total, 12)[:-1], total)
    with tempfile.TemporaryDirectory() as folder:
        for name, v in (("x", x.T), ("y", y / unit), ("lambda", path)):
            np.ascontiguousarray(v, dtype=float).tofile(f"{folder}/{name}")
        family = {"squared_error": "gaussian", "logistic": "binomial", "poisson": "poisson"}[objective]
        run = subprocess.run(["Rscript", "-e", R, folder, family, repr(l1 / total)], capture_output=True, text=True)
        if run.returncode != 0:
            print(run.stderr)
            return None  # the path ended early
        b = np.fromfile(f"{folder}/b") * unit
    return b[0], b[1:]


def write(fits, coefficients):
    columns = ["fit", "table", "objective", "alpha", "l1_ratio", "program", "value", "violation", *[f"q{k}" for k in range(11)]]
    pd.DataFrame([(k, *fit) for k, fit in enumerate(fits)], columns=columns).to_csv(here / "fits.csv", index=False, float_format="%.11g")
    best = {}
    for k, fit in enumerate(fits):
        rival = best.get(fit[:4])
        for name in coefficients[k].keys() & (coefficients[rival].keys() if rival is not None else set()):
            assert abs(coefficients[k][name] / coefficients[rival][name] - 1) < 1e-6, (fit[:5], name)
        if rival is None or fit[6] < fits[rival][6]:
            best[fit[:4]] = k
    kept = [(k, name, v) for k in sorted(best.values()) for name, v in coefficients[k].items()]
    pd.DataFrame(kept, columns=["fit", "column", "coefficient"]).to_csv(here / "coefficients.csv", index=False, float_format="%.9g")


tables = [
    (quickstart, False, ["squared_error", "logistic"]),
    (adult, True, ["squared_error", "logistic"]),
    (recidivism, True, ["squared_error", "logistic"]),
    (priors, True, ["squared_error", "poisson"]),
    (arrests, True, ["squared_error", "logistic", "poisson"]),
    (returns, True, ["squared_error", "logistic"]),
    (murders, True, ["poisson"]),
    (chicago, True, ["squared_error", "logistic", "poisson"]),
]
fits, coefficients = [], []
warnings.simplefilter("always")
for table, logarithm, objectives in tables:
    outcome, predictors = table()
    names, x = design(predictors.reset_index(drop=True), logarithm)
    for objective in objectives:
        y = outcome.to_numpy(np.float32).astype(float)
        y = (y > 0).astype(float) if objective == "logistic" else y
        loss, mean, _ = OBJECTIVES[objective]
        most = np.abs((x - x.mean(axis=0)).T @ (y - y.mean())).max() / len(y)  # no coefficient but 0 above
        for ratio in (1.0, 0.5, 0.0):
            for share in (0.3, 0.03, 0.003):
                alpha = float(f"{most * share:.3g}")
                l1, l2 = alpha * ratio, alpha * (1 - ratio)
                for program in ("scikit-learn", "glmnet"):
                    found = by_scikit_learn(x, y, objective, l1, l2) if program == "scikit-learn" else by_glmnet(x, y, objective, l1, l2, most)
                    if found is None:
                        continue
                    b0, b = found
                    margin = b0 + x @ b
                    value = loss(y, margin) + l1 * np.abs(b).sum() + l2 * (b @ b) / 2
                    residual, _ = violation(x, y, objective, l1, l2, b0, b)
                    sure = fixed(x, y, objective, l1, l2, b0, b)
                    order = np.sort(mean(margin))[np.round(np.linspace(0, len(y) - 1, 11)).astype(int)]
                    key = (table.__name__, objective, alpha, ratio, program)
                    fits.append((*key, value, residual, *order))
                    coefficients.append({name: v for name, v, s in zip(names, b, sure) if s and v != 0})
                    print(*key, f"objective {value:.12g} violation {residual:.1e} not zero {np.count_nonzero(b)} fixed {sure.sum()}", flush=True)
write(fits, coefficients)
glmnet = subprocess.run(["Rscript", "-e", 'cat(R.version$major, ".", R.version$minor, " glmnet ", as.character(packageVersion("glmnet")), sep = "")'],
                        capture_output=True, text=True).stdout
(here / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nnumpy {np.__version__}\nR {glmnet}\n")
