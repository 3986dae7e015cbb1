"""The Chicago study's fits made again by scikit-learn and XGBoost, from the matrices that `kohort export` wrote.

    python3 compare.py [--check numbers.json] [--write numbers.json --data RAW] EXPORTS

EXPORTS is the run folder's export/, with one CSV export for each kind of model (fit.json, training.csv,
predicted.csv). Each library is given the same rows, features and settings; what comes out is held against kohort's
own predictions. Prints, writes or checks aggregates only: counts, largest differences, correlations. No row of a
person leaves the exports.
"""
import argparse
import hashlib
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import sklearn
import xgboost
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso

BOUNDS = {"lasso": ("largest_difference", 1e-6), "boosting": ("largest_difference", 1e-5),
          "random_forest": ("correlation_difference", 0.01)}
BESIDE = ["unit", "year", "outcome", "weight", "prediction"]


def read(folder, name):
    table = pd.read_csv(folder / f"{name}.csv", float_precision="round_trip")
    return table[[c for c in BESIDE if c in table]], table.drop(columns=[c for c in BESIDE if c in table])


def lasso(fit, x, y, predicted):
    """To the optimum: kohort stops at a gap of the study's own tol."""
    settings = fit["settings"]
    use = ~np.isnan(y)
    model = Lasso(alpha=float(settings["alpha"]), tol=1e-14, max_iter=200_000).fit(x[use], y[use])
    return model.predict(predicted)


def forest(fit, x, y, predicted):
    """Missing cells stand below every value, since this scikit-learn's trees have no direction for them."""
    s = fit["settings"]
    share = s["max_features"]
    model = RandomForestRegressor(
        n_estimators=int(s["n_estimators"]),
        max_depth=None if s["max_depth"] == "none" else int(s["max_depth"]),
        criterion=s["criterion"],
        min_samples_split=int(s["min_samples_split"]),
        min_samples_leaf=int(s["min_samples_leaf"]),
        max_features=float(share) if "." in share else int(share) if share.isdigit() else share,
        bootstrap=s["bootstrap"] == "true",
        random_state=1,
    )
    use = ~np.isnan(y)
    fill = lambda v: np.where(np.isnan(v), -1e6, v).astype(np.float32)
    return model.fit(fill(x[use]), y[use]).predict(fill(predicted))


def boosting(fit, x, y, predicted):
    """Rows without an outcome are in the bins but have no gradient, as in kohort, so that the draws of rows agree."""
    s = dict(fit["settings"])
    use = ~np.isnan(y)
    target = np.where(use, y, 0).astype(np.float32)
    weight = use.astype(np.float32)

    def squared_error(margin, _):
        return (margin - target) * weight, weight

    names = ["learning_rate", "max_depth", "min_child_weight", "subsample", "colsample_bytree", "colsample_bylevel",
             "colsample_bynode", "gamma", "reg_lambda", "reg_alpha", "max_delta_step", "max_bin"]
    base = float(np.float32(target[use].mean(dtype=np.float64))) if s["base_score"] == "none" else float(s["base_score"])
    settings = {name: s[name] for name in names} | {"max_delta_step": 0 if s["max_delta_step"] == "none" else s["max_delta_step"]}
    settings.update(tree_method="hist", nthread=1, seed=fit["library_seed"], base_score=base)
    data = xgboost.DMatrix(x.astype(np.float32), nthread=1)
    model = xgboost.train(settings, data, int(s["n_estimators"]), obj=squared_error)
    return model.predict(xgboost.DMatrix(predicted.astype(np.float32), nthread=1)).astype(float)


FITS = {"lasso": lasso, "random_forest": forest, "boosting": boosting}


def correlation(a, b):
    return float(np.corrcoef(a, b)[0, 1])


def compare(folder):
    fit = json.loads((folder / "fit.json").read_text())
    beside, x = read(folder, "training")
    beside_predicted, predicted = read(folder, "predicted")
    assert list(x) == list(predicted)
    theirs = FITS[fit["kind"]](fit, x.to_numpy(), beside["outcome"].to_numpy(float), predicted.to_numpy())
    ours = beside_predicted["prediction"].to_numpy(float)
    outcome = beside_predicted["outcome"].to_numpy(float)
    there = ~np.isnan(outcome)
    return {
        "kind": fit["kind"], "outcome": fit["outcome"], "predict_from": fit["predict_from"],
        "horizon": fit["horizon"], "settings": fit["settings"],
        "training_n": int(beside["outcome"].notna().sum()), "predicted_n": int(there.sum()),
        "features": x.shape[1],
        "mean_outcome": float(outcome[there].mean()), "mean_prediction": float(ours[there].mean()),
        "correlation": correlation(ours[there], outcome[there]),
        "peer_correlation": correlation(theirs[there], outcome[there]),
        "correlation_difference": abs(correlation(ours[there], outcome[there]) - correlation(theirs[there], outcome[there])),
        "correlation_with_peer": correlation(ours, theirs),
        "largest_difference": float(np.abs(ours - theirs).max()),
    }


def failures(numbers, kept):
    """What is out of bounds, or is not what was kept."""
    if [fit["kind"] for fit in numbers["fits"]] != list(FITS):
        yield "there is not one export for each kind of model"
    for fit in numbers["fits"]:
        what, bound = BOUNDS[fit["kind"]]
        if not fit[what] <= bound:
            yield f"{fit['kind']}: {what} is {fit[what]:.3g}, more than {bound}"
    for mine, old in zip(numbers["fits"], kept["fits"] if kept else []):
        for name in ("kind", "outcome", "settings", "training_n", "predicted_n", "features"):
            if mine[name] != old[name]:
                yield f"{old['kind']}: {name} was {old[name]}, is {mine[name]}"
        for name in ("mean_outcome", "mean_prediction", "correlation"):
            if abs(mine[name] - old[name]) > 1e-6:
                yield f"{old['kind']}: {name} was {old[name]:.9g}, is {mine[name]:.9g}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("exports", type=pathlib.Path)
    arguments.add_argument("--write", type=pathlib.Path)
    arguments.add_argument("--check", type=pathlib.Path)
    arguments.add_argument("--data", type=pathlib.Path, help="folder of the raw files, for their SHA-256")
    given = arguments.parse_args()
    numbers = {"versions": {"scikit-learn": sklearn.__version__, "xgboost": xgboost.__version__, "numpy": np.__version__},
               "fits": sorted((compare(file.parent) for file in given.exports.glob("*/training.csv")),
                              key=lambda fit: list(FITS).index(fit["kind"]))}
    if given.data:
        numbers["raw_sha256"] = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()
                                 for file in sorted(given.data.glob("*.csv.gz"))}
    text = json.dumps(numbers, indent=1) + "\n"
    if given.write:
        given.write.write_text(text)
    print(text)
    wrong = list(failures(numbers, json.loads(given.check.read_text()) if given.check else None))
    print("\n".join(wrong), file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
