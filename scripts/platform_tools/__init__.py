"""The parts of compare_platforms.py.

wheels       what a wheel's file name tells: release, Python, platform; names of modules; which build stands for a release
headers      which NumPy headers give the sizes, numbers and texts that stand in a module (abi_db)
comparison   one module of two builds: what differs, and what explains it
"""
