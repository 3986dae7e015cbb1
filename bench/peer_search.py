"""The report's boosting search by scikit-learn: RandomizedSearchCV over XGBRegressor (hist).
--rows 20000 --draws 20 --folds 5 --out FOLDER; writes the folds and the draws that bench_search then repeats."""
import json
import pathlib
import resource
import threading
import time

import numpy as np
import psutil
import xgboost as xgb
from sklearn.model_selection import ParameterSampler, RandomizedSearchCV, StratifiedKFold

import common as c

rows, draws, folds = c.arg("rows", 20_000), c.arg("draws", 20), c.arg("folds", 5)
out = pathlib.Path(c.arg("out", "."))
SPACE = dict(n_estimators=[400, 600, 800, 1000], learning_rate=[0.01, 0.05, 0.1], max_depth=[4, 5, 6], subsample=[0.6, 0.7, 0.8],
             min_child_weight=[1, 3, 5, 10], colsample_bytree=[0.6, 0.8, 1.0], gamma=[0, 1, 5])
X, y = c.train(rows, 0)
X = X.astype(np.float64)  # what a pandas pipeline holds
splits = list(StratifiedKFold(folds, shuffle=True, random_state=1).split(X, y > 0))
fold = np.zeros(rows, int)
for k, (_, held) in enumerate(splits):
    fold[held] = k
out.joinpath("folds.txt").write_text("\n".join(map(str, fold)) + "\n")
drawn = list(ParameterSampler(SPACE, draws, random_state=1))
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
search = RandomizedSearchCV(xgb.XGBRegressor(tree_method="hist", n_jobs=1, random_state=1), SPACE, n_iter=draws, cv=splits, random_state=1,
                            n_jobs=c.THREADS, scoring="neg_mean_squared_error", refit=False)
search.fit(X, y)
wall, cpu = time.perf_counter() - start, processor_seconds() - cpu
stop = True
assert [{k: str(v) for k, v in d.items()} for d in search.cv_results_["params"]] == json.loads(out.joinpath("draws.json").read_text())
c.report(peer="RandomizedSearchCV + xgboost " + xgb.__version__, n=rows, fits=draws * folds, threads=c.THREADS, wall=round(wall, 2), cpu=round(cpu, 1),
         memory_mib=round(peak[0] / 2**20), best=float(search.best_score_))
