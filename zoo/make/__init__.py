"""Rebuilds the zoo: a small bilingual world, its tasks, the models trained in it. See README.md."""
