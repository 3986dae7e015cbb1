"""The report's random draws of a forest by scikit-learn: draws x folds, one in `--part` of each forest's trees grown on the first fold only.
--rows 50000 --draws 10 --folds 5 --part 10 --out FOLDER

Trees of a forest cost the same one by one, so the processor seconds of all are those of the part, times part and folds. Writes the draws with
the trees that were grown (forest_draws.json), the folds (forest_folds.txt), and tells their scores on the first fold, for bench_tuning to score the same."""
import json
import pathlib
import time

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import ParameterSampler, StratifiedKFold

import common as c

rows, draws, folds, part = c.arg("rows", 50_000), c.arg("draws", 10), c.arg("folds", 5), c.arg("part", 10)
out = pathlib.Path(c.arg("out", "."))
SPACE = dict(n_estimators=[200, 300, 400, 500], max_depth=[10, 15, 20, None], min_samples_split=[2, 5, 10], min_samples_leaf=[1, 5, 10],
             max_features=["sqrt", "log2"])
X, y = c.train(rows, 0)
X[np.isnan(X)] = -1  # this version's trees take no missing cells
base = c.rss_now()
splits = list(StratifiedKFold(folds, shuffle=True, random_state=1).split(X, y > 0))
fold = np.zeros(rows, int)
for k, (_, part_held) in enumerate(splits):
    fold[part_held] = k
out.joinpath("forest_folds.txt").write_text("\n".join(map(str, fold)) + "\n")
train, held = splits[0]
grown, scores, cpu = [], [], 0.0
for settings in ParameterSampler(SPACE, draws, random_state=1):
    settings = dict(settings, n_estimators=settings["n_estimators"] // part)
    start = time.process_time()
    model = RandomForestRegressor(**settings, n_jobs=1, random_state=1).fit(X[train], y[train])
    score = -float(np.mean((model.predict(X[held]) - y[held]) ** 2))
    cpu += time.process_time() - start
    grown.append({k: "none" if v is None else str(v) for k, v in settings.items()})
    scores.append(score)
out.joinpath("forest_draws.json").write_text(json.dumps(grown))
c.report(peer="scikit-learn", n=rows, draws=draws, trees=sum(int(g["n_estimators"]) for g in grown), cpu=round(cpu, 1), cpu_of_all=round(cpu * part * folds, 1),
         above_mib=round(c.rss_peak() - base), scores=scores)
