"""scikit-learn's Lasso on the design, folds and penalties that bench_lasso has written: peer_lasso.py FOLDER [PENALTIES]
Fits the first fold's training rows at the first PENALTIES (all) penalties, as GridSearchCV does in each fold, and prints
one JSON line; a search takes (folds + 1 / penalties) times as long."""
import json
import sys
import time

import numpy as np
from scipy.sparse import csc_matrix
from sklearn.linear_model import Lasso

folder = sys.argv[1]
read = lambda name, kind: np.fromfile(f"{folder}/{name}", dtype=kind)
y, starts, alphas, folds = read("outcome", "f8"), read("starts", "i4"), read("penalties", "f8"), read("folds", "i4")
x = csc_matrix((read("data", "f8"), read("indices", "i4"), starts), shape=(len(y), len(starts) - 1))
if len(sys.argv) > 2:
    alphas = alphas[: int(sys.argv[2])]
train, held = folds != 0, folds == 0
rows = x.tocsr()
x_train, x_held = rows[train].tocsc(), rows[held]
seconds, scores, objectives, sweeps = [], [], [], []
for alpha in alphas:
    start = time.process_time()
    model = Lasso(alpha=alpha).fit(x_train, y[train])
    predicted = model.predict(x_held)
    seconds.append(round(time.process_time() - start, 2))
    scores.append(-np.mean((y[held] - predicted) ** 2))
    objectives.append(np.mean((y[train] - model.predict(x_train)) ** 2) / 2 + alpha * np.abs(model.coef_).sum())
    sweeps.append(int(model.n_iter_))
print(json.dumps({"peer": "scikit-learn", "n": len(y), "penalties": len(alphas), "cpu": round(sum(seconds), 2), "each": seconds,
                  "sweeps": sweeps, "score": scores, "objective": objectives}))
