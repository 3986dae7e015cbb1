"""Single trees without bootstrap on all features, by scikit-learn: with weights of their own no two splits tie, so
the tree of each criterion is the only one.

Columns have few enough values for a bin each, so thresholds of both programs part the same rows. Writes problem.csv
(predictors, outcomes count and event, weight w), predictions.csv (one column a tree, on the training rows) and
versions.txt beside itself. Run: python3 make.py
"""
import pathlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(4)
n = 600
x = pd.DataFrame()
level = rng.gamma(1, 1, n)
for k in range(5):
    x[f"charges_{k}"] = rng.poisson(level * 0.3 * (k + 1)).astype(float)
x["age"] = rng.integers(15, 90, n).astype(float)
x["income"] = np.round(rng.normal(20, 10, n)) * 10
x["share"] = np.round(rng.random(n), 2)
count = rng.poisson(0.3 + 0.4 * level + 0.01 * x["age"])
event = (count > 0).astype(int)
weight = np.round(rng.uniform(0.5, 2, n), 5)
assert (x.nunique() < 255).all()

trees = {}
for name in ("squared_error", "friedman_mse", "poisson"):
    trees[name] = DecisionTreeRegressor(criterion=name, max_depth=6, min_samples_split=25, min_samples_leaf=7, random_state=0)
    trees[name].fit(x, count, sample_weight=weight)
for name in ("gini", "entropy", "log_loss"):
    trees[name] = DecisionTreeClassifier(criterion=name, max_depth=6, min_samples_split=25, min_samples_leaf=7, random_state=0)
    trees[name].fit(x, event, sample_weight=weight)
predictions = pd.DataFrame({name: tree.predict(x) if name in ("squared_error", "friedman_mse", "poisson") else
                            tree.predict_proba(x)[:, 1] for name, tree in trees.items()})

problem = x.assign(count=count, event=event, w=weight)
problem.to_csv(here / "problem.csv", index=False, float_format="%.6g")
predictions.to_csv(here / "predictions.csv", index=False, float_format="%.12g")
(here / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")
