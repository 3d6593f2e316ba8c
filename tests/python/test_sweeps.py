"""Sweeps: tables of points and repeats."""
import csv

import pytest

import settle
from conftest import results

SIZES = {"data.train": 20, "data.test": 10, "learning.epochs": 1}


def test_a_sweep_is_that_of_the_program(program):
    summary, directory = program.run("digits", dict(SIZES, **{"sweep.over": '{ "timing.jitter" = [0.0, 0.2] }', "sweep.repeats": 2}),
                                     "--engine", "virtual", command="sweep")
    table = settle.sweep("digits", SIZES, over={"timing.jitter": [0.0, 0.2]}, repeats=2, engine="virtual")
    assert [row["timing.jitter"] for row in table] == [0.0, 0.0, 0.2, 0.2] and [row["repeat"] for row in table] == [0, 1, 0, 1]
    with open(directory / "sweep.csv") as file:
        lines = [line for line in csv.DictReader(file) if line["metric"] == "test_error"]
    assert [row["test_error"] for row in table] == [float(line["value"]) for line in lines]
    means = [mean for mean in table.means if mean["metric"] == "test_error"]
    assert [mean["runs"] for mean in means] == [2, 2] and all(mean["low"] <= mean["mean"] <= mean["high"] for mean in means)
    assert table.directory is None and results(table.summary) == results(summary)


def test_a_sweep_may_keep_its_directory(tmp_path):
    table = settle.sweep("digits", SIZES, over={"learning.beta": [0.3, 0.5]}, repeats=1, out=tmp_path / "sweep")
    assert (tmp_path / "sweep/points.jsonl").exists() and len(table) == 2
    assert settle.sweep("digits", SIZES, over={"learning.beta": [0.3, 0.5]}, repeats=1, out=tmp_path / "sweep", resume=True) == table


def test_what_is_wrong_with_a_sweep():
    with pytest.raises(settle.ScenarioError, match="sweep.over"):
        settle.sweep("digits", SIZES)
    with pytest.raises(TypeError, match="^over"):
        settle.sweep("digits", SIZES, over=[1])
    with pytest.raises(settle.ScenarioError):
        settle.sweep("digits", SIZES, over={"timing.jiter": [0]})


def test_whole_numbers_of_a_table_are_integers():
    table = settle.sweep("digits", SIZES, over={"learning.epochs": [1], "learning.beta": [1.0]}, repeats=1, seed=2**53 + 1)
    assert [repr(table[0][key]) for key in ("seed", "learning.epochs", "learning.beta")] == [str(2**53 + 1), "1", "1.0"]
