"""Numbers of scikit-learn and scipy for src/assess: run `python3 make_reference.py` here to make them anew.

Writes problem.csv (made-up units), isotonic.csv (curve values at given places) and numbers.csv (name, value).
DeLong's variance is computed from its definition, all pairs at once (DeLong, DeLong and Clarke-Pearson 1988).
"""

import csv

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

UNITS = 300
random = np.random.default_rng(15)
rate = np.exp(random.normal(-1.5, 1.0, UNITS))
count = random.poisson(rate)
event = (count > 0).astype(int)
probability = np.round(np.clip(rate / (0.4 + rate), 0.01, 0.99), 2)  # rounded: many ties
expected = np.round(rate * np.exp(random.normal(0, 0.3, UNITS)) + 0.001, 3)
weight = np.round(random.uniform(0.2, 3.0, UNITS), 2)


def delong(y, p):
    positive, negative = p[y == 1], p[y == 0]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    of_positive, of_negative = wins.mean(1), wins.mean(0)
    return of_positive.var(ddof=1) / len(positive) + of_negative.var(ddof=1) / len(negative)


def calibration_line(y, p):
    logit = np.log(p / (1 - p))[:, None]
    fit = LogisticRegression(penalty=None, tol=1e-12, max_iter=1000).fit(logit, y)
    return fit.coef_[0, 0], fit.intercept_[0]


numbers = {
    "mean_squared_error": metrics.mean_squared_error(count, expected),
    "mean_squared_error_weighted": metrics.mean_squared_error(count, expected, sample_weight=weight),
    "brier_score": metrics.brier_score_loss(event, probability),
    "brier_score_weighted": metrics.brier_score_loss(event, probability, sample_weight=weight),
    "log_loss": metrics.log_loss(event, probability),
    "log_loss_weighted": metrics.log_loss(event, probability, sample_weight=weight),
    "poisson_deviance": metrics.mean_poisson_deviance(count, expected),
    "poisson_deviance_weighted": metrics.mean_poisson_deviance(count, expected, sample_weight=weight),
    "roc_auc": metrics.roc_auc_score(event, probability),
    "roc_auc_weighted": metrics.roc_auc_score(event, probability, sample_weight=weight),
    "average_precision": metrics.average_precision_score(event, probability),
    "average_precision_weighted": metrics.average_precision_score(event, probability, sample_weight=weight),
    "pearson": stats.pearsonr(count, expected)[0],
    "delong_variance": delong(event, probability),
}
line = stats.linregress(expected, count)
numbers |= {"slope": line.slope, "slope_standard_error": line.stderr, "intercept": line.intercept}
residual, off = count - line.intercept - line.slope * expected, expected - expected.mean()
numbers["slope_robust_standard_error"] = np.sqrt(  # White (1980), HC1
    UNITS / (UNITS - 2) * (off**2 * residual**2).sum()) / (off**2).sum()
numbers["calibration_slope"], numbers["calibration_intercept"] = calibration_line(event, probability)

with open("problem.csv", "w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["count", "event", "probability", "expected", "weight"])
    writer.writerows(zip(count, event, probability, expected, weight))
places = np.linspace(-0.05, 1.05, 111)
curve = IsotonicRegression(out_of_bounds="clip").fit(probability, event)
weighted = IsotonicRegression(out_of_bounds="clip").fit(probability, event, sample_weight=weight)
counts = IsotonicRegression(out_of_bounds="clip").fit(expected, count)
with open("isotonic.csv", "w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["place", "plain", "weighted", "counts"])
    writer.writerows(zip(places, curve.predict(places), weighted.predict(places), counts.predict(3 * places)))
with open("numbers.csv", "w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "value"])
    writer.writerows((name, repr(float(value))) for name, value in numbers.items())
with open("versions.txt", "w") as out:
    out.write(f"numpy {np.__version__}\nscipy {scipy.__version__}\nscikit-learn {sklearn.__version__}\n")
