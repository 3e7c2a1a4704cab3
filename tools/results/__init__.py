"""The paper-size experiments: one module a chapter, each a few sweeps whose summaries go to book/results."""
