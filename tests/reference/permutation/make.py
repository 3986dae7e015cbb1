"""Permutation importance of two boosted models by sklearn.inspection.permutation_importance.

Writes problem.csv (predictors, outcomes count and event, weight w), count.json and event.json (XGBoost's models of them),
deals.csv (which row's cell each row got: one column a repeat, the same for all predictors) and importances.csv
(what each predictor's repeats lost: count by neg_mean_squared_error, event by neg_brier_score with weights), and
versions.txt beside itself. Run: python3 make.py
"""
import pathlib

import numpy as np
import pandas as pd
import sklearn
import xgboost
from sklearn.inspection import permutation_importance

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(9)
n, repeats, seed = 240, 5, 7
level = rng.gamma(1, 1, n)
x = pd.DataFrame({f"charges_{k}": rng.poisson(level * 0.3 * (k + 1)).astype(float) for k in range(4)})
x["age"] = rng.integers(15, 90, n).astype(float)
x["income"] = np.where(rng.random(n) < 0.2, np.nan, np.round(rng.normal(20, 10, n)) * 10)
x["nothing"] = 1.0
count = rng.poisson(0.3 + 0.4 * level + 0.01 * x["age"])
event = (count > 0).astype(int)
weight = np.round(rng.uniform(0.5, 2, n), 3)

settings = dict(n_estimators=12, max_depth=3, tree_method="hist")
models = {"count": xgboost.XGBRegressor(**settings).fit(x, count),
          "event": xgboost.XGBClassifier(**settings).fit(x, event, sample_weight=weight)}
scores = {"count": dict(scoring="neg_mean_squared_error"),
          "event": dict(scoring="neg_brier_score", sample_weight=weight)}
lost = {}
for name, y in (("count", count), ("event", event)):
    models[name].get_booster().save_model(here / f"{name}.json")
    lost[name] = permutation_importance(models[name], x, y, n_repeats=repeats, random_state=seed, **scores[name])

# The deals: every predictor starts from one seed, each repeat shuffles what the one before has left.
draw = np.random.RandomState(np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1))
index, place, deals = np.arange(n), np.arange(n), []
for _ in range(repeats):
    draw.shuffle(index)
    place = place[index]
    deals.append(place)
for j, column in enumerate(x):
    for r in range(repeats):
        dealt = x.copy()
        dealt[column] = x[column].to_numpy()[deals[r]]
        before, after = (((count - models["count"].predict(z)) ** 2).mean() for z in (x, dealt))
        assert abs(lost["count"].importances[j, r] - (after - before)) < 1e-12

x.assign(count=count, event=event, w=weight).to_csv(here / "problem.csv", index=False, float_format="%.6g")
pd.DataFrame(deals).T.to_csv(here / "deals.csv", index=False)
pd.DataFrame({"predictor": x.columns, **{f"{name}_{what}": getattr(lost[name], f"importances_{what}") for name in lost for what in ("mean", "std")}}
             ).to_csv(here / "importances.csv", index=False, float_format="%.12g")
(here / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nxgboost {xgboost.__version__}\nnumpy {np.__version__}\n")
