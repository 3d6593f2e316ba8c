settle_script_test(golden-trajectories program/golden.py)
