"""Runs that work: one function a case, in a directory of its own with the files of make_data.py."""
import ast
import difflib
import gzip
import json
import math
import os
import pty
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import time
import zipfile

CASES = []
INTERRUPTIBLE = ["tune", "t.yaml", "--set", "inner.steps=2000", "--set", "outer.iterations=12"]


class Failed(Exception):
    pass


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


def expect(what, expected, actual):
    """Raise Failed, with a diff, where the two are not equal."""
    if expected != actual:
        lines = [str(x).splitlines() for x in (expected, actual)]
        raise Failed("\n".join(difflib.unified_diff(*lines, what + ", expected", what + ", actual", lineterm="", n=1)))


def hold(what, truth):
    if not truth:
        raise Failed(what)


def close(what, expected, actual, tolerance=1e-12):
    if not abs(actual - expected) <= tolerance * abs(expected):
        raise Failed("%s: expected %.17g, got %.17g" % (what, expected, actual))


def run(*arguments, sets=(), status=0, warning="", **options):
    """Run the command; stderr and exit status are checked, stdout is returned."""
    command = ["retrograde", *arguments] + [word for edit in sets for word in ("--set", edit)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, **options)
    if isinstance(warning, re.Pattern):
        hold("stderr of %s: %s" % (" ".join(command), done.stderr), warning.fullmatch(done.stderr))
    else:
        expect("stderr of " + " ".join(command), warning, done.stderr)
    expect("exit status", status, done.returncode)
    return done.stdout


def run_json(*arguments, **options):
    return json.loads(run(*arguments, "--json", **options))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def read_npy(path):
    """(shape, values) of an NPY file of doubles."""
    data = read(path)
    length = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + length].decode())
    expect(path + ": type and order", ("<f8", False), (header["descr"], header["fortran_order"]))
    count = math.prod(header["shape"])
    return header["shape"], struct.unpack("<%dd" % count, data[10 + length:])


def folder(path):
    """What is in a folder: {name: bytes}."""
    return {name: read(os.path.join(path, name)) for name in sorted(os.listdir(path))}


def timeless(report):
    """A report without what differs from run to run."""
    return {key: value for key, value in report.items() if key not in ("seconds", "bytes", "study")}


def journal(study):
    """The lines of a journal, without seconds."""
    with open(os.path.join(study, "journal.jsonl")) as file:
        lines = [json.loads(line) for line in file]
    for line in lines:
        hold("seconds in the journal", line.pop("seconds") >= 0)
    return lines


# ---- what the command says of itself ------------------------------------------------

@case("--help, of each command too")
def help_of_all():
    text = run("--help")
    expect("the same by help", text, run("help"))
    for command in "tune", "hypergradient", "compare", "verify", "plan", "data", "list":
        hold(command + " in --help", "\n  " + command in text)
        own = run(command, "--help")
        hold("usage of " + command, own.startswith("usage: retrograde %s [OPTION]... " % command))
        for option in re.findall(r"--[a-z]+", own):
            hold(option + " in --help", option in text)


@case("--version")
def version():
    hold("name and number", re.fullmatch(r"retrograde \d+\.\d+(\.\d+)?\S*\n", run("--version")))


@case("list names all that a configuration may use")
def list_all():
    text, entries = run("list"), run_json("list")["entries"]
    kinds = {entry["kind"] for entry in entries}
    expect("kinds", ["dynamics", "estimator", "format", "hyperparameter", "initialiser", "layer", "model", "operator", "optimizer", "sampler", "schedule",
                     "trajectory", "transform"], sorted(kinds))
    for entry in entries:
        hold(entry["name"] + " in the text, and in words", re.search(r"\n  %s +\S" % re.escape(entry["name"]), text) and entry["summary"])
    names = {entry["name"] for entry in entries}
    options = {entry["name"]: [option["key"] for option in entry["options"]] for entry in run_json("list", "estimator")["entries"]}
    expect("options of truncated", ["steps"], options["truncated"])
    hold("options in the text", re.search(r"\n      interval +\S", run("list", "estimator")))
    keys = {key["path"]: key for key in run_json("list", "keys")["keys"]}
    hold("keys", keys["inner.steps"]["required"] and keys["threads"]["neutral"] and not keys["seed"]["neutral"])
    hold("keys in the text", "\ninner.steps\n    a whole number ≥ 1; required\n" in run("list", "keys"))
    hold("well-known names", {"mlp", "momentum", "momentum-damped", "reversible", "stored", "reverse", "differences",
                              "adam", "log", "logit", "rate", "decay", "l2", "example_weight", "weights",
                              "weight_scale", "inputs"} <= names)


# ---- tables as people have them ------------------------------------------------------

def write_text(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def table(rows, columns, seed=7):
    """Rows of numbers, and what a linear rule says of each."""
    draw = random.Random(seed)
    xs = [[round(draw.gauss(0, 1), 3) for _ in range(columns)] for _ in range(rows)]
    return xs, [round(sum(x) - x[0] * .5, 3) for x in xs]


def configure(data, layers, more=""):
    write_text("c.yaml", "data: {%s}\nmodel: {layers: %s, scale: 0.01}\ninner: {dynamics: momentum, steps: 50, decay: 0.9}\n"
          "hyper:\n  - {name: rate, per: all, init: 0.05, transform: log}\nouter: {iterations: 3}\n%s" % (data, layers, more))


@case("a table as pandas writes one without names is read as one with names and as plain numbers")
def pandas_without_names():
    xs, ys = table(40, 4)
    plain = "".join(",".join(map(str, x)) + "\n" for x in xs)
    labels = "".join("%d\n" % (y > 0) for y in ys)
    write_text("x.csv", plain)
    write_text("y.csv", labels)
    write_text("px.csv", "0,1,2,3\n" + plain)
    write_text("py.csv", "0\n" + labels)
    note = "retrograde: @/px.csv: the first line, 0, 1 ..., is taken as the names of the columns (header: false if it is not)\n" \
        "retrograde: @/py.csv: the first line is taken as the names of the columns, by the 40 rows that belong to it\n"
    losses = []
    for inputs, labels_name, warning in ("x.csv", "y.csv", ""), ("px.csv", "py.csv", note):
        configure("kind: csv, train: {inputs: %s, labels: %s}" % (inputs, labels_name), "[4, 2]")
        losses.append(run_json("hypergradient", "c.yaml", sets=["outer.loss=training"],
                               warning=warning.replace("@", os.getcwd()))["loss"])
    expect("the same losses", losses[0], losses[1])


@case("an index column is left out and said, also where a layer counts on it")
def index_column():
    xs, ys = table(30, 3)
    write_text("i.csv", ",a,b,c,y\n" + "".join("%d,%s,%s\n" % (i, ",".join(map(str, x)), "yes" if y > 0 else "no")
                                         for i, (x, y) in enumerate(zip(xs, ys))))
    configure("train: {inputs: i.csv}", "[3, 2]")
    note = "retrograde: %s/i.csv: the first column, which has no name and numbers the rows, is left out\n" % os.getcwd()
    run("verify", "c.yaml", sets=["outer.loss=training"], warning=note)
    run("verify", "c.yaml", sets=["outer.loss=training", "model.layers=[4, 2]"], status=2,
        warning=note + "retrograde: command line: model.layers: the first layer has 4 units, the examples have 3 inputs: "
                       "an index column was left out\n")


@case("a file is split, standardised and tuned; which rows were taken is in the study")
def split_table():
    xs, ys = table(100, 3)
    write_text("t.csv", "a,b,c,y\n" + "".join("%s,%s\n" % (",".join(map(str, x)), "yes" if y > 0 else "no") for x, y in zip(xs, ys)))
    configure("train: {inputs: t.csv, target: y, columns: [c, a, 2]}, split: {valid: .2, test: .3}, standardize: true", "[3, 2]")
    report = run_json("tune", "c.yaml")
    hold("a test error below chance", report["test_error"] < .2)
    rows = []
    for part, count in ("train", 50), ("valid", 20), ("test", 30):
        data = read("c/rows.%s.npy" % part)
        rows.append(struct.unpack("<%dq" % count, data[-8 * count:]))
    expect("all rows", list(range(100)), sorted(sum(rows, ())))
    share = sum(y > 0 for y in ys) / 100
    for part in rows:
        hold("its share of each class", abs(sum(ys[i] > 0 for i in part) - share * len(part)) <= 1)
    again = run_json("tune", "c.yaml", "--study", "again")
    expect("the same split", report["outer_loss"], again["outer_loss"])
    other = run_json("tune", "c.yaml", "--study", "other", sets=["seed=2"])
    hold("another split", other["outer_loss"] != report["outer_loss"])


@case("real targets: the fit is RMSE and R2, in the targets' unit")
def regression():
    xs, ys = table(80, 3)
    write_text("t.csv", "".join("%s,%s\n" % (",".join(map(str, x)), 1000 + 100 * y) for x, y in zip(xs, ys)))
    configure("task: real, train: {inputs: t.csv}, split: {valid: .25, test: .25}, standardize: true", "[3, 1]")
    report = run_json("tune", "c.yaml")
    hold("no error rate", report["validation_error"]["after"] is None and report["test_error"] is None)
    rows = struct.unpack("<20q", read("c/rows.test.npy")[-160:])
    train = [1000 + 100 * ys[i] for i in struct.unpack("<40q", read("c/rows.train.npy")[-320:])]
    mean = sum(train) / 40
    unit = math.sqrt(sum((y - mean) ** 2 for y in train) / 40)
    close("RMSE", unit * math.sqrt(report["test_loss"]), report["test_fit"]["rmse"])
    test = [(1000 + 100 * ys[i] - mean) / unit for i in rows]
    variance = sum((y - sum(test) / 20) ** 2 for y in test) / 20
    close("R2", 1 - report["test_loss"] / variance, report["test_fit"]["r2"])
    hold("a good fit", report["test_fit"]["r2"] > .9)
    text = run("tune", "c.yaml", "--study", "text")
    hold("in words: " + text, re.search(r"\nvalidation fit +RMSE \d.*, R2 0\.\d{4}\ntest fit +RMSE \d.*, R2 0\.\d{4}\n", text))


@case("data says what is read of a file")
def data_command():
    write_text("t.csv", "a;b;kind\n1;;pear\n2.5;4;apple\n3;-1;pear\n")
    note = "retrograde: t.csv: the fields are separated by semicolons\n"
    report = run_json("data", "t.csv", warning=note)
    expect("rows", 3, report["rows"])
    expect("columns", [("a", "real", 0, 1, 3, []), ("b", "whole", 1, -1, 4, []), ("kind", "words", 0, None, None, ["apple", "pear"])],
           [tuple(column[key] for key in ("name", "type", "missing", "least", "most", "words")) for column in report["columns"]])
    expect("rows of each class", [1, 2], report["classes"])
    text = run("data", "t.csv", warning=note)
    hold("the same in words: " + text, text.startswith("t.csv: csv, 3 rows of 3 numbers (float64 3 x 3), digest %s\n" % report["digest"]))
    hold("classes: " + text, text.endswith("\nlast column: 2 classes, of 1 2 rows\n"))
    with gzip.open("t.csv.gz", "wb") as file:
        file.write(read("t.csv"))
    packed = run_json("data", "t.csv.gz", warning=note.replace("t.csv", "t.csv.gz"))
    expect("the same content", report["digest"], packed["digest"])


@case("inputs and labels in one archive, and each by its name")
def archive_of_both():
    with zipfile.ZipFile("d.npz", "w") as archive:
        for name, source in ("x", "x.npy"), ("y", "y.npy"):
            archive.writestr(name + ".npy", read(source))
    expected = run_json("hypergradient", "t.yaml")["loss"]
    sets = ["data.kind=npz", "data.valid.kind=npy", "data.train.inputs=d.npz"]
    expect("one file", expected, run_json("hypergradient", "t.yaml", sets=sets + ["data.train.labels=null"])["loss"])
    sets = ["data.train.inputs=d.npz:x", "data.train.labels=d.npz:y"]
    expect("members", expected, run_json("hypergradient", "t.yaml", sets=sets)["loss"])


# ---- one hypergradient --------------------------------------------------------------

@case("hypergradient as JSON has all its keys")
def all_keys():
    report = run_json("hypergradient", "complete.yaml", sets=["estimator.window=0"])
    expect("keys", "estimator trajectory dynamics precision weights steps loss blocks hypergradient_norm seconds bytes "
           "recomputed_steps bits_per_weight_step bits_limit certified window evaluated_again diagnostics".split(), list(report))
    expect("loss", ["inner_last", "outer"], list(report["loss"]))
    expect("seconds", ["forward", "backward", "total"], list(report["seconds"]))
    expect("bytes", ["trajectory", "disk", "buffer", "stored_equivalent", "peak_rss"], list(report["bytes"]))
    for block in report["blocks"]:
        expect("block", ["name", "size", "norm", "min", "max"], list(block))
        hold("order of min and max of " + block["name"], block["min"] <= block["max"])
        hold("norm of " + block["name"], block["norm"] >= max(-block["min"], block["max"]) > 0)
    expect("names", ("reverse", "reversible", "momentum-damped", "double", 134, 40, True),
           tuple(report[key] for key in ("estimator", "trajectory", "dynamics", "precision", "weights", "steps",
                                         "certified")))
    close("norm", report["hypergradient_norm"], math.hypot(*(block["norm"] for block in report["blocks"])))
    expect("bytes of all states", 134 * 2 * 8 * 40, report["bytes"]["stored_equivalent"])
    close("limit", math.log2(2**14 / round(.9 * 2**14)), report["bits_limit"])


@case("hypergradient as text tells of each block")
def as_text():
    text = run("hypergradient", "complete.yaml", sets=["estimator.window=0"])
    for name, size in ("rate", 240), ("decay", 40), ("l2", 134), ("example_weight", 60), ("weights", 134), ("inputs", 540):
        hold("line of " + name, re.search(r"^%s +%d( +-?\d\.\d{6}e[+-]\d\d){3}$" % (name, size), text, re.M))
    hold("certificate", re.search(r"^certified: 0\.15\d+ bits a weight and step", text, re.M))


@case("a window spares gradients, changes nothing else, and is no certificate")
def window():
    certain = run_json("hypergradient", "complete.yaml", sets=["estimator.window=0"])
    expect("no window", (True, 0, 40), tuple(certain[key] for key in ("certified", "window", "evaluated_again")))
    for trajectory in "reversible", "checkpointed", "stored":
        for size, kept in ("7", 7), ("100", 40), ("auto", 40):
            report = run_json("hypergradient", "complete.yaml", sets=["estimator.window=" + size, "estimator.trajectory=" + trajectory])
            expect("blocks", certain["blocks"], report["blocks"])
            expect("kept", (False, kept, 40 - kept), tuple(report[key] for key in ("certified", "window", "evaluated_again")))
    text = run("hypergradient", "complete.yaml", sets=["estimator.window=7"])
    hold("text", "\nretraced, window of 7: 33 steps had their gradient evaluated again (estimator.window)\n" in text)
    hold("no certificate", "certified" not in text)
    hold("verify", run("verify", "complete.yaml").startswith("certified: "))


@case("--save writes arrays in the shape of their blocks")
def save_shapes():
    report = run_json("hypergradient", "complete.yaml", "--save", "out")
    shapes = {"rate": (40, 6), "decay": (40,), "l2": (134,), "example_weight": (60,), "weights": (134,),
              "inputs": (540,)}
    expect("files", sorted(name + ".npy" for name in shapes), sorted(os.listdir("out")))
    for block in report["blocks"]:
        shape, values = read_npy("out/%s.npy" % block["name"])
        expect("shape of " + block["name"], shapes[block["name"]], shape)
        close("norm of " + block["name"], block["norm"], math.hypot(*values))
        expect("extremes of " + block["name"], (block["min"], block["max"]), (min(values), max(values)))


@case("--natural divides by the derivative of the transform")
def natural():
    run("hypergradient", "t.yaml", "--save", "free")
    run("hypergradient", "t.yaml", "--save", "natural", "--natural")
    applied = round(.9 * 2**14) / 2**14
    for name, slope in ("rate", .3), ("decay", applied * (1 - applied)):
        for free, own in zip(read_npy("free/%s.npy" % name)[1], read_npy("natural/%s.npy" % name)[1]):
            close(name, free / slope, own)


@case("the same run gives the same bits")
def same_bits():
    reports = [timeless(run_json("hypergradient", "complete.yaml", "--save", name)) for name in ("a", "b")]
    expect("report", *reports)
    hold("arrays", folder("a") == folder("b"))


@case("reversible and stored trajectories give the same bits")
def trajectories_agree():
    for precision in "single", "double":
        run("hypergradient", "complete.yaml", "--save", "a" + precision, sets=["precision=" + precision])
        run("hypergradient", "complete.yaml", "--save", "b" + precision,
            sets=["precision=" + precision, "estimator.trajectory=stored"])
        hold("arrays in %s precision" % precision, folder("a" + precision) == folder("b" + precision))


@case("IDX, gzip and CSV data")
def formats():
    idx = ["data.kind=idx", "data.valid=null", "outer.loss=training"]
    plain = run_json("hypergradient", "t.yaml", sets=idx + ["data.train.inputs=x.idx", "data.train.labels=y.idx"])
    packed = run_json("hypergradient", "t.yaml", sets=idx + ["data.train.inputs=x.idx.gz", "data.train.labels=y.idx.gz"])
    expect("gzip and plain", timeless(plain), timeless(packed))
    pooled = run_json("hypergradient", "t.yaml", sets=idx + [
        "data.train.inputs=x.idx", "data.train.labels=y.idx", "data.pool=3", "data.center=true",
        "model.layers=[1, 7, 5, 4]"])
    expect("weights over one pooled input", 78, pooled["weights"])
    npy = run_json("hypergradient", "t.yaml", sets=["data.valid=null", "outer.loss=training"])
    csv = run_json("hypergradient", "t.yaml", sets=[
        "data.kind=csv", "data.valid=null", "outer.loss=training", "data.train.inputs=d.csv", "data.train.labels=null"])
    expect("CSV and NPY", timeless(npy), timeless(csv))
    both = run_json("hypergradient", "t.yaml")
    mixed = run_json("hypergradient", "t.yaml", sets=[
        "data.train.kind=csv", "data.train.inputs=d.csv", "data.train.labels=null"])
    expect("CSV beside NPY", timeless(both), timeless(mixed))
    by_valid = run_json("hypergradient", "t.yaml", sets=["data.center=true", "data.center_by=valid"])
    by_hand = run_json("hypergradient", "t.yaml", sets=["data.valid.inputs=xv_centred.npy"])
    close("validation less its mean, training as it is", by_hand["loss"]["outer"], by_valid["loss"]["outer"])
    close("its hypergradient", by_hand["hypergradient_norm"], by_valid["hypergradient_norm"], 1e-10)
    hold("a mean makes a difference", by_valid["loss"]["outer"] != both["loss"]["outer"])


@case("first and count take a part")
def parts():
    sets = ["data.batch=10", "outer.loss=training", "data.valid=null"]
    part = run_json("hypergradient", "complete.yaml", sets=sets + ["data.train.first=50", "data.train.count=10"])
    expect("sizes", [10, 90], [block["size"] for block in part["blocks"] if block["name"] in ("example_weight", "inputs")])
    rest = run_json("hypergradient", "complete.yaml", sets=sets + ["data.train.first=50"])
    expect("without count: all the rest", timeless(part), timeless(rest))


@case("every order, dynamics and optimizer runs")
def names():
    for edit in ("data.order=shuffled", "data.order=random", "inner.dynamics=momentum", "inner.restart=fresh",
                 "model.activation=relu", "model.activation=sigmoid", "model.activation=softplus", "inner.l2=0.01",
                 "inner.shard=7", "outer.penalty=0.01", "hyper.rate.transform=softplus", "hyper.rate.per=layer*step"):
        sets = [edit] + (["hyper.rate.init=0.03"] if edit == "inner.dynamics=momentum" else [])
        hold(edit, run_json("hypergradient", "t.yaml", sets=sets + ["estimator.window=0"])["certified"] is True)
    for optimizer in "gradient-descent", "momentum":
        run("tune", "t.yaml", "--study", optimizer, sets=["outer.optimizer=" + optimizer])


def write_adam():
    """Every coefficient of AdamW is tuned: a.yaml; those of Adam but the rate are constants: b.yaml."""
    with open("t.yaml") as file:
        text = "".join(line for line in file if "name: decay" not in line)
    with open("b.yaml", "w") as file:
        file.write(text)
    with open("a.yaml", "w") as file:
        file.write(text.replace("hyper:\n", """\
hyper:
  - {name: beta1, per: step*array, init: 0.9}
  - {name: beta2, per: array, init: 0.99}
  - {name: epsilon, per: step, init: 1.0e-3}
  - {name: weight_decay, init: 0.1}
"""))


@case("adam and adamw: verify, compare, plan, constants and their defaults")
def adam():
    write_adam()
    rate = "hyper.rate.init=0.02"
    for more in ([], ["precision=single"], ["inner.buffer=stream64"], ["inner.buffer=integer"], ["inner.second_bits=60"],
                 ["inner.epsilon_place=inside"]):
        report = run_json("verify", "a.yaml", sets=["inner.dynamics=adamw", rate] + more)
        hold("certificate with %s" % more, report["certified"] is True and .99 < report["bits_ratio"] < 1.03)
    names = "reversible,stored,checkpointed,forward,differences"
    report = run_json("compare", "a.yaml", "--estimators", names, sets=["inner.dynamics=adamw", rate, "inner.steps=12"])
    hold("the same bits", all(entry["difference"] == 0 for entry in report["estimators"][:3]))
    hold("agree", report["agree"] and report["estimators"][3]["difference"] < 1e-10)
    plan = run_json("plan", "a.yaml", sets=["inner.dynamics=adamw", rate])
    bytes_of = {entry["trajectory"]: entry["bytes"] for entry in plan["trajectories"]}
    found = run_json("hypergradient", "a.yaml", sets=["inner.dynamics=adamw", rate])
    close("bytes of a reversible trajectory", bytes_of["reversible"], found["bytes"]["trajectory"], .3)
    sets = ["inner.dynamics=adam", rate]
    default = run_json("hypergradient", "b.yaml", sets=sets)
    given = sets + ["inner.beta1=0.9", "inner.beta2=0.999", "inner.epsilon=1e-8"]
    expect("defaults", timeless(default), timeless(run_json("hypergradient", "b.yaml", sets=given)))
    hold("another epsilon", default["loss"] != run_json("hypergradient", "b.yaml", sets=sets + ["inner.epsilon=0.1"])["loss"])
    run("tune", "a.yaml", "--study", "adamw", sets=["inner.dynamics=adamw", rate, "outer.iterations=2"])


@case("a fraction is exact with the integer buffer only")
def fractions():
    with open("t.yaml") as file:
        text = "".join(line for line in file if "name: decay" not in line)
    with open("u.yaml", "w") as file:
        file.write(text)
    ratio = run_json("hypergradient", "u.yaml", sets=["inner.decay=9/10", "inner.buffer=integer"])
    close("limit", math.log2(10 / 9), ratio["bits_limit"])
    number = run_json("hypergradient", "u.yaml", sets=["inner.decay=0.9"])
    expect("rounded like a number", timeless(number),
           timeless(run_json("hypergradient", "u.yaml", sets=["inner.decay=9/10"])))
    hold("not exact by rounding", abs(number["bits_limit"] - math.log2(10 / 9)) > 1e-6)


@case("closed standard streams: nothing is printed into the study's files")
def closed_streams():
    script = ("retrograde tune t.yaml --set snapshots.steps=9 >&- 2>&- <&- & pid=$!; "
              "while kill -0 $pid 2>/dev/null; do ls -l /proc/$pid/fd 2>/dev/null; done; wait $pid; echo ended $?")
    done = subprocess.run(["bash", "-c", script], capture_output=True, encoding="utf-8")
    hold("exit status of a summary that cannot be written", done.stdout.endswith("ended 5\n"))
    taken = re.findall(r" ([012]) -> (.*)", done.stdout)
    wrong = sorted({path for _, path in taken if "/t/" in path})
    hold("standard streams of a study: %s" % wrong[:3], not wrong)


@case("a study that is at work is not gone on with by a second process")
def one_at_a_time():
    long = ["tune", "t.yaml", "--set", "inner.steps=40000", "--set", "outer.iterations=50"]
    first = subprocess.Popen(["retrograde", *long], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while first.poll() is None and not os.path.exists("t/snapshots/last"):
        time.sleep(.001)
    first.send_signal(signal.SIGSTOP)
    run(*long, "--resume", status=2, warning="retrograde: t: another process is at work on this study\n")
    first.kill()
    first.wait()


@case("a byte order mark and lines that end as elsewhere do not count")
def other_editors():
    expected = timeless(run_json("hypergradient", "t.yaml"))
    with open("u.yaml", "wb") as file:
        file.write(b"\xef\xbb\xbf" + read("t.yaml").replace(b"\n", b"\r\n"))
    expect("the same", expected, timeless(run_json("hypergradient", "u.yaml")))


@case("a decay too near 1 for its ratio warns")
def warns():
    sentence = ("retrograde: decay: value 0 is applied as 0.8984375; the quantum 2^-8 is above 1 % of its distance to 1: "
                "larger ratio_bits resolve it better\n")
    run("hypergradient", "t.yaml", sets=["inner.ratio_bits=8"], warning=sentence)
    nearest = sentence.replace("0.8984375", "0.999938965").replace("2^-8", "2^-14")  # and not as 1
    run("hypergradient", "t.yaml", sets=["hyper.decay.init=0.9999999"], warning=nearest)


# ---- checks ------------------------------------------------------------------------------

@case("compare: reversible and stored do not differ")
def compare_exact():
    report = run_json("compare", "complete.yaml", "--estimators", "reversible,reverse:stored", "--tolerance", "0")
    expect("agree", True, report["agree"])
    expect("differences", [0, 0], [entry["difference"] for entry in report["estimators"]])


@case("compare: reverse and central differences agree, but not to the bit")
def compare_differences():
    names = "reversible,stored:floating,differences"
    report = run_json("compare", "complete.yaml", "--estimators", names, "--tolerance", "1e-4")
    expect("names", names.split(","), [entry["name"] for entry in report["estimators"]])
    expect("keys", "name outer_loss hypergradient_norm difference cosine blocks seconds trajectory_bytes recomputed_steps".split(),
           list(report["estimators"][0]))
    hold("last line", run("compare", "complete.yaml", "--estimators", names, "--tolerance", "1e-4").endswith(
        "\nall agree within 0.0001 of reversible\n"))
    hold("last line", run("compare", "complete.yaml", "--estimators", names, "--tolerance", "0", status=1).endswith(
        "\nnot all agree within 0 of reversible\n"))


def write_convex():
    """A softmax regression with penalties and example weights, trained to its minimum: i.yaml."""
    with open("i.yaml", "w") as file:
        file.write("""\
data: {kind: npy, train: {inputs: x.npy, labels: y.npy}, valid: {inputs: xv.npy, labels: yv.npy}}
model: {layers: [9, 4], scale: 0.1}
inner: {dynamics: gradient-descent, steps: 2000, rate: 0.5}
hyper:
  - {name: l2, per: weight, init: 0.02, transform: log}
  - {name: example_weight, per: example, init: 1}
estimator: {kind: implicit:cg, trajectory: stored}
""")


@case("compare: what a method finds does not depend on those before it")
def compare_order():
    names = ["reversible", "forward", "differences", "stored:floating", "checkpointed", "forward:floating"]
    sets = ["hyper.0.per=array", "hyper.1.per=all"]
    found = [run_json("compare", "t.yaml", "--estimators", ",".join(order), "--tolerance", "1e-5", sets=sets)["estimators"]
             for order in (names, names[::-1])]
    figures = [{entry["name"]: (entry["outer_loss"], entry["hypergradient_norm"], entry["trajectory_bytes"],
                                entry["recomputed_steps"]) for entry in entries} for entries in found]
    expect("figures", figures[0], figures[1])


@case("compare: implicit ones agree with reverse at a minimum, and truncated with Neumann")
def compare_implicit():
    write_convex()
    names = "stored,implicit:cg,implicit:dense,implicit:fixed-point"
    report = run_json("compare", "i.yaml", "--estimators", names, "--tolerance", "1e-8")
    expect("names", names.split(","), [entry["name"] for entry in report["estimators"]])
    expect("who is implicit", [False, True, True, True], ["implicit" in entry for entry in report["estimators"]])
    for entry in report["estimators"][1:]:
        hold("residual", entry["implicit"]["residual"] < 1e-9)
    sets = ["estimator.steps=30", "estimator.terms=30"]
    run("compare", "i.yaml", "--estimators", "truncated,implicit:neumann", "--tolerance", "1e-9", sets=sets)
    text = run("compare", "i.yaml", "--estimators", "stored,truncated,implicit:neumann", "--tolerance", "1e-4", sets=sets,
               status=1)
    hold("bias", re.search(r"^implicit:neumann: residual \d.*; the gradient of the inner loss is ", text, re.M))
    run("compare", "i.yaml", "--estimators", "stored,truncated", "--tolerance", "0", sets=["estimator.steps=2000"])


@case("hypergradient: an implicit one reports its solution, and a run that is not at its minimum")
def implicit_report():
    write_convex()
    report = run_json("hypergradient", "i.yaml")
    expect("names", ("implicit:cg", "none"), (report["estimator"], report["trajectory"]))
    hold("head", run("hypergradient", "i.yaml").startswith("implicit:cg, gradient-descent, double precision: 40 weights"))
    report = report["implicit"]
    expect("keys", "iterations products residual residuals least_curvature largest_eigenvalue step stationarity "
           "stationarity_start outer_change".split(), list(report))
    hold("residuals fall", report["residuals"][-1] < 1e-10 < report["residuals"][0])
    hold("stationarity", report["stationarity"] < 1e-9 < report["stationarity_start"])
    text = run("hypergradient", "i.yaml", sets=["estimator.kind=implicit:neumann", "estimator.terms=1"])
    hold("products", re.search(r"^residual \d\.\d{3}e[+-]\d\d after 0 iterations, \d+ products", text, re.M))
    done = subprocess.run(["retrograde", "hypergradient", "i.yaml", "--set", "inner.steps=3"], capture_output=True,
                          encoding="utf-8")
    hold("sentence", "implicit:cg: the inner problem is not near its minimum: its gradient's norm is " in done.stderr)


@case("compare: forward mode is reverse")
def compare_forward():
    for arithmetic in "exact", "floating":
        names = "stored:%s,forward:%s" % (arithmetic, arithmetic)
        report = run_json("compare", "complete.yaml", "--estimators", names, "--tolerance", "1e-9",
                          sets=["precision=double"])
        expect("agree", True, report["agree"])


@case("compare: rules without a way back, over stored and checkpointed trajectories")
def compare_irreversible():
    write_convex()
    names = "stored,checkpointed,stored:floating,differences"
    for name, sets in (("i.yaml", ["inner.steps=50"]), ("t.yaml", ["inner.dynamics=nesterov", "hyper.rate.init=0.03"])):
        report = run_json("compare", name, "--estimators", names, "--tolerance", "1e-6", sets=sets)
        expect("checkpointed", 0, report["estimators"][1]["difference"])


@case("a checkpointed trajectory gives the bits of a stored one, in memory and on disk")
def checkpointed():
    for arithmetic in "exact", "floating":
        sets, small = ["inner.arithmetic=" + arithmetic], "11KiB" if arithmetic == "exact" else "8KiB"
        stored = run_json("hypergradient", "t.yaml", sets=sets + ["estimator.trajectory=stored"])
        for slots, memory, steps, disk in (1, "1MiB", 780, False), (4, "1MiB", 68, False), (4, small, 68, True):
            report = run_json("hypergradient", "t.yaml", sets=sets + [
                "estimator.trajectory=checkpointed", "estimator.slots=%d" % slots, "estimator.slot_directory=.",
                "memory=" + memory])
            expect("recomputed steps", steps, report["recomputed_steps"])
            hold("bytes on disk: %d" % report["bytes"]["disk"], (report["bytes"]["disk"] > 0) == disk)
            expect("blocks", stored["blocks"], report["blocks"])
    names = "reversible,stored,checkpointed"
    report = run_json("compare", "complete.yaml", "--estimators", names, "--tolerance", "0")
    expect("recomputed steps", [0, 0, 38], [entry["recomputed_steps"] for entry in report["estimators"]])
    hold("text", "\n38 steps taken again; 0 bytes on disk\n" in run(
        "hypergradient", "t.yaml", sets=["estimator.trajectory=checkpointed"]))


@case("plan foretells steps, and bytes within 5 %")
def plan():
    for more in ([], ["hyper.decay.init=0.6"], ["inner.buffer=stream64"], ["inner.buffer=integer"],
                 ["inner.arithmetic=floating", "precision=single"], ["inner.dynamics=nesterov", "inner.arithmetic=floating"]):
        sets = ["model.layers=[9,50,30,4]", "inner.steps=150", "hyper.rate.init=0.03"] + more
        report = run_json("plan", "t.yaml", sets=sets + ["estimator.slots=5"])
        expect("keys", "weights steps memory trajectories auto forward shared exchange".split(), list(report))
        expect("names", ["stored", "checkpointed", "checkpointed", "reversible"],
               [entry["trajectory"] for entry in report["trajectories"]])
        for entry in report["trajectories"]:
            if not entry["possible"]:
                hold("reversible in floating arithmetic", entry["trajectory"] == "reversible" and more[-1:] != [])
                continue
            slots = ["estimator.slots=%d" % entry["slots"]] if entry["slots"] > 0 else []
            found = run_json("hypergradient", "t.yaml", sets=sets + slots + [
                "estimator.trajectory=" + entry["trajectory"]])
            expect("recomputed steps", found["recomputed_steps"], entry["recomputed_steps"])
            close("bytes of %s with %s" % (entry["trajectory"], more), found["bytes"]["trajectory"], entry["bytes"], .05)
            hold("seconds", 0 < entry["seconds"] < 100)
    sets = ["hyper.0.per=step"]
    for more in ([], ["estimator.tangent_bytes=64KiB"]):
        forecast = run_json("plan", "t.yaml", sets=sets + more)["forward"]
        found = run_json("hypergradient", "t.yaml", sets=sets + more + ["estimator.kind=forward"])
        expect("tangents", (found["bytes"]["trajectory"], found["recomputed_steps"]),
               (forecast["bytes"], forecast["recomputed_steps"]))
        hold("seconds", 0 < forecast["seconds"] < 100)


@case("plan as text, and what auto picks")
def plan_text():
    text = run("plan", "t.yaml", sets=["estimator.trajectory=stored", "memory=20KiB"])
    hold("forward", re.search(r"^none: forward mode +600320 +0 +0 +\d+\.\d{3}$", text, re.M))
    hold("stored", re.search(r"^stored +90768 +0 +0 +\d+\.\d{3}  no$", text, re.M))
    hold("checkpointed", re.search(r"^checkpointed, 7 slots +\d+ +0 +38 +\d+\.\d{3}  no$", text, re.M))
    hold("auto", "\ntrajectory: auto picks reversible: about 4800 bytes of at most 20480, and no step is taken again\n" in text)
    hold("one shard", text.endswith("\nranks would share nothing: the batch is one shard (inner.shard)\n"))
    hold("shards", run("plan", "t.yaml", sets=["inner.shard=8"]).endswith(
        "\nranks tell each other, a step: 2144 bytes on the way out, 6504 on the way back\n"))
    hold("limit of the memory", "fits" in text and re.search(r"^checkpointed, 6 slots .* yes$", text, re.M))
    floating = ["inner.arithmetic=floating", "estimator.trajectory=auto"]
    hold("reason", "reversible                   not possible: a reversible trajectory needs exact arithmetic" in run(
        "plan", "t.yaml", sets=floating))
    said = "retrograde: estimator.trajectory: auto is %s\n"
    for memory, names, why in (
            ("1MiB", "stored", "stored: about 86080 bytes of at most 1048576, and no step is taken again"),
            ("20KiB", "checkpointed", "checkpointed with 9 slots: about 20008 bytes of at most 20480, and 31 steps are taken again")):
        report = run_json("hypergradient", "t.yaml", sets=floating + ["memory=" + memory], warning=said % why)
        expect("trajectory", names, report["trajectory"])
        hold("bytes", report["bytes"]["trajectory"] <= {"1MiB": 2**20, "20KiB": 20480}[memory])


@case("an entropy buffer beyond the memory goes to a file, with the same bits")
def spill():
    sets = ["inner.steps=6000", "hyper.rate.per=all", "hyper.rate.init=0.03", "hyper.decay.init=0.5"]
    for kind in "stream", "stream64":
        kinds = sets + ["inner.buffer=" + kind]
        plain = run_json("hypergradient", "t.yaml", sets=kinds)
        # a head of 64 takes 48 KiB with its words of a step, twice that is the least
        limited = kinds + ["memory=" + ("66KiB" if kind == "stream" else "100KiB")]
        spilled = run_json("hypergradient", "t.yaml", sets=limited + ["estimator.spill_directory=."])
        expect("blocks", plain["blocks"], spilled["blocks"])
        hold("certificate", spilled["certified"])
        expect("disk", 0, plain["bytes"]["disk"])
        hold("bytes %r" % spilled["bytes"], spilled["bytes"]["trajectory"] <= 102400 and spilled["bytes"]["disk"] > 20000)
        planned = run_json("plan", "t.yaml", sets=limited)["trajectories"][-1]
        hold("plan: %r, %r" % (planned, spilled["bytes"]), planned["fits"] and planned["disk_bytes"] >= spilled["bytes"]["disk"] * .8)
        hold("verify", run_json("verify", "t.yaml", sets=kinds + ["memory=148KiB"])["certified"])
        hold("no file is left", not [name for name in os.listdir(".") if name.startswith("retrograde-")])
    said = "retrograde: estimator.trajectory: auto is reversible: 67584 bytes of memory, about "
    done = subprocess.run(["retrograde", "hypergradient", "t.yaml", "--set", "estimator.trajectory=auto", "--set", "memory=66KiB"]
                          + [word for edit in sets for word in ("--set", edit)], capture_output=True, encoding="utf-8")
    hold("auto: " + done.stderr, done.stderr.startswith(said))


@case("verify certifies each buffer, precision and dynamics")
def verify():
    for edit in ("inner.buffer=stream", "inner.buffer=stream64", "inner.buffer=integer", "precision=single",
                 "precision=double", "inner.ratio_bits=17", "inner.ratio_bits=28", "inner.fraction_bits=51"):
        sets = [edit, "hyper.rate.init=0.03"]
        report = run_json("verify", "t.yaml", sets=sets)
        expect("keys", "certified weights steps bits_per_weight_step bits_limit bits_ratio buffer_bytes seconds".split(),
               list(report))
        hold("certificate with " + edit, report["certified"] is True and .99 < report["bits_ratio"] < 1.02)
    hold("text", run("verify", "t.yaml").startswith("certified: 134 weights back at their start after 40 steps"))


@case("tune: an outer loss of 0, of one class, is a summary without a ratio")
def loss_of_zero():
    with open("one.csv", "w") as file:
        file.write("1.5,0\n-2.25,0\n")
    with open("one.yaml", "w") as file:
        file.write("data: {kind: csv, train: {inputs: one.csv}}\nmodel: {layers: [1, 1], scale: 1}\n"
                   "inner: {steps: 3, decay: 0.9}\nhyper: [{name: rate, init: 0.1}]\n"
                   "outer: {iterations: 2, loss: training}\n")
    losses = run_json("tune", "one.yaml")["outer_loss"]
    expect("losses", {"first": 0.0, "mean_last_5": 0.0, "ratio": None, "after": 0.0}, losses)
    text = run("tune", "one.yaml", "--study", "again")
    hold("text", "outer loss        0.0000 -> 0.0000 (mean of the last 2)\n" in text)


@case("compare: differences move a number alone, at the edges of its constraints and past a rounded decay's penalty")
def differences_of_the_constrained():
    both = ["compare", "t.yaml", "--estimators", "stored:floating,differences"]
    edge = "{min: 0.3, max: 0.3, budget: 1.8}"
    rate = "hyper.0={name: rate, per: array, init: 0.3, transform: identity, constraint: %s}" % edge
    for edits in [], ["outer.penalty=0.01"], ["outer.penalty=0.01", "outer.penalty_of=natural"]:
        hold("agreement with %s" % edits, run_json(*both, sets=["hyper.1.per=all", rate] + edits)["agree"])
    hold("agreement in single precision",
         run_json(*both, "--tolerance", "1e-3", sets=["hyper.0.per=layer", "precision=single"])["agree"])
    simplex = ["model.kind=multitask", "model.tasks=one-vs-all", "model.layers=[9,3,2]", "model.sharing=[shared,tied]",
               "hyper.0.per=all", "hyper.1={name: sharing, init: 0.4, constraint: {simplex: true}}", "inner.decay=0.9",
               "data.batch=4"]
    hold("agreement on the simplex", run_json(*both, sets=simplex)["agree"])


@case("--diagnose: single against double precision, where the run is quiet and where it is chaotic")
def diagnose():
    keys = "adjoint_steps adjoint_norms adjoint_growth tangent_steps tangent_norms tangent_growth usable_steps lyapunov_exponent"
    expect("keys", keys.split(), list(run_json("hypergradient", "t.yaml")["diagnostics"]))
    found = [run_json("hypergradient", "t.yaml", "--diagnose", sets=["precision=" + p])["diagnostics"] for p in ("double", "single")]
    for diagnostics in found:
        expect("keys", keys.split() + ["single_precision"], list(diagnostics))
        single = diagnostics["single_precision"]
        expect("keys", "hypergradient_difference adjoint_differences eaten_step failure".split(), list(single))
        hold("the hypergradient differs by rounding", 1e-9 < single["hypergradient_difference"] < 1e-5)
        expect("samples", len(diagnostics["adjoint_steps"]), len(single["adjoint_differences"]))
        hold("the adjoint differs by rounding", all(1e-9 < x < 1e-5 for x in single["adjoint_differences"]))
        expect("eaten, failure", (None, None), (single["eaten_step"], single["failure"]))
    expect("the same from either precision", found[0]["single_precision"], found[1]["single_precision"])
    hold("text", re.search(r"^single against double precision: the hypergradient differs by \d.*; the adjoint by .* at step 0$",
                           run("hypergradient", "t.yaml", "--diagnose"), re.M))


@case("a budget that binds: every optimizer comes within 2 % of the minimum")
def budget_binds():
    chance = random.Random(11)
    for name, rows, noise in ("train.csv", 300, 2), ("valid.csv", 100, 0):
        lines = []
        for _ in range(rows):
            row = [chance.gauss(0, 1) for _ in range(10)]
            lines.append(",".join(map(repr, row)) + ",%d\n" % (row[0] + .5 * row[1] + chance.gauss(0, noise) > 0))
        write_text(name, "".join(lines))
    write_text("b.yaml", """data:
  kind: csv
  train: {inputs: train.csv}
  valid: {inputs: valid.csv}
model: {layers: [10, 2], scale: 0}
inner: {dynamics: momentum, steps: 10, decay: 0.5, rate: 0.1}
hyper:
  - {name: example_weight, per: example, init: 0.1, transform: identity, constraint: {min: 0, max: 1, budget: 30}}
outer: {rate: 0.01}
""")
    found = {}
    for method, iterations, sets in (("spectral", 100, []), ("adam", 160, []), ("rmsprop", 100, []), ("sign-descent", 160, []),
                                     ("gradient-descent", 100, ["outer.rate=10"]), ("momentum", 100, ["outer.rate=3"])):
        found[method] = run_json("tune", "b.yaml", "--study", method,
                                 sets=["outer.optimizer=" + method, "outer.iterations=%d" % iterations] + sets)["outer_loss"]
    least = found["spectral"]["after"]
    hold("the budget is worth something", least < .95 * found["adam"]["first"])
    for method, loss in found.items():
        hold("%s: %g, the minimum is %g" % (method, loss["after"], least), loss["after"] <= 1.02 * least)


@case("inner.clip: every way to the hypergradient of a clipped run")
def clipped():
    norm = run_json("hypergradient", "t.yaml")["loss"]["outer"]
    found = run_json("compare", "t.yaml", "--estimators", "reversible,stored,checkpointed,stored:floating,differences",
                     sets=["inner.clip=0.2", "hyper.0.per=array", "hyper.1.per=all"])
    hold("agreement", found["agree"])
    hold("it is clipped", abs(found["estimators"][0]["outer_loss"] - norm) > 1e-4)
    expect("bits", [0, 0], [row["difference"] for row in found["estimators"][1:3]])


@case("truncated says how much it left out: hypergradient, journal, summary")
def left_out():
    sets = ["estimator={kind: truncated, steps: 12}", "hyper.0.per=array", "hyper.1.per=all"]
    report = run_json("hypergradient", "t.yaml", sets=sets)
    told = report["truncated"]
    expect("keys", ["adjoint_end", "adjoint_cut", "left_out"], list(told))
    whole = run_json("hypergradient", "t.yaml", sets=sets[1:])
    hold("nothing is cut", "truncated" not in whole and "truncated" not in run_json("hypergradient", "t.yaml", sets=sets + ["estimator.steps=40"]))
    hold("text", re.search(r"^left out +at the cut the adjoint is \S+ of that at the end(; .*)?$", run("hypergradient", "t.yaml", sets=sets), re.M))
    summary = run_json("tune", "t.yaml", sets=sets)["left_out"]
    line = journal("t")[-1]
    close("adjoint", line["adjoint_cut"] / line["adjoint_end"], summary["adjoint"])
    first = journal("t")[0]
    close("the journal's", told["adjoint_cut"], first["adjoint_cut"])
    expect("bound", told["left_out"], first.get("left_out"))
    hold("summary", "left out          at the cut the adjoint is" in run("tune", "t.yaml", "--study", "u", sets=sets))


@case("tune: a note that differs in its numbers alone is said once, and counted")
def notes_once():
    command = ["retrograde", "tune", "t.yaml"]
    for edit in ("inner.steps=300", "hyper.0={name: rate, per: all, init: 6, transform: log}", "inner.fraction_bits=36", "outer.rate=1e-6",
                 "outer.iterations=4"):
        command += ["--set", edit]
    said = subprocess.run(command, capture_output=True, encoding="utf-8").stderr
    expect("said", 1, len(re.findall(r"chaotic regime: the hypergradient grows e\^[\d.]+ per step", said)))
    hold("counted", "noted 3 times more: chaotic regime: the hypergradient grows e^..." in said)


@case("--diagnose: rounding eats the adjoint of a chaotic run, and the run says it is chaotic")
def diagnose_chaos():
    command = ["retrograde", "hypergradient", "t.yaml", "--diagnose", "--json"]
    for edit in ("inner.steps=300", "hyper.0={name: rate, per: all, init: 6, transform: log}", "inner.fraction_bits=36"):
        command += ["--set", edit]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    hold("said", re.search(r"chaotic regime: the hypergradient grows e\^\S+ per step backwards: not usable beyond \d+ steps$",
                           done.stderr, re.M))
    diagnostics = json.loads(done.stdout)["diagnostics"]
    hold("exponent", diagnostics["lyapunov_exponent"] > 0)
    single = diagnostics["single_precision"]
    hold("eaten", single["eaten_step"] in diagnostics["adjoint_steps"])
    at = diagnostics["adjoint_steps"].index(single["eaten_step"])
    hold("the first that is", single["adjoint_differences"][at] >= .5 and all(x < .5 for x in single["adjoint_differences"][:at]))


@case("--diagnose: forward mode samples its tangents; what the other precision cannot do is told")
def diagnose_forward():
    sets = ["estimator.kind=forward", "hyper.0.per=all", "hyper.1.per=all"]
    diagnostics = run_json("hypergradient", "t.yaml", "--diagnose", sets=sets)["diagnostics"]
    hold("tangents", diagnostics["adjoint_steps"] == [] and len(diagnostics["tangent_steps"]) > 12
         and all(x > 0 for x in diagnostics["tangent_norms"]))
    hold("difference", diagnostics["single_precision"]["hypergradient_difference"] < 1e-5)
    expect("no adjoints", [], diagnostics["single_precision"]["adjoint_differences"])
    run("tune", "t.yaml", sets=sets)
    hold("journal", all(line["tangent_norm"] > 0 and "tangent_growth" in line for line in journal("t")))
    with open("x.npy", "r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(struct.pack("<d", 1e39))
    found = run_json("hypergradient", "t.yaml", "--diagnose", sets=["inner.arithmetic=floating", "estimator.trajectory=stored"],
                     warning="retrograde: the inputs differ in scale by 10^38: feature 8 has the deviation 1.28e+38, feature 3 has 0.797; "
                             "standardize makes them alike\n")
    single = found["diagnostics"]["single_precision"]
    hold("failure", single["failure"].endswith("too large for single precision") and single["hypergradient_difference"] is None)


@case("estimator.tangent_bytes: tangents that do not fit take more training runs and give the same numbers")
def tangent_bytes():
    sets = ["estimator.kind=forward", "hyper.0.per=step"]
    whole = run_json("hypergradient", "t.yaml", sets=sets)
    parts = run_json("hypergradient", "t.yaml", sets=sets + ["estimator.tangent_bytes=64 KiB"])
    column = 134 * 2 * 8
    expect("bytes", (80 * column, 65536 // column // 16 * 16 * column),
           (whole["bytes"]["trajectory"], parts["bytes"]["trajectory"]))
    expect("blocks", whole["blocks"], parts["blocks"])


# ---- studies --------------------------------------------------------------------------------

@case("tune writes config, journal, snapshots and hyperparameters")
def tune():
    text = run("tune", "t.yaml")
    hold("summary", re.match(r"tuned 280 hyperparameters in 3 meta-iterations, .*\nouter loss .* -> .*\n"
                             r"best outer_loss .*, in meta-iteration 3\nvalidation error .* -> .*\n"
                             r"best +meta-iteration 3: outer loss \d\.\d{4}, validation error .*\nlast +meta-iteration 3: .*\n"
                             r"result +best\nstudy +t\n$", text))
    expect("files", ["best", "config.yaml", "hyper", "inputs", "journal.jsonl", "last", "snapshots"], sorted(os.listdir("t")))
    expect("best", ["decay.npy", "rate.npy", "schedule.csv", "weights.npz"], sorted(os.listdir("t/best")))
    schedule = fields_of(read("t/best/schedule.csv").decode())
    expect("columns", "step;rate W1;rate b1;rate W2;rate b2;rate W3;rate b3;decay", ";".join(schedule[0]))
    numbers = [[float(x) for x in line] for line in schedule[1:]]
    rates, decays = read_npy("t/best/rate.npy")[1], read_npy("t/best/decay.npy")[1]
    expect("steps, rates, decays", ([float(t) for t in range(40)], rates, decays),
           ([line[0] for line in numbers], tuple(x for line in numbers for x in line[1:7]), tuple(line[7] for line in numbers)))
    hold("the last run is the best", folder("t/last") == folder("t/best"))
    expect("its hyperparameters", read("t/hyper/rate.npy"), read("t/last/rate.npy"))
    expect("hyper", ["decay.npy", "rate.npy"], sorted(os.listdir("t/hyper")))
    expect("snapshots", ["last", "previous"], sorted(os.listdir("t/snapshots")))
    expect("shape", (40, 6), read_npy("t/hyper/rate.npy")[0])
    lines = journal("t")
    expect("iterations", [0, 1, 2], [line["iteration"] for line in lines])
    expect("keys", ["adjoint_growth", "hypergradient_norm", "inner_loss", "iteration", "outer_loss", "validation_error",
                    "validation_loss"], sorted(set(lines[0]) - {"usable_steps"}))
    hold("the loss falls", lines[2]["outer_loss"] < lines[0]["outer_loss"])
    report = run_json("tune", "t.yaml", "--study", "again")
    expect("JSON", "study result best_run last_run iterations hyperparameters outer_loss best stopped_early validation_error test_loss test_error seconds peak_rss".split(), list(report))
    run("tune", "t.yaml", "--study", "longer", sets=["outer.iterations=4"])
    expect("the last run is the one that would be next", journal("longer")[3]["outer_loss"], report["last_run"]["outer_loss"])
    expect("best", {"iteration": 3, "monitor": "outer_loss", "value": journal("longer")[3]["outer_loss"]}, report["best"])
    hold("to its end", report["stopped_early"] is False)
    expect("the same journal", lines, journal("again"))
    run("tune", "t.yaml", "--resume", warning="retrograde: t: all 3 meta-iterations are done already\n")


@case("tune without a meta-iteration evaluates the start; test data meet the same weights")
def untuned():
    sets = ["outer.iterations=0", "data.test={inputs: xv.npy, labels: yv.npy}"]
    note = "retrograde: 30 of the 30 test examples are validation examples too\n"
    text = run("tune", "t.yaml", sets=sets, warning=note)
    hold("summary: " + text, re.fullmatch(r"tuned 280 hyperparameters in 0 meta-iterations, 0\.0 s\nouter loss +\d+\.\d{4}\n"
                                          r"validation error +(\d+\.\d\d) %\ntest error +\1 %\n(best|last) .*\n(best|last) .*\nresult +best\nstudy +t\n", text))
    expect("no line", [], journal("t"))
    report = run_json("tune", "t.yaml", "--study", "again", sets=sets, warning=note)
    first = run_json("tune", "t.yaml", "--study", "one", sets=["outer.iterations=1"] + sets[1:], warning=note)
    loss = first["outer_loss"]["first"]
    expect("losses", {"first": loss, "mean_last_5": None, "ratio": None, "after": loss}, report["outer_loss"])
    expect("no best", {"iteration": 0, "monitor": "outer_loss", "value": None}, report["best"])
    error = first["validation_error"]["before"]
    expect("errors", ({"before": error, "after": error}, error), (report["validation_error"], report["test_error"]))
    expect("the same data", first["test_error"], first["validation_error"]["after"])
    expect("again", text, run("tune", "t.yaml", "--resume", sets=sets, warning=note))


def read_npz(path):
    """Names and arrays of an NPZ file, as (shape, values); texts as a list."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        hold("every checksum of " + path, archive.testzip() is None)
        for name in archive.namelist():
            with open("member.npy", "wb") as file:
                file.write(archive.read(name))
            header = read("member.npy")[10:]
            kind = re.search(rb"'<U(\d+)'", header[:80])
            if kind:
                data = read("member.npy")[-4 * int(kind[1]) * int(re.search(rb"\((\d+),", header)[1]):].decode("utf-32-le")
                arrays[name[:-4]] = [data[i:i + int(kind[1])].rstrip("\0") for i in range(0, len(data), int(kind[1]))]
            else:
                arrays[name[:-4]] = read_npy("member.npy")
    os.remove("member.npy")
    return arrays


def predict_by_hand(arrays, row):
    """The logits, or the value, of a network of one layer for raw inputs."""
    mean, scale = arrays["mean"][1], arrays["scale"][1]
    (_, columns), w = arrays["W1"]
    x = [(row[j] - mean[j]) / scale[j] for j in range(len(row))]
    return [sum(x[j] * w[j * columns + k] for j in range(len(x))) + arrays["b1"][1][k] for k in range(columns)]


@case("weights.npz is enough to compute predictions and losses by another program")
def weights():
    words = ["no", "yes"]
    rows = [(math.sin(i), 50 + 20 * math.cos(3 * i)) for i in range(60)]
    with open("w.csv", "w", encoding="utf-8") as file:
        file.write("small,large,class\n" + "".join("%.17g,%.17g,%s\n" % (x, y, words[x + .02 * y > 1]) for x, y in rows))
    with open("w.yaml", "w", encoding="utf-8") as file:
        file.write("data: {train: {inputs: w.csv}, split: {test: .3, valid: .2}, standardize: true}\nprecision: double\n"
                   "model: {layers: [2, 2], scale: .1}\ninner: {dynamics: momentum, steps: 20, decay: .9}\n"
                   "hyper: [{name: rate, per: step, init: .1, transform: log}]\nouter: {iterations: 3, rate: .2}\n")
    report = run_json("tune", "w.yaml")
    arrays = read_npz("w/best/weights.npz")
    expect("names", ["W1", "b1", "mean", "scale", "columns", "classes"], list(arrays))
    expect("columns and classes", [["small", "large"], words], [arrays["columns"], arrays["classes"]])
    loss = wrong = 0
    data = read("w/rows.test.npy")
    tests = struct.unpack("<18q", data[-18 * 8:])
    for i in tests:
        label = rows[i][0] + .02 * rows[i][1] > 1
        logits = predict_by_hand(arrays, rows[i])
        loss += math.log(sum(math.exp(z - logits[label]) for z in logits)) / len(tests)
        wrong += logits[label] < logits[1 - label]
    hold("test loss", abs(loss - report["test_loss"]) < 1e-12)
    expect("test error", wrong / len(tests), report["test_error"])
    for threads in "1", "2":
        run("tune", "w.yaml", "--study", "by" + threads, sets=["threads=" + threads])
        hold("threads", folder("by" + threads + "/best") == folder("w/best"))
    os.remove("w/last/weights.npz")
    again = run_json("tune", "w.yaml", "--resume")
    hold("the result that a kill has left out", folder("by1/last") == folder("w/last"))
    expect("its summary", report["best_run"], again["best_run"])


def flowers(name, task):
    """A table of texts, columns and targets that a line tells apart, and a configuration of it; returns its rows."""
    generator = random.Random(name)
    rows = [[generator.gauss(0, 1), generator.gauss(50, 20)] for _ in range(60)]
    targets = [("no", "yes")[a + .05 * (b - 50) > 0] if task == "classes" else 3 * a - .1 * b + 7 for a, b in rows]
    with open(name + ".csv", "w", encoding="utf-8") as file:
        file.write("small,target,large\n" + "".join("%.17g,%s,%.17g\n" % (a, y, b) for (a, b), y in zip(rows, targets)))
    with open(name + ".yaml", "w", encoding="utf-8") as file:
        file.write("data: {train: {inputs: %s.csv, target: target}, task: %s, split: {test: .3, valid: .2}, standardize: true}\n"
                   "precision: double\nmodel: {layers: [2, %d], scale: .1}\ninner: {dynamics: momentum, steps: 20, decay: .9}\n"
                   "hyper: [{name: rate, per: step, init: .1, transform: log}]\nouter: {iterations: 3, rate: .2}\n"
                   % (name, task, 2 if task == "classes" else 1))
    return rows, targets


def fields_of(text):
    """The lines of a CSV text as lists of fields."""
    return [line.split(",") for line in text.splitlines()]


@case("predict gives classes and probabilities of raw inputs, by the names of columns, with or without targets")
def predict():
    rows, targets = flowers("w", "classes")
    tuned = run_json("tune", "w.yaml")
    arrays = read_npz("w/best/weights.npz")
    whole = run("predict", "w", "w.csv")
    lines = fields_of(whole)
    expect("header", ["class", "no", "yes"], lines[0])
    expect("examples", 61, len(lines))
    for row, line in zip(rows, lines[1:]):
        logits = predict_by_hand(arrays, row)
        p = [1 / sum(math.exp(z - y) for z in logits) for y in logits]
        hold("probabilities", max(abs(float(x) - y) for x, y in zip(line[1:], p)) < 1e-12)
        expect("class", ["no", "yes"][p[1] > p[0]], line[0])
    tests = struct.unpack("<18q", read("w/rows.test.npy")[-144:])
    expect("test error", tuned["test_error"], sum(lines[1 + i][0] != targets[i] for i in tests) / 18)
    with open("bare.csv", "w", encoding="utf-8") as file:
        file.write("other,large,small\n" + "".join("x,%.17g,%.17g\n" % (b, a) for a, b in rows))
    expect("other columns, in another order, no target", whole, run("predict", "w", "bare.csv"))
    with open("unnamed.csv", "w", encoding="utf-8") as file:
        file.write("".join("%.17g,%.17g\n" % (a, b) for a, b in rows))
    expect("no names", whole, run("predict", "w", "unnamed.csv"))
    with open("unseen.csv", "w", encoding="utf-8") as file:
        file.write("small,large,target\n" + "".join("%.17g,%.17g,maybe\n" % (a, b) for a, b in rows))
    expect("targets are not looked at", whole, run("predict", "w", "unseen.csv", "-o", "p.csv") + read("p.csv").decode())
    run("evaluate", "w", "unseen.csv", status=2, warning="retrograde: unseen.csv:2:3: column target: expected a class that the training "
        "examples have, got 'maybe'\n")
    report = run_json("evaluate", "w", "w.csv")["examples"]
    expect("error", sum(line[0] != y for line, y in zip(lines[1:], targets)) / 60, report["error"])
    loss = -sum(math.log(float(line[1 + (y == "yes")])) for line, y in zip(lines[1:], targets)) / 60
    hold("loss", abs(loss - report["loss"]) < 1e-12)
    own = run_json("evaluate", "w")
    expect("of the study's own", [tuned["test_loss"], tuned["best_run"]["validation_loss"]],
           [own["test"]["loss"], own["validation"]["loss"]])


@case("real targets are predicted in their own unit")
def predict_values():
    rows, targets = flowers("r", "real")
    run_json("tune", "r.yaml")
    arrays = read_npz("r/best/weights.npz")
    lines = fields_of(run("predict", "r", "r.csv"))
    expect("header", ["value1"], lines[0])
    errors = []
    for row, y, line in zip(rows, targets, lines[1:]):
        value = predict_by_hand(arrays, row)[0] * arrays["target_scale"][1][0] + arrays["target_mean"][1][0]
        hold("value", abs(value - float(line[0])) < 1e-12 * abs(value))
        errors.append((value - y) ** 2)
    report = run_json("evaluate", "r", "r.csv")["examples"]
    hold("RMSE", abs(math.sqrt(sum(errors) / 60) - report["rmse"]) < 1e-10)
    mean = sum(targets) / 60
    hold("R2", abs(1 - sum(errors) / sum((y - mean) ** 2 for y in targets) - report["r2"]) < 1e-10)
    expect("no error", None, report["error"])


@case("train: the tuned run again to the bit, longer, and on training and validation examples together")
def train():
    flowers("w", "classes")
    tuned = run_json("tune", "w.yaml")
    again = run_json("train", "w", "-o", "again.npz")
    expect("the same bits", read("w/best/weights.npz"), read("again.npz"))
    expect("the same losses", [tuned["test_loss"], tuned["best_run"]["validation_loss"]], [again["test_loss"], again["validation_loss"]])
    given = run_json("train", "w.yaml", "--output", "given.npz")
    expect("with the given hyperparameters", journal("w")[0]["validation_loss"], given["validation_loss"])
    expect("which are those of --set", given["validation_loss"],
           run_json("train", "w.yaml", sets=["hyper.rate.init=.1"])["validation_loss"])
    hold("the default file", read("weights.npz") == read("given.npz"))
    longer = run_json("train", "w", "--steps", "60")
    hold("longer", longer["inner_loss"] < again["inner_loss"] and longer["steps"] == 60)
    both = run_json("train", "w", "--with-valid", "-o", "both.npz")
    expect("examples", (30, 42, None), (again["examples"], both["examples"], both["validation_loss"]))
    raw = fields_of(read("w.csv").decode())[1:]
    rows = struct.unpack("<30q", read("w/rows.train.npy")[-240:]) + struct.unpack("<12q", read("w/rows.valid.npy")[-96:])
    mean = sum(float(raw[i][2]) for i in rows) / 42
    hold("scaled by both", abs(read_npz("both.npz")["mean"][1][1] - mean) < 1e-12 * mean)
    expect("the test of train is that of evaluate", both["test_loss"],
           run_json("evaluate", "w", "--weights", "both.npz", "--with-valid")["test"]["loss"])
    run("evaluate", "w", "--weights", "both.npz", status=2, warning="retrograde: both.npz:mean: expected that of the training examples (of "
        "training and validation examples: --with-valid)\n")
    run("train", "w", "--steps", "0", status=2, warning="retrograde: --steps: expected a whole number >= 1, got 0\n")
    run("predict", "w", status=2, warning="retrograde: predict: expected a study and a file of examples, got 1 (see retrograde predict "
        "--help)\n")
    run("predict", "w.yaml", "w.csv", status=2, warning="retrograde: w.yaml: expected the directory of a study\n")
    with open("w.csv", "a", encoding="utf-8") as file:
        file.write("1,yes,50\n")
    run("predict", "w", "w.csv", status=2, warning="retrograde: %s/w.csv: the content is not that with which the study was begun "
        "(w/inputs)\n" % os.getcwd())


@case("without validation data, tune tells no validation error")
def no_validation():
    sets = ["data.valid=null", "outer.loss=training"]
    hold("summary", "validation" not in run("tune", "t.yaml", sets=sets))
    expect("keys", ["adjoint_growth", "hypergradient_norm", "inner_loss", "iteration", "outer_loss"],
           sorted(set(journal("t")[0]) - {"usable_steps"}))
    report = run_json("tune", "t.yaml", "--study", "again", sets=sets)
    expect("JSON", {"before": None, "after": None}, report["validation_error"])
    sets = ["outer.loss=training"]
    hold("summary with data", "validation error" in run("tune", "t.yaml", "--study", "both", sets=sets))
    line = journal("both")[0]
    hold("a loss of its own", line["validation_loss"] != line["outer_loss"] and "validation_error" in line)


@case("a study's config.yaml gives the same hypergradient, from anywhere")
def resolved():
    run("tune", "complete.yaml", "--study", "s")
    own = run_json("hypergradient", "complete.yaml")
    expect("report", timeless(own), timeless(run_json("hypergradient", os.path.abspath("s/config.yaml"), cwd="/")))
    run("tune", "s/config.yaml", "--study", "again")
    expect("its own resolution", read("s/config.yaml"), read("again/config.yaml"))
    expect("journal", journal("s"), journal("again"))


@case("init by a file that a study wrote")
def continued():
    run("tune", "t.yaml")
    report = run_json("hypergradient", "t.yaml", sets=["hyper.rate.init=t/hyper/rate.npy",
                                                       "hyper.decay.init=t/hyper/decay.npy"])
    hold("the tuned loss", report["loss"]["outer"] < journal("t")[2]["outer_loss"])


def wait_for_lines(process, study, count):
    """Until the journal of a running study has `count` lines."""
    while process.poll() is None:
        try:
            if read(study + "/journal.jsonl").count(b"\n") >= count:
                return
        except FileNotFoundError:
            pass
        time.sleep(.001)


def same_study(one, other):
    expect("journal", journal(one), journal(other))
    hold("hyper", folder(one + "/hyper") == folder(other + "/hyper"))
    hold("best", folder(one + "/best") == folder(other + "/best"))
    hold("last", folder(one + "/last") == folder(other + "/last"))
    expect("config.yaml", read(one + "/config.yaml"), read(other + "/config.yaml"))


@case("a study that is made longer has the bits of one that was so long at once, and its summary is of the whole")
def longer():
    sets = ["outer.patience=60"]
    one = run_json("tune", "t.yaml", "--study", "one", sets=[*sets, "outer.iterations=60"])
    run("tune", "t.yaml", sets=["outer.iterations=30"])
    more = run_json("tune", "t.yaml", "--resume", sets=[*sets, "outer.iterations=60"])
    expect("journal", journal("one"), journal("t"))
    hold("hyper", folder("one/hyper") == folder("t/hyper"))
    hold("best", folder("one/best") == folder("t/best"))
    hold("last", folder("one/last") == folder("t/last"))
    for report in one, more:
        for key in "study", "seconds", "peak_rss":
            report.pop(key)
    expect("summary", one, more)


SCHEDULED = ["hyper=[{name: rate, per: step*layer, schedule: {cosine: {peak: 0.3, warmup: 5.5, end: 0.01}}}, "
             "{name: decay, tune: [peak], schedule: {one-cycle: {start: 0.9, peak: 0.8, warmup: 10, end: 0.9}}}]"]


@case("a study of a family's numbers goes on to the same bits, and a new one begins from its files")
def scheduled():
    run("tune", "t.yaml", "--study", "one", sets=SCHEDULED + ["outer.iterations=8"])
    run("tune", "t.yaml", sets=SCHEDULED + ["outer.iterations=3"])
    run("tune", "t.yaml", "--resume", sets=SCHEDULED + ["outer.iterations=8"])
    expect("journal", journal("one"), journal("t"))
    hold("hyper", folder("one/hyper") == folder("t/hyper"))
    shape, numbers = read_npy("t/hyper/rate.npy")
    expect("peak, warm-up and end of three layers", (3, 3), shape)
    used_shape, used = read_npy("t/hyper/rate.used.npy")
    expect("rates of the steps", (40, 3), used_shape)
    for layer in range(3):
        peak, warmup, end = numbers[layer], numbers[3 + layer], numbers[6 + layer]
        for t in range(40):
            close("used", peak * (t + 1) / (warmup + 1) if t < warmup else
                  end + (peak - end) * (1 + math.cos(math.pi * (t - warmup) / (40 - warmup))) / 2, used[3 * t + layer], 1e-13)
    expect("one number", (1,), read_npy("t/hyper/decay.npy")[0])
    report = run_json("hypergradient", "t.yaml", sets=SCHEDULED + ["hyper.rate.init=t/hyper/rate.npy", "hyper.decay.init=t/hyper/decay.npy"])
    hold("the tuned loss", report["loss"]["outer"] < journal("t")[7]["outer_loss"])


@case("a constant by a family or by name is that of a file, bit for bit")
def constants():
    peak, warmup = 0.3, 7.0
    rates = [peak * (t + 1) / (warmup + 1) if t < warmup else peak * ((1 + math.cos(math.pi * ((t - warmup) / (40 - warmup)))) / 2)
             for t in range(40)]
    base = ["hyper=[{name: l2, init: 0.01}]", "inner.decay=9/10"]
    by_family = run_json("hypergradient", "t.yaml", "--save", "a", sets=base + ["inner.rate={cosine: {peak: 0.3, warmup: 7}}"])
    with open("r.npy", "wb") as file:
        header = "{'descr': '<f8', 'fortran_order': False, 'shape': (40,), }"
        header += " " * (-(len(header) + 11) % 64) + "\n"
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack("<40d", *rates))
    by_file = run_json("hypergradient", "t.yaml", "--save", "b", sets=base + ["inner.rate=r.npy"])
    close("family and file", by_family["loss"]["outer"], by_file["loss"]["outer"], 1e-12)
    names = ["inner.rate={W1: 0.3, \"b*\": 0.2, \"*\": 0.1}"]
    arrays = ["hyper=[{name: l2, init: 0.01}, {name: rate, per: array, init: s.npy, transform: identity}]", "inner.decay=9/10"]
    with open("s.npy", "wb") as file:
        header = "{'descr': '<f8', 'fortran_order': False, 'shape': (6,), }"
        header += " " * (-(len(header) + 11) % 64) + "\n"
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                   + struct.pack("<6d", .3, .2, .1, .2, .1, .2))
    run("hypergradient", "t.yaml", "--save", "c", sets=base + names)
    run("hypergradient", "t.yaml", "--save", "d", sets=arrays)
    hold("by name", read("c/l2.npy") == read("d/l2.npy"))
    run("tune", "t.yaml", "--study", "e", sets=base + names + ["outer.iterations=1"])
    expect("its own resolution", timeless(run_json("hypergradient", "e/config.yaml")), timeless(run_json("hypergradient", "t.yaml",
                                                                                                          sets=base + names + ["outer.iterations=1"])))


@case("a study that is killed goes on as if it had not been")
def killed():
    run(*INTERRUPTIBLE, "--study", "whole")
    for lines in 1, 4, 7, 9:
        resume = ["--resume"] if os.path.exists("t/config.yaml") else []
        process = subprocess.Popen(["retrograde", *INTERRUPTIBLE, *resume], stdout=subprocess.DEVNULL)
        wait_for_lines(process, "t", lines)
        process.kill()
        expect("exit status", -signal.SIGKILL, process.wait())
    run(*INTERRUPTIBLE, "--resume")
    same_study("whole", "t")


@case("SIGINT and SIGTERM save, say so, and the study goes on")
def interrupted():
    run(*INTERRUPTIBLE, "--study", "whole")
    for number, lines in (signal.SIGINT, 2), (signal.SIGTERM, 6):
        resume = ["--resume"] if lines > 2 else []
        process = subprocess.Popen(["retrograde", *INTERRUPTIBLE, *resume], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, encoding="utf-8")
        wait_for_lines(process, "t", lines)
        process.send_signal(number)
        stdout, stderr = process.communicate()
        expect("exit status", 128 + number, process.returncode)
        expect("stdout", "", stdout)
        found = re.fullmatch(r"retrograde: meta-iteration (\d+), step \d+: interrupted\n"
                             r"retrograde: (\d+) meta-iterations and the run on its way are saved in t; go on with --resume\n", stderr)
        hold("sentence: " + stderr, found and found[1] == found[2])
        expect("lines of the journal", int(found[2]), len(journal("t")))
    run(*INTERRUPTIBLE, "--resume")
    same_study("whole", "t")


@case("SIGHUP saves like SIGTERM, unless it was ignored at the start")
def hung_up():
    run(*INTERRUPTIBLE, "--study", "whole")
    for start, status in ([], 128 + signal.SIGHUP), (["nohup"], 0):
        resume = ["--resume"] if status == 0 else []
        process = subprocess.Popen([*start, "retrograde", *INTERRUPTIBLE, *resume], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, encoding="utf-8")
        wait_for_lines(process, "t", 6 if resume else 2)
        process.send_signal(signal.SIGHUP)
        expect("exit status", status, (process.communicate(), process.returncode)[1])
    same_study("whole", "t")


@case("- as FILE: the configuration comes from standard input")
def standard_input():
    text = read("t.yaml").decode()

    def given(*arguments, text=text, status=0, stderr=""):
        done = subprocess.run(["retrograde", *arguments], input=text, capture_output=True, encoding="utf-8")
        expect("stderr", stderr, done.stderr)
        expect("exit status", status, done.returncode)
        return done.stdout

    for command in "hypergradient", "verify":
        expect(command, timeless(run_json(command, "t.yaml")), timeless(json.loads(given(command, "-", "--json"))))
    methods = ["--estimators", "reversible,stored", "--json"]
    expect("compare", [row["difference"] for row in run_json("compare", "t.yaml", *methods[:2])["estimators"]],
           [row["difference"] for row in json.loads(given("compare", "-", *methods))["estimators"]])
    expect("plan", run_json("plan", "t.yaml")["weights"], json.loads(given("plan", "-", "--json"))["weights"])
    hold("another precision reads it again", json.loads(given("hypergradient", "-", "--json", "--diagnose")))
    given("tune", "-", status=2, stderr="retrograde: standard input: expected the study's name: --study DIR, or the key study\n")
    given("hypergradient", "-", text="", status=2, stderr="retrograde: standard input:1:1: the file is empty\n")
    given("hypergradient", "-", text="seed: x\n", status=2,
          stderr="retrograde: standard input:1:7: seed: expected a whole number ≥ 0, got x\n")
    given("tune", "-", "--set", "study=one")
    given("tune", "-", "--study", "two", text=text.replace("iterations: 3", "iterations: 1"))
    given("tune", "-", "--study", "two", "--resume")
    run("tune", "t.yaml")
    for study in "one", "two":
        expect("journal", journal("t"), journal(study))
        hold("hyper", folder("t/hyper") == folder(study + "/hyper"))


@case("a whole number may be written with an exponent, and is the same")
def exponents():
    plain = timeless(run_json("hypergradient", "t.yaml", sets=["inner.steps=30", "data.batch=20"]))
    expect("report", plain, timeless(run_json("hypergradient", "t.yaml", sets=["inner.steps=3e1", "data.batch=2.0e+1"])))


@case("two classes by one output, whatever the labels are called; smoothed labels")
def logistic():
    draw = random.Random(4)
    rows = [[draw.gauss(k % 2, 1) for _ in range(3)] + [k % 2] for k in range(40)]
    config = """data: {train: {inputs: %s.csv, first: 0, count: 30}, valid: {inputs: %s.csv, first: 30}, batch: 10}
model: {layers: [3, 1], scale: 0.1}
inner: {steps: 60, decay: 0.9, fraction_bits: 44, smoothing: %s}
hyper: [{name: rate, per: step, init: 0.1}, {name: l2, per: weight, init: 0.01}]
outer: {iterations: 2}
"""
    reports = []
    for name, labels in ("zero", ["0", "1"]), ("signs", ["-1", "1"]), ("one", ["1", "2"]), ("words", ["ham", "spam"]):
        with open(name + ".csv", "w") as file:
            file.writelines("%r,%r,%r,%s\n" % (*row[:3], labels[row[3]]) for row in rows)
        for smoothing in "0", "0.2":
            with open("c.yaml", "w") as file:
                file.write(config % (name, name, smoothing))
            notes = re.compile(r"(retrograde: \S+.csv: the labels (-1 and 1|1 ... 2) are the classes .*\n)*")
            reports.append(timeless(run_json("hypergradient", "c.yaml", warning=notes)))
            hold("agreement", run_json("compare", "c.yaml", "--estimators", "stored:floating,differences,forward:floating",
                                       warning=notes)["agree"])
            hold("certificate", run_json("verify", "c.yaml", warning=notes)["certified"])
    for i in range(2, len(reports)):
        expect("report", reports[i - 2]["loss"], reports[i]["loss"])
        expect("hypergradient", reports[i - 2]["blocks"], reports[i]["blocks"])
    hold("smoothing matters", reports[0]["loss"] != reports[1]["loss"])
    run("tune", "c.yaml")


@case("init: a new study begins where another ended, refused where shapes differ")
def from_a_study():
    run("tune", "t.yaml", "--study", "old", sets=["outer.patience=50"])
    for origin, folder_name in (("best", "best"), ("last", "hyper")):
        maps = ["hyper.%s.init={study: old, from: %s}" % (name, origin) for name in ("rate", "decay")]
        files = ["hyper.%s.init=old/%s/%s.npy" % (name, folder_name, name) for name in ("rate", "decay")]
        expect(origin, timeless(run_json("hypergradient", "t.yaml", sets=files)), timeless(run_json("hypergradient", "t.yaml", sets=maps)))
    os.mkdir("deep")
    shutil.copytree("old", "deep/old")
    with open("deep/u.yaml", "wb") as file:
        file.write(re.sub(rb"([xy]v?)\.npy", rb"../\1.npy", read("t.yaml")).replace(b"init: 0.3", b"init: {study: old, block: rate}"))
    expect("relative to the configuration", timeless(run_json("hypergradient", "t.yaml", sets=["hyper.rate.init=old/best/rate.npy"])),
           timeless(run_json("hypergradient", "deep/u.yaml")))
    run("tune", "t.yaml", "--study", "new", sets=["hyper.rate.init={study: old}"])
    run("tune", "t.yaml", "--study", "new", "--resume", sets=["hyper.rate.init={study: old}", "outer.iterations=4"])
    run("hypergradient", "t.yaml", status=2, sets=["hyper.rate.init={study: old, block: decay}"], warning="retrograde: command line: "
        "hyper.rate.init: %s/old/best/decay.npy: expected shape [40, 6], got [40]\n" % os.getcwd())
    for edit, sentence in ("{study: none}", "hyper.0.init.study: none: there is no study with hyperparameters rate"), \
            ("{study: old, block: l2}", "hyper.0.init.study: old: there is no study with hyperparameters l2"), \
            ("{study: old, from: first}", "hyper.0.init: from: expected best or last, got first"), \
            ("{block: rate}", "hyper.0.init: expected {study: DIR, ...}"), \
            ("{study: old, block: ../x}", "hyper.0.init: expected the name of a block, got ../x"), \
            ("{study: old, of: rate}", "hyper.0.init: expected {study: DIR, block: NAME, from: best or last}, got of"):
        run("hypergradient", "t.yaml", status=2, sets=["hyper.rate.init=" + edit], warning="retrograde: command line: %s\n" % sentence)


@case("outer.memory: with another study's values and memory, the steps are those of one that went on")
def memory_of_a_study():
    run("tune", "t.yaml", "--study", "whole", sets=["outer.iterations=6"])
    run("tune", "t.yaml", "--study", "half", sets=["outer.iterations=3"])
    begin = ["hyper.%s.init={study: half, from: last}" % name for name in ("rate", "decay")] + ["outer.iterations=3"]
    run("tune", "t.yaml", "--study", "rest", sets=begin + ["outer.memory=half"])
    run("tune", "t.yaml", "--study", "bare", sets=begin)
    losses = {name: [line["outer_loss"] for line in journal(name)] for name in ("whole", "rest", "bare")}
    own, other = (max(abs(losses[name][i] - losses["whole"][3 + i]) for i in range(3)) for name in ("rest", "bare"))
    hold("as one that went on, but for decays that are rounded once more: %g, %g" % (own, other), own < .05 * other)
    for edit, sentence in ("outer.optimizer=rmsprop", "its optimizer is another"), ("hyper.0.per=step", "its hyperparameters are others"):
        run("tune", "t.yaml", "--study", "none", sets=[edit, "outer.memory=half"], status=2,
            warning="retrograde: command line: outer.memory: %s/half: %s\n" % (os.getcwd(), sentence))
    hold("nothing is left", not os.path.exists("none"))


STEEP = ["data.task=real", "model.layers=[9, 1]", "inner.steps=2000", "inner.decay=0.9", "hyper=[{name: rate, init: 0.001}]",
         "outer.optimizer=sign-descent", "outer.rate=20", "outer.loss=training", "outer.iterations=6", "inner.fraction_bits=32", "snapshots.steps=300"]


@case("--keep-going: a run that diverges halves the outer step and goes on, to the same bits after kills and signals")
def keep_going():
    run("tune", "t.yaml", "--study", "ends", sets=STEEP, status=3, warning=re.compile(r"(retrograde: .*\n)+"))
    run("tune", "t.yaml", "--study", "few", "--keep-going", "1", sets=STEEP, status=3, warning=re.compile(r"(retrograde: .*\n)+"))
    notes = re.compile(r"(retrograde: meta-iteration \d+: .*: the outer step is taken 0\.\d+ times as long\n|retrograde: .*\n)+")
    run("tune", "t.yaml", "--study", "whole", "--keep-going", "9", sets=STEEP, warning=notes)
    lines = journal("whole")
    expect("lines", 6, len(lines))
    factors = [line.get("shortened", 1) for line in lines]
    hold("some are shortened: %s" % factors, factors[0] == 1 and min(factors) < 1 and all(math.log2(f).is_integer() for f in factors))
    command = ["retrograde", "tune", "t.yaml", "--keep-going", "9"] + [word for edit in STEEP for word in ("--set", edit)]
    for i, number in enumerate([signal.SIGKILL, signal.SIGTERM] * 4):
        process = subprocess.Popen(command + (["--resume"] if os.path.exists("t/config.yaml") else []), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        if i == 0:
            wait_for_lines(process, "t", 1)
        time.sleep(.02 + .03 * i)
        process.send_signal(number)
        process.wait()
    run("tune", "t.yaml", "--resume", "--keep-going", "9", sets=STEEP, warning=re.compile(r"(retrograde: .*\n)*"))
    same_study("whole", "t")


SECOND = ["model.representation={layers: [9, 8, 9], scale: 0.4}",
          "model.augmentation={layers: [9, 5, 9], noise: 2, output: linear, scale: 0.2}",
          "model.weighting={layers: [9, 1], output: softplus, scale: 0.3}",
          "hyper=[{name: rate, init: 0.2}, {name: decay, init: 0.9}, {name: representation}, {name: augmentation}]"]


@case("layers: a network written as a list has the bits of its widths, and is written back as it was")
def layers():
    by_widths = run_json("hypergradient", "t.yaml", "--save", "a")
    text = read("t.yaml").replace(b"layers: [9, 7, 5, 4]", b"layers: [{dense: 7}, tanh, {dense: {units: 5}}, tanh, {dense: 4}]")
    with open("u.yaml", "wb") as file:
        file.write(text)
    by_layers = run_json("hypergradient", "u.yaml", "--save", "b")
    expect("loss", by_widths["loss"], by_layers["loss"])
    for name in folder("a"):
        expect(name, read_npy("a/" + name), read_npy("b/" + name))
    run("tune", "u.yaml", sets=["outer.iterations=1"])
    hold("kind", b"kind: layers" in read("u/config.yaml"))


@case("second networks: a list of layers has the bits of its widths; convolutions, recurrence and noise agree with differences")
def second_lists():
    as_lists = ["model.representation={layers: [{dense: 8}, tanh, {dense: 9}, tanh], scale: 0.4}",
                "model.augmentation={layers: [{dense: 5}, tanh, {dense: 9}, linear], noise: 2, scale: 0.2}",
                "model.weighting={layers: [{dense: 1}, softplus], scale: 0.3}", SECOND[-1]]
    by_widths, by_lists = (run_json("hypergradient", "t.yaml", "--save", name, sets=sets) for name, sets in (("a", SECOND), ("b", as_lists)))
    expect("loss", by_widths["loss"], by_lists["loss"])
    for name in folder("a"):
        expect(name, read_npy("a/" + name), read_npy("b/" + name))
    conv = "{conv: {filters: 2, kernel: 2}}, tanh, "
    others = ["model.representation={input: [3, 3, 1], layers: [{residual: [{conv: {filters: 1, kernel: 3, pad: 1}}, tanh]}], init: he}",
              "model.augmentation={layers: [{dense: 6}, gelu, {dense: 9}], noise: 3, init: glorot}",
              "model.weighting={input: [3, 3, 1], layers: [" + conv + "{dense: 1}, sigmoid], init: orthogonal}"]
    rates = ["hyper=[{name: rate, init: 0.2}, {name: representation}, {name: augmentation}, {name: weighting}]", "inner.decay=0.9"]
    for estimators in "stored:floating,forward:floating,differences", "reversible,stored":
        hold(estimators, run_json("compare", "t.yaml", "--estimators", estimators, sets=others + rates)["agree"])
    gru = "model.weighting={input: [3, 3], layers: [{gru: 2}, {dense: 1}, sigmoid], scale: 0.3}"
    hold("gru", run_json("compare", "t.yaml", "--estimators", "stored:floating,differences", sets=[
        gru, "hyper=[{name: rate, init: 0.2}, {name: weighting}]", "inner.decay=0.9"])["agree"])


@case("layers: residual, of two tasks, and initial weights by each initialiser")
def layers_of_all_kinds():
    body = "model={input: [3, 3], layers: [flatten, {residual: {body: [{dense: 9}, sigmoid, {residual: [{dense: 9}, relu]}]}}, {dense: 4}]"
    both = ["compare", "t.yaml", "--estimators", "stored:floating,differences"]
    more = ["hyper.0.per=all", "hyper.1.per=all", "inner.fraction_bits=44"]
    seen = set()
    for init in "he", "glorot", "lecun", "orthogonal", "{normal: 0.3}", "{truncated: 0.3}":
        sets = [body + ", init: %s}" % init] + more
        seen.add(run_json("verify", "t.yaml", sets=sets)["certified"] and run_json("hypergradient", "t.yaml", sets=sets)["loss"]["outer"])
    expect("losses of six initialisers", 6, len(seen))
    hold("agreement with differences", run_json(*both, sets=[body + ", init: he}"] + more)["agree"])
    tasks = "model={layers: [{residual: [{dense: 9}, tanh]}, {dense: 2}], tasks: one-vs-all, sharing: [tied, separate], init: glorot}"
    hold("agreement of tasks", run_json(*both, sets=[tasks, "data.batch=4"] + more)["agree"])
    listed = run_json("list")["entries"]
    operators = [entry["name"].replace("_", "-") for entry in listed if entry["kind"] == "operator"]
    for layer in [entry["name"] for entry in listed if entry["kind"] == "layer" and entry["name"] in operators and not entry.get("options")]:
        hold(layer, run_json(*both, sets=["model={layers: [{dense: 7}, %s, {dense: 4}], init: he}" % layer] + more)["agree"])
    norm = "model={layers: [{dense: 7}, {batch-norm: {evaluate: reference, reference: 20}}, tanh, {dropout: 0.2}, {dense: 4}], init: he}"
    hold("batch norm and dropout", run_json(*both, sets=[norm] + more)["agree"])
    hold("batch norm and dropout, exact", run_json("verify", "t.yaml", sets=[norm] + more)["certified"])
    free = [entry["name"] for entry in listed if entry["kind"] == "layer" and all(o["default"] != "!" for o in entry.get("options", []))]
    for layer in free: # those that need no setting
        hold(layer, run_json(*both, sets=["model={input: [3, 3], layers: [{lstm: {units: 5, output: sequence}}, %s, flatten, {dense: 4}], "
                                          "init: glorot}" % layer, "inner.steps=6"] + more)["agree"])
    for layer in "{lstm: {units: 5, output: sequence}}, {gru: 4}", "{transformer: {heads: 3, causal: true}}":
        body = "model={input: [3, 3], layers: [%s, {dense: 4}], init: glorot}" % layer
        hold(layer, run_json(*both, sets=[body, "inner.steps=10"] + more)["agree"])
        hold(layer + ", exact", run_json("verify", "t.yaml", sets=[body] + more)["certified"])
    minimum = "retrograde: implicit: the inner loss has no minimum: dropout draws new zeros at each step\n"
    run("hypergradient", "t.yaml", status=2, warning=minimum, sets=[
        norm, "hyper=[{name: l2, init: 0.01}]", "inner.rate=0.1", "inner.decay=0.9", "estimator.kind=implicit:cg"])
    hold("init of widths", run_json(*both, sets=["model={layers: [9, 7, 4], init: he}"] + more)["agree"])


@case("adapt: what is not adapted is shared, a constant or tuned; the file of weights holds both")
def adapt():
    both = ["compare", "t.yaml", "--estimators", "stored:floating,differences"]
    blocks = "hyper=[{name: rate, init: 0.3}, {name: decay, init: 0.9}, {name: weights}, {name: shared}]"
    sets = ["inner.adapt=[W3, 'b*']", "inner.fraction_bits=44"]
    for start in "model.scale=0.5", "model.init=glorot":
        hold("agreement, " + start, run_json(*both, sets=["model={layers: [9, 7, 5, 4]}", start, blocks] + sets)["agree"])
    def loss(*more):
        return run_json("hypergradient", "t.yaml", sets=["model={layers: [9, 7, 5, 4], weights: w0.npy}", "inner.rate=0.3", "inner.decay=0.9", *more])
    constant, tuned = loss("hyper=[{name: weights}]", *sets), loss("hyper=[{name: weights}, {name: shared}]", *sets)
    expect("loss with constants", constant["loss"], tuned["loss"])
    close("loss before a step", loss("hyper=[{name: weights}]", "inner.rate=0")["loss"]["outer"],
          loss("hyper=[{name: weights}]", "inner.rate=0", *sets)["loss"]["outer"])
    run("tune", "t.yaml", "--study", "a", sets=["model={layers: [9, 7, 5, 4], init: he}", blocks] + sets)
    expect("shape", (9 * 7 + 7 * 5,), read_npy("a/hyper/shared.npy")[0])
    expect("shape", (7 + 5 + 5 * 4 + 4,), read_npy("a/hyper/weights.npy")[0])


@case("layers: the documentation's residual network in 25 lines, on other images")
def residual_example():
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "doc", "examples", "tune_layers.yaml")
    with open(page, encoding="utf-8") as text:
        hold("at most 25 lines", len(text.readlines()) <= 25)
    shutil.copy(page, "layers.yaml")
    sets = ["data={kind: npy, train: {inputs: x.npy, labels: y.npy}, valid: {inputs: xv.npy, labels: yv.npy}, batch: 20}",
            "model.input=[3, 3, 1]", "inner.steps=20", "outer.iterations=8"]
    run("tune", "layers.yaml", sets=sets)
    lines = journal("layers")
    hold("a lower loss", lines[-1]["outer_loss"] < .9 * lines[0]["outer_loss"])
    expect("rates", (20, 4), read_npy("layers/hyper/rate.npy")[0])
    hold("agreement", run_json("compare", "layers.yaml", "--estimators", "reversible,stored", sets=sets)["agree"])


@case("crop, shift and flip: the same images on the way back, other images each step, by any threads and shards")
def distortion():
    net = "model={input: [3, 3, 1], layers: [{conv: {filters: 3, kernel: 2}}, tanh, {dense: 4}], init: he}"
    moves = ["data.crop=1", "data.shift=1", "data.flip=true"]
    sets = [net, "hyper.0.per=all", "hyper.1.per=all", "inner.fraction_bits=44"]
    plain = run_json("hypergradient", "t.yaml", sets=sets)["loss"]["outer"]
    seen = {plain}
    for some in [[moves[0]], [moves[1]], [moves[2]], moves, moves + ["seed=2"]]:
        seen.add(run_json("hypergradient", "t.yaml", sets=sets + some)["loss"]["outer"])
    expect("losses of six ways", 6, len(seen))
    hold("agreement with differences", run_json("compare", "t.yaml", "--estimators", "stored:floating,forward:floating,differences",
                                                sets=sets + moves)["agree"])
    long = sets + moves + ["inner.steps=400", "hyper.0.init=0.05"]
    same = [run("hypergradient", "t.yaml", "--save", name, sets=long + more) and read_npy(name + "/rate.npy")[1] for name, more in (
        ("a", ["inner.shard=5"]), ("b", ["inner.shard=5", "threads=3"]), ("c", ["inner.shard=5", "estimator.trajectory=stored"]),
        ("d", ["inner.shard=5", "estimator.trajectory=checkpointed"]))]
    hold("the same bits: %r" % same, all(one == same[0] for one in same))
    hold("certificate", run_json("verify", "t.yaml", sets=long)["certified"])
    hold("single precision", run_json("verify", "t.yaml", sets=long + ["precision=single", "inner.fraction_bits=30"])["certified"])
    whole = "retrograde: implicit: the inner loss has no minimum: crop, shift and flip make new images at each step\n"
    run("hypergradient", "t.yaml", status=2, warning=whole, sets=moves + [
        net, "hyper=[{name: l2, init: 0.01}]", "inner.rate=0.1", "inner.decay=0.9", "estimator.kind=implicit:cg"])


@case("episodes: few-shot tasks of classes and of functions; threads and a kill change no bit")
def episodes():
    names = "reverse:stored,forward,differences"
    both, rates = ["compare", "e.yaml", "--estimators", names], ["compare", "rates.yaml", "--estimators", names]
    with open("e.yaml") as given, open("rates.yaml", "w") as out:
        out.write(given.read().replace(", rate: 0.4", ""))
    blocks = "hyper=[{name: weights}, {name: rate, per: step*array, init: 0.3}]"
    hold("agreement", run_json(*rates, sets=[blocks])["agree"])
    hold("agreement of ANIL", run_json(*both, sets=["hyper=[{name: weights}, {name: shared}]", "inner.adapt=[dense2.*]"])["agree"])
    functions = ["data={task: real, train: {inputs: fx.npy, labels: fy.npy}, order: episodes, shot: 4, query: 5}",
                 "model={layers: [1, 6, 1], init: he}"]
    hold("agreement of functions", run_json(*rates, sets=[blocks.replace("0.3", "0.02")] + functions)["agree"])
    hold("batches", run_json(*both, sets=["data.batch=2", "inner.steps=5"])["agree"])
    for threads in "1", "2":
        run("tune", "e.yaml", "--study", "t" + threads, sets=["threads=" + threads])
    expect("weights", read_npy("t1/hyper/weights.npy"), read_npy("t2/hyper/weights.npy"))
    run("tune", "e.yaml", "--study", "r", sets=["outer.iterations=1"])
    run("tune", "e.yaml", "--study", "r", "--resume", sets=["outer.iterations=3"])
    expect("weights", read_npy("t1/hyper/weights.npy"), read_npy("r/hyper/weights.npy"))
    losses = {run_json("hypergradient", "e.yaml", sets=["outer.average.initialisations=1", "seed=%d" % s])["loss"]["outer"] for s in (1, 2, 3)}
    expect("tasks of three seeds", 3, len(losses))


@case("proximal: the initial weights are start and centre, by every way; implicit reaches the centre")
def proximal():
    run_of = ["inner.rate=0.3", "inner.decay=0.9", "inner.fraction_bits=44"]
    both = "hyper=[{name: proximal, per: weight, init: 0.3}, {name: weights}, {name: l2, init: 0.01}]"
    hold("agreement, floating", run_json("compare", "t.yaml", "--estimators", "stored:floating,differences,forward:floating",
                                         sets=[both] + run_of)["agree"])
    hold("agreement, exact", run_json("compare", "t.yaml", "--estimators", "reversible,stored,forward", sets=[both] + run_of)["agree"])
    fixed = "hyper=[{name: proximal, per: layer, init: 0.3}, {name: rate, init: 0.2}]"
    hold("agreement, constant centre", run_json("compare", "t.yaml", "--estimators", "reversible,forward,differences",
                                                sets=[fixed, "inner.decay=0.9"])["agree"])
    implicit = ["hyper=[{name: weights}]", "inner.proximal=1", "inner.rate=0.3", "inner.decay=0.9", "inner.steps=400", "data.batch=60"]
    hold("implicit", max(row["difference"] for row in run_json(
        "compare", "t.yaml", "--estimators", "reverse:stored,implicit:cg", "--tolerance", "1e-6", sets=implicit)["estimators"]) < 1e-6)
    run("tune", "t.yaml", sets=["outer.iterations=1"] + implicit[:2] + run_of[:2])


@case("second networks are tuned, saved, and go on after a kill and a signal")
def second_networks():
    tune = [*INTERRUPTIBLE, *(word for edit in SECOND for word in ("--set", edit))]
    run(*tune, "--study", "whole")
    for number, lines in (signal.SIGKILL, 2), (signal.SIGTERM, 5):
        resume = ["--resume"] if lines > 2 else []
        process = subprocess.Popen(["retrograde", *tune, *resume], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_lines(process, "t", lines)
        process.send_signal(number)
        process.wait()
    run(*tune, "--resume")
    same_study("whole", "t")
    expect("files", ["augmentation.npy", "decay.npy", "rate.npy", "representation.npy"], sorted(folder("t/hyper")))
    expect("shape", (9 * 8 + 8 + 8 * 9 + 9,), read_npy("t/hyper/representation.npy")[0])
    expect("shape", (11 * 5 + 5 + 5 * 9 + 9,), read_npy("t/hyper/augmentation.npy")[0])
    lines = journal("t")
    hold("the loss falls", lines[-1]["outer_loss"] < .9 * lines[0]["outer_loss"])
    hold("back at the start", "certified" in run(*["verify", *tune[1:]]))
    plan = run_json("plan", *tune[1:])
    hold("a plan", any(way["trajectory"].startswith("reversible") for way in plan["trajectories"]))
    few = ["inner.steps=40", "inner.arithmetic=floating", "estimator.trajectory=stored"]
    run("compare", "t.yaml", "--estimators", "stored,forward,differences", "--tolerance", "1e-6", sets=[*SECOND, *few])


@case("second networks from files, tuned or constant, are those that a study wrote")
def second_networks_continued():
    sets = [*SECOND, "inner.steps=60"]
    run("tune", "t.yaml", sets=sets)
    files = ["model.representation={layers: [9, 8, 9], weights: t/hyper/representation.npy}",
             "model.augmentation={layers: [9, 5, 9], noise: 2, output: linear, weights: t/hyper/augmentation.npy}",
             *SECOND[2:], "inner.steps=60", "hyper.rate.init=t/hyper/rate.npy", "hyper.decay.init=t/hyper/decay.npy"]
    tuned = run_json("hypergradient", "t.yaml", sets=files)
    hold("the tuned loss", tuned["loss"]["outer"] < journal("t")[2]["outer_loss"])
    files[3] = "hyper=[{name: weights}]"
    constant = run_json("hypergradient", "t.yaml", sets=[*files[:5], "inner.rate=0.2", "inner.decay=0.9", "estimator.window=0"])
    expect("blocks", ["weights"], [block["name"] for block in constant["blocks"]])
    hold("certified", constant["certified"])


@case("the noise of an augmentation differs between meta-iterations, and is the same when asked again")
def noise():
    sets = [*SECOND[1:2], "hyper=[{name: augmentation}]", "inner.rate=0.2", "inner.decay=0.9", "outer.rate=1e-300",
            "outer.optimizer=gradient-descent"]
    run("tune", "t.yaml", sets=sets)
    run("tune", "t.yaml", "--study", "again", sets=[*sets, "threads=2"])
    losses = [line["outer_loss"] for line in journal("t")]
    expect("again", losses, [line["outer_loss"] for line in journal("again")])
    hold("three kinds of noise", len(set(losses)) == 3)


@case("patience ends a study that gets worse, and its best is the result")
def patience():
    sets = ["outer.optimizer=gradient-descent", "outer.rate=1000", "outer.iterations=40", "outer.patience=3",
            "outer.monitor=validation_loss", "outer.penalty=0.01", "outer.clip=0.002"]
    report = run_json("tune", "t.yaml", sets=sets)
    lines, best = journal("t"), report["best"]
    losses = [line["validation_loss"] for line in lines]
    expect("best", {"iteration": losses.index(min(losses)), "monitor": "validation_loss", "value": min(losses)}, best)
    hold("stopped early", report["stopped_early"] and len(lines) < 40)
    expect("lines", best["iteration"] + 4, len(lines))
    expect("the best's outer loss", lines[best["iteration"]]["outer_loss"], report["outer_loss"]["after"])
    run("tune", "t.yaml", "--resume", sets=sets,
        warning="retrograde: t: it has stopped early, before the last of 40 meta-iterations\n")
    one = run_json("tune", "t.yaml", "--study", "one", sets=[*sets, "outer.iterations=%d" % (best["iteration"] + 1)])
    expect("the same best", best, one["best"])
    expect("its run", one["best_run"], report["best_run"])
    expect("which is the result", ["best", lines[best["iteration"]]["validation_error"]],
           [report["result"], report["validation_error"]["after"]])
    expect("the last run", [len(lines), True], [report["last_run"]["iteration"],
                                                report["last_run"]["validation_loss"] > min(losses)])
    last = run_json("tune", "t.yaml", "--study", "last", sets=[*sets, "outer.result=last"])
    expect("the last is the result", ["last", report["last_run"], report["last_run"]["outer_loss"]],
           [last["result"], last["last_run"], last["outer_loss"]["after"]])
    hold("files", folder("last/best") == folder("t/best") and folder("last/last") == folder("t/last"))
    hold("files of the best", folder("t/best") == folder("one/best") and folder("t/best") != folder("t/hyper"))


@case("clipping shortens the outer step, and the journal says by how much")
def clipped():
    sets = ["outer.optimizer=gradient-descent", "outer.rate=1", "outer.iterations=1"]
    run("tune", "t.yaml", "--study", "free", sets=sets)
    norm = journal("free")[0]["hypergradient_norm"]
    run("tune", "t.yaml", "--study", "loose", sets=[*sets, "outer.clip=%r" % (2 * norm)])
    expect("a norm that is not met", journal("free"), journal("loose"))
    run("tune", "t.yaml", "--study", "tight", sets=[*sets, "outer.clip=%r" % (norm / 4)])
    close("factor", .25, journal("tight")[0]["clipped"])
    expect("norm", norm, journal("tight")[0]["hypergradient_norm"])
    for free, tight in zip(read_npy("free/hyper/rate.npy")[1], read_npy("tight/hyper/rate.npy")[1]):
        close("a quarter of the step", math.log(free / .3) / 4, math.log(tight / .3), 1e-6)


@case("a mean over initialisations is that of single runs")
def averaged():
    fresh = ["inner.restart=fresh", "model.scale=0.3", "model.weights=null", "outer.rate=1e-300", "outer.iterations=4"]
    run("tune", "t.yaml", "--study", "single", sets=fresh)
    run("tune", "t.yaml", "--study", "mean", sets=[*fresh, "outer.iterations=2", "outer.average.initialisations=2"])
    single, mean = journal("single"), journal("mean")
    expect("lines", 2, len(mean))
    hold("runs differ", single[0]["outer_loss"] != single[1]["outer_loss"])
    for i in 0, 1:
        for key in "outer_loss", "inner_loss", "validation_loss", "validation_error":
            close(key, (single[2 * i][key] + single[2 * i + 1][key]) / 2, mean[i][key], 1e-14)
    report = run_json("hypergradient", "t.yaml", sets=[*fresh, "outer.average.initialisations=2"])
    run("tune", "t.yaml", "--study", "two", sets=[*fresh, "outer.iterations=2", "outer.average.initialisations=2", "threads=2"])
    expect("the bits of two threads", mean, journal("two"))
    close("of hypergradient, too", mean[0]["hypergradient_norm"], report["hypergradient_norm"])


@case("a real-time study and one with warm restarts go on after SIGKILL")
def killed_in_progress():
    for name, sets in (("real-time", ["estimator.kind=real-time", "estimator.interval=20", "hyper.rate.per=all", "hyper.decay.per=all",
                                      "hyper.rate.init=0.01", "inner.steps=1000"]),
                       ("warm", ["inner.restart=warm", "inner.steps=300", "outer.iterations=12"])):
        words = [word for edit in sets for word in ("--set", edit)]
        run("tune", "t.yaml", "--study", "whole " + name, sets=sets)
        for lines in 3, 8:
            resume = ["--resume"] if os.path.exists(name) else []
            process = subprocess.Popen(["retrograde", "tune", "t.yaml", "--study", name, *words, *resume], stdout=subprocess.DEVNULL)
            wait_for_lines(process, name, lines)
            process.kill()
            process.wait()
        run("tune", name, "--resume")
        same_study("whole " + name, name)


@case("a torn last line of the journal is cut when resuming")
def torn():
    run("tune", "t.yaml", "--study", "whole", sets=["outer.iterations=3"])
    run("tune", "t.yaml", sets=["outer.iterations=3"])
    with open("t/journal.jsonl", "a") as file:
        file.write('{"iteration":3,"outer_')
    run("tune", "t.yaml", "--resume", sets=["outer.iterations=3"],
        warning="retrograde: t: all 3 meta-iterations are done already\n")
    same_study("whole", "t")


@case("a snapshot that is damaged gives way to the one before")
def damaged():
    run("tune", "t.yaml", "--study", "whole")
    run("tune", "t.yaml")
    with open("t/snapshots/last", "r+b") as file:
        file.seek(100)
        file.write(b"?")
    run("tune", "t.yaml", "--resume",
        warning="retrograde: t/snapshots/last: the snapshot is damaged; going on from t/snapshots/previous\n")
    same_study("whole", "t")


@case("a snapshot that is missing gives way to the one before")
def missing():
    run("tune", "t.yaml", "--study", "whole")
    run("tune", "t.yaml")
    os.remove("t/snapshots/last")
    run("tune", "t.yaml", "--resume",
        warning="retrograde: t/snapshots/last: the snapshot is missing; going on from t/snapshots/previous\n")
    same_study("whole", "t")


def limit_files():
    """For the child: no file above 8 KiB, which is an error of write rather than a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12288, 12288))


@case("a full disk ends a study with 5; what is saved is whole")
def full_disk():
    arguments, sets = ("tune", "t.yaml"), ["outer.iterations=90"]
    run(*arguments, "--study", "whole", sets=sets)
    saved = next(i for i in range(90) if sum(map(len, read("whole/journal.jsonl").splitlines(True)[:i + 1])) > 12288)
    command = ["retrograde", *arguments, "--set", *sets]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", preexec_fn=limit_files)
    found = re.fullmatch(r"retrograde: t/journal.jsonl: cannot append: (No space left on device|File too large)\n"
                         r"retrograde: (\d+) meta-iterations are saved in t; go on with --resume\n", done.stderr)
    hold("sentence: " + done.stderr, found)
    expect("exit status", 5, done.returncode)
    expect("stdout", "", done.stdout)
    hold("about as many as fit", abs(int(found[2]) - saved) <= 2)
    expect("lines of the journal", int(found[2]), len(journal("t")))
    run(*arguments, "--resume", sets=sets)
    same_study("whole", "t")


@case("a progress line only on a terminal")
def progress():
    main, terminal = pty.openpty()
    done = subprocess.run(["retrograde", "tune", "t.yaml"], stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    seen = b""
    try:
        while True:
            part = os.read(main, 65536)
            if not part:
                break
            seen += part
    except OSError:  # the end, on Linux
        pass
    os.close(main)
    expect("exit status", 0, done.returncode)
    lines = seen.decode().split("\r\033[K")
    expect("lines, the first and the last empty", ["", "1/3", "2/3", "3/3", ""], [line.split(" ")[0] for line in lines])
    hold("nothing of it on stdout", b"\r" not in done.stdout)
    run("tune", "t.yaml", "--study", "silent")


# ---- a study that is not to be trusted ------------------------------------------------

TRUST = """seed: 3
data: {kind: npy, train: {inputs: x.npy, labels: y.npy}, valid: {inputs: xv.npy, labels: yv.npy}, batch: 20}
model: {layers: [9, 7, 5, 4], weights: w0.npy}
inner: {dynamics: momentum, steps: %d, decay: decay.npy}
hyper:
  - {name: rate, per: step*array, init: 0.1, transform: log}
outer: {optimizer: adam, rate: 0.04, iterations: %d}
snapshots: {steps: 50}
"""


def write_trust(steps, iterations):
    """A configuration of six files, in u.yaml."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (), }"
    header += b" " * (117 - len(header)) + b"\n"
    write("decay.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<d", .5))
    write("u.yaml", (TRUST % (steps, iterations)).encode())


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def killed_when(arguments, reached):
    """Run until `reached` is true, and kill."""
    process = subprocess.Popen(["retrograde", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: reached() or process.poll() is not None)
    process.kill()
    expect("exit status", -signal.SIGKILL, process.wait())


def wait_for(reached):
    for _ in range(6000):
        if reached():
            return
        time.sleep(.01)
    raise Failed("it did not come in a minute")


def lines_in(study):
    try:
        return len(journal(study))
    except (OSError, ValueError):
        return 0


def on_the_way_back(study):
    """Whether the snapshot of the run on its way is of the way back: the third number of its first two parts."""
    try:
        content = read(study + "/snapshots/sweep")
        count = struct.unpack_from("<Q", content, 256)[0]
        return struct.unpack_from("<QQQ", content, 264 + 8 * count)[2] == 1
    except (OSError, struct.error):
        return False


@case("data that change between a kill and --resume are refused by the file's name, at two moments each")
def changed_data():
    write_trust(400, 60)
    moments = {"between": lambda: lines_in("between") >= 2, "back": lambda: on_the_way_back("back")}
    for study, reached in moments.items():
        killed_when(["tune", "u.yaml", "--study", study], reached)
        before = {name: read(os.path.join(study, name)) for name in ("journal.jsonl", "inputs", "snapshots/sweep")
                  if os.path.exists(os.path.join(study, name))}
        for name in "x.npy", "y.npy", "xv.npy", "yv.npy", "w0.npy", "decay.npy":
            kept = read(name)
            write(name, kept[:-2] + bytes([kept[-2] ^ 1]) + kept[-1:] if name[0] != "y" else kept[:128] + kept[136:] + kept[128:136])
            run("tune", "--resume", study, status=2, warning="retrograde: %s: the content is not that with which the study was "
                "begun (%s/inputs)\n" % (resolved(study, name), study))
            write(name, kept)
        for name, content in before.items():
            expect(name, content, read(os.path.join(study, name)))


def resolved(study, name):
    """The path of an input as a study's own configuration names it."""
    with open(os.path.join(study, "inputs"), encoding="utf-8") as file:
        paths = [line.split("  ", 1)[1].strip() for line in file.readlines()[1:]]
    return next(path for path in paths if os.path.basename(path) == name)


@case("inputs that change on the way back over a stored trajectory are refused")
def retaken():
    write_trust(2000, 6)
    sets = ["--set", "estimator.trajectory=stored"]
    killed_when(["tune", "u.yaml", "--study", "m", *sets], lambda: os.path.exists("m/snapshots/sweep"))
    kept = read("x.npy")
    write("x.npy", kept[:-2] + bytes([kept[-2] ^ 1]) + kept[-1:])
    run("tune", "--resume", "m", status=2, warning="retrograde: %s: the content is not that with which the study was begun "
        "(m/inputs)\n" % resolved("m", "x.npy"))
    write("x.npy", kept)
    run("tune", "--resume", "m")


@case("links in a study lead --resume nowhere")
def links():
    run("tune", "t.yaml", "--study", "h", sets=["outer.iterations=2"])
    with open("h/config.yaml", encoding="utf-8") as file:
        text = file.read()
    write("h/config.yaml", text.replace("iterations: 2", "iterations: 3").encode())
    for number, (name, empty) in enumerate((("journal.jsonl", False), ("snapshots/next.new", False), ("journal.jsonl", True))):
        study, victim = "h%d" % number, os.path.abspath("victim%d" % number)
        subprocess.run(["cp", "-r", "h", study], check=True)
        write(victim, b"precious 1\nprecious 2\nprecious 3\n")
        for path in [name] + ["snapshots/last", "snapshots/previous"] * empty:
            if os.path.exists(os.path.join(study, path)):
                os.remove(os.path.join(study, path))
        os.symlink(victim, os.path.join(study, name))
        run("tune", "--resume", study, status=2,
            warning="retrograde: %s/%s: expected a regular file, got a link\n" % (study, name))
        expect(victim, b"precious 1\nprecious 2\nprecious 3\n", read(victim))
    run("tune", "--resume", "h")
    os.rename("h/config.yaml", "config")
    for make, what in (lambda: os.symlink("../config", "h/config.yaml"), "a link"), (lambda: os.mkfifo("h/config.yaml"), "something else"):
        make()
        run("tune", "--resume", "h", status=2, warning="retrograde: h/config.yaml: expected a regular file with one name, got %s\n" % what)
        os.remove("h/config.yaml")


@case("a study's own configuration names no directory outside it")
def outside():
    sets = ["memory=66KiB", "estimator.spill_directory=."]
    run("tune", "t.yaml", "--study", "s", sets=sets + ["outer.iterations=1"])
    text = read("s/config.yaml").decode()
    hold("not stored", "spill_directory" not in text and "estimator:" in text)
    write("s/config.yaml", text.replace("estimator:\n", "estimator:\n  spill_directory: /tmp\n").encode())
    run("tune", "--resume", "s", status=2, warning="retrograde: s/config.yaml: estimator.spill_directory: a study's own configuration "
        "does not say where files outside of it go; give it anew when going on\n")


def takes_limits():
    """Whether the command can be told how much address space it has: sanitizers reserve terabytes."""
    done = subprocess.run(["bash", "-c", "ulimit -v 4000000; exec retrograde list"], capture_output=True, encoding="utf-8")
    return "Sanitizer" not in done.stderr


@case("little address space is an error of the system, and not an endless loop")
def address_space():
    if not takes_limits():
        return
    for kib in 100000, 150000, 400000:
        done = subprocess.run(["bash", "-c", "ulimit -v %d; exec timeout -s KILL 60 retrograde hypergradient t.yaml" % kib
                               + " --set threads=8 --set inner.shard=2" * (kib > 300000)], capture_output=True, encoding="utf-8")
        if done.returncode == 127:  # not even the libraries could be loaded
            continue
        expect("exit status at %d KiB" % kib, 5, done.returncode)
        hold("a sentence: " + done.stderr, re.fullmatch(r"retrograde: [^\n]*address space[^\n]*\n", done.stderr))


@case("a trajectory beyond the memory that is left is noted before it is made")
def scarce():
    if not takes_limits():
        return
    done = subprocess.run(["bash", "-c", "ulimit -v 1200000; exec retrograde hypergradient t.yaml --set estimator.trajectory=stored "
                           "--set inner.steps=900000 --set hyper.rate.per=all --set hyper.rate.init=.01 --set hyper.decay.per=all "
                           "--set hyper.decay.init=.5"], capture_output=True, encoding="utf-8")
    expect("exit status", 5, done.returncode)
    hold("two sentences: " + done.stderr, re.fullmatch(
        r"retrograde: a stored trajectory will take about \d{10} bytes, and this machine has \d+ left: `memory` limits what it takes\n"
        r"retrograde: step \d+: out of memory for the stored trajectory\n", done.stderr))


@case("plan of 10^9 steps needs neither the time nor the memory of their hyperparameters")
def long_plan():
    if not takes_limits():
        return
    schedule = ["hyper.rate.per=step", "hyper.rate.init=.01", "hyper.decay.per=step", "hyper.decay.init=.5"]
    settings = " ".join("--set %s" % edit for edit in schedule + ["inner.steps=1000000000"])
    start = time.monotonic()
    done = subprocess.run(["bash", "-c", "ulimit -v 2000000; exec retrograde plan t.yaml --json " + settings], capture_output=True,
                          encoding="utf-8")
    expect("stderr", "", done.stderr)
    hold("seconds: %g" % (time.monotonic() - start), time.monotonic() - start < 10)
    plan = json.loads(done.stdout)
    expect("steps", 10 ** 9, plan["steps"])
    close("stored, 16 bytes a weight and step", 134 * 16e9, plan["trajectories"][0]["bytes"], .02)
    few, many = (run_json("plan", "t.yaml", sets=schedule + ["inner.steps=%d" % steps]) for steps in (100000, 100001))
    for one, other in zip(few["trajectories"] + [few["forward"]], many["trajectories"] + [many["forward"]]):
        close(str(one), one["bytes"], other["bytes"], 1e-4)
        close(str(one), one["recomputed_steps"] + 1, other["recomputed_steps"] + 1, 1e-4)


@case("hyperparameters beyond the memory that is left are refused before they take it")
def too_many():
    run("hypergradient", "t.yaml", sets=["inner.steps=100000000000", "hyper.rate.per=step", "hyper.rate.init=.01"], status=5,
        warning=re.compile(r"retrograde: command line: hyper.rate.init: rate: 100000000000 numbers take about 2400000000000 bytes, "
                           r"and this machine has \d+ left\n"))


SIGNALLED = {"hypergradient": [], "tune": ["--study", "sig"], "compare": ["--estimators", "reversible,stored,differences"],
             "verify": [], "plan": []}


@case("one SIGINT is enough wherever it comes")
def one_signal():
    settings = ["--set", "inner.steps=20000", "--set", "hyper.rate.per=all", "--set", "hyper.rate.init=.01", "--set",
                "hyper.decay.per=all", "--set", "hyper.decay.init=.5"]
    for name, more in SIGNALLED.items():
        for delay in .003, .01, .03, .1, .3, .6:
            shutil.rmtree("sig", ignore_errors=True)
            process = subprocess.Popen(["retrograde", name, "t.yaml", *settings, *more], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise Failed("%s does not hear a SIGINT after %g s" % (name, delay)) from None
            hold("%s after %g s: exit status %d" % (name, delay, process.returncode), process.returncode in (0, 130, -signal.SIGINT))
