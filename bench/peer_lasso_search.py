"""The report's LASSO search in scikit-learn: peer_lasso_search.py TABLE.csv -> one line: seconds, then alpha=mean_score for each."""
import sys
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

warnings.simplefilter("ignore", ConvergenceWarning)


def safe_log1p(x):
    x = np.asarray(x, dtype=float)
    return np.log1p(np.where(x < 0, np.nan, x))


start = time.perf_counter()
table = pd.read_csv(sys.argv[1])
y = table["y_count"].to_numpy()
x = table.drop(columns=["id", "y_count", "y_bin"]).replace([np.inf, -np.inf], np.nan)
categories = [c for c in x if x[c].dtype == object]
numbers = [c for c in x if c not in categories]
numeric = make_pipeline(SimpleImputer(strategy="median"), FunctionTransformer(safe_log1p), SimpleImputer(strategy="median"),
                        StandardScaler(with_mean=False))
encode = ColumnTransformer([("numbers", numeric, numbers), ("categories", OneHotEncoder(handle_unknown="ignore"), categories)],
                           sparse_threshold=1.0)
folds = StratifiedKFold(5, shuffle=True, random_state=15).split(x, np.digitize(y, [1, 2, 4]))
search = GridSearchCV(make_pipeline(encode, Lasso()), {"lasso__alpha": [1e-3, 1e-2, 1e-1, 1, 10, 100]}, cv=list(folds),
                      scoring="neg_mean_squared_error", refit=False)
search.fit(x, y)
seconds = time.perf_counter() - start
print(seconds, *(f"{alpha}={score}" for alpha, score in zip(search.cv_results_["param_lasso__alpha"], search.cv_results_["mean_test_score"])))
