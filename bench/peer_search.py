"""The report's boosting search by scikit-learn: RandomizedSearchCV over XGBRegressor (hist).
--rows 20000 --draws 20 --folds 5 --seed 1 --out FOLDER; writes the folds and the draws that bench_search then repeats.
--again 1 fits the draws that FOLDER has, under the fits' own --seed."""
import json
import pathlib
import resource
import threading
import time

import numpy as np
import psutil
import xgboost as xgb
from sklearn.model_selection import GridSearchCV, ParameterSampler, RandomizedSearchCV, StratifiedKFold

import common as c

rows, draws, folds, seed, again = c.arg("rows", 20_000), c.arg("draws", 20), c.arg("folds", 5), c.arg("seed", 1), c.arg("again", 0)
out = pathlib.Path(c.arg("out", "."))
SPACE = dict(n_estimators=[400, 600, 800, 1000], learning_rate=[0.01, 0.05, 0.1], max_depth=[4, 5, 6], subsample=[0.6, 0.7, 0.8],
             min_child_weight=[1, 3, 5, 10], colsample_bytree=[0.6, 0.8, 1.0], gamma=[0, 1, 5])
X, y = c.train(rows, 0)
X = X.astype(np.float64)  # what a pandas pipeline holds
splits = list(StratifiedKFold(folds, shuffle=True, random_state=1).split(X, y > 0))
fold = np.zeros(rows, int)
for k, (_, held) in enumerate(splits):
    fold[held] = k
asked = [{k: type(SPACE[k][0])(v) for k, v in d.items()} for d in json.loads(out.joinpath("draws.json").read_text())] if again else []
drawn = asked or list(ParameterSampler(SPACE, draws, random_state=1))
out.joinpath("folds.txt").write_text("\n".join(map(str, fold)) + "\n")
out.joinpath("draws.json").write_text(json.dumps([{k: str(v) for k, v in d.items()} for d in drawn]))
peak, stop = [0], False


def watch():
    me = psutil.Process()
    while not stop:
        total = 0
        for process in [me] + me.children(recursive=True):
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                pass
        peak[0] = max(peak[0], total)
        time.sleep(0.5)


def processor_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


threading.Thread(target=watch, daemon=True).start()
start, cpu = time.perf_counter(), processor_seconds()
model, how = xgb.XGBRegressor(tree_method="hist", n_jobs=1, random_state=seed), dict(cv=splits, n_jobs=c.THREADS, scoring="neg_mean_squared_error", refit=False)
search = (GridSearchCV(model, [{k: [v] for k, v in d.items()} for d in asked], **how) if again
          else RandomizedSearchCV(model, SPACE, n_iter=draws, random_state=1, **how))
search.fit(X, y)
wall, cpu = time.perf_counter() - start, processor_seconds() - cpu
stop = True
assert search.cv_results_["params"] == drawn
c.report(peer=type(search).__name__ + " + xgboost " + xgb.__version__, n=rows, fits=len(drawn) * folds, threads=c.THREADS, wall=round(wall, 2), cpu=round(cpu, 1),
         memory_mib=round(peak[0] / 2**20), best=float(search.best_score_), scores=[float(s) for s in search.cv_results_["mean_test_score"]])
