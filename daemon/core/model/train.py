#!/usr/bin/env python3
"""Trains the learned part of understanding acts (acts.tsv beside this file).

usage: train.py SCORER.py DIRECTORY

SCORER.py and DIRECTORY are those of provisioning/eval.sh: the sets of booking dialogues and
single requests that README.md names, with their licences. Prints what five-fold
cross-validation (whole dialogues held out) gives, then writes the weights learned from all.
Needs scikit-learn, and `cargo build -p kiosk-core --examples` before.
"""
import collections
import importlib.util
import json
import pathlib
import subprocess
import sys

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

HERE = pathlib.Path(__file__).resolve().parent
FEATURES = HERE.parents[2] / "target/debug/examples/act_features"
THRESHOLD = 0.34  # as in act_model.rs
RULES_SUFFICE = {"call_staff", "repeat", "help", "change_language"}  # as in act_model.rs
FEWEST = 5  # features of fewer utterances say more about the corpus than about people
INVERSE_PENALTY = 2.0
ALIKE = ("reserv", "book", "appointment", "schedule", "meeting")  # not told apart from a booking here
SMALLEST = 0.06  # lighter weights move nothing


def labelled(scorer, path):
    """(row, request, acts meant, acts that this set labels, group) of every usable row."""
    data = scorer.rows(path)
    kind = scorer.kind_of(data[0])
    roster = None
    if kind == "sgd":
        roster = sorted({name for row in data for name in row["derived"]["provider_name"]})
    for row in data:
        request = scorer.request(row, roster)
        if kind == "sgd":
            yield row, request, scorer.sgd_gold(row), set(scorer.SGD_ACTS), row["dialogue_id"]
        elif kind == "nlupp":
            table = scorer.NLUPP_ACT
            meant = {table[intent] for intent in row["intents"] if intent in table}
            yield row, request, meant, set(table.values()), row["id"]
        elif kind == "intents" and row["source"].startswith("CLINC"):
            table = scorer.INTENT_ACT
            meant = {table[row["intent"]]} if row["intent"] in table else set()
            labels = set(table.values())
            if not any(part in row["intent"] for part in ALIKE):
                labels |= {"book", "find_practitioner"}  # nobody books by asking for a joke
            yield row, request, meant, labels, row["id"]


def answers_of(command, requests):
    lines = "".join(json.dumps(request, ensure_ascii=False) + "\n" for request in requests)
    output = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def fit(matrix, labels):
    # liblinear: deterministic, and the bias is a feature like any other.
    model = LogisticRegression(C=INVERSE_PENALTY, solver="liblinear", fit_intercept=False, max_iter=500)
    return model.fit(matrix, labels).coef_[0]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    spec = importlib.util.spec_from_file_location("scorer", sys.argv[1])
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    rows = []
    for name in ("sgd", "intents", "nlupp"):
        (path,) = pathlib.Path(sys.argv[2]).glob(name + "_*.jsonl")
        rows += [(name, *row) for row in labelled(scorer, path)]
    features = answers_of([FEATURES], [row[2] for row in rows])
    seen = collections.Counter(feature for one in features for feature in one)
    features = [{feature: 1 for feature in one if seen[feature] >= FEWEST} for one in features]
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(features)
    acts = sorted(set().union(*(row[4] for row in rows)))
    meant = np.array([[act in row[3] for act in acts] for row in rows])
    known = np.array([[act in row[4] for act in acts] for row in rows])
    print(f"{matrix.shape[0]} utterances, {matrix.shape[1]} features, {len(acts)} acts")

    probability = np.zeros(meant.shape)
    for train, test in GroupKFold(5).split(matrix, groups=[row[5] for row in rows]):
        for column in range(len(acts)):
            known_here = train[known[train, column]]
            weights = fit(matrix[known_here], meant[known_here, column])
            probability[test, column] = 1 / (1 + np.exp(-(matrix[test] @ weights)))
    rules = [{f[len("rule "):] for f in one if f.startswith("rule ")} for one in features]
    for name in ("sgd", "intents", "nlupp"):
        data, answers = [], {}
        for index, (kind, row, *_rest) in enumerate(rows):
            if kind == name:
                data.append(row)
                said = {act for act in RULES_SUFFICE if "".join(part.title() for part in act.split("_")) in rules[index]}
                said |= {act for column, act in enumerate(acts) if probability[index, column] > THRESHOLD}
                answers[row["id"]] = {"acts": sorted(said)}
        score = scorer.SCORERS[name](data, answers)
        print(name, {key: score[key] for key in ("acts_exact", "acts_micro", "no_transaction_on_unrelated") if key in score})

    columns = collections.defaultdict(list)
    names = vectorizer.get_feature_names_out()
    for column, act in enumerate(acts):
        known_here = np.flatnonzero(known[:, column])
        for name, weight in zip(names, fit(matrix[known_here], meant[known_here, column])):
            if abs(weight) >= SMALLEST or name == "bias":
                columns[name].append(f"{act} {weight:.2f}")
    lines = ["# feature, then act and weight; made by train.py"]
    lines += ["\t".join([name, *columns[name]]) for name in sorted(columns)]
    (HERE / "acts.tsv").write_text("\n".join(lines) + "\n")
    print(f"{sum(map(len, columns.values()))} weights written")


if __name__ == "__main__":
    main()
