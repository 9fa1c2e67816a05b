"""usage: oracle.py cancer|diabetes DATA OUT SPLIT...

What independent programs make of the examples that each split took (OUT/NAME-SPLIT/rows.*.npy). Prints a line a split: the
test error (a fraction) or RMSE of scikit-learn's cross-validated model fitted on training and validation examples, nan where
scikit-learn is not there; and the largest difference between the predictions that NumPy computes from OUT/NAME-SPLIT.npz and
those of OUT/NAME-SPLIT.csv, relative to the largest prediction.
"""
import os
import sys

import numpy as np


def read(name, folder):
    """Inputs and targets, as they came."""
    if name == "cancer":
        table = np.loadtxt(os.path.join(folder, "bc.csv"), delimiter=",", skiprows=1)
        return table[:, :-1], table[:, -1].astype(int)
    return np.load(os.path.join(folder, "diaX.npy")), np.load(os.path.join(folder, "diay.npy")).ravel()


def fit(name, x, y):
    """The model that one would take, or None."""
    try:
        from sklearn.linear_model import LogisticRegressionCV, RidgeCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        return None
    model = LogisticRegressionCV(Cs=10, cv=5, max_iter=5000) if name == "cancer" else RidgeCV(alphas=np.logspace(-3, 3, 25))
    return make_pipeline(StandardScaler(), model).fit(x, y)


def judge(name, predicted, y):
    return np.mean(predicted != y) if name == "cancer" else np.sqrt(np.mean((predicted - y) ** 2))


def difference(name, file, x, table):
    """Between predictions by NumPy alone, from the weights file, and those of the command."""
    z = np.load(file)
    outputs = (x - z["mean"]) / z["scale"] @ z["W1"] + z["b1"]
    if name == "cancer":
        own = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        own /= own.sum(axis=1, keepdims=True)
        told = np.loadtxt(table, delimiter=",", skiprows=1)
        assert np.array_equal(told[:, 0], own.argmax(axis=1)), "other classes"
        told = told[:, 1:]
    else:
        own = outputs * z["target_scale"] + z["target_mean"]
        told = np.loadtxt(table, delimiter=",", skiprows=1, ndmin=2).reshape(len(x), -1)
    return np.abs(own - told).max() / np.abs(told).max()


def main():
    import warnings
    warnings.filterwarnings("ignore")
    name, folder, out = sys.argv[1:4]
    x, y = read(name, folder)
    for split in sys.argv[4:]:
        study = os.path.join(out, "%s-%s" % (name, split))
        rows = {part: np.load(os.path.join(study, "rows.%s.npy" % part)) for part in ("train", "valid", "test")}
        known, test = np.concatenate([rows["train"], rows["valid"]]), rows["test"]
        model = fit(name, x[known], y[known])
        print(judge(name, model.predict(x[test]), y[test]) if model else np.nan, difference(name, study + ".npz", x, study + ".csv"))


main()
