"""A random forest by scikit-learn, or by XGBoost. --peer sklearn|xgboost --n N --target 0|1 --trees T --depth D (0: none) --leaf L

scikit-learn's trees of this version take no missing cells: they stand below every value. XGBoost draws 63.2 % of the
rows without replacement, the share of distinct rows in a bootstrap sample."""
import numpy as np
import common as c

peer, n, target = c.arg("peer", "sklearn"), c.arg("n", 100_000), c.arg("target", 0)
trees, depth, leaf, seed = c.arg("trees", 10), c.arg("depth", 20), c.arg("leaf", 5), c.arg("seed", 1)
k = c.Clock()
X, y = c.train(n, target)
base = c.rss_now()
if peer == "sklearn":
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    X[np.isnan(X)] = -1
    kind = RandomForestRegressor if target == 0 else RandomForestClassifier
    model = kind(trees, max_depth=depth or None, max_features="sqrt", min_samples_leaf=leaf, n_jobs=c.THREADS, random_state=seed)
    with k("bin"):
        pass
    with k("train"):
        model.fit(X, y)
else:
    import xgboost as xgb
    with k("bin"):
        data = xgb.QuantileDMatrix(X, y, max_bin=256, nthread=c.THREADS)
    settings = dict(objective="reg:squarederror", tree_method="hist", eta=1, reg_lambda=0, subsample=0.632,
                    colsample_bynode=21 / 446, min_child_weight=leaf, max_depth=depth, num_parallel_tree=trees,
                    nthread=c.THREADS, seed=seed, base_score=float(y.mean()))
    with k("train"):
        model = xgb.train(settings, data, 1)
peak = c.rss_peak()
del X
Xt, yt = c.test(target)
if peer == "sklearn":
    Xt[np.isnan(Xt)] = -1
    predicted = model.predict(Xt) if target == 0 else model.predict_proba(Xt)[:, 1]
else:
    predicted = model.predict(xgb.DMatrix(Xt, nthread=c.THREADS))
c.report(peer=peer, n=n, target=target, trees=trees, bin=k.t["bin"], tree=k.t["train"] / trees, tree_cpu=k.t["train_cpu"] / trees,
         above_mib=round(peak - base), quality=list(c.quality(yt, predicted, target).values())[0])
