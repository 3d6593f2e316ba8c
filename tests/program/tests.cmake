settle_script_test(golden-trajectories program/golden.py)
settle_script_test(bad-input program/bad_input.py)
settle_script_test(outputs program/outputs.py)
