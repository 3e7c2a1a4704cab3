"""What of ours the sandbox holds: the runner of a submission's cells, and the wire to the judge."""
