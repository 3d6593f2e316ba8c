"""The example of docs/python.md runs as it stands."""
import re

from conftest import SOURCE


def test_the_example_of_the_documentation_runs(capsys):
    text = (SOURCE / "docs/python.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(examples) == 1
    scope = {}
    exec(compile(examples[0], "docs/python.md", "exec"), scope)
    printed = capsys.readouterr().out
    assert "(784, 100) (100,)" in printed and "(3, 50, 110)" in printed
    assert scope["settled"].hopfield_energy[0, -1] < scope["settled"].hopfield_energy[0, 0]
