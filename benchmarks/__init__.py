"""What it costs, always beside what it is compared with. Each module is run by its name: python -m benchmarks.start"""
