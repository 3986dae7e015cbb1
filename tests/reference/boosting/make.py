"""Boosted trees by the Python package of XGBoost on the matrix of ../lasso/problem.csv, encoded by kohort's rule
`report`: numbers as they are, infinite as missing, categories as indicators, a missing category missing in all.

Writes predictions.csv (all rows) and versions.txt beside itself. Run after ../lasso/make.py: python3 make.py
"""
import pathlib

import numpy as np
import pandas as pd
import xgboost

here = pathlib.Path(__file__).parent
problem = pd.read_csv(here / "../lasso/problem.csv")
y, w, train = problem.pop("y"), problem.pop("w"), problem.pop("train")
columns = []
for name in problem:
    if name.startswith("area"):
        column = problem[name]
        levels = list(dict.fromkeys(column.dropna()))  # in order of appearance
        for level in levels:
            columns.append(np.where(column.isna(), np.nan, column == level))
    else:
        columns.append(problem[name].replace([np.inf, -np.inf], np.nan))
x = np.column_stack(columns).astype(np.float32)
use = (train == 1).to_numpy()


def score(objective, base_score, rounds, weights=None, **settings):
    target = y if objective == "reg:squarederror" else (y > 0).astype(float)
    data = xgboost.DMatrix(x[use], target[use], weight=None if weights is None else weights[use])
    parameters = dict(objective=objective, tree_method="hist", nthread=1, base_score=base_score, **settings)
    return xgboost.train(parameters, data, rounds).predict(xgboost.DMatrix(x))


mean = float(np.float32(y[use].mean()))
log_base = float(1 / (1 + np.exp(-(4 * (y[use] > 0).mean() - 2))))  # one Newton step from margin 0
out = pd.DataFrame(
    {
        "squared": score("reg:squarederror", mean, 50, learning_rate=0.1, max_depth=4, min_child_weight=3, gamma=1),
        "squared_default": score("reg:squarederror", mean, 20),
        "logistic": score("binary:logistic", log_base, 30, learning_rate=0.2, max_depth=3, reg_alpha=0.5),
        "subsampled": score(
            "reg:squarederror", mean, 30, learning_rate=0.1, max_depth=5, subsample=0.7, colsample_bytree=0.6,
            colsample_bynode=0.8, seed=385202878
        ),
    }
)
out.to_csv(here / "predictions.csv", index=False, float_format="%.9g")
(here / "versions.txt").write_text(f"xgboost {xgboost.__version__}\nnumpy {np.__version__}\n")
