"""Whether agents got better, and what made them so.

    attempt, suites/, agents/, graders/   tasks worked anew: who works them, in which world, how it is graded
    statistics/   rates, intervals, tests, power: numbers in, numbers out
    compare/      recorded runs as arms, paired by task, with a verdict
    credit/       what single skills do, from runs that were handed them at random
    backtest/     how past runs that met a skill's condition ended
    reports/      the same as terminal text, SVG, HTML, JUnit XML

`statistics`, `compare` and `credit` are pure: they read no file or store, ask no model, and say the same of the same
runs.
"""
