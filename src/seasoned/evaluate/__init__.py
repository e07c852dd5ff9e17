"""Whether agents got better: recorded runs in, numbers with their uncertainty out.

    arms         recorded runs of one agent as trials by task, and arms paired by task
    rates        success rates of a task: pass^k and pass@k
    intervals    the cluster bootstrap over tasks
    sign_flip    the exact paired test
    adjusting    p values of several comparisons
    power        what could be found at this size, and how many tasks it would take
    costs        what runs cost, and what trying again would bring for the same money
    floors       what an agent that does nothing would reach
    contamination  what was learned from the tasks it is measured on
    comparing    all of it for two or more arms, with a verdict
    drawing      intervals as an SVG

Everything is pure: nothing here reads a file or a store, asks a model, or knows who made the runs.
"""
