"""The examples of docs/python.md run as they stand."""
import re

from conftest import SOURCE


def test_the_examples_of_the_documentation_run(capsys):
    text = (SOURCE / "docs/python.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(examples) == 2
    scope = {}
    for example in examples:
        exec(compile(example, "docs/python.md", "exec"), scope)
    printed = capsys.readouterr().out
    assert "(784, 100) (100,)" in printed and "(3, 50, 110)" in printed
    assert "('minibatch', 'presentation', 'branch', 'neuron', 'time') %d" % len(scope["spikes"]) in printed
    assert len(scope["first"]) > 0 and scope["spikes"]["neuron"].max() < 100
    assert scope["settled"].hopfield_energy[0, -1] < scope["settled"].hopfield_energy[0, 0]
