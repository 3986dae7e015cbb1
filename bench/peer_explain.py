"""XGBoost's pred_contribs with the model of bench_explain on the same rows. --folder F --rows N; says how far its values lie from ours."""
import numpy as np
import xgboost as xgb
import common as c

folder, n = c.arg("folder", "."), c.arg("rows", 10_000)
X = c.finite(c.rows(500_000, 500_000 + n))
booster = xgb.Booster({"nthread": c.THREADS})
booster.load_model(folder + "/explained.json")
data = xgb.DMatrix(X, feature_names=booster.feature_names, nthread=c.THREADS)
base = c.rss_now()
k = c.Clock()
with k("explain"):
    theirs = booster.predict(data, pred_contribs=True)
ours = np.fromfile(folder + "/explained.f64")[: theirs.size].reshape(theirs.shape)
margin = booster.predict(data, output_margin=True)
apart = np.abs(ours - theirs).max()
sums = np.abs(ours.sum(axis=1) - margin) / np.maximum(1, np.abs(margin))
c.report(peer="xgboost " + xgb.__version__, rows=n, **k.t, raw_mib=round(base), apart=float(apart), sum_apart=float(sums.max()))
