"""scikit-learn's logistic LASSO on the design and penalties that bench_glm has written: peer_logistic.py FOLDER [SOLVER]
Three of the penalties, each by itself, with liblinear or saga; one JSON line."""
import json
import sys
import time
import warnings

import numpy as np
from scipy.sparse import csc_matrix
from sklearn.linear_model import LogisticRegression

warnings.simplefilter("ignore")
folder, solver = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "liblinear"
read = lambda name, kind: np.fromfile(f"{folder}/{name}", dtype=kind)
y, starts, penalties = read("outcome", "f8"), read("starts", "i4"), read("penalties", "f8")
x = csc_matrix((read("data", "f8"), read("indices", "i4"), starts), shape=(len(y), len(starts) - 1)).tocsr()
seconds, objectives = [], []
for alpha in penalties[14:43:14]:  # as bench_glm tells objectives of
    # liblinear penalises the intercept as a coefficient; a large scaling all but frees it
    more = {"intercept_scaling": 100} if solver == "liblinear" else {}
    start = time.process_time()
    model = LogisticRegression(penalty="l1", C=1 / (len(y) * alpha), solver=solver, max_iter=200, **more).fit(x, y)
    seconds.append(round(time.process_time() - start, 2))
    margin = x @ model.coef_[0] + model.intercept_[0]
    objectives.append(float(np.mean(np.logaddexp(0, margin) - y * margin) + alpha * np.abs(model.coef_).sum()))
print(json.dumps({"peer": f"scikit-learn {solver}", "n": len(y), "penalties": 3, "cpu": round(sum(seconds), 2), "each": seconds, "objective": objectives}))
