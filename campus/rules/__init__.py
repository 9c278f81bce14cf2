"""Pure rules: values in, value out; the standard library and nothing else."""
